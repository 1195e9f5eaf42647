// SPDX-License-Identifier: GPL-2.0-only
/*
 * Observations as text. What an access implies by itself is left out, so that
 * the lines of two kernels differ where the kernels do, and all steps of a case
 * that did the same stand in one line.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../msrs.h"
#include "../seen.h"
#include "guest.h"

enum { RFLAGS_PLAIN = 0x2, RFLAGS_FAULT = 0x10002, RDMSR_LEN = 2 };

/* Forget @f if it says no more than @v, which needs no words. */
static void imply(struct outcome *o, enum field f, u64 v)
{
	if (outcome_has(o, f) && o->val[f] == v)
		outcome_forget(o, f);
}

/* Time, counters and branches: another value at each run. */
static bool value_moves(const struct step *s)
{
	const struct msr_info *m;
	u32 index;

	switch (s->kind) {
	case STEP_RDMSR:
		index = s->access.index;
		break;
	case STEP_NATIVE:
		index = s->native.index;
		break;
	case STEP_GET_MSR:
		index = s->msr.index;
		break;
	case STEP_CODE:	/* RDTSC, RDTSCP */
		return memmem(s->code.bytes, s->code.len, "\x0f\x31", 2) ||
		       memmem(s->code.bytes, s->code.len, "\x0f\x01\xf9", 3);
	default:
		return false;
	}
	m = msr_find(index);
	return m && m->traits & MOVES;
}

static void imply_value(const struct program *p, int i, struct outcome *o)
{
	const struct step *s = &p->step[i];
	const struct step_access *a = &s->access;
	u64 reply = a->reply.has_data ? a->reply.data : 0;

	if (s->kind == STEP_RDMSR && o->val[F_EXITS] &&
	    o->val[F_END] == END_DONE) {
		imply(o, F_RAX, (u32)reply);
		imply(o, F_RDX, reply >> 32);
	} else if (s->kind == STEP_WRMSR || o->val[F_END] == END_FAULT) {
		imply(o, F_RAX, guest_entry_reg(p, i, GPR_RAX));
		imply(o, F_RDX, guest_entry_reg(p, i, GPR_RDX));
	}
	if (!o->val[F_EXITS] && value_moves(s)) {
		outcome_forget(o, F_RAX);
		outcome_forget(o, F_RDX);
		outcome_forget(o, F_VALUE);
		if (s->kind == STEP_CODE)	/* of arithmetic on it */
			outcome_forget(o, F_RFLAGS);
	}
}

static int print_step(char *buf, size_t size, const struct program *p, int i,
		      struct outcome o)
{
	const struct step *s = &p->step[i];

	if (s->kind == STEP_RDMSR || s->kind == STEP_WRMSR) {
		imply(&o, F_X_INDEX, s->access.index);
		imply(&o, F_X_DATA, s->kind == STEP_WRMSR ? s->access.value : 0);
		imply(&o, F_X_ERROR, 0);
		imply(&o, F_X_RFLAGS, RFLAGS_PLAIN);
		if (o.val[F_END] == END_DONE)
			imply(&o, F_RIP, RDMSR_LEN + s->access.nprefix);
	}
	imply(&o, F_RFLAGS, o.val[F_END] == END_FAULT ? RFLAGS_FAULT :
							 RFLAGS_PLAIN);
	imply(&o, F_CR2, guest_cr2(p, i));
	imply_value(p, i, &o);
	return outcome_print(buf, size, &o, NULL);
}

/* "3-5,8" of the steps from @i on whose lines are the same. */
static void print_numbers(FILE *f, char *const *line, int n, int i)
{
	const char *sep = "";

	for (int end, k = i; k < n; k = end) {
		end = k + 1;
		if (strcmp(line[k], line[i]))
			continue;
		while (end < n && !strcmp(line[end], line[i]))
			end++;
		fprintf(f, "%s%d", sep, k + 1);
		if (end > k + 1)
			fprintf(f, "-%d", end);
		sep = ",";
	}
}

char *seen_text(const struct program *p, const struct outcome *out)
{
	char buf[512], *line[MAX_STEPS], *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int n = 0;

	/* what comes after a race depends on who was last */
	while (n < p->nsteps && p->step[n].kind != STEP_RACE)
		n++;
	for (int i = 0; i < n; i++) {
		print_step(buf, sizeof(buf), p, i, out[i]);
		line[i] = strdup(buf);
	}
	for (int i = 0; i < n; i++) {
		int first = 0;

		while (strcmp(line[first], line[i]))
			first++;
		if (!*line[i] || first < i)
			continue;
		print_numbers(f, line, n, i);
		fprintf(f, ": %s\n", line[i]);
	}
	for (int i = 0; i < n; i++)
		free(line[i]);
	fclose(f);
	return text;
}
