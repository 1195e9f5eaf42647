// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fixes.h"
#include "result.h"
#include "text.h"

struct fix {
	const char *id;		/* in the catalogue: "B-04" */
	const char *commits, *fixed_in;
	const char *symptom;
	const char *why;	/* why no case shows it; "" otherwise */
	enum rule rules[6];	/* that it made hold; RULE_NONE ends them */
};

/* ends with id NULL */
static const struct fix fixes[] = {
#define R(rule) RULE_##rule,
#define FIX(id_, commits_, fixed_in_, symptom_, why_, rules_)		\
	{ .id = id_, .commits = commits_, .fixed_in = fixed_in_,	\
	  .symptom = symptom_, .why = why_,				\
	  .rules = { rules_ RULE_NONE } },
#include "../suites/fixes.def"
	{ 0 },
};

/* Does the fix concern one of the @n rules? */
static bool concerns(const struct fix *f, const enum rule *rules, int n)
{
	for (int i = 0; f->rules[i] != RULE_NONE; i++)
		for (int k = 0; k < n; k++)
			if (f->rules[i] == rules[k])
				return true;
	return false;
}

int fixes_hint(char *buf, size_t size, int at, const enum rule *rules, int n)
{
	for (const struct fix *f = fixes; f->id; f++)
		if (concerns(f, rules, n))
			at = append(buf, size, at, "this kernel may lack %s "
				    "(in %s): %s\n", f->commits, f->fixed_in,
				    f->symptom);
	return at;
}

static bool shows(const struct test_case *c, const struct fix *f)
{
	return concerns(f, c->rules, c->nrules);
}

/* Why no case shows it: its own reason, or that of a rule of it. */
static const char *reason(const struct fix *f)
{
	if (f->why[0])
		return f->why;
	for (int i = 0; f->rules[i] != RULE_NONE; i++)
		if (rule_info[f->rules[i]].why[0])
			return rule_info[f->rules[i]].why;
	return "";
}

static int cases_of(const struct case_list *l, const struct fix *f)
{
	int n = 0;

	for (int i = 0; i < l->n; i++)
		n += shows(&l->v[i], f);
	return n;
}

static void print_json(const struct fix *f, int n)
{
	const char *sep = "";

	printf("{\"fix\":\"%s\",\"commits\":", f->id);
	json_string(stdout, f->commits);
	printf(",\"fixed_in\":\"%s\",\"symptom\":", f->fixed_in);
	json_string(stdout, f->symptom);
	printf(",\"cases\":%d,\"why\":", n);
	json_string(stdout, n ? "" : reason(f));
	fputs(",\"rules\":[", stdout);
	for (int i = 0; f->rules[i] != RULE_NONE; i++, sep = ",")
		printf("%s\"%s\"", sep, rule_info[f->rules[i]].name);
	fputs("]}", stdout);
}

int fixes_list(const struct case_list *l, bool json)
{
	for (const struct fix *f = fixes; f->id; f++) {
		int n = cases_of(l, f);

		if (json) {
			fputs(f == fixes ? "[\n" : ",\n", stdout);
			print_json(f, n);
			continue;
		}
		printf("%s  fixed in %s by %s\n      %s\n      ", f->id,
		       f->fixed_in, f->commits, f->symptom);
		if (n)
			printf("%d %s\n", n, n == 1 ? "case" : "cases");
		else
			printf("no case: %s\n", reason(f));
	}
	if (json)
		puts("\n]");
	return 0;
}

bool fixes_explain(const struct case_list *l, const char *id)
{
	for (const struct fix *f = fixes; f->id; f++) {
		if (strcasecmp(f->id, id))
			continue;
		printf("fix %s\n\n%s\n\nfixed in: %s\nby:       %s\n", f->id,
		       f->symptom, f->fixed_in, f->commits);
		if (!cases_of(l, f))
			printf("cases:    none: %s\n", reason(f));
		for (int i = 0; f->rules[i] != RULE_NONE; i++)
			printf("rule:     %s\n", rule_info[f->rules[i]].name);
		for (int i = 0; i < l->n; i++)
			if (shows(&l->v[i], f))
				printf("  %s\n", l->v[i].name);
		return true;
	}
	return false;
}

int fixes_check(const struct case_list *l)
{
	int bad = 0;

	for (const struct fix *f = fixes; f->id; f++) {
		if (reason(f)[0] || cases_of(l, f))
			continue;
		printf("# suites/fixes.def: %s has neither a case nor a "
		       "reason\n", f->id);
		bad++;
	}
	return bad;
}
