/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs cases, each in a process of its own, many at a time because most of a
 * case is waiting, and hands their results to a report.
 */
#ifndef DEFLECT_RUNNER_H
#define DEFLECT_RUNNER_H

#include "cases.h"
#include "control.h"
#include "race.h"
#include "result.h"

struct run_options {
	int jobs;
	unsigned timeout_ms;	/* of one case */
	bool no_klog;
	bool observe;		/* keep what each step did: struct result.seen */
	bool cover;		/* print where KVM's code went: cover_tell() */
	unsigned repeat;	/* times each case runs; 0 and 1: once */
	int elsewhere;		/* cases of this run that other machines have */
};

/*
 * Run @n cases on @m and report them, those of each configuration together and
 * last: KVM is loaded for them and @m probed anew.  Returns the exit status;
 * SIGINT and SIGTERM end it early with a summary of what ran and no child left.
 */
int run_cases(struct machine *m, const struct test_case *const *cases, int n,
	      const struct run_options *opt, struct report *report);

/*
 * Judge one observation, @log being what its race showed: fills verdict, want,
 * got and message of @res, and the rules of @wanted whose flip this observation
 * would have betrayed.
 */
void judge(const struct machine *m, const struct program *p,
	   const struct control *ctl, const struct outcome *seen,
	   const struct race_log *log, const struct rule_set *wanted,
	   struct result *res);

#endif
