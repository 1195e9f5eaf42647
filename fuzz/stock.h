/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stock of fresh VMs.  Making and destroying one is mostly waiting for grace
 * periods: threads do that, several at once, so that who runs programs does not.
 * Every VM is used once.
 */
#ifndef DEFLECT_FUZZ_STOCK_H
#define DEFLECT_FUZZ_STOCK_H

#include "../harness/machine.h"

/* In the process that runs programs; a second call in it changes nothing. */
void stock_begin(const struct machine *m);

/*
 * Wait until no thread is at work: before the process is stopped, for a VM that
 * is being destroyed (from Linux 6.14 on) has a task of its own which then stops
 * first, and keeps who waits for its end from stopping at all.
 */
void stock_settle(void);

/* In one of its threads? */
bool stock_thread(void);

#endif
