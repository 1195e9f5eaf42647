// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "select.h"

static bool in_list(char **names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* One name a line; -1 with a line on stderr. */
static int read_names(const char *path, char ***names)
{
	FILE *f = fopen(path, "re");
	char line[MAX_NAME + 2];
	int n = 0;

	*names = NULL;
	if (!f) {
		fprintf(stderr, "deflect: cannot read %s: %s\n", path,
			strerror(errno));
		return -1;
	}
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		*names = realloc(*names, (n + 1) * sizeof(**names));
		(*names)[n++] = strdup(line);
	}
	fclose(f);
	return n;
}

/* Another order, the same for the same seed: no case may depend on it. */
static void shuffle(const struct test_case **v, int n, u64 x)
{
	for (int i = n - 1; i > 0; i--) {
		const struct test_case *t = v[i];
		int j;

		x = x * 6364136223846793005u + 1442695040888963407u;
		j = (x >> 33) % (i + 1);
		v[i] = v[j];
		v[j] = t;
	}
}

/* The first @sample cases of each rule, in their order; returns how many. */
static int thin(const struct test_case **v, int n, u64 sample)
{
	static unsigned long taken[NR_RULES];
	int kept = 0;

	for (int i = 0; i < n; i++) {
		bool wanted = false;

		for (int r = 0; r < v[i]->nrules; r++)
			wanted |= taken[v[i]->rules[r]] < sample;
		for (int r = 0; wanted && r < v[i]->nrules; r++)
			taken[v[i]->rules[r]]++;
		if (wanted)
			v[kept++] = v[i];
	}
	return kept;
}

int select_cases(const struct selection *s, const struct case_list *l,
		 char **patterns, int npatterns, const struct test_case **v)
{
	char **only = NULL;
	int nonly = 0, n = 0;

	if (s->from && (nonly = read_names(s->from, &only)) < 0)
		return -3;
	for (int i = 0; i < npatterns; i++) {
		if (cases_match(l, patterns[i] + (*patterns[i] == '!')))
			continue;
		fprintf(stderr, "deflect: no case matches '%s': deflect list "
			"shows their names\n", patterns[i]);
		return -2;
	}
	for (int c = 0; c < l->n; c++) {
		/* configurations are for emulated machines to load; what is
		 * for another architecture only says so */
		bool ours = (!l->v[c].config || getpid() == 1) &&
			    l->v[c].needs & machine_arch;
		bool take = case_selected(&l->v[c], patterns, npatterns, ours);

		if (s->from && !in_list(only, nonly, l->v[c].name))
			take = false;
		if (take)
			v[n++] = &l->v[c];
	}
	if (s->sample)
		n = thin(v, n, s->sample);
	if (s->seed)
		shuffle(v, n, s->seed);
	return n;
}

int select_left(const struct selection *s, const struct test_case **v, int n)
{
	enum { TOGETHER = 8 };	/* neighbours often share a control */
	char **not = NULL;
	int nnot = 0, left = 0;

	if (s->skip && (nnot = read_names(s->skip, &not)) < 0)
		return -3;
	for (int i = 0; i < n; i++) {
		if (s->parts && i / TOGETHER % s->parts != s->part - 1)
			continue;
		if (!in_list(not, nnot, v[i]->name))
			v[left++] = v[i];
	}
	return left;
}
