// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an engine calls.  Of the environment: DEFLECT_FUZZ, the target;
 * DEFLECT_FINDINGS, where findings are kept as programs; DEFLECT_STATE, where each
 * process has a struct fuzz_shared; DEFLECT_STOP, if set the first finding also
 * ends the process as a crash would; DEFLECT_CRASHES_ONLY, if set a program that
 * the model does not agree with is no finding.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine.h"
#include "mutate.h"
#include "target.h"

enum { KEPT = 3 };	/* findings of a bucket */

enum fuzz_target engine_target(void)
{
	static enum fuzz_target t = NR_FUZZ_TARGETS;
	const char *name = getenv("DEFLECT_FUZZ");

	if (t != NR_FUZZ_TARGETS)
		return t;
	t = fuzz_target_by_name(name ?: "sequence");
	if (t == NR_FUZZ_TARGETS) {
		fprintf(stderr, "fuzz: DEFLECT_FUZZ=%s is no target (filter, "
			"reply, sequence, race)\n", name);
		exit(2);
	}
	return t;
}

/* The first of a bucket, and a few more; each at once whole. */
static void keep(const struct program *p, const struct fuzz_result *res)
{
	static char text[32 * 1024];
	const char *dir = getenv("DEFLECT_FINDINGS");
	char path[512], part[520];
	int fd;

	target_print(p, res, text, sizeof(text));
	if (!dir) {
		fprintf(stderr, "%s", text);
		return;
	}
	for (int i = 1; i <= KEPT; i++) {
		snprintf(path, sizeof(path), "%s/%s%s-%d.prog", dir,
			 res->known ? "known-" : "",
			 res->known ? strrchr(res->known, '/') + 1 :
				      res->bucket, i);
		if (!access(path, F_OK))
			continue;
		snprintf(part, sizeof(part), "%s.new", path);
		fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd < 0)
			return;
		if (write(fd, text, strlen(text)) < 0)
			perror(part);
		close(fd);
		rename(part, path);
		return;
	}
}

/* Where who watches this process can see what it is at. */
static struct fuzz_shared *shared(void)
{
	static struct fuzz_shared nobody, *s;
	static pid_t mine;
	const char *dir = getenv("DEFLECT_STATE");
	char path[512];
	int fd;

	if (mine == getpid())
		return s;
	mine = getpid();
	s = &nobody;
	snprintf(path, sizeof(path), "%s/%d", dir ?: "", mine);
	fd = dir ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644) : -1;
	if (fd < 0)
		return s;
	if (!ftruncate(fd, sizeof(*s)))
		s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED,
			 fd, 0);
	if (s == MAP_FAILED)
		s = &nobody;
	close(fd);
	return s;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	engine_target();
	target_uses_stock = true;
	if (!target_begin())
		exit(3);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct program p;
	static struct fuzz_result res;
	struct fuzz_shared *s = shared();

	s->size = size < FUZZ_BYTES ? size : FUZZ_BYTES;
	memcpy(s->input, data, s->size);
	codec_decode(engine_target(), data, size, &p, NULL);
	target_fit(&p);
	target_run(&p, engine_map(), &res);
	engine_input_done();
	/* without the model: only what the kernel says of itself */
	if (getenv("DEFLECT_CRASHES_ONLY") && res.rule < NR_RULES)
		res.verdict = FUZZ_PASS;
	s->ended[res.verdict]++;
	if (res.verdict < FUZZ_KNOWN)
		return 0;
	keep(&p, &res);
	if (res.verdict == FUZZ_FINDING && getenv("DEFLECT_STOP"))
		abort();
	return 0;
}
