// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "init.h"

enum { MAX_ARGS = 256, MAX_MODULES = 16 };

static struct {
	char file[128], params[512];
} modules[MAX_MODULES];
static int nmodules;

static void give_up(const char *what)
{
	fprintf(stderr, "deflect init: %s: %s\n", what, strerror(errno));
	init_power_off(3);
}

static void mount_one(const char *type, const char *dir)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, 0, NULL) && errno != EBUSY)
		fprintf(stderr, "deflect init: mount %s: %s\n", dir,
			strerror(errno));
}

/* "kvm.ignore_msrs=1 kvm_amd.nested=0" -> those of @file's module. */
static void params_of(const char *file, const char *all, char *out,
		      size_t size)
{
	char copy[512], *save = NULL, name[64];
	size_t n = strcspn(file, "."), at = 0;

	snprintf(name, sizeof(name), "%.*s", (int)n, file);
	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	snprintf(copy, sizeof(copy), "%s", all);
	out[0] = 0;
	for (char *p = strtok_r(copy, " ", &save); p;
	     p = strtok_r(NULL, " ", &save)) {
		size_t k = strlen(name);

		if (!strncmp(p, name, k) && p[k] == '.')
			at += snprintf(out + at, size - at, " %s", p + k + 1);
	}
}

static int load(int i, const char *extra)
{
	char path[160], params[1100], more[512];
	int fd, r;

	snprintf(path, sizeof(path), "/modules/%s", modules[i].file);
	params_of(modules[i].file, extra, more, sizeof(more));
	snprintf(params, sizeof(params), "%s%s", modules[i].params, more);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	r = syscall(SYS_finit_module, fd, params, 0);
	close(fd);
	if (r && errno == EEXIST)
		r = 0;
	if (r)
		fprintf(stderr, "deflect init: %s: %s\n", path,
			strerror(errno));
	return r;
}

static void load_modules(void)
{
	FILE *f = fopen("/modules.list", "re");
	char line[700];

	if (!f)
		return;		/* KVM may be built in */
	while (fgets(line, sizeof(line), f) && nmodules < MAX_MODULES) {
		size_t n;

		line[strcspn(line, "\n")] = 0;
		n = strcspn(line, " ");
		if (!n)
			continue;
		snprintf(modules[nmodules].file, sizeof(modules[0].file),
			 "%.*s", (int)n, line);
		snprintf(modules[nmodules].params, sizeof(modules[0].params),
			 "%.500s", line[n] ? line + n + 1 : "");
		if (load(nmodules, ""))
			give_up("a KVM module does not load");
		nmodules++;
	}
	fclose(f);
}

int init_reload_modules(const char *params)
{
	char name[128];

	for (int i = nmodules - 1; i >= 0; i--) {
		snprintf(name, sizeof(name), "%.*s",
			 (int)strcspn(modules[i].file, "."), modules[i].file);
		for (char *c = name; *c; c++)
			if (*c == '-')
				*c = '_';
		if (strncmp(name, "kvm", 3))
			break;
		if (syscall(SYS_delete_module, name, O_NONBLOCK))
			return -1;
	}
	for (int i = 0; i < nmodules; i++)
		if (load(i, params))
			return -1;
	return 0;
}

static void open_stream(void)
{
	char cmdline[2048], *p, path[64];
	struct termios t;
	FILE *f = fopen("/proc/cmdline", "re");
	int fd;

	if (!f || !fgets(cmdline, sizeof(cmdline), f))
		give_up("/proc/cmdline");
	fclose(f);
	p = strstr(cmdline, "deflect.stream=");
	if (!p)
		return;
	p += strlen("deflect.stream=");
	snprintf(path, sizeof(path), "/dev/%.*s", (int)strcspn(p, " \n"), p);
	fd = open(path, O_WRONLY | O_NOCTTY);
	if (fd < 0)
		give_up(path);
	if (!tcgetattr(fd, &t)) {
		cfmakeraw(&t);
		cfsetspeed(&t, B115200);
		tcsetattr(fd, TCSANOW, &t);
	}
	dup2(fd, 1);
	close(fd);
}

static void read_args(int *argc, char ***argv)
{
	static char *args[MAX_ARGS + 2];
	FILE *f = fopen("/args", "re");
	char line[1024];
	int n = 1;

	if (!f)
		return;
	args[0] = (*argv)[0];
	while (n < MAX_ARGS && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		args[n++] = strdup(line);
	}
	fclose(f);
	*argc = n;
	*argv = args;
}

void init_setup(int *argc, char ***argv)
{
	mount_one("devtmpfs", "/dev");
	/* the console may not have existed before /dev did */
	if (fcntl(2, F_GETFD) < 0) {
		int fd = open("/dev/console", O_RDWR);

		while (fd >= 0 && fd < 2)
			fd = dup(fd);
	}
	mount_one("proc", "/proc");
	mount_one("sysfs", "/sys");
	mount_one("debugfs", "/sys/kernel/debug");
	mount_one("tracefs", "/sys/kernel/tracing");
	mkdir("/tmp", 01777);
	mkdir("/run", 0755);
	load_modules();
	open_stream();
	read_args(argc, argv);
}

void init_power_off(int status)
{
	fflush(stdout);
	tcdrain(1);
	fprintf(stderr, "deflect init: status %d, power off\n", status);
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
