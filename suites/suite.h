/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a suite file says its cases.  A case is a program in its text form
 * (harness/text.h, `deflect list --words`); a family is a function that prints
 * such programs, one whole case with a name of its own for each emit().  A
 * file registers itself: nothing else lists it.
 */
#ifndef DEFLECT_SUITE_H
#define DEFLECT_SUITE_H

#include <stdbool.h>
#include <stddef.h>

#include "../harness/outcome.h"

struct emitter;
struct program;

/* One case, complete from its `case` line to its last step. */
void emit(struct emitter *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The same of a program, which need not be well formed: that is checked. */
void emit_program(struct emitter *e, const struct program *p);

/* The steps of a case while they are put together. */
struct text {
	char s[16 * 1024];
	int at;
};

#define SAY(t, ...) \
	((t)->at = append((t)->s, sizeof((t)->s), (t)->at, __VA_ARGS__))

struct suite {
	const char *file;
	const char *const *cases;		/* ends with NULL; or NULL */
	void (*families)(struct emitter *e);	/* or NULL */
	/* called with each case of the other suites whose name `from` accepts,
	 * to make another of it; or both NULL */
	bool (*from)(const char *name);
	void (*derive)(struct emitter *e, const struct program *p);
};

#define SUITE(cases_, families_) SUITE_DERIVED(cases_, families_, NULL, NULL)

#define SUITE_DERIVED(cases_, families_, from_, derive_)		\
	static const struct suite suite_entry = {			\
		.file = __FILE__, .cases = cases_,			\
		.families = families_, .from = from_,			\
		.derive = derive_,					\
	};								\
	static const struct suite *const suite_pointer			\
	__attribute__((section("suites"), used)) = &suite_entry

#endif
