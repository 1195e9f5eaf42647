/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEFLECT_FUZZ_KNOWN_H
#define DEFLECT_FUZZ_KNOWN_H

#include "../harness/compare.h"

/*
 * The listed case, of results/baseline/, whose deviation this mismatch is an
 * instance of; NULL: a deviation that nobody knows.
 */
const char *known_deviation(const struct machine *m, const struct program *p,
			    const struct mismatch *why);

/* The @i-th of these cases; NULL: there are no more. */
const char *known_case(unsigned i);

#endif
