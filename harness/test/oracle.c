// SPDX-License-Identifier: GPL-2.0-only
/*
 * The race oracle on made-up histories, right ones and wrong ones, without KVM.
 * Two changes, A and B, and one access whose outcome tells them apart.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../race.h"
#include "../text.h"
#include "tap.h"

static const struct machine machine = {
	.name = "amd", .release = "6.1", .module = "kvm_amd",
	.vendor = VENDOR_AMD, .eras = K61, .nrips = true,
};

static struct program p;
static struct race_log seen;	/* has the outcomes under A and under B */
static struct race_log log;

enum { A = 2, B = 3, ACCESS = 4 };	/* steps of the programs */
enum { UNDER_A, UNDER_B };

static void program(const char *text)
{
	struct text_error err;

	if (!text_parse(&p, text, strlen(text), &err)) {
		printf("Bail out! line %d: %s\n", err.line, err.what);
		exit(1);
	}
	race_make_up(&machine, &p, NULL, &seen);
}

static void history(void)
{
	race_clear(&log);
}

static void change(int step, u64 begin, u64 end)
{
	race_note(&log, p.step[step].actor, step, &seen.outcome[step][0],
		  begin, end);
}

static void access(int under, u64 begin, u64 end)
{
	race_note(&log, p.step[ACCESS].actor, ACCESS,
		  &seen.outcome[ACCESS][under], begin, end);
}

static bool explained(void)
{
	struct race_misfit why;

	return race_explained(&machine, &p, NULL, &log, RULE_NONE, &why);
}

#define RIGHT(what) ok(explained(), "right: " what)
#define WRONG(what) ok(!explained(), "wrong: " what)

static void one_after_the_other(void)
{
	history();
	change(A, 100, 110);
	access(UNDER_A, 120, 130);
	change(B, 140, 150);
	access(UNDER_B, 160, 170);
	RIGHT("each access after its change");

	history();
	change(A, 100, 110);
	access(UNDER_B, 120, 130);
	WRONG("a change that is yet to come");

	history();
	change(A, 100, 110);
	change(B, 140, 150);
	access(UNDER_A, 151, 170);
	WRONG("the old one after the change has returned");

	history();
	change(A, 100, 110);
	change(B, 140, 150);
	change(A, 180, 190);
	access(UNDER_B, 200, 210);
	WRONG("the one but last");
}

static void at_the_same_time(void)
{
	history();
	change(A, 100, 110);
	change(B, 140, 150);
	access(UNDER_A, 145, 148);
	access(UNDER_B, 149, 160);
	RIGHT("either one during the change");

	history();
	change(A, 100, 110);
	change(B, 140, 150);
	access(UNDER_A, 130, 141);
	access(UNDER_B, 142, 170);
	RIGHT("windows that only touch");

	history();
	change(A, 100, 110);
	access(UNDER_A, 105, 300);
	change(B, 140, 150);
	change(A, 180, 190);
	change(B, 220, 230);
	RIGHT("a long window spans several changes");

	history();
	change(A, 100, 110);
	change(B, 140, 150);
	access(UNDER_A, 90, 95);
	WRONG("before anything changed");
}

/* p has the changes in two actors. */
static void two_writers(void)
{
	history();
	change(A, 100, 200);
	change(B, 150, 250);
	access(UNDER_A, 300, 310);
	RIGHT("of two changes at once the one that began first may be last");

	history();
	change(A, 100, 200);
	change(B, 150, 250);
	access(UNDER_B, 300, 310);
	RIGHT("or the other");

	history();
	change(A, 100, 140);
	change(B, 150, 250);
	access(UNDER_A, 300, 310);
	WRONG("but not if it was over before the other began");
}

static void odd_outcomes(void)
{
	struct outcome o = seen.outcome[ACCESS][UNDER_A];

	history();
	change(A, 100, 110);
	o.val[F_X_REASON] ^= 6;
	race_note(&log, p.step[ACCESS].actor, ACCESS, &o, 120, 130);
	WRONG("an outcome that neither allows");

	history();
	o = seen.outcome[A][0];
	outcome_set(&o, F_RET, (u64)-1);
	outcome_set(&o, F_ERRNO, 22);
	race_note(&log, p.step[A].actor, A, &o, 100, 110);
	WRONG("a change that fails and must not");
}

static void too_many_outcomes(void)
{
	struct outcome o = seen.outcome[ACCESS][UNDER_A];

	history();
	change(A, 100, 110);
	for (int i = 0; i < RACE_OUTCOMES + 1; i++) {
		o.val[F_RAX] = i;
		race_note(&log, p.step[ACCESS].actor, ACCESS, &o, 120, 130);
	}
	WRONG("more outcomes than can be kept");
}

static void refused(const char *text, const char *why)
{
	static struct program bad;
	struct text_error err;

	ok(!text_parse(&bad, text, strlen(text), &err) &&
	   strstr(err.what, why), why);
}

int main(void)
{
	program("cap 0x4\nrace 10\n"
		"t1: filter allow range rw 0x174+1 = 0\n"
		"t1: filter allow range rw 0x176+1 = 0\n"
		"t2: rdmsr 0x174 data=0x5\nend\n");
	one_after_the_other();
	at_the_same_time();
	odd_outcomes();
	too_many_outcomes();

	program("cap 0x4\nrace 10\n"
		"t1: filter allow range rw 0x174+1 = 0\n"
		"t2: filter allow range rw 0x176+1 = 0\n"
		"t3: rdmsr 0x174 data=0x5\nend\n");
	two_writers();

	program("filter allow range rw 0x174+1 = 0\nrace 10\n"
		"t1: cap 0x4\nt1: cap 0x3\n"
		"t2: rdmsr 0x174 data=0x5\nend\n");
	one_after_the_other();
	at_the_same_time();

	/* a call that fails is no change */
	program("cap 0x4\nrace 10\n"
		"t1: filter allow range rw 0x174+1 = 0\n"
		"t1: filter deny\n"
		"t2: rdmsr 0x174 data=0x5\nend\n");
	history();
	change(A, 100, 110);
	change(B, 140, 150);
	access(UNDER_A, 160, 170);
	RIGHT("a call that fails changes nothing");

	refused("race 1\nt1: filter allow\n", "a race without an end");
	refused("end\n", "end without a race");
	refused("race 1\nfilter allow\nend\n", "those of threads");
	refused("race 1\nt1: spin\nend\n", "cap, filter, rdmsr and wrmsr");
	refused("race 1\nt1: rdmsr 1\nt2: filter allow\nend\n",
		"its changes before its accesses");
	refused("race 1\nt1: rdmsr 1\nt2: rdmsr 1\nend\n",
		"a vCPU has one actor");
	refused("race 1\nt1: filter allow\nt1: rdmsr 1\nend\n",
		"changes or accesses, not both");
	refused("race 1\nend\nrace 1\nend\n", "more than one race");
	return finish();
}
