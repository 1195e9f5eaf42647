// SPDX-License-Identifier: GPL-2.0-only
/*
 * Findings become bugs: each is replayed so many times, each time by a process
 * of its own on a fresh VM, and shrunk while it stays in its bucket: steps
 * first, values second.  Tells the smallest program of each bucket and how
 * often it failed.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../harness/text.h"
#include "../harness/x86/abi.h"
#include "guard.h"
#include "target.h"

enum { REPLAY_SECONDS = 20, MAX_BUCKETS = 256 };

static struct shared {
	struct program p;
	struct fuzz_result res;
} *shared;

/* In a child: a program that takes its process with it costs no more. */
static void replay(const struct program *p, struct fuzz_result *res)
{
	struct timespec nap = { 0, 2000000 };
	double limit = REPLAY_SECONDS;
	int status;
	pid_t pid;

	shared->p = *p;
	memset(&shared->res, 0, sizeof(shared->res));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		target_run(&shared->p, NULL, &shared->res);
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) != pid) {
		nanosleep(&nap, NULL);
		limit -= 0.002;
		if (limit > 0)
			continue;
		kill(pid, SIGKILL);
		limit = 1e9;
	}
	*res = shared->res;
	if (!status)
		return;
	res->verdict = FUZZ_FINDING;
	res->rule = RULE_NONE;
	snprintf(res->bucket, sizeof(res->bucket), "ended");
	snprintf(res->text, sizeof(res->text), "its process ended with "
		 "status %#x\n", status);
}

static bool fails(const struct fuzz_result *res)
{
	return res->verdict >= FUZZ_KNOWN;
}

/* ---- smaller ---- */

struct shrink {
	struct program p;
	struct fuzz_result res;	/* of p */
	unsigned tries;		/* for one that does not always fail */
};

/* Is @p of the same bucket?  Then it takes the other's place. */
static bool still(struct shrink *s, const struct program *p)
{
	static struct program fit;
	static struct fuzz_result res;

	fit = *p;
	codec_repair(&fit);
	target_fit(&fit);
	for (unsigned i = 0; i < s->tries; i++) {
		replay(&fit, &res);
		if (!fails(&res) || strcmp(res.bucket, s->res.bucket))
			continue;
		s->p = fit;
		s->res = res;
		return true;
	}
	return false;
}

static void shrink_steps(struct shrink *s)
{
	static struct program p;

	for (int n = s->p.nsteps / 2; n; n /= 2)
		for (int i = s->p.nsteps - n; i >= 0; i--) {
			p = s->p;
			if (i + n > p.nsteps)
				continue;
			for (int k = 0; k < n; k++)
				codec_drop(&p, i);
			if (p.nsteps)
				still(s, &p);
		}
}

enum { RANGE_EDITS = 7 };

/* The @n-th thing that would make a range plainer; false: there is no more. */
static bool plainer_range(struct range *r, int n)
{
	if (!r->nmsrs && !r->flags)
		return n < RANGE_EDITS;		/* it is not there */
	switch (n) {
	case 0:
		memset(r, 0, sizeof(*r));
		return true;
	case 1:
		r->bits.nflips = 0;
		return true;
	case 2:
		r->bits.at = (struct place){ 0 };
		return true;
	case 3:
		r->flags = RANGE_READ | RANGE_WRITE;
		return true;
	case 4:
		r->nmsrs = 1;
		return true;
	case 5:
		r->bits.fill = 0;
		return true;
	case 6:
		if (r->bits.nflips)
			r->bits.nflips--;
		return true;
	default:
		return false;
	}
}

static bool plainer_filter(struct step_filter *f, int n)
{
	if (n / RANGE_EDITS < MAX_RANGES)
		return plainer_range(&f->range[n / RANGE_EDITS],
				     n % RANGE_EDITS);
	switch (n - MAX_RANGES * RANGE_EDITS) {
	case 0:
		f->pad = 0;
		return true;
	case 1:
		f->after = AFTER_INVERT;
		return true;
	case 2:
		f->at = (struct place){ 0 };
		return true;
	case 3:
		f->request = 0;
		return true;
	case 4:
		f->flags &= 1;
		return true;
	default:
		return false;
	}
}

static bool plainer_access(struct step_access *a, int n)
{
	switch (n) {
	case 0:
		*a = (struct step_access){ .index = a->index };
		return true;
	case 1:
		a->reply = (struct reply){ 0 };
		return true;
	case 2:
		a->reply.junk = 0;
		return true;
	case 3:
		a->reply.has_data = false;
		a->reply.data = 0;
		return true;
	case 4:
		a->reply.error = a->reply.error != 0;
		return true;
	case 5:
		a->value = 0;
		return true;
	case 6:
		a->hold = false;
		return true;
	case 7:
		a->rcx_high = a->rax_high = a->rdx_high = 0;
		return true;
	case 8:
		a->nprefix = 0;
		return true;
	case 9:
		a->tf = false;
		return true;
	case 10:
		a->forced = false;
		return true;
	case 11:
		a->shadow = SHADOW_NONE;
		return true;
	case 12:
		a->cpl = 0;
		return true;
	default:
		return false;
	}
}

static bool plainer_cap(struct step_cap *k, int n)
{
	if (n == 0)
		*k = (struct step_cap){ .nr = k->nr, .arg = k->arg };
	else if (n == 1)
		k->arg &= 7;
	return n < 2;
}

static bool plainer_resume(struct step_resume *r, int n)
{
	if (n == 0)
		*r = (struct step_resume){ 0 };
	else if (n == 1)
		r->reply = (struct reply){ 0 };
	return n < 2;
}

static bool plainer(struct step *s, int n)
{
	switch (n) {
	case 0:
		s->vm = s->vcpu = 0;
		return true;
	case 1:
		s->actor = ACTOR_MAIN;
		return true;
	case 2:
		s->int80 = false;
		return true;
	case 3:
		s->l2 = false;
		return true;
	}
	n -= 4;
	switch (s->kind) {
	case STEP_CAP:
		return plainer_cap(&s->cap, n);
	case STEP_FILTER:
		return plainer_filter(&s->filter, n);
	case STEP_RDMSR:
	case STEP_WRMSR:
		return plainer_access(&s->access, n);
	case STEP_RESUME:
		return plainer_resume(&s->resume, n);
	default:
		return false;
	}
}

static void shrink_values(struct shrink *s)
{
	static struct program p;

	for (int i = s->p.nsteps - 1; i >= 0; i--)
		for (int n = 0; i < s->p.nsteps; n++) {
			p = s->p;
			if (!plainer(&p.step[i], n))
				break;
			if (memcmp(&p.step[i], &s->p.step[i],
				   sizeof(p.step[i])))
				still(s, &p);
		}
}

/* ---- buckets ---- */

static struct bucket {
	char name[160];
	struct shrink best;
	unsigned failed, runs, findings;
} *buckets[MAX_BUCKETS];
static int nbuckets;

static struct bucket *bucket_of(const char *name)
{
	struct bucket *b;

	for (int i = 0; i < nbuckets; i++)
		if (!strcmp(buckets[i]->name, name))
			return buckets[i];
	if (nbuckets == MAX_BUCKETS)
		return NULL;
	b = buckets[nbuckets++] = calloc(1, sizeof(*b));
	if (!b)
		abort();
	snprintf(b->name, sizeof(b->name), "%s", name);
	return b;
}

static void one_finding(const char *name, struct program *p, unsigned times)
{
	static struct shrink s;
	static struct fuzz_result res;
	unsigned failed = 0;
	struct bucket *b;

	memset(&s, 0, sizeof(s));
	for (unsigned i = 0; i < times; i++) {
		replay(p, &res);
		if (!fails(&res))
			continue;
		if (!failed)
			s.res = res;
		failed++;
	}
	printf("verdict %s %s failed=%u of=%u\n", name, !failed ? "gone" :
	       s.res.verdict == FUZZ_ERROR ? "error" :
	       failed < times ? "flaky" : s.res.known ? "known" : "bug",
	       failed, times);
	fflush(stdout);
	b = failed ? bucket_of(s.res.bucket) : NULL;
	if (!b)
		return;
	b->findings++;
	s.p = *p;
	s.tries = failed == times ? 1 : times;
	shrink_steps(&s);
	shrink_values(&s);
	shrink_steps(&s);
	if (b->findings > 1 && s.p.nsteps >= b->best.p.nsteps)
		return;
	b->best = s;
	b->failed = failed;
	b->runs = times;
}

/* The name of its case, which becomes that of a suite if it is promoted. */
static void name_case(struct bucket *b)
{
	static char text[64 * 1024];
	struct program *p = &b->best.p;
	size_t n = strcspn(b->name, ".");
	int at = 0;

	snprintf(p->name, sizeof(p->name), "regress/%.*s", (int)n, b->name);
	for (char *c = p->name; *c; c++)
		if (*c == '_')
			*c = '-';
	p->nrules = b->best.res.rule < NR_RULES;
	p->rules[0] = b->best.res.rule;
	at = append(text, sizeof(text), at, "# failed %u of %u times, %u "
		    "findings%s%s\n", b->failed, b->runs, b->findings,
		    b->best.res.known ? ", listed as " : "",
		    b->best.res.known ?: "");
	target_print(p, &b->best.res, text + at, sizeof(text) - at);
	guard_tell("bucket", b->name, text, strlen(text));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int triage(const char *dir, unsigned times)
{
	static struct program p;
	static char *names[4096];
	struct text_error err;
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	if (!d || !target_begin()) {
		if (!d)
			perror(dir);
		return 3;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 3;
	while ((e = readdir(d)) && n < 4096)
		if (strstr(e->d_name, ".prog"))
			names[n++] = strdup(e->d_name);
	closedir(d);
	qsort(names, n, sizeof(names[0]), by_name);
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];
		size_t size;
		u8 *text;

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		text = guard_read(path, &size);
		if (!text || !text_parse(&p, (char *)text, size, &err))
			printf("verdict %s unreadable\n", names[i]);
		else
			one_finding(names[i], &p, times ?: 5);
		free(text);
	}
	for (int i = 0; i < nbuckets; i++)
		name_case(buckets[i]);
	puts("over");
	return 0;
}
