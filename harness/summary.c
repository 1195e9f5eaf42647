// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several runs beside each other: a table with a row a run, and what differs
 * between the kernels that ran on the same machine.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "collect.h"
#include "stored.h"

enum { MAX_ROWS = 64, NAMES_SHOWN = 12 };

/* How a case ended in a row; ABSENT: it was not among those that ran. */
enum ending {
	ABSENT, PASSES, FAILS, KNOWN, SKIPPED, BREAKS,
	PROVED, UNPROVED,	/* of a rule */
	NR_ENDINGS,
};

static const char *const endings[NR_ENDINGS] = {
	"absent", "passes", "fails", "known", "skipped", "error",
	"proved", "not proved",
};

struct row {
	struct stored run;
	char line[MAX_LINE_NAME];	/* of the kernel: "6.12" */
};

static struct row rows[MAX_ROWS];
static int nrows;

/* A case of any row, or a rule, with its ending in each. */
struct line {
	const char *name;
	unsigned char ending[MAX_ROWS];
};

static bool load_row(struct row *r, const char *dir)
{
	if (stored_read(&r->run, dir))
		return false;
	machine_line(r->run.machine.release, r->line);
	return true;
}

static int print_row(const struct stored *s)
{
	printf("%-8s %-28s %-10s %6d %6d %6d %6d %7d %6d %6d %8.1f %s%s\n",
	       s->machine.name, s->machine.release, s->machine.module, s->n,
	       s->passed, s->failed, s->known, s->skipped, s->errors,
	       rule_set_count(&s->covered), s->seconds, s->machine.emulator,
	       s->complete ? "" : "  incomplete");
	return s->failed ? 1 : s->errors || !s->complete ? 3 : 0;
}

/* ---- what differs ---- */

static enum ending ending_of(const struct stored_case *c)
{
	if (c->note == NOTE_KNOWN || c->note == NOTE_EMULATOR)
		return KNOWN;
	return c->verdict == V_PASS ? PASSES : c->verdict == V_FAIL ? FAILS :
	       c->verdict == V_SKIP ? SKIPPED : BREAKS;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->name,
		      ((const struct line *)b)->name);
}

/* All cases of the rows @in, each once, with their endings; freed by the end. */
static struct line *read_cases(const int *in, int n, int *nlines)
{
	struct line *lines;
	int count = 0, kept = 0;

	for (int i = 0; i < n; i++)
		count += rows[in[i]].run.n;
	lines = calloc(count + 1, sizeof(*lines));
	count = 0;
	for (int i = 0; i < n; i++) {
		const struct stored *run = &rows[in[i]].run;

		for (int c = 0; c < run->n; c++) {
			lines[count].name = run->v[c].name;
			lines[count++].ending[i] = ending_of(&run->v[c]);
		}
	}
	qsort(lines, count, sizeof(*lines), by_name);
	for (int c = 0; c < count; c++) {
		if (kept && !strcmp(lines[kept - 1].name, lines[c].name)) {
			for (int i = 0; i < n; i++)
				lines[kept - 1].ending[i] |= lines[c].ending[i];
			continue;
		}
		lines[kept++] = lines[c];
	}
	*nlines = kept;
	return lines;
}

/* Whether two rows that have it disagree. */
static bool differs(const struct line *l, int n)
{
	enum ending first = ABSENT;

	for (int i = 0; i < n; i++) {
		if (l->ending[i] == ABSENT)
			continue;
		if (first == ABSENT)
			first = l->ending[i];
		else if (l->ending[i] != first)
			return true;
	}
	return false;
}

/* "5.10 known, 6.1 6.12 passes" */
static void print_endings(const struct line *l, const int *in, int n)
{
	const char *sep = "  ";

	for (int e = PASSES; e < NR_ENDINGS; e++) {
		bool any = false;

		for (int i = 0; i < n; i++)
			if (l->ending[i] == e) {
				printf("%s%s", any ? " " : sep, rows[in[i]].line);
				any = true;
			}
		if (any) {
			printf(" %s", endings[e]);
			sep = ", ";
		}
	}
}

/* Those that differ in the same way stand together. */
static int print_groups(struct line *lines, int nlines, const int *in, int n,
			const char *what)
{
	int groups = 0;

	for (int i = 0; i < nlines; i++) {
		int same = 0;

		if (!lines[i].name || !differs(&lines[i], n))
			continue;
		for (int j = i; j < nlines; j++)
			same += lines[j].name && !memcmp(lines[i].ending,
				lines[j].ending, sizeof(lines[i].ending));
		print_endings(&lines[i], in, n);
		printf(" (%d %s%s)\n", same, what, same == 1 ? "" : "s");
		for (int j = i, k = 0; j < nlines; j++) {
			if (!lines[j].name || memcmp(lines[i].ending,
			    lines[j].ending, sizeof(lines[i].ending)))
				continue;
			if (++k <= NAMES_SHOWN)
				printf("    %s\n", lines[j].name);
			else if (k == NAMES_SHOWN + 1)
				puts("    ...");
			lines[j].name = NULL;
		}
		groups++;
	}
	return groups;
}

/* Rules that some rows prove, of those that ran the same number of cases. */
static struct line *read_rules(const int *in, int n)
{
	struct line *lines = calloc(NR_RULES, sizeof(*lines));
	int most = 0;

	for (int i = 0; i < n; i++)
		if (rows[in[i]].run.n > most)
			most = rows[in[i]].run.n;
	for (int r = 0; r < NR_RULES; r++) {
		lines[r].name = rule_info[r].name;
		for (int i = 0; i < n; i++)
			if (rows[in[i]].run.n == most)
				lines[r].ending[i] = rule_set_has(
					&rows[in[i]].run.covered, r) ? PROVED :
					UNPROVED;
	}
	return lines;
}

static void print_differences(const int *in, int n)
{
	const struct machine *m = &rows[in[0]].run.machine;
	struct line *lines, *rules = read_rules(in, n);
	int nlines, groups;

	printf("\nwhat differs between kernels on %s%s%s:\n",
	       m->name, m->emulator[0] ? ", " : "", m->emulator);
	lines = read_cases(in, n, &nlines);
	groups = print_groups(lines, nlines, in, n, "case");
	groups += print_groups(rules, NR_RULES, in, n, "rule");
	if (!groups)
		puts("  nothing");
	free(lines);
	free(rules);
}

static bool same_machine(const struct machine *a, const struct machine *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->emulator, b->emulator);
}

static void print_all_differences(void)
{
	bool done[MAX_ROWS] = { 0 };
	int in[MAX_ROWS], n;

	for (int i = 0; i < nrows; i++) {
		if (done[i])
			continue;
		n = 0;
		for (int j = i; j < nrows; j++)
			if (same_machine(&rows[i].run.machine,
					 &rows[j].run.machine)) {
				in[n++] = j;
				done[j] = true;
			}
		if (n > 1)
			print_differences(in, n);
	}
}

int summary(char **dirs, int n)
{
	struct rule_set all = { 0 };
	int worst = 0, coverable = 0;

	printf("%-8s %-28s %-10s %6s %6s %6s %6s %7s %6s %6s %8s emulator\n",
	       "machine", "kernel", "vendor", "cases", "passed", "failed",
	       "known", "skipped", "errors", "rules", "seconds");
	for (int i = 0; i < n && nrows < MAX_ROWS; i++) {
		int st = 3;

		if (load_row(&rows[nrows], dirs[i])) {
			rule_set_merge(&all, &rows[nrows].run.covered);
			st = print_row(&rows[nrows++].run);
		}
		if (st == 1 || (st && worst != 1))
			worst = st;
	}
	for (int r = 0; r < NR_RULES; r++)
		coverable += rule_info[r].strength != ADVICE &&
			     !rule_info[r].why[0];
	printf("rules covered by these runs together: %d of %d coverable\n",
	       rule_set_count(&all), coverable);
	print_all_differences();
	return worst;
}
