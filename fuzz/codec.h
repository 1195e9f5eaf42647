/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes as programs and programs as bytes, by one description of each step.
 * Decoding is total: any bytes are a valid program, bytes that are missing are
 * zeroes.  What a program cannot have is left out of it (codec_repair()), so
 * that nothing else need know about bytes.
 *
 * A target is a vocabulary: which kinds of steps its programs have.  Numbers
 * come from tables of what is interesting; guest indices and bases of filter
 * ranges from the same one, and an index may be said relative to a range of the
 * filter before it, so that filters bite.  One byte each; a tag says that the
 * number itself follows.
 */
#ifndef DEFLECT_FUZZ_CODEC_H
#define DEFLECT_FUZZ_CODEC_H

#include <sys/types.h>

#include "../harness/program.h"

enum fuzz_target {
	FUZZ_FILTER,	/* structures: sizes, overlaps, flags, bad pointers */
	FUZZ_REPLY,	/* from the exit to the end of the access */
	FUZZ_SEQUENCE,	/* everything one after the other, modes, nesting */
	FUZZ_RACE,	/* changes and accesses at once */
	NR_FUZZ_TARGETS,
};

enum {
	FUZZ_STEPS = 20,	/* of a program, at most */
	FUZZ_BYTES = 2048,	/* of an input; what comes behind is not read */
};

const char *fuzz_target_name(enum fuzz_target t);
enum fuzz_target fuzz_target_by_name(const char *name);	/* NR_: none */

/*
 * Where the steps of an input lie: step i is the bytes [at[i], at[i + 1]).
 * They are those of the input, before codec_repair() drops any.
 */
struct fuzz_layout {
	int n;
	u16 at[FUZZ_STEPS + 1];
};

/* @layout may be NULL. */
void codec_decode(enum fuzz_target t, const u8 *data, size_t size,
		  struct program *p, struct fuzz_layout *layout);

/*
 * The input whose program is @p, in @buf of FUZZ_BYTES; -1 if the target's
 * vocabulary cannot say it.
 */
ssize_t codec_encode(enum fuzz_target t, const struct program *p, u8 *buf);

/* Leave out, or change, what makes a step unfit for its program. */
void codec_repair(struct program *p);

/* Without step @i. */
void codec_drop(struct program *p, int i);

#endif
