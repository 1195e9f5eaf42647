// SPDX-License-Identifier: GPL-2.0-only
/* The words of the text form that are arm64's. */
#include <string.h>

#include "../text.h"
#include "abi.h"

static const char *const places[NR_INSN_PLACES] = {
	[AT_NOWHERE] = "nowhere", [AT_RAM] = "ram", [AT_ROM] = "rom",
	[AT_END] = "end", [AT_WALK] = "walk",
};

static const char *const acts[NR_ACTS] = {
	[ACT_SKIP] = "skip", [ACT_EMULATE] = "emulate", [ACT_ABORT] = "abort",
};

static int index_of(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

/* "nowhere+0x5f0" */
static bool parse_place(struct cursor *c, const char *val, struct step_insn *k)
{
	char name[64];
	size_t n = strcspn(val, "+");
	u64 v;
	int at;

	memcpy(name, val, n);
	name[n] = 0;
	at = index_of(places, NR_INSN_PLACES, name);
	if (at < 0)
		return text_fail(c, "'%.40s' is no place (nowhere, ram, rom, "
				 "end, walk)", name);
	k->at = at;
	if (!val[n])
		return true;
	if (!text_value(c, val + n + 1, &v, 0xff8))
		return false;
	k->offset = v;
	return true;
}

static bool parse_insn(struct cursor *c, struct step *s)
{
	struct step_insn *k = &s->insn;
	char t[64];
	const char *val;

	if (!text_token(c, t))
		return false;
	while (k->op < NR_INSNS && strcmp(t, insn_info[k->op].name))
		k->op++;
	if (k->op == NR_INSNS)
		return text_fail(c, "'%.40s' is no instruction of "
				 "suites/arm64/insns.def", t);
	for (;;) {
		if (text_option(c, t, &val)) {
			if (!strcmp(t, "at") ? !parse_place(c, val, k) :
			    !strcmp(t, "data") ?
			    !text_value(c, val, &k->data, UINT64_MAX) :
			    !text_fail(c, "insn has no option '%.40s'", t))
				return false;
			continue;
		}
		if (!text_peek(c, t))
			return false;
		if (!strcmp(t, "hold"))
			k->hold = true;
		else if (!strcmp(t, "el0"))
			k->el0 = true;
		else if (index_of(acts, NR_ACTS, t) >= 0)
			k->act = index_of(acts, NR_ACTS, t);
		else
			return true;
		text_token(c, t);
	}
}

static void print_insn(struct out *o, const struct step *s)
{
	const struct step_insn *k = &s->insn;

	text_out(o, " %s", insn_info[k->op].name);
	if (k->offset)
		text_out(o, " at=%s+0x%x", places[k->at], k->offset);
	else if (k->at)
		text_out(o, " at=%s", places[k->at]);
	if (k->data)
		text_out(o, " data=0x%llx", (unsigned long long)k->data);
	if (k->act)
		text_out(o, " %s", acts[k->act]);
	if (k->el0)
		text_out(o, " el0");
	if (k->hold)
		text_out(o, " hold");
}

static bool parse_reg(struct cursor *c, struct step *s)
{
	char t[64];

	if (!text_token(c, t))
		return false;
	if (!strcmp(t, "pc")) {
		s->reg.reg = REG_PC;
		return true;
	}
	if (t[0] == 'x' && t[1] >= '0' && t[1] < '0' + NR_SET_REGS && !t[2]) {
		s->reg.reg = t[1] - '0';
		return true;
	}
	return text_fail(c, "'%.40s' is no register (pc, x0 to x3)", t);
}

static void print_reg(struct out *o, const struct step *s)
{
	if (s->reg.reg == REG_PC)
		text_out(o, " pc");
	else
		text_out(o, " x%u", s->reg.reg);
}

static bool parse_set_reg(struct cursor *c, struct step *s)
{
	return parse_reg(c, s) &&
	       text_number(c, &s->reg.value, s->reg.reg == REG_PC ?
			   A64_SLOT - 4 : UINT64_MAX);
}

static void print_set_reg(struct out *o, const struct step *s)
{
	print_reg(o, s);
	text_out(o, " 0x%llx", (unsigned long long)s->reg.value);
}

static bool parse_set_events(struct cursor *c, struct step *s)
{
	struct step_events *k = &s->events;
	char t[64];
	const char *val;
	u64 v;

	for (;;) {
		if (text_option(c, t, &val)) {
			if (strcmp(t, "esr") && strcmp(t, "junk"))
				return text_fail(c, "set_events has no option "
						 "'%.40s'", t);
			if (!text_value(c, val, &v, *t == 'j' ?
					EVENTS_SIZE - 1 : UINT64_MAX))
				return false;
			if (*t == 'j') {
				if (!events_reserved(v))
					return text_fail(c, "byte %llu is not "
							 "reserved",
							 (unsigned long long)v);
				k->junk = v;
			} else {
				k->has_esr = true;
				k->esr = v;
			}
			continue;
		}
		if (!text_peek(c, t))
			return false;
		if (!strcmp(t, "dabt"))
			k->dabt = true;
		else if (!strcmp(t, "serror"))
			k->serror = true;
		else
			return true;
		text_token(c, t);
	}
}

static void print_set_events(struct out *o, const struct step *s)
{
	const struct step_events *k = &s->events;

	if (k->dabt)
		text_out(o, " dabt");
	if (k->serror)
		text_out(o, " serror");
	if (k->has_esr)
		text_out(o, " esr=0x%llx", (unsigned long long)k->esr);
	if (k->junk)
		text_out(o, " junk=%u", k->junk);
}

const struct word arm64_words[] = {
	{ "insn", STEP_INSN,
	  "NAME [at=nowhere|ram|rom|end|walk[+OFFSET]] [data=] "
	  "[skip|emulate|abort] [el0] [hold]: of suites/arm64/insns.def; what "
	  "userspace does at an exit, by default skip", parse_insn, print_insn },
	{ "set_reg", STEP_SET_REG, "pc|x0..x3 VALUE: KVM_SET_ONE_REG; pc from "
	  "the held instruction on", parse_set_reg, print_set_reg },
	{ "get_reg", STEP_GET_REG, "pc|x0..x3: KVM_GET_ONE_REG", parse_reg,
	  print_reg },
	{ "set_events", STEP_SET_EVENTS,
	  "[dabt] [serror] [esr=] [junk=OFFSET]: KVM_SET_VCPU_EVENTS; at the "
	  "offset is a byte that is not 0", parse_set_events, print_set_events },
	{ "get_events", STEP_GET_EVENTS, "KVM_GET_VCPU_EVENTS", TEXT_NOTHING },
	{ "mmu", STEP_MMU, "the guest translates addresses, from its next "
	  "instruction on", TEXT_NOTHING },
	{ 0 },
};
