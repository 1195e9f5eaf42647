// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "init.h"
#include "result.h"

enum { MAX_ARGS = 256, MAX_MODULES = 16 };

static struct {
	char file[128], params[1024];
} modules[MAX_MODULES];
static int nmodules;
static const char *set = "";	/* modules in /sets/<set>/ come first */
static bool ran;
static char cmdline[2048];
static int kmsg = -1;

/* Ends it with one line on the console, and as a record of the stream. */
__attribute__((noreturn, format(printf, 1, 2)))
static void give_up(const char *fmt, ...)
{
	char why[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	fprintf(stderr, "deflect init: %s\n", why);
	fputs("{\"unfit\":", stdout);
	json_string(stdout, why);
	puts("}");
	init_power_off(3);
}

static void mount_one(const char *type, const char *dir)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, 0, NULL) && errno != EBUSY)
		fprintf(stderr, "deflect init: mount %s: %s\n", dir,
			strerror(errno));
}

/* "kvm-amd.ko" or "kvm-amd.nested=0" -> "kvm_amd" */
static void module_name(const char *from, char *name, size_t size)
{
	snprintf(name, size, "%.*s", (int)strcspn(from, "."), from);
	for (; *name; name++)
		if (*name == '-')
			*name = '_';
}

/* "kvm.ignore_msrs=1 kvm_amd.nested=0" -> those of @file's module. */
static void params_of(const char *file, const char *all, char *out,
		      size_t size)
{
	char copy[sizeof(cmdline)], *save = NULL, name[64], of[64];
	size_t at = 0;

	module_name(file, name, sizeof(name));
	snprintf(copy, sizeof(copy), "%s", all);
	out[0] = 0;
	for (char *p = strtok_r(copy, " ", &save); p;
	     p = strtok_r(NULL, " ", &save)) {
		module_name(p, of, sizeof(of));
		if (!strcmp(of, name) && p[strlen(of)] == '.' && at < size)
			at += snprintf(out + at, size - at, " %s",
				       p + strlen(of) + 1);
	}
}

static int load(int i, const char *extra)
{
	char path[320], params[1600], more[512];
	int fd, r;

	snprintf(path, sizeof(path), "/sets/%s/%s", set, modules[i].file);
	if (access(path, F_OK))
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
	return r;
}

/*
 * What the kernel last said, in a line that begins with @prefix, since the
 * log was read.
 */
static const char *kernel_reason(const char *prefix)
{
	static char rec[2048], last[512];
	ssize_t n;

	while ((n = read(kmsg, rec, sizeof(rec) - 1)) > 0) {
		char *text;

		rec[n] = 0;
		text = strchr(rec, ';');
		if (text && !(atoi(rec) >> 3) &&
		    !strncmp(text + 1, prefix, strlen(prefix)))
			snprintf(last, sizeof(last), "%.*s",
				 (int)strcspn(text + 1, "\n"), text + 1);
	}
	return last[0] ? last : "the kernel gives no reason";
}

/*
 * The first VM of a machine and the end of the last one patch the scheduler's
 * code, which QEMU with several CPUs may go on to execute as it was half-way: a
 * CPU then takes its #BP for ever. A VM that stays keeps that from happening with
 * every case. In a process of its own, for it may not survive a broken KVM.
 */
static pid_t keeper;

static void keep_vm(void)
{
	int fd;

	if (getpid() != 1 || sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	keeper = fork();
	if (keeper)
		return;
	fd = open("/dev/kvm", O_RDWR);
	if (fd >= 0)
		ioctl(fd, KVM_CREATE_VM, 0);
	for (;;)
		pause();
}

/* Also in a child of the process whose child it is. */
static void drop_vm(void)
{
	struct pollfd end = { .events = POLLIN };

	if (keeper <= 0)
		return;
	end.fd = syscall(SYS_pidfd_open, keeper, 0);
	kill(keeper, SIGKILL);
	if (end.fd >= 0) {
		poll(&end, 1, -1);
		close(end.fd);
	}
	if (getpid() == 1)
		waitpid(keeper, NULL, 0);
	keeper = 0;
}

static void load_modules(void)
{
	FILE *f = fopen("/modules.list", "re");
	char line[128];

	while (f && fgets(line, sizeof(line), f) && nmodules < MAX_MODULES) {
		line[strcspn(line, "\n")] = 0;
		strcpy(modules[nmodules].file, line);
		params_of(line, cmdline, modules[nmodules].params,
			  sizeof(modules[0].params));
		if (load(nmodules, "")) {
			const char *err = strerror(errno);

			give_up("%s does not load: %s: %s", line, err,
				kernel_reason(""));
		}
		nmodules++;
	}
	if (f)
		fclose(f);
	if (!access("/dev/kvm", F_OK))
		return;
	lseek(kmsg, 0, SEEK_SET);
	give_up("no /dev/kvm: %s: %s", nmodules ? "KVM's modules find nothing "
		"to work with" : "neither built in for this machine's vendor "
		"(CONFIG_KVM_AMD, CONFIG_KVM_INTEL), nor are there modules: "
		"if it has any, give its build tree", kernel_reason("kvm"));
}

/* A parameter that does not exist is ignored with a line in the log. */
static void check_params(void)
{
	char copy[sizeof(cmdline)], *save = NULL, mod[64], path[256];

	snprintf(copy, sizeof(copy), "%s", cmdline);
	for (char *p = strtok_r(copy, " ", &save); p;
	     p = strtok_r(NULL, " ", &save)) {
		size_t n = strcspn(p, ".=");

		if (strncmp(p, "kvm", 3) || p[n] != '.')
			continue;
		module_name(p, mod, sizeof(mod));
		snprintf(path, sizeof(path), "/sys/module/%s/parameters/%.*s",
			 mod, (int)strcspn(p + n + 1, "="), p + n + 1);
		if (access(path, F_OK))
			give_up("%s: this kernel's %s has no such parameter",
				p, mod);
	}
}

int init_reload_modules(const char *params)
{
	char name[128];

	drop_vm();
	for (int i = nmodules - 1; i >= 0; i--) {
		module_name(modules[i].file, name, sizeof(name));
		if (strncmp(name, "kvm", 3) || !strcmp(name, "kvm_cover"))
			break;
		if (syscall(SYS_delete_module, name, O_NONBLOCK))
			return -1;
	}
	for (int i = 0; i < nmodules; i++)
		if (load(i, params))
			return -1;
	keep_vm();
	return 0;
}

static void open_stream(void)
{
	char *p, path[64];
	struct termios t;
	FILE *f = fopen("/proc/cmdline", "re");
	int fd;

	if (!f || !fgets(cmdline, sizeof(cmdline), f))
		give_up("/proc/cmdline: %s", strerror(errno));
	fclose(f);
	cmdline[strcspn(cmdline, "\n")] = 0;
	p = strstr(cmdline, "deflect.stream=");
	if (!p)
		return;
	p += strlen("deflect.stream=");
	snprintf(path, sizeof(path), "/dev/%.*s", (int)strcspn(p, " "), p);
	fd = open(path, O_WRONLY | O_NOCTTY);
	if (fd < 0)
		give_up("%s: %s", path, strerror(errno));
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

bool init_ran(void)
{
	return ran;
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
	open_stream();
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	lseek(kmsg, 0, SEEK_END);
	load_modules();
	check_params();
	keep_vm();
	read_args(argc, argv);
	ran = true;
}

/* The exit status of a child, or 128 and the signal that ended it. */
static int end_of(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		give_up("a child: %s", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int init_exec(char **argv)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(1, 2);
		execv(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	printf("\n{\"exec\":\"%s\",\"status\":%d}\n", argv[0], end_of(pid));
	return 0;
}

static unsigned long tainted(void)
{
	FILE *f = fopen("/proc/sys/kernel/tainted", "re");
	unsigned long v = 0;

	if (!f || fscanf(f, "%lu", &v) != 1)
		give_up("/proc/sys/kernel/tainted: %s", strerror(errno));
	fclose(f);
	return v;
}

static int run_job(char *line, int (*run)(int argc, char **argv))
{
	char *args[MAX_ARGS + 2], *save = NULL;
	unsigned long before = tainted();
	int n = 0, status;
	pid_t pid;

	for (char *p = strtok_r(line, "\t", &save); p && n <= MAX_ARGS;
	     p = strtok_r(NULL, "\t", &save))
		args[n++] = p;
	args[n] = NULL;
	if (!n)
		return 0;
	set = args[0];
	if (init_reload_modules(""))
		give_up("the modules of %s: %s", set, strerror(errno));
	printf("{\"job\":\"%s\"}\n", set);
	fflush(stdout);
	pid = fork();
	if (!pid)
		exit(run(n, args));
	status = end_of(pid);
	printf("{\"job\":\"\",\"status\":%d}\n", status);
	if (tainted() != before)
		give_up("%s left the kernel tainted", set);
	return status;
}

int init_jobs(int (*run)(int argc, char **argv))
{
	static char jobs[64 * 1024];
	FILE *f = fopen("/jobs", "re");
	int worst = 0;

	if (!f)
		return -1;
	/* read and closed first: a child that exits would rewind it */
	jobs[fread(jobs, 1, sizeof(jobs) - 1, f)] = 0;
	fclose(f);
	for (char *line = jobs, *next; *line; line = next) {
		int status;

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = 0;
		status = run_job(line, run);
		worst = status > worst ? status : worst;
	}
	return worst;
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
