/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEFLECT_RUN_H
#define DEFLECT_RUN_H

#include "machine.h"

/*
 * Execute @p on real KVM in this process, a child made for it or one that calls
 * run_end() afterwards: @out (MAX_STEPS of them, shared memory, zeroed) is filled
 * step by step, so that what was seen survives a crash, and @log with what a race
 * shows; it may be NULL if there is no race in @p.  Never judges; what is not
 * under test and fails ends the process with status 3 and a line on stderr.
 */
struct race_log;
void run_program(const struct machine *m, const struct program *p,
		 struct outcome *out, struct race_log *log, unsigned run_ms);
/* Drop what the last program made. */
void run_end(void);

struct env;
/* One step in the calling thread. */
void run_step(struct env *e, int step);

/*
 * The same in a child made for it, which is killed after @ms milliseconds;
 * @out is the caller's own memory.  Returns how the child ended, as waitpid()
 * says it; -1 if it cannot even be killed.
 */
int run_in_child(const struct machine *m, const struct program *p,
		 struct outcome *out, unsigned ms);

#endif
