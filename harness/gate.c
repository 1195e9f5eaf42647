// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"
#include "stored.h"

enum difference {
	NEW_FAILURE,
	NEW_ERROR,
	STALE,		/* listed as known, and deviates no longer */
	MISSING,	/* a case that the old set has */
	NO_LONGER_RUN,	/* skipped now */
	FIXED,
	NOW_RUN,	/* skipped before */
	ADDED,		/* a case that the old set has not */
	NR_DIFFERENCES,
};

static const struct {
	const char *word, *plural;
	bool worse;
} differences[NR_DIFFERENCES] = {
	[NEW_FAILURE] = { "new failure", "new failures", true },
	[NEW_ERROR] = { "new error", "new errors", true },
	[STALE] = { "stale in the baseline", "stale in the baseline", true },
	[MISSING] = { "missing", "missing", true },
	[NO_LONGER_RUN] = { "no longer run", "no longer run", true },
	[FIXED] = { "fixed", "fixed", false },
	[NOW_RUN] = { "now run", "now run", false },
	[ADDED] = { "added", "added", false },
};

static int count[NR_DIFFERENCES];

__attribute__((format(printf, 4, 5)))
static void say(enum difference d, const struct stored *s, const char *name,
		const char *fmt, ...)
{
	va_list ap;

	count[d]++;
	if (d == ADDED)
		return;
	printf("%s %s: %s: %s", s->machine.name, s->machine.release,
	       differences[d].word, name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* Two sets of one machine each are meant for each other, whatever they are. */
static const struct stored *counterpart(const struct stored_set *set,
					const struct stored_set *of,
					const struct stored *s)
{
	char line[MAX_LINE_NAME], other[MAX_LINE_NAME];

	if (set->n == 1 && of->n == 1)
		return &set->v[0];
	machine_line(s->machine.release, line);
	for (int i = 0; i < set->n; i++) {
		machine_line(set->v[i].machine.release, other);
		if (!strcmp(set->v[i].machine.name, s->machine.name) &&
		    !strcmp(other, line))
			return &set->v[i];
	}
	return NULL;
}

/* ---- comparing ---- */

static bool unlisted_failure(const struct stored_case *c)
{
	return c->verdict == V_FAIL && c->note != NOTE_KNOWN &&
	       c->note != NOTE_EMULATOR;
}

static void compare_case(const struct stored *s, const struct stored_case *was,
			 const struct stored_case *is)
{
	if (is->note == NOTE_STALE)
		say(STALE, s, is->name, ": listed, but deviates no longer");
	else if (unlisted_failure(is) && !(was && unlisted_failure(was)))
		say(NEW_FAILURE, s, is->name, "\n  want: %s\n  got:  %s",
		    is->want, is->got);
	else if (is->verdict == V_ERROR && !(was && was->verdict == V_ERROR))
		say(NEW_ERROR, s, is->name, ": %s", is->reason);
	else if (is->verdict == V_SKIP && was && was->verdict != V_SKIP)
		say(NO_LONGER_RUN, s, is->name, ": %s", is->reason);
	if (!was)
		return;
	if (is->verdict == V_PASS &&
	    (was->verdict == V_FAIL || was->verdict == V_ERROR))
		say(FIXED, s, is->name, "%s", "");
	else if (is->verdict != V_SKIP && was->verdict == V_SKIP)
		say(NOW_RUN, s, is->name, "%s", "");
}

static void compare_machine(const struct stored *old, const struct stored *new)
{
	for (int i = 0; i < new->n; i++) {
		const struct stored_case *was =
			old ? stored_find(old, new->v[i].name) : NULL;

		if (old && !was)
			say(ADDED, new, new->v[i].name, "%s", "");
		compare_case(new, was, &new->v[i]);
	}
	for (int i = 0; old && i < old->n; i++)
		if (!stored_find(new, old->v[i].name))
			say(MISSING, new, old->v[i].name, "%s", "");
}

static int conclude(int machines)
{
	bool worse = false;

	printf("gate: %d %s", machines, machines == 1 ? "machine" : "machines");
	for (int d = 0; d < NR_DIFFERENCES; d++) {
		if (!count[d])
			continue;
		printf(", %d %s", count[d], count[d] == 1 ?
		       differences[d].word : differences[d].plural);
		worse |= differences[d].worse;
	}
	puts(worse ? ": worse" : ": nothing is worse");
	return worse;
}

int gate(const char *old_path, const char *new_path)
{
	struct stored_set old = { 0 }, new = { 0 };
	bool incomplete = false;
	int st;

	if (stored_set_read(&new, new_path) || (old_path && stored_set_read(&old, old_path)))
		return 3;
	for (int i = 0; i < new.n; i++) {
		const struct stored *s = &new.v[i];

		compare_machine(old_path ? counterpart(&old, &new, s) : NULL, s);
		if (!s->complete)
			fprintf(stderr, "deflect: %s is incomplete: the run "
				"did not come to its end\n", s->dir);
		incomplete |= !s->complete;
	}
	for (int i = 0; i < old.n; i++)
		if (!counterpart(&new, &old, &old.v[i]))
			say(MISSING, &old.v[i], "the whole machine", "%s", "");
	st = conclude(new.n);
	stored_set_free(&new);
	stored_set_free(&old);
	return st ? 1 : incomplete ? 3 : 0;
}
