// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps are compared as text.  What differs of two lines is reduced to the
 * words between those that both begin and end with; steps in which the same
 * words differ are one finding, whatever the values in them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diff.h"
#include "record.h"
#include "text.h"

enum { NAMES_SHOWN = 5, OUTCOME_MAX = 512 };

struct difference {
	char *kind;		/* the words that differ, without values */
	const char *name;	/* of the case */
	int step;		/* counted from 1 */
	char *values;		/* the words with values; "" if there are none */
	int cases;		/* with this kind of difference */
};

struct differences {
	struct difference *v;
	int n;
};

/* What step @step did according to the lines of @seen; "" if nothing. */
static void outcome_of(const char *seen, int step, char *buf, size_t size)
{
	*buf = 0;
	while (*seen) {
		size_t len = strcspn(seen, "\n"), colon = strcspn(seen, ":");
		const char *p = seen;
		char *end;

		while (p < seen + colon) {
			long first = strtol(p, &end, 10), last = first;

			if (*end == '-')
				last = strtol(end + 1, &end, 10);
			if (first <= step && step <= last) {
				snprintf(buf, size, "%.*s",
					 (int)(len - colon - 2),
					 seen + colon + 2);
				return;
			}
			if (end == p)
				break;
			p = end + 1;
		}
		seen += len + (seen[len] == '\n');
	}
}

/* The words of @a and @b between those that both begin and end with. */
static void trim(char *a, char *b)
{
	size_t n = strlen(a), m = strlen(b), from = 0, same = 0, back = 0;

	while (a[same] && a[same] == b[same]) {
		same++;
		if (a[same - 1] == ' ')
			from = same;
	}
	for (size_t i = 1; i <= n - from && i <= m - from &&
	     a[n - i] == b[m - i]; i++)
		if (a[n - i] == ' ')
			back = i;
	a[n - back] = 0;
	b[m - back] = 0;
	memmove(a, a + from, n - back - from + 1);
	memmove(b, b + from, m - back - from + 1);
}

/* "rax=0x12," -> "rax"; returns whether there was a number. */
static bool drop_values(char *text)
{
	char *to = text;
	bool any = false;

	for (char *p = text; *p;) {
		if (!strncmp(p, "=0x", 3)) {
			p += 3 + strspn(p + 3, "0123456789abcdef");
			any = true;
		} else {
			*to++ = *p++;
		}
	}
	*to = 0;
	if (to > text && to[-1] == ',')
		to[-1] = 0;
	return any;
}

static void note(struct differences *d, const char *name, int step, char *a,
		 char *b)
{
	char kind_a[OUTCOME_MAX], kind_b[OUTCOME_MAX];
	struct difference *v;
	bool values;

	trim(a, b);
	strcpy(kind_a, a);
	strcpy(kind_b, b);
	values = drop_values(kind_a);
	values |= drop_values(kind_b);
	d->v = realloc(d->v, (d->n + 1) * sizeof(*d->v));
	if (!d->v)
		abort();
	v = &d->v[d->n++];
	*v = (struct difference){ .name = name, .step = step };
	if (!values)
		v->values = strdup("");
	else if (asprintf(&v->values, "A: %s; B: %s", a, b) < 0)
		abort();
	if (!strcmp(kind_a, kind_b) ?
	    asprintf(&v->kind, "another value of %s", kind_a) < 0 :
	    asprintf(&v->kind, "A: %s; B: %s", *kind_a ? kind_a : "nothing",
		     *kind_b ? kind_b : "nothing") < 0)
		abort();
}

/* Returns whether the case answered in different ways. */
static bool compare_case(struct differences *d, const struct stored_case *a,
			 const struct stored_case *b)
{
	char in_a[OUTCOME_MAX], in_b[OUTCOME_MAX];
	bool differs = false;

	for (int step = 1; step <= MAX_STEPS; step++) {
		outcome_of(a->seen, step, in_a, sizeof(in_a));
		outcome_of(b->seen, step, in_b, sizeof(in_b));
		if (!strcmp(in_a, in_b))
			continue;
		note(d, a->name, step, in_a, in_b);
		differs = true;
	}
	return differs;
}

/* ---- printing ---- */

static int by_kind(const void *x, const void *y)
{
	const struct difference *a = x, *b = y;
	int d = b->cases - a->cases;

	d = d ? d : strcmp(a->kind, b->kind);
	d = d ? d : strcmp(a->name, b->name);
	return d ? d : a->step - b->step;
}

static void print_step(const struct case_list *l, const struct difference *d)
{
	static struct program p;
	const struct test_case *c = case_by_name(l, d->name);
	char label[256];

	printf("  %s, step %d", d->name, d->step);
	if (c) {
		case_program(c, &p);
		if (d->step <= p.nsteps) {
			text_step_label(label, sizeof(label),
					&p.step[d->step - 1]);
			printf(": %s", label);
		}
	}
	putchar('\n');
}

/* The first step of each case; those of a kind stand together. */
static void print_kind(const struct case_list *l, const struct difference *v,
		       int n)
{
	int shown = 0, last = 0;

	printf("\n%s\n(%d step%s of %d case%s)\n", v->kind, n, n == 1 ? "" : "s",
	       v->cases, v->cases == 1 ? "" : "s");
	for (int i = 0; i < n && shown < NAMES_SHOWN; i++)
		if (!i || strcmp(v[i].name, v[i - 1].name)) {
			print_step(l, &v[i]);
			if (*v[i].values && (!shown ||
			    strcmp(v[i].values, v[last].values)))
				printf("    %s\n", v[i].values);
			last = i;
			shown++;
		}
	if (v->cases > shown)
		printf("  and %d more\n", v->cases - shown);
}

static void print_all(const struct case_list *l, struct differences *d)
{
	/* by kind alone, as long as no kind is counted */
	qsort(d->v, d->n, sizeof(*d->v), by_kind);
	for (int i = 0, end; i < d->n; i = end) {
		int cases = 0;

		for (end = i; end < d->n &&
		     !strcmp(d->v[i].kind, d->v[end].kind); end++)
			cases += end == i ||
				 strcmp(d->v[end].name, d->v[end - 1].name);
		for (int k = i; k < end; k++)
			d->v[k].cases = cases;
	}
	qsort(d->v, d->n, sizeof(*d->v), by_kind);
	for (int i = 0, end; i < d->n; i = end) {
		for (end = i; end < d->n &&
		     !strcmp(d->v[i].kind, d->v[end].kind); end++)
			;
		print_kind(l, &d->v[i], end - i);
	}
}

static void print_machine(char letter, const struct stored *s)
{
	const struct machine *m = &s->machine;

	printf("%c: %s, linux %s, %s, %s (%s)\n", letter, m->name, m->release,
	       m->module, m->emulator[0] ? m->emulator : m->cpu, s->dir);
}

/* What @a tells of and @b does not, by the reason that @b gives. */
static void print_only(char letter, const struct stored *a,
		       const struct stored *b)
{
	const char *why[64];
	int count[64], n = 0;

	for (int i = 0; i < a->n; i++) {
		const struct stored_case *other = stored_find(b, a->v[i].name);
		const char *reason = !other ? "does not have the case" :
				     *other->reason ? other->reason :
				     "did not come to its end";
		int k = 0;

		if (!a->v[i].seen || (other && other->seen))
			continue;
		while (k < n && strcmp(why[k], reason))
			k++;
		if (k == n && n < 64) {
			why[n] = reason;
			count[n++] = 0;
		}
		if (k < n)
			count[k]++;
	}
	for (int k = 0; k < n; k++)
		printf("\nonly %c answers %d case%s; the other: %s\n", letter,
		       count[k], count[k] == 1 ? "" : "s", why[k]);
}

/* ---- reading ---- */

/* The steps of a case, as if no access were forced; to be freed. */
static char *native_steps(const struct test_case *c)
{
	static const char forced[] = " forced";
	char *steps = strdup(c->text), *to = steps;

	for (const char *p = c->text; *p;) {
		bool begins = p == c->text || p[-1] == '\n';

		if (begins && (!strncmp(p, "case ", 5) ||
			       !strncmp(p, "rules ", 6) ||
			       !strncmp(p, "needs ", 6)))
			p += strcspn(p, "\n") + 1;
		else if (!strncmp(p, forced, sizeof(forced) - 1))
			p += sizeof(forced) - 1;
		else
			*to++ = *p++;
	}
	*to = 0;
	return steps;
}

/* The case in which the guest does natively what it forces in emu/@name. */
static char *native_twin(const struct case_list *l, const char *name)
{
	const struct test_case *a, *b = case_by_name(l, name);
	char *other, *x, *y;
	bool twins;

	if (asprintf(&other, "mode/%s", name + strlen("emu/")) < 0)
		abort();
	a = case_by_name(l, other);
	if (!a || !b)
		return other;	/* of another version: by name */
	x = native_steps(a);
	y = native_steps(b);
	twins = !strcmp(x, y);
	free(x);
	free(y);
	if (twins)
		return other;
	free(other);
	return NULL;
}

/*
 * The name that a case of @config has without it, NULL for one of another.
 * "forced" are the accesses that the guest has KVM's emulator make:
 * suites/modes.c has its cases both natively and so.
 */
static char *name_without(const struct case_list *l, const char *name,
			  const char *config)
{
	const char *at = strchr(name, '@');

	if (!strcmp(config, "forced") && !strncmp(name, "emu/", 4) && !at)
		return native_twin(l, name);
	return at && !strcmp(at + 1, config) ? strndup(name, at - name) : NULL;
}

/* Leave the cases of @config alone, under the names they have without it. */
static void choose(const struct case_list *l, struct stored *s,
		   const char *config)
{
	for (int i = 0; i < s->n; i++) {
		struct stored_case *c = &s->v[i];
		char *other = name_without(l, c->name, config);

		if (other) {
			free(c->name);
			c->name = other;
		} else {
			*c->name = 0;
			free(c->seen);
			c->seen = NULL;
		}
	}
	stored_sort(s);
}

/* PATH or PATH@CONFIGURATION. */
static int read_one(const struct case_list *l, struct stored *s,
		    const char *path, const char **config)
{
	char *cut = strdup(path), *at = strrchr(cut, '@');
	int st;

	*config = NULL;
	if (at && access(path, F_OK)) {
		*at = 0;
		*config = at + 1;
	}
	st = stored_read(s, cut);
	if (!st && *config)
		choose(l, s, *config);
	if (!st && !stored_tells(s)) {
		fprintf(stderr, *config ? "deflect: %s has nothing to tell of "
			"that configuration\n" : STORED_SILENT, path);
		st = -1;
	}
	return st;
}

int diff(const struct case_list *l, const char *a, const char *b)
{
	struct differences d = { 0 };
	const char *config_a, *config_b;
	struct stored A, B;
	int alike = 0, differ = 0;

	if (read_one(l, &A, a, &config_a) || read_one(l, &B, b, &config_b))
		return 3;
	for (int i = 0; i < A.n; i++) {
		const struct stored_case *other =
			stored_find(&B, A.v[i].name);

		if (!A.v[i].seen || !other || !other->seen)
			continue;
		if (compare_case(&d, &A.v[i], other))
			differ++;
		else
			alike++;
	}
	print_machine('A', &A);
	print_machine('B', &B);
	printf("%d cases answered alike, %d in different ways\n", alike,
	       differ);
	print_all(l, &d);
	if (!config_a && !config_b) {
		print_only('A', &A, &B);
		print_only('B', &B, &A);
	}
	for (int i = 0; i < d.n; i++) {
		free(d.v[i].kind);
		free(d.v[i].values);
	}
	free(d.v);
	stored_free(&A);
	stored_free(&B);
	return differ ? 1 : 0;
}
