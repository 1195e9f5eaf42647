// SPDX-License-Identifier: GPL-2.0-only
/* The rule catalogue as a table. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "outcome.h"
#include "rules.h"

const struct rule_info rule_info[NR_RULES] = {
#define RULE(name_, spec_, strength_, eras_, vendor_, source_, statement_, why_) \
	[RULE_##name_] = {						\
		.name = #name_, .spec = spec_, .strength = strength_,	\
		.eras = eras_, .vendor = vendor_, .source = source_,	\
		.statement = statement_, .why = why_,			\
	},
#include "../suites/rules/all.def"
#undef RULE
};

static const struct { enum rule rule, restated; } restatements[] = {
#define RULE(...)
#define RESTATES(rule_, restated_) { RULE_##rule_, RULE_##restated_ },
#include "../suites/rules/all.def"
#undef RESTATES
#undef RULE
};

struct rule_set rule_flipped(enum rule r)
{
	struct rule_set set = { 0 };

	if (r == RULE_NONE)
		return set;
	rule_set_add(&set, r);
	for (size_t i = 0; i < ARRAY_SIZE(restatements); i++)
		if (restatements[i].rule == r)
			rule_set_add(&set, restatements[i].restated);
	return set;
}

/* What rules are called by: each by its name and by its spec id. */
static struct key {
	const char *text;
	enum rule rule;
	bool spec;
} keys[2 * NR_RULES];

static int by_text(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return strcasecmp(x->text, y->text) ?: (int)x->rule - (int)y->rule;
}

enum rule rule_by_name(const char *name)
{
	size_t low = 0, high = ARRAY_SIZE(keys);

	if (!keys[0].text) {
		for (int i = 0; i < NR_RULES; i++) {
			keys[2 * i] = (struct key){ rule_info[i].name, i,
						    false };
			keys[2 * i + 1] = (struct key){ rule_info[i].spec, i,
							true };
		}
		qsort(keys, ARRAY_SIZE(keys), sizeof(keys[0]), by_text);
	}
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (strcasecmp(keys[mid].text, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	/* the case of letters is free in spec ids only */
	for (; *name && low < ARRAY_SIZE(keys) &&
	       !strcasecmp(keys[low].text, name); low++)
		if (keys[low].spec || !strcmp(keys[low].text, name))
			return keys[low].rule;
	return RULE_NONE;
}

int rule_group(enum rule r, char group[16])
{
	size_t n = strcspn(rule_info[r].name, "_");

	memcpy(group, rule_info[r].name, n);
	group[n] = 0;
	return n;
}
