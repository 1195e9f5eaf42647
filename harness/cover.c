// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcov.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cover.h"
#include "../fuzz/kmod/cover.h"

#define KCOV_DEVICE	"/sys/kernel/debug/kcov"
enum { KCOV_WORDS = 256 * 1024, MAX_SECTIONS = 64 };

_Static_assert(COVER_MAP == COVER_SIZE, "the map is the module's");

static void *shared(size_t size, int fd)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int open_module(struct cover *c)
{
	c->fd = open(COVER_DEVICE, O_RDWR | O_CLOEXEC);
	if (c->fd < 0)
		return -1;
	c->area = shared(sizeof(*c->area), c->fd);
	c->told = calloc(1, sizeof(*c->told));
	if (!c->area || !c->told)
		return -1;
	c->map = c->area->edge;
	return 0;
}

static int open_kcov(struct cover *c)
{
	c->fd = open(KCOV_DEVICE, O_RDWR | O_CLOEXEC);
	if (c->fd < 0 || ioctl(c->fd, KCOV_INIT_TRACE, KCOV_WORDS))
		return -1;
	c->trace = shared(KCOV_WORDS * sizeof(*c->trace), c->fd);
	c->map = shared(COVER_MAP, -1);
	return c->trace && c->map ? 0 : -1;
}

int cover_open(struct cover *c)
{
	int err;

	memset(c, 0, sizeof(*c));
	c->fd = -1;
	if (!open_module(c) || (errno == ENOENT && !open_kcov(c)))
		return 0;
	err = errno;
	cover_close(c);
	errno = err;
	return -1;
}

int cover_start(struct cover *c)
{
	memset(c->map, 0, COVER_MAP);
	if (c->area)
		return ioctl(c->fd, COVER_TASK);
	if (ioctl(c->fd, KCOV_ENABLE, KCOV_TRACE_PC))
		return -1;
	__atomic_store_n(&c->trace[0], 0, __ATOMIC_RELAXED);
	return 0;
}

int cover_start_all(struct cover *c)
{
	errno = ENOTSUP;
	memset(c->map, 0, COVER_MAP);
	return c->area ? ioctl(c->fd, COVER_ALL) : -1;
}

/* The first word counts the addresses that follow it. */
static void hash_trace(struct cover *c)
{
	unsigned long n = __atomic_load_n(&c->trace[0], __ATOMIC_RELAXED);
	uint32_t before = 0;

	for (unsigned long i = 1; i <= n && i < KCOV_WORDS; i++) {
		uint32_t here = (uint32_t)c->trace[i] * 0x61c88647u >> 16;

		c->map[here ^ before]++;
		before = here >> 1;
	}
	c->trace[0] = 0;
}

void cover_stop(struct cover *c)
{
	if (c->area) {
		ioctl(c->fd, COVER_NOBODY);
		return;
	}
	ioctl(c->fd, KCOV_DISABLE, 0);	/* EINVAL: that task has ended */
	hash_trace(c);
}

struct section {
	uint64_t start;		/* its address */
	char name[64];
};

static int by_start(const void *a, const void *b)
{
	const struct section *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Those in the text of a module that is loaded. */
static int read_sections(const struct cover_text *t, struct section *v)
{
	char dir[64], path[sizeof(dir) + sizeof(v->name)];
	struct dirent *e;
	int n = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "/sys/module/%.24s/sections", t->module);
	d = opendir(dir);
	while (d && n < MAX_SECTIONS && (e = readdir(d))) {
		FILE *f;

		snprintf(v[n].name, sizeof(v[n].name), "%.63s", e->d_name);
		snprintf(path, sizeof(path), "%s/%s", dir, v[n].name);
		f = e->d_name[0] == '.' ? fopen(path, "re") : NULL;
		if (f && fscanf(f, "%lx", &v[n].start) == 1 &&
		    v[n].start - t->base < t->size)
			n++;
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
	qsort(v, n, sizeof(*v), by_start);
	return n;
}

static void tell_text(const struct cover_text *t, struct cover_text *told,
		      FILE *f)
{
	struct section v[MAX_SECTIONS];
	const struct section *in = v, *last = NULL;
	int n = 0;

	for (uint64_t i = 0; i <= t->size / 64 && i < COVER_TEXT_MAX / 64; i++) {
		uint64_t fresh = t->reached[i] & ~told->reached[i];

		if (fresh && !n)
			n = read_sections(t, v);
		if (!fresh || !n)
			continue;
		told->reached[i] |= fresh;
		for (; fresh; fresh &= fresh - 1) {
			uint64_t pc = t->base + i * 64 + __builtin_ctzl(fresh);

			while (in + 1 < v + n && in[1].start < pc)
				in++;
			if (in != last)
				fprintf(f, "%s{\"reached\":\"%s\",\"section\":"
					"\"%s\",\"at\":\"", last ? "\"}\n" : "",
					t->module, in->name);
			last = in;
			fprintf(f, " %lx", pc - in->start);
		}
	}
	if (last)
		fputs("\"}\n", f);
}

void cover_tell(struct cover *c, FILE *f)
{
	for (int i = 0; c->area && i < COVER_TEXTS; i++)
		if (c->area->text[i].size)
			tell_text(&c->area->text[i], &c->told->text[i], f);
}

void cover_close(struct cover *c)
{
	if (c->area)
		munmap(c->area, sizeof(*c->area));
	else if (c->map)
		munmap(c->map, COVER_MAP);
	if (c->trace)
		munmap(c->trace, KCOV_WORDS * sizeof(*c->trace));
	if (c->fd >= 0)
		close(c->fd);
	free(c->told);
	memset(c, 0, sizeof(*c));
	c->fd = -1;
}
