/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutation of inputs as programs: whole steps are inserted, repeated, moved,
 * dropped and crossed over, and a step is changed by changing bytes of it.
 * Both engines call these; what they return is decodable like any bytes.
 */
#ifndef DEFLECT_FUZZ_MUTATE_H
#define DEFLECT_FUZZ_MUTATE_H

#include "codec.h"

/* Change @size bytes of @data in place; at most @max; returns the new size. */
size_t mutate(enum fuzz_target t, u8 *data, size_t size, size_t max,
	      unsigned seed);

/* A child of two; at most @max bytes into @out. */
size_t mutate_cross(enum fuzz_target t, const u8 *a, size_t a_size,
		    const u8 *b, size_t b_size, u8 *out, size_t max,
		    unsigned seed);

/* @data without its step @step; returns the size, @size if it has none. */
size_t mutate_trim(enum fuzz_target t, const u8 *data, size_t size, int step,
		   u8 *out);

#endif
