// SPDX-License-Identifier: GPL-2.0-only
/* `deflect plan`: read a list, plan it, print the plan. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "msrs.h"
#include "plan_cli.h"

enum { MAX_ITEMS = 1 << 20, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

struct list {
	struct plan_item *v;
	int n, room;
	unsigned directions;
};

static int bad(const char *entry, const char *what)
{
	fprintf(stderr, "deflect: '%.60s' %s\n", entry, what);
	return EXIT_USAGE;
}

static void add(struct list *l, u32 index, unsigned directions)
{
	if (l->n == l->room) {
		l->room = l->room * 2 + 64;
		l->v = realloc(l->v, l->room * sizeof(*l->v));
		if (!l->v)
			abort();
	}
	l->v[l->n++] = (struct plan_item){ index, directions };
}

/* A number or a name at the start of @s; NULL if it is neither. */
static const char *read_index(const char *s, u64 *v)
{
	size_t len;
	char *end;

	if (isdigit((unsigned char)*s)) {
		errno = 0;
		*v = strtoull(s, &end, 0);
		return errno || *v > UINT32_MAX ? NULL : end;
	}
	if (!strncasecmp(s, "MSR_", 4))
		s += 4;
	len = strcspn(s, ".+");
	for (const struct msr_info *m = msr_info; m->name; m++) {
		const char *name = m->name;

		if (!strncmp(name, "MSR_", 4))
			name += 4;
		if (strlen(name) == len && !strncasecmp(name, s, len)) {
			*v = m->first;
			return s + len;
		}
	}
	return NULL;
}

static int read_entry(struct list *l, const char *entry)
{
	unsigned directions = l->directions;
	const char *s = entry;
	u64 first, last;

	if (!strncmp(s, "r:", 2) || !strncmp(s, "w:", 2)) {
		directions = *s == 'r' ? PLAN_READ : PLAN_WRITE;
		s += 2;
	}
	s = read_index(s, &first);
	if (!s)
		return bad(entry, "is no MSR: an index of 32 bits or a name of "
			   "deflect list --msrs");
	last = first;
	if (!strncmp(s, "..", 2)) {
		s = read_index(s + 2, &last);
		if (!s)
			return bad(entry, "has no last index after '..'");
	} else if (*s == '+') {
		s = read_index(s + 1, &last);
		if (!s || !last)
			return bad(entry, "has no count after '+'");
		last += first - 1;
	}
	if (*s)
		return bad(entry, "goes on after its end");
	if (last < first || last > UINT32_MAX)
		return bad(entry, "ends before it begins or past 2^32");
	if (last - first >= (u64)MAX_ITEMS - l->n)
		return bad(entry, "makes the list longer than 1048576 MSRs: "
			   "no filter denies so many");
	for (u64 i = first; i <= last; i++)
		add(l, i, directions);
	return 0;
}

/* Words of stdin; `#` begins a comment. */
static int read_stdin(struct list *l)
{
	char *line = NULL, *word, *save;
	size_t size = 0;
	int st = 0;

	while (!st && getline(&line, &size, stdin) >= 0) {
		line[strcspn(line, "#")] = 0;
		for (word = strtok_r(line, " \t\r\n,", &save); word && !st;
		     word = strtok_r(NULL, " \t\r\n,", &save))
			st = read_entry(l, word);
	}
	free(line);
	return st;
}

/* "0x10..0x12 w:0x174 and 30 more" */
static void print_items(FILE *f, const struct plan_item *v, int n)
{
	enum { MOST = 8 };
	int runs = 0;

	for (int i = 0; i < n; runs++) {
		int j = i;

		while (j + 1 < n && v[j + 1].index == v[j].index + 1 &&
		       v[j + 1].directions == v[i].directions)
			j++;
		if (runs == MOST) {
			fprintf(f, " and %d more", n - i);
			return;
		}
		fprintf(f, " %s0x%x", v[i].directions == PLAN_READ ? "r:" :
			v[i].directions == PLAN_WRITE ? "w:" : "", v[i].index);
		if (j > i)
			fprintf(f, "..0x%x", v[j].index);
		i = j + 1;
	}
}

/* One line: why, what to leave out, and how to get the rest. */
static void say_refusal(const struct plan *plan, enum plan_verdict why,
			const struct plan_item *dropped, int ndropped)
{
	fputs("deflect: ", stderr);
	if (why == PLAN_SCATTERED)
		fprintf(stderr, "the list needs %u ranges%s, and ",
			plan->nranges, plan->minimal ? "" : " or fewer");
	fprintf(stderr, "%s", plan_refusal(why));
	if (ndropped) {
		fprintf(stderr, "; --nearest plans the rest without");
		print_items(stderr, dropped, ndropped);
	}
	fputc('\n', stderr);
}

static int plan_list(const struct plan_options *o, struct list *l)
{
	static struct plan plan;
	struct plan_item *dropped = calloc(l->n + 1, sizeof(*dropped));
	int twice, ndropped = 0, st = 0;
	enum plan_verdict why;

	if (!dropped)
		abort();
	l->n = plan_normalise(l->v, l->n, &twice);
	if (twice)
		fprintf(stderr, "deflect: %d %s listed more than once\n", twice,
			twice == 1 ? "MSR is" : "MSRs are");
	why = plan_make(&plan, l->v, l->n);
	if (why != PLAN_OK) {
		l->n = plan_nearest(l->v, l->n, dropped, &ndropped);
		if (!o->nearest || !l->n) {
			say_refusal(&plan, why, dropped, ndropped);
			st = EXIT_REFUSED;
		} else {
			fprintf(stderr, "deflect: left out:");
			print_items(stderr, dropped, ndropped);
			fputc('\n', stderr);
			plan_make(&plan, l->v, l->n);
		}
	}
	if (!st)
		plan_print(stdout, o->format, &plan, l->v, l->n);
	if (!st && o->verify)
		st = plan_verify(o->verify, &plan, l->v, l->n);
	free(dropped);
	return st;
}

int plan_command(const struct plan_options *o, char **argv, int argc)
{
	struct list l = { .directions = o->directions ?: PLAN_BOTH };
	int st = 0;

	for (int i = 0; i < argc && !st; i++)
		st = strcmp(argv[i], "-") ? read_entry(&l, argv[i]) :
					    read_stdin(&l);
	if (!st)
		st = plan_list(o, &l);
	free(l.v);
	return st;
}
