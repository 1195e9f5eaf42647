// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "../harness/x86/abi.h"
#include "mutate.h"

struct input {
	u8 data[FUZZ_BYTES];
	size_t size;
	struct fuzz_layout at;
};

struct chance {
	u64 state;
};

static unsigned below(struct chance *c, unsigned n)
{
	c->state ^= c->state << 13;
	c->state ^= c->state >> 7;
	c->state ^= c->state << 17;
	return n ? (c->state >> 16) % n : 0;
}

static struct chance chance(unsigned seed)
{
	struct chance c = { 0x9e3779b97f4a7c15 ^ seed * 0x2545f4914f6cdd1dULL };

	c.state |= 1;
	below(&c, 1);
	return c;
}

static void find_steps(enum fuzz_target t, struct input *in)
{
	static struct program p;

	codec_decode(t, in->data, in->size, &p, &in->at);
}

static void load(enum fuzz_target t, struct input *in, const u8 *data,
		 size_t size)
{
	in->size = size < FUZZ_BYTES ? size : FUZZ_BYTES;
	memcpy(in->data, data, in->size);
	find_steps(t, in);
	in->size = in->at.at[in->at.n];	/* what is behind says nothing */
}

/* Put @n bytes where @old bytes are. */
static bool replace(struct input *in, size_t at, size_t old, const u8 *bytes,
		    size_t n)
{
	if (in->size - old + n > FUZZ_BYTES)
		return false;
	memmove(in->data + at + n, in->data + at + old, in->size - at - old);
	if (n)
		memcpy(in->data + at, bytes, n);
	in->size += n - old;
	return true;
}

static size_t step_size(const struct input *in, int i)
{
	return in->at.at[i + 1] - in->at.at[i];
}

/* ---- what is done to an input ---- */

enum { STEP_BYTES = 96,	/* that a step made by chance may have */
       FEW_STEPS = 6 };

/* Chance is a step, too: what it does not need of these bytes is cut off. */
static size_t new_step(enum fuzz_target t, u8 *bytes, struct chance *c)
{
	static struct program p;
	struct fuzz_layout own;

	for (size_t k = 0; k < STEP_BYTES; k++)
		bytes[k] = below(c, 256);
	codec_decode(t, bytes, STEP_BYTES, &p, &own);
	return own.at[1];
}

static void insert_new(enum fuzz_target t, struct input *in, struct chance *c)
{
	u8 bytes[STEP_BYTES];
	size_t n = new_step(t, bytes, c);

	replace(in, in->at.at[below(c, in->at.n + 1)], 0, bytes, n);
}

/* KVM takes it, and accesses show it. */
static bool takes_effect(const struct step *s)
{
	const struct step_filter *f = &s->filter;

	if (s->kind == STEP_CAP)
		return s->cap.fd == FD_VM && !s->cap.at.kind &&
		       s->cap.arg & REASON_FILTER && s->cap.arg <= REASON_ALL;
	if (s->kind != STEP_FILTER)
		return true;
	if (f->fd != FD_VM || f->request || f->at.kind ||
	    f->flags & ~FILTER_DEFAULT_DENY)
		return false;
	for (int i = 0; i < MAX_RANGES; i++) {
		const struct range *r = &f->range[i];

		if (r->nmsrs && (r->nmsrs > MAX_RANGE_MSRS || !r->flags ||
				 r->flags & ~(RANGE_READ | RANGE_WRITE) ||
				 r->bits.at.kind))
			return false;
	}
	return true;
}

/* A step of that kind, of the first VM and vCPU; its index is @index. */
static size_t new_step_of(enum fuzz_target t, enum step_kind kind, int index,
			  u8 *bytes, struct chance *c)
{
	static struct program p;
	struct fuzz_layout own;

	for (int tries = 0; tries < 256; tries++) {
		new_step(t, bytes, c);
		bytes[1] = 0;
		if (index >= 0)
			bytes[2] = index;
		codec_decode(t, bytes, STEP_BYTES, &p, &own);
		if (p.nsteps && p.step[0].kind == kind &&
		    takes_effect(&p.step[0]))
			return own.at[1];
	}
	return 0;
}

/*
 * What most of the ABI is about: exits are asked for, a filter is set, and
 * accesses go to the edges of its ranges.
 */
static void insert_idiom(enum fuzz_target t, struct input *in, struct chance *c)
{
	size_t at = in->at.at[below(c, in->at.n + 1)];
	int accesses = 2 + below(c, 5);
	u8 bytes[STEP_BYTES];

	for (int i = 0; i < accesses; i++)
		replace(in, at, 0, bytes,
			new_step_of(t, below(c, 2) ? STEP_RDMSR : STEP_WRMSR,
				    0x80 + below(c, 0x70), bytes, c));
	replace(in, at, 0, bytes, new_step_of(t, STEP_FILTER, -1, bytes, c));
	replace(in, at, 0, bytes, new_step_of(t, STEP_CAP, -1, bytes, c));
}

static void insert_copy(struct input *in, const struct input *from,
			struct chance *c)
{
	int i = below(c, in->at.n + 1), k = below(c, from->at.n);
	int n = 1 + below(c, 3);
	u8 bytes[FUZZ_BYTES];
	size_t size;

	if (!from->at.n)
		return;
	n = k + n > from->at.n ? from->at.n : k + n;
	size = from->at.at[n] - from->at.at[k];
	memcpy(bytes, from->data + from->at.at[k], size);
	replace(in, in->at.at[i], 0, bytes, size);
}

static void drop(struct input *in, struct chance *c)
{
	int i = below(c, in->at.n);

	if (in->at.n > 1)
		replace(in, in->at.at[i], step_size(in, i), NULL, 0);
}

static void move(enum fuzz_target t, struct input *in, struct chance *c)
{
	int i = below(c, in->at.n);
	u8 bytes[FUZZ_BYTES];
	size_t n;

	if (in->at.n < 2)
		return;
	n = step_size(in, i);
	memcpy(bytes, in->data + in->at.at[i], n);
	replace(in, in->at.at[i], n, NULL, 0);
	find_steps(t, in);
	i = below(c, in->at.n + 1);
	replace(in, in->at.at[i], 0, bytes, n);
}

/* Bytes of one step: the kind stays, mostly. */
static void change(struct input *in, struct chance *c)
{
	int i = below(c, in->at.n);
	size_t n = in->at.n ? step_size(in, i) : 0, at;
	u8 *b;

	if (n < 2)
		return;
	at = in->at.at[i] + (below(c, 16) ? 1 + below(c, n - 1) : 0);
	b = &in->data[at];
	switch (below(c, 6)) {
	case 0:
		*b ^= 1u << below(c, 8);
		break;
	case 1:
		*b += below(c, 2) ? 1 : -1;
		break;
	case 2:		/* options that a step seldom has */
		*b = 0xff;
		break;
	case 3:		/* an MSR relative to the filter */
		*b = 0x80 + below(c, 0x60);
		break;
	case 4:
		*b = 0;
		break;
	default:
		*b = below(c, 256);
	}
}

static void mutate_once(enum fuzz_target t, struct input *in,
			struct chance *c)
{
	switch (below(c, 16)) {
	case 0:
	case 1:
		insert_idiom(t, in, c);
		break;
	case 2:
	case 3:
		insert_new(t, in, c);
		break;
	case 4:
	case 5:
		insert_copy(in, in, c);
		break;
	case 6:
	case 7:
		drop(in, c);
		break;
	case 8:
		move(t, in, c);
		break;
	default:
		change(in, c);
	}
	find_steps(t, in);
	in->size = in->at.at[in->at.n];
}

static size_t store(const struct input *in, u8 *out, size_t max)
{
	size_t n = in->size < max ? in->size : max;

	memcpy(out, in->data, n);
	return n;
}

size_t mutate(enum fuzz_target t, u8 *data, size_t size, size_t max,
	      unsigned seed)
{
	static struct input in;
	struct chance c = chance(seed);
	int n = 1 + below(&c, 4);

	/* an execution costs the same whatever it does: not with few steps */
	load(t, &in, data, size);
	do
		mutate_once(t, &in, &c);
	while (--n > 0 || !in.size || (in.at.n < FEW_STEPS && n > -FEW_STEPS));
	return store(&in, data, max);
}

size_t mutate_cross(enum fuzz_target t, const u8 *a, size_t a_size,
		    const u8 *b, size_t b_size, u8 *out, size_t max,
		    unsigned seed)
{
	static struct input x, y;
	struct chance c = chance(seed);
	int i, k;

	load(t, &x, a, a_size);
	load(t, &y, b, b_size);
	if (below(&c, 2)) {
		insert_copy(&x, &y, &c);
	} else {	/* the beginning of one, the end of the other */
		i = below(&c, x.at.n + 1);
		k = below(&c, y.at.n + 1);
		replace(&x, x.at.at[i], x.size - x.at.at[i],
			y.data + y.at.at[k], y.size - y.at.at[k]);
	}
	return store(&x, out, max);
}

size_t mutate_trim(enum fuzz_target t, const u8 *data, size_t size, int step,
		   u8 *out)
{
	static struct input in;

	load(t, &in, data, size);
	if (step < in.at.n)
		replace(&in, in.at.at[step], step_size(&in, step), NULL, 0);
	else
		return size;
	return store(&in, out, FUZZ_BYTES);
}
