/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rule catalogue as code sees it.  The rules themselves are the .def
 * files in suites/rules/, one entry a rule; nothing else names them all.
 */
#ifndef DEFLECT_RULES_H
#define DEFLECT_RULES_H

#include <stdbool.h>
#include <stdint.h>

enum rule {
#define RULE(name, ...) RULE_##name,
#include "../suites/rules/all.def"
#undef RULE
	NR_RULES,
	RULE_NONE = NR_RULES,
};

/* How binding a rule is. */
enum strength {
	DOC,		/* documented: a violation is a kernel bug */
	CODE,		/* only the code says so: a violation is a change */
	INFERRED,	/* read out of several functions together */
	ADVICE,		/* for authors, not behaviour: outside the totals */
};

/* Kernel lines between which rules differ; K72 covers 7.2 and 7.3. */
enum era {
	K510 = 1 << 0,
	K61 = 1 << 1,
	K612 = 1 << 2,
	K72 = 1 << 3,
	ALL = K510 | K61 | K612 | K72,
};

enum rule_vendor { ANY, VMX, SVM, ARM };

struct rule_info {
	const char *name;	/* in words, never numbered, never reused */
	const char *spec;	/* id in the catalogue it was read from */
	enum strength strength;
	unsigned eras;
	enum rule_vendor vendor;
	const char *source;
	const char *statement;
	const char *why;	/* why there can be no case; "" otherwise */
};

extern const struct rule_info rule_info[NR_RULES];

/* By name ("flt_flags_reserved") or spec id ("FLT-06"); RULE_NONE if
 * unknown. */
enum rule rule_by_name(const char *name);

/* The group is the first word of the name; returns its length. */
int rule_group(enum rule r, char group[16]);

/* Sets of rules. */
struct rule_set {
	uint64_t bits[(NR_RULES + 63) / 64];
};

static inline void rule_set_add(struct rule_set *s, enum rule r)
{
	s->bits[r / 64] |= 1ULL << (r % 64);
}

static inline int rule_set_has(const struct rule_set *s, enum rule r)
{
	return s->bits[r / 64] >> (r % 64) & 1;
}

static inline int rule_set_count(const struct rule_set *s)
{
	int n = 0;

	for (unsigned i = 0; i < (NR_RULES + 63) / 64; i++)
		n += __builtin_popcountll(s->bits[i]);
	return n;
}

static inline void rule_set_merge(struct rule_set *to,
				  const struct rule_set *from)
{
	for (unsigned i = 0; i < (NR_RULES + 63) / 64; i++)
		to->bits[i] |= from->bits[i];
}

static inline bool rule_set_meets(const struct rule_set *a,
				  const struct rule_set *b)
{
	for (unsigned i = 0; i < (NR_RULES + 63) / 64; i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

/*
 * What is flipped when @r is: it, and the rules that it says again from
 * another point of view, RESTATES() in its .def file.  RULE_NONE: nothing.
 */
struct rule_set rule_flipped(enum rule r);

#endif
