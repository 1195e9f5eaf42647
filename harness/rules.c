// SPDX-License-Identifier: GPL-2.0-only
/* The rule catalogue as a table. */
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

enum rule rule_by_name(const char *name)
{
	if (!*name)
		return RULE_NONE;
	for (int i = 0; i < NR_RULES; i++)
		if (!strcmp(rule_info[i].name, name))
			return i;
	for (int i = 0; i < NR_RULES; i++)
		if (!strcasecmp(rule_info[i].spec, name))
			return i;
	return RULE_NONE;
}

int rule_group(enum rule r, char group[16])
{
	size_t n = strcspn(rule_info[r].name, "_");

	memcpy(group, rule_info[r].name, n);
	group[n] = 0;
	return n;
}
