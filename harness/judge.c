// SPDX-License-Identifier: GPL-2.0-only
/* From prediction and observation to a result that a person understands. */
#include <string.h>

#include "compare.h"
#include "fixes.h"
#include "msrs.h"
#include "runner.h"
#include "text.h"

/* "step 3: rdmsr 0xc0000082 (LSTAR)" */
static int say_step(char *buf, size_t size, int at, const struct program *p,
		    int step)
{
	const struct step *s = &p->step[step];
	char label[256];
	bool access = s->kind == STEP_RDMSR || s->kind == STEP_WRMSR;

	text_step_label(label, sizeof(label), s);
	at = append(buf, size, at, "step %d: %s", step + 1, label);
	if (access && msr_find(s->access.index))
		at = append(buf, size, at, " (%s)",
			    msr_find(s->access.index)->name);
	return append(buf, size, at, "\n");
}

/* What every failure begins with: case, rule, machine and program. */
static int say_head(const struct machine *m, const struct program *p,
		    const struct rule_info *r, struct result *res)
{
	char *msg = res->message, text[4096];
	size_t size = sizeof(res->message);
	int at = append(msg, size, 0, "%s\n", res->name);

	if (r)
		at = append(msg, size, at, "rule %s (%s): %s\n", r->name,
			    r->spec, r->statement);
	at = append(msg, size, at, "machine: linux %s, %s, %s\n", m->release,
		    m->module, m->emulator[0] ? m->emulator : "host");
	text_print(text, sizeof(text), p);
	at = append(msg, size, at, "program:\n");
	for (char *line = text, *next; *line; line = next) {
		next = strchr(line, '\n');
		if (!next)
			next = line + strlen(line);
		else
			*next++ = 0;
		if (strncmp(line, "case ", 5) && strncmp(line, "rules ", 6))
			at = append(msg, size, at, "  %s\n", line);
	}
	return at;
}

static void say_failure(const struct machine *m, const struct program *p,
			const struct mismatch *why, const struct outcome *seen,
			struct result *res)
{
	size_t size = sizeof(res->message);
	int at = say_head(m, p, why->rule < NR_RULES ? &rule_info[why->rule] :
						       NULL, res);

	outcome_print(res->want, sizeof(res->want), &why->want->want, NULL);
	outcome_print(res->got, sizeof(res->got), &seen[why->step],
		      &why->want->want);
	at = say_step(res->message, size, at, p, why->step);
	at = append(res->message, size, at, "  want: %s\n  got:  %s\n",
		    res->want, res->got);
	if (why->field < NR_FIELDS)
		at = append(res->message, size, at, "  first difference: %s\n",
			    field_name(why->field));
	at = fixes_hint(res->message, size, at, p->rules, p->nrules);
	append(res->message, size, at, "rerun: deflect run %s\n", res->name);
}

static void say_race(const struct machine *m, const struct program *p,
		     const struct race_misfit *why, struct result *res)
{
	size_t size = sizeof(res->message);
	int at;

	res->verdict = V_FAIL;
	res->step = why->step + 1;
	res->rule = RULE_race_old_or_new_filter;
	snprintf(res->want, sizeof(res->want), "every event explained");
	snprintf(res->got, sizeof(res->got), "step %d: %.480s", why->step + 1,
		 why->got);
	at = say_head(m, p, &rule_info[res->rule], res);
	at = say_step(res->message, size, at, p, why->step);
	at = append(res->message, size, at, "  got:  %s\n%s", why->got,
		    why->text);
	at = fixes_hint(res->message, size, at, p->rules, p->nrules);
	append(res->message, size, at,
	       "rerun: deflect run --repeat 20 %s\n", res->name);
}

/* Rules of @wanted that this observation would not have let pass flipped. */
static void prove(const struct machine *m, const struct program *p,
		  const struct control *ctl, const struct outcome *seen,
		  const struct race_log *log,
		  const struct rule_set *wanted, const struct rule_set *used,
		  struct rule_set *covered)
{
	static struct prediction flipped;
	struct mismatch why;

	for (int r = 0; r < NR_RULES; r++) {
		struct rule_set flips = rule_flipped(r);

		if (!rule_set_has(wanted, r) || !rule_set_meets(used, &flips))
			continue;
		predict(m, p, ctl, r, &flipped);
		if (!compare(p, &flipped, seen, &why) ||
		    !race_explained(m, p, ctl, log, r, NULL))
			rule_set_add(covered, r);
	}
}

void judge(const struct machine *m, const struct program *p,
	   const struct control *ctl, const struct outcome *seen,
	   const struct race_log *log, const struct rule_set *wanted,
	   struct result *res)
{
	static struct prediction pred;
	struct mismatch why;
	struct race_misfit race;

	predict(m, p, ctl, RULE_NONE, &pred);
	if (pred.overflow) {
		res->verdict = V_ERROR;
		snprintf(res->reason, sizeof(res->reason),
			 "the model allows more outcomes than it can hold");
		snprintf(res->message, sizeof(res->message), "%s\n",
			 res->reason);
		return;
	}
	/* what went wrong in the race explains what came after it */
	if (!race_explained(m, p, ctl, log, RULE_NONE, &race)) {
		say_race(m, p, &race, res);
		return;
	}
	if (compare(p, &pred, seen, &why)) {
		res->verdict = V_PASS;
		prove(m, p, ctl, seen, log, wanted, &pred.rules, &res->covered);
		return;
	}
	res->verdict = V_FAIL;
	res->step = why.step + 1;
	res->rule = why.rule;
	if (why.rule < NR_RULES && (rule_info[why.rule].strength == INFERRED))
		res->note = NOTE_DRIFTED;
	say_failure(m, p, &why, seen, res);
}
