// SPDX-License-Identifier: GPL-2.0-only
/* Medians, ratios and their limits; what is measured is in x86/bench.c. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "compare.h"
#include "control.h"
#include "run.h"
#include "runner.h"

enum { MAX_SAMPLES = 64, CASE_MS = 20000 };

struct series {
	double v[MAX_SAMPLES];
	int n;
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void sort(struct series *s)
{
	qsort(s->v, s->n, sizeof(s->v[0]), by_value);
}

static double median(const struct series *s)
{
	return s->n % 2 ? s->v[s->n / 2] :
			  (s->v[s->n / 2 - 1] + s->v[s->n / 2]) / 2;
}

/* Both sides in turn, so that noise meets both; the first of each not kept. */
static void measure(const struct bench_figure *f, struct series *engine,
		    struct series *bare)
{
	f->engine();
	f->bare();
	for (int i = 0; i < f->samples; i++) {
		engine->v[engine->n++] = f->engine();
		bare->v[bare->n++] = f->bare();
	}
	sort(engine);
	sort(bare);
}

static void print_ratio(const struct bench_figure *f,
			const struct series *engine, const struct series *bare)
{
	double ratio = median(engine) / median(bare);

	printf("%5.2f  %5.2f  %s / %s%s\n", ratio, f->limit, f->name,
	       f->bare_name, ratio > f->limit ? "  OVER ITS LIMIT" : "");
}

static void print_series(const char *name, const char *unit,
			 const struct series *s)
{
	printf("%10.3f  %10.3f  %10.3f  %3d  %s: %s\n", median(s), s->v[0],
	       s->v[s->n - 1], s->n, unit, name);
}

void bench_case(const struct machine *m, const struct program *p)
{
	static struct prediction pred;
	static struct control ctl;
	static struct program c;
	static struct outcome out[MAX_STEPS];
	struct mismatch why;
	s8 map[MAX_STEPS];

	memset(&ctl, 0, sizeof(ctl));
	predict(m, p, NULL, RULE_NONE, &pred);
	if (control_program(m, p, &pred, &c, map)) {
		run_in_child(m, &c, out, CASE_MS);
		control_fill(&ctl, map, p->nsteps, out);
		predict(m, p, &ctl, RULE_NONE, &pred);
	}
	if (run_in_child(m, p, out, CASE_MS) || !compare(p, &pred, out, &why)) {
		fprintf(stderr, "deflect: the case that is measured does not "
			"pass here: there is nothing to measure\n");
		exit(3);
	}
}

/* Seconds for all cases; in a child, for run_cases() ends with its process. */
static double suite_seconds(const struct machine *m,
			    const struct case_list *suite, int jobs)
{
	const struct test_case **v = calloc(suite->n, sizeof(*v));
	struct run_options opt = { .jobs = jobs, .timeout_ms = CASE_MS };
	struct report report = { .quiet = true };
	struct machine own = *m;
	double began = now_seconds();
	int status = -1, fd;
	pid_t pid;

	for (int i = 0; i < suite->n; i++)
		v[i] = &suite->v[i];
	fflush(NULL);
	pid = fork();
	if (!pid) {
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(fd, 1);
		_exit(run_cases(&own, v, suite->n, &opt, &report));
	}
	waitpid(pid, &status, 0);
	free(v);
	return WIFEXITED(status) && WEXITSTATUS(status) < 2 ?
	       now_seconds() - began : -1;
}

int bench(const struct machine *m, const struct case_list *suite, bool quick)
{
	static const int jobs[] = { 1, 4, 16 };
	const struct bench_figure *f;
	struct series *engine, *bare;
	int n = 0;

	for (f = arch_figures; f->name; f++)
		n++;
	engine = calloc(n, sizeof(*engine));
	bare = calloc(n, sizeof(*bare));
	arch_bench_begin(m);
	printf("# machine: linux %s, %s, %s\n", m->release, m->module,
	       m->emulator[0] ? m->emulator : "host");
	puts("# ratio  limit  engine / bare, medians");
	for (int i = 0; i < n; i++) {
		measure(&arch_figures[i], &engine[i], &bare[i]);
		print_ratio(&arch_figures[i], &engine[i], &bare[i]);
		fflush(stdout);
	}
	puts("#   median         min         max    n");
	for (int i = 0; i < n; i++) {
		f = &arch_figures[i];
		print_series(f->name, f->unit, &engine[i]);
		print_series(f->bare_name, f->unit, &bare[i]);
	}
	fflush(stdout);
	free(engine);
	free(bare);
	for (int i = 0; i < 3 && !quick; i++) {
		double s = suite_seconds(m, suite, jobs[i]);

		if (s < 0) {
			fprintf(stderr, "deflect: the suite does not run "
				"here: see deflect run\n");
			return 3;
		}
		printf("%10.3f  s: all %d cases, %d job%s\n", s, suite->n,
		       jobs[i], jobs[i] == 1 ? "" : "s");
		fflush(stdout);
	}
	return 0;
}
