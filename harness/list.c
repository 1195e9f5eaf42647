// SPDX-License-Identifier: GPL-2.0-only
/* The catalogues for people and, with --json, for programs. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "fixes.h"
#include "list.h"
#include "machine.h"
#include "msrs.h"
#include "result.h"
#include "text.h"

static const char *const strengths[] = {
	[DOC] = "documented", [CODE] = "code", [INFERRED] = "inferred",
	[ADVICE] = "advice",
};

static const char *const vendors[] = {
	[ANY] = "any", [VMX] = "vmx", [SVM] = "svm", [ARM] = "arm64",
};

static int cases_of(const struct case_list *l, enum rule r)
{
	int n = 0;

	for (int i = 0; i < l->n; i++)
		for (int k = 0; k < l->v[i].nrules; k++)
			n += l->v[i].rules[k] == r;
	return n;
}

static bool selected(const char *name, const char *spec, char **patterns,
		     int n)
{
	for (int i = 0; i < n; i++) {
		size_t len = strlen(patterns[i]);

		if (!fnmatch(patterns[i], name, 0) ||
		    !strcasecmp(patterns[i], spec) ||
		    (!strncmp(name, patterns[i], len) && name[len] == '_'))
			return true;
	}
	return !n;
}

static bool group_has_cases(const struct case_list *l, enum rule r)
{
	char group[16], other[16];

	rule_group(r, group);
	for (int i = 0; i < NR_RULES; i++) {
		rule_group(i, other);
		if (!strcmp(group, other) && cases_of(l, i))
			return true;
	}
	return false;
}

static const char *why_none(const struct case_list *l, enum rule r)
{
	if (rule_info[r].strength == ADVICE)
		return "advice to authors, not behaviour";
	if (rule_info[r].why[0])
		return rule_info[r].why;
	return group_has_cases(l, r) ? "no case of its own yet" :
				       "its group has no suite yet";
}

void list_rule_json(FILE *f, const struct case_list *l, enum rule r)
{
	const struct rule_info *i = &rule_info[r];
	char eras[32];

	machine_eras_text(i->eras, eras, sizeof(eras), " ");
	fprintf(f, "\"rule\":\"%s\",\"spec\":\"%s\",\"strength\":\"%s\","
		"\"kernels\":\"%s\",\"vendor\":\"%s\",\"source\":",
		i->name, i->spec, strengths[i->strength], eras,
		vendors[i->vendor]);
	json_string(f, i->source);
	fputs(",\"statement\":", f);
	json_string(f, i->statement);
	if (!cases_of(l, r)) {
		fputs(",\"why\":", f);
		json_string(f, why_none(l, r));
	}
}

static void rule_json(const struct case_list *l, enum rule r, bool first)
{
	bool any = false;

	printf("%s{", first ? "" : ",\n");
	list_rule_json(stdout, l, r);
	fputs(",\"cases\":[", stdout);
	for (int c = 0; c < l->n; c++)
		for (int k = 0; k < l->v[c].nrules; k++)
			if (l->v[c].rules[k] == r) {
				if (any)
					putchar(',');
				json_string(stdout, l->v[c].name);
				any = true;
			}
	fputs("]}", stdout);
}

static int list_rules(const struct case_list *l, bool json, char **patterns,
		      int npatterns)
{
	int covered = 0, coverable = 0, total = 0, shown = 0;

	if (json)
		puts("[");
	for (int r = 0; r < NR_RULES; r++) {
		const struct rule_info *i = &rule_info[r];
		int n = cases_of(l, r);

		if (!selected(i->name, i->spec, patterns, npatterns))
			continue;
		shown++;
		if (i->strength != ADVICE) {
			total++;
			coverable += !i->why[0];
			covered += n > 0;
		}
		if (json)
			rule_json(l, r, shown == 1);
		else if (n)
			printf("%-34s %-10s %-10s %4d case%s\n", i->name,
			       i->spec, strengths[i->strength], n,
			       n == 1 ? "" : "s");
		else
			printf("%-34s %-10s %-10s    - %s\n", i->name, i->spec,
			       strengths[i->strength], why_none(l, r));
	}
	if (!shown) {
		fprintf(stderr, "deflect: no rule matches\n");
		return 2;
	}
	if (json)
		puts("\n]");
	else
		printf("%d rules named by cases, %d coverable, %d in all: "
		       "%.1f %% of the coverable\n", covered, coverable, total,
		       coverable ? 100.0 * covered / coverable : 0);
	return 0;
}

static int list_cases(const struct case_list *l, bool json, char **patterns,
		      int npatterns)
{
	int shown = 0;

	if (json)
		puts("[");
	for (int i = 0; i < l->n; i++) {
		const struct test_case *c = &l->v[i];

		if (!case_selected(c, patterns, npatterns, !c->config))
			continue;
		shown++;
		if (!json) {
			puts(c->name);
			continue;
		}
		printf("%s{\"case\":", shown > 1 ? ",\n" : "");
		json_string(stdout, c->name);
		fputs(",\"file\":", stdout);
		json_string(stdout, c->file);
		fputs(",\"rules\":[", stdout);
		for (int k = 0; k < c->nrules; k++)
			printf("%s\"%s\"", k ? "," : "",
			       rule_info[c->rules[k]].name);
		fputs("],\"program\":", stdout);
		json_string(stdout, c->text);
		putchar('}');
	}
	if (!shown) {
		fprintf(stderr, "deflect: no case matches; deflect list shows "
			"their names\n");
		return 2;
	}
	if (json)
		puts("\n]");
	return 0;
}

static void list_msrs(bool json)
{
	static const char *const verdicts[] = {
		"depends", "ok", "unknown", "inval", "fault",
	};

	if (json)
		puts("[");
	for (const struct msr_info *m = msr_info; m->name; m++)
		printf(json ? "%s{\"msr\":\"%s\",\"first\":%u,\"count\":%u,"
		       "\"read\":\"%s\",\"write\":\"%s\"}" :
		       "%s%-24s 0x%08x +%-6u read %-8s write %s\n",
		       json && m > msr_info ? ",\n" : "", m->name, m->first,
		       m->count, verdicts[m->read], verdicts[m->write]);
	if (json)
		puts("\n]");
}

static void list_words(void)
{
	for (const struct word *w = text_words; w->name; w++)
		printf("%-10s %s\n", w->name, w->usage);
	for (const struct word *w = x86_words; w->name; w++)
		printf("%-10s %s\n", w->name, w->usage);
	for (const struct word *w = arm64_words; w->name; w++)
		printf("%-10s arm64: %s\n", w->name, w->usage);
}

int list_print(const struct case_list *l, enum list_what what, bool json,
	       char **patterns, int npatterns)
{
	switch (what) {
	case LIST_RULES:
		return list_rules(l, json, patterns, npatterns);
	case LIST_MSRS:
		list_msrs(json);
		return 0;
	case LIST_FIXES:
		return fixes_list(l, json);
	case LIST_WORDS:
		list_words();
		return 0;
	default:
		return list_cases(l, json, patterns, npatterns);
	}
}

static void explain_fixes(const enum rule *rules, int n)
{
	char text[4096];

	if (fixes_hint(text, sizeof(text), 0, rules, n))
		printf("\nif it fails, %s", text);
}

static void explain_rule(const struct case_list *l, enum rule r)
{
	const struct rule_info *i = &rule_info[r];
	char eras[32];
	int n = cases_of(l, r), shown = 0;

	machine_eras_text(i->eras, eras, sizeof(eras), " ");
	printf("rule %s (%s)\n\n%s\n\nstrength: %s\nkernels:  %s\n"
	       "vendor:   %s\nsource:   %s\n", i->name, i->spec, i->statement,
	       strengths[i->strength], eras, vendors[i->vendor], i->source);
	if (!n) {
		printf("cases:    none: %s\n", why_none(l, r));
		return;
	}
	printf("cases:    %d\n", n);
	for (int c = 0; c < l->n && shown < 20; c++)
		for (int k = 0; k < l->v[c].nrules; k++)
			if (l->v[c].rules[k] == r) {
				printf("  %s (%s)\n", l->v[c].name,
				       l->v[c].file);
				shown++;
			}
	if (n > shown)
		printf("  ... and %d more\n", n - shown);
	printf("rerun:    deflect run %s\n", i->name);
	explain_fixes(&r, 1);
}

bool list_explain(const struct case_list *l, const char *name)
{
	const struct test_case *c = case_by_name(l, name);
	enum rule r;

	if (!c) {
		r = rule_by_name(name);
		if (r == RULE_NONE)
			return fixes_explain(l, name);
		explain_rule(l, r);
		return true;
	}
	printf("case %s (%s)\n\n", c->name, c->file);
	for (int k = 0; k < c->nrules; k++) {
		const struct rule_info *i = &rule_info[c->rules[k]];

		printf("%s (%s, %s): %s\n  source: %s\n", i->name, i->spec,
		       strengths[i->strength], i->statement, i->source);
	}
	explain_fixes(c->rules, c->nrules);
	printf("\n%s\nrerun: deflect run %s\n", c->text, c->name);
	return true;
}
