// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run by test-cover.sh in an emulated machine: what the tracer promises to its
 * client (cover.h, harness/cover.h), whichever way client, task and modules end.
 * Prints TAP, then what cover_tell() says. With KCOV instead of the module only
 * what both can do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../harness/cover.h"
#include "cover.h"

static struct cover cover;
static int kvm, count, failed;

static void ok(const char *name, bool good)
{
	printf("%sok %d - cover/%s\n", good ? "" : "not ", ++count, name);
	failed |= !good;
}

/* Some of KVM's code, always the same. */
static void ask(void)
{
	ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_X86_MSR_FILTER);
}

/* Code that ask() does not reach. */
static void make_vm(void)
{
	close(ioctl(kvm, KVM_CREATE_VM, 0));
}

static int edges(void)
{
	int n = 0;

	for (int i = 0; i < COVER_MAP; i++)
		n += cover.map[i] != 0;
	return n;
}

static bool clear(void)
{
	memset(cover.map, 0, COVER_MAP);
	return true;
}

static void *thread_asks(void *arg)
{
	ask();
	return arg;
}

static void in_thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, thread_asks, NULL))
		abort();
	pthread_join(t, NULL);
}

/* Its exit status; 128 if it was killed. */
static int in_child(int (*f)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(f());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int child_asks(void)
{
	ask();
	return 0;
}

static int child_opens(void)
{
	struct cover c;

	return cover_open(&c) ? errno : 0;
}

static int child_starts(void)
{
	if (cover_start(&cover))
		return errno;
	ask();
	return 0;
}

static int child_is_killed(void)
{
	struct cover c;

	if (cover_open(&c) || cover_start(&c))
		return 1;
	ask();
	raise(SIGKILL);
	return 0;
}

static bool busy(void)
{
	return in_child(child_opens) == EBUSY;
}

static bool nobody_is_traced(void)
{
	clear();
	ask();
	in_child(child_asks);
	return !edges();
}

static void of_a_task(void)
{
	static uint8_t first[COVER_MAP];
	int n;

	ask();
	ok("nothing-before-the-start", !edges());
	cover_start(&cover);
	ask();
	cover_stop(&cover);
	n = edges();
	ok("the-task-that-starts-it", n > 1);
	memcpy(first, cover.map, COVER_MAP);
	ask();
	ok("nothing-after-the-stop", !memcmp(first, cover.map, COVER_MAP));
	cover_start(&cover);
	ask();
	cover_stop(&cover);
	ok("a-start-clears, the same again is the same",
	   !memcmp(first, cover.map, COVER_MAP));
	cover_start(&cover);
	make_vm();
	cover_stop(&cover);
	ok("something-else-is-something-else", edges() > n &&
	   memcmp(first, cover.map, COVER_MAP));
	cover_start(&cover);
	in_child(child_asks);
	in_thread();
	cover_stop(&cover);
	ok("neither-its-children-nor-its-threads", !edges());
	cover_start(&cover);
	in_child(child_asks);
	ask();
	cover_stop(&cover);
	ok("still-traced-when-a-child-is-gone",
	   !memcmp(first, cover.map, COVER_MAP));
	in_child(child_starts);
	cover_stop(&cover);
	ok("a-child-may-be-the-one, its end needs no stop",
	   !memcmp(first, cover.map, COVER_MAP));
	/* a task made now may have the memory of the one that ended */
	n = 0;
	for (int i = 0; i < 200; i++) {
		in_child(child_starts);
		clear();
		in_child(child_asks);
		n += edges();
		cover_stop(&cover);
	}
	ok("no-later-task-is-taken-for-it", !n);
	cover_start(&cover);
	ask();
	cover_stop(&cover);
	ok("another-after-it", !memcmp(first, cover.map, COVER_MAP));
}

/* How many places of kvm were reached. */
static int places(void)
{
	int n = 0;

	for (int i = 0; i < COVER_TEXT_MAX / 64; i++)
		n += __builtin_popcountl(cover.area->text[0].reached[i]);
	return n;
}

/* Whether at least what @all has was reached. */
static bool reached(const uint8_t *all)
{
	for (int i = 0; i < COVER_MAP; i++)
		if (all[i] && !cover.map[i])
			return false;
	return true;
}

static void of_everybody(void)
{
	static uint8_t mine[COVER_MAP];

	usleep(500000);		/* the last VM's end is not over when it is closed */
	ok("all-start", !cover_start_all(&cover));
	ask();
	ok("all-oneself", edges() && places());
	memcpy(mine, cover.map, COVER_MAP);
	clear();
	in_child(child_asks);
	ok("all-children", reached(mine));
	clear();
	in_thread();
	ok("all-threads", reached(mine));
	cover_stop(&cover);
	ok("all-stop", nobody_is_traced());
}

static int child_outlives(void)
{
	char c;
	int p[2];

	/* the parent closes its own, asks whether it is busy, then ends us */
	if (pipe(p))
		return 1;
	return read(p[0], &c, 1);
}

static void of_clients(void)
{
	struct cover_area *again;
	int fd;
	pid_t pid;

	ok("second-is-busy", busy());
	fd = open(COVER_DEVICE, O_RDWR);
	ok("second-of-the-same-task-is-busy", fd < 0 && errno == EBUSY);
	ok("no-such-request", ioctl(cover.fd, _IO('k', 0xc3)) &&
	   errno == ENOTTY);
	again = mmap(NULL, sizeof(*again) + 2 * COVER_SIZE, PROT_READ,
		     MAP_SHARED, cover.fd, 0);
	ok("no-map-beyond-its-end", again == MAP_FAILED);
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(child_outlives());
	cover_close(&cover);
	ok("a-child-keeps-it", busy());
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok("and-its-end-frees-it", !in_child(child_opens));
	ok("exit-without-close-frees-it", !in_child(child_opens));
	ok("so-does-a-kill", in_child(child_is_killed) == 128 &&
	   !cover_open(&cover));
	ok("and-nobody-is-traced-then", nobody_is_traced());
	close(cover.fd);
	ok("a-mapping-keeps-it", busy());
	cover.fd = -1;
	cover_close(&cover);
	ok("its-end-frees-it", !cover_open(&cover));
	cover_start_all(&cover);
	cover_close(&cover);
	ok("the-next-finds-all-clear-and-off", !cover_open(&cover) &&
	   !places() && nobody_is_traced());
}

/* "kvm-amd.ko" -> "kvm_amd" */
static const char *module_of(char *file)
{
	file[strcspn(file, ".\n")] = 0;
	for (char *p = file; *p; p++)
		if (*p == '-')
			*p = '_';
	return file;
}

static int unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
}

/* All modules of the machine; 0 or errno. */
static int load_all(void)
{
	FILE *f = fopen("/modules.list", "re");
	char file[128], path[160];
	int fd, r = 0;

	while (f && !r && fgets(file, sizeof(file), f)) {
		file[strcspn(file, "\n")] = 0;
		snprintf(path, sizeof(path), "/modules/%s", file);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		r = syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST ?
		    errno : 0;
		close(fd);
	}
	if (f)
		fclose(f);
	return r;
}

/* KVM's, not the tracer. */
static int unload_kvm(void)
{
	static char list[16][128];
	FILE *f = fopen("/modules.list", "re");
	int n = 0, r = 0;

	while (f && n < 16 && fgets(list[n], sizeof(list[n]), f))
		n++;
	if (f)
		fclose(f);
	while (n-- && !r) {
		const char *name = module_of(list[n]);

		if (!strncmp(name, "kvm", 3) && strcmp(name, "kvm_cover"))
			r = unload(name);
	}
	return r;
}

static void reopen_kvm(void)
{
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
}

static void of_modules(void)
{
	static uint8_t edge[COVER_MAP];
	static __u64 reached[COVER_TEXT_MAX / 64];
	__u64 lost = 0;

	cover_start(&cover);
	ask();
	cover_stop(&cover);
	memcpy(edge, cover.map, COVER_MAP);
	memcpy(reached, cover.area->text[0].reached, sizeof(reached));
	ok("not-removed-while-kvm-is-there", unload("kvm_cover") == EAGAIN);
	close(kvm);
	ok("kvm-goes-while-it-is-traced", !cover_start_all(&cover) &&
	   !unload_kvm());
	ok("not-removed-while-open", unload("kvm_cover") == EAGAIN);
	cover_stop(&cover);
	for (size_t i = 0; i < COVER_TEXT_MAX / 64; i++)
		lost |= reached[i] & ~cover.area->text[0].reached[i];
	ok("what-was-reached-stays", !cover.area->text[0].size && !lost);
	ok("kvm-comes-again", !load_all());
	reopen_kvm();
	cover_start(&cover);
	memset(cover.area->text[0].reached, 0, sizeof(reached));
	ask();
	cover_stop(&cover);
	ok("the-same-edges-after-a-reload",
	   !memcmp(edge, cover.map, COVER_MAP));
	ok("the-same-places-after-a-reload",
	   !memcmp(reached, cover.area->text[0].reached, sizeof(reached)));
	close(kvm);
	unload_kvm();
	close(cover.fd);
	ok("not-removed-while-mapped", unload("kvm_cover") == EAGAIN);
	cover.fd = -1;
	cover_close(&cover);
	ok("removed-when-nobody-has-it", !unload("kvm_cover") &&
	   cover_open(&cover) && errno == ENOENT);
	ok("and-loaded-again", !load_all() && !cover_open(&cover));
	reopen_kvm();
	cover_start(&cover);
	ask();
	cover_stop(&cover);
	ok("the-same-edges-then", !memcmp(edge, cover.map, COVER_MAP));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	reopen_kvm();
	if (kvm < 0 || cover_open(&cover)) {
		perror("cover");
		return 1;
	}
	of_a_task();
	if (cover.area) {
		of_everybody();
		of_clients();
		of_modules();
		cover_start_all(&cover);
		make_vm();
		cover_stop(&cover);
		cover_tell(&cover, stdout);
		printf("again:\n");
		cover_tell(&cover, stdout);
	}
	printf("1..%d\n", count);
	return failed;
}
