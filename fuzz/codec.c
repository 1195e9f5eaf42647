// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <string.h>

#include "../harness/race.h"
#include "../harness/x86/abi.h"
#include "codec.h"

struct codec {
	const u8 *in, *in_end;	/* reading */
	u8 *out, *out_end;	/* writing, if not NULL */
	bool bad;		/* it cannot be said */
	const struct program *p; /* so far: what an index may be relative to */
	int step;
	const struct step_filter *filter; /* that is being read: so are bases */
};

static u8 byte(struct codec *c, u8 v)
{
	if (!c->out)
		return c->in < c->in_end ? *c->in++ : 0;
	if (c->out == c->out_end)
		c->bad = true;
	else
		*c->out++ = v;
	return v;
}

static u64 raw(struct codec *c, u64 v, int bytes)
{
	u64 n = 0;

	for (int i = 0; i < bytes; i++)
		n |= (u64)byte(c, v >> 8 * i) << 8 * i;
	return n;
}

/* ---- numbers ---- */

enum { TAG_RAW = 0xf4 };	/* from here on the number follows */

/* One of a table of @n, or any of so many bytes. */
static u64 number(struct codec *c, u64 v, const u64 *table, unsigned n,
		  int bytes)
{
	unsigned i = 0;
	u8 tag;

	if (!c->out) {
		tag = byte(c, 0);
		return tag < TAG_RAW ? table[tag % n] : raw(c, 0, bytes);
	}
	while (i < n && table[i] != v)
		i++;
	byte(c, i < n ? i : TAG_RAW);
	return i < n ? v : raw(c, v, bytes);
}

#define NUMBER(c, v, table, bytes) \
	((v) = number(c, v, table, ARRAY_SIZE(table), bytes))

/* One of few: nothing else can be said. */
static unsigned choice(struct codec *c, unsigned v, const u8 *table,
		       unsigned n)
{
	unsigned i = 0;

	if (!c->out)
		return table[byte(c, 0) % n];
	while (i < n && table[i] != v)
		i++;
	c->bad |= i == n;
	byte(c, i);
	return v;
}

#define CHOICE(c, v, table) ((v) = choice(c, v, table, ARRAY_SIZE(table)))

/* A set of options that a step seldom has; @rare: how seldom, of 256. */
static unsigned options(struct codec *c, unsigned set, unsigned bits,
			unsigned rare)
{
	u8 b;

	if (c->out) {
		byte(c, set ? 0xff : 0);
		return set ? byte(c, set) : 0;
	}
	b = byte(c, 0);
	return b < 256 - rare ? 0 : byte(c, 0) & ((1u << bits) - 1);
}

/* ---- MSRs ---- */

/*
 * Neighbours of every border there is: of KVM's own ranges, of the maps of VMX
 * and SVM, of the x2APIC MSRs; MSRs that KVM knows, intercepted and passed
 * through; and nowhere.  None whose write has KVM write to guest memory.
 */
static const u32 msrs[] = {
	0xdeadbe00, 0xdeadbe01, 0xdeadbe3f, 0xdeadbe40, 0xdeadbe80, 0x174,
	0xc0000082, 0xc0000100, 0x10, 0x17a, 0x0, 0x1, 0x17, 0x1b, 0x8b, 0x9e,
	0xce, 0xfe, 0x175, 0x176, 0x179, 0x1a0, 0x1d9, 0x200, 0x201, 0x250,
	0x277, 0x2ff, 0x480, 0x491, 0x6e0, 0x7ff, 0x800, 0x802, 0x808, 0x80f,
	0x830, 0x83f, 0x8ff, 0x900, 0xbff, 0xc00, 0x1fff, 0x2000, 0x474f4f00,
	0x40000000, 0x40000021, 0x4b564d00, 0x7fffffff, 0x80000000, 0xbfffffff,
	0xc0000000, 0xc0000080, 0xc0000081, 0xc0000083, 0xc0000084, 0xc0000101,
	0xc0000102, 0xc0000103, 0xc0001fff, 0xc0002000, 0xc000ffff, 0xc0010000,
	0xc0010015, 0xc0010111, 0xc0010117, 0xc0011fff, 0xc0012000, 0xfffe0000,
	0xffffffc0, 0xfffffffe, 0xffffffff,
};

enum { TAG_RELATIVE = 0x80 };	/* up to TAG_RAW */

static const struct step_filter *filter_before(const struct codec *c)
{
	for (int i = 0; c->filter && i < MAX_RANGES; i++)
		if (c->filter->range[i].nmsrs)
			return c->filter;
	for (int i = c->step - 1; i >= 0; i--)
		if (c->p->step[i].kind == STEP_FILTER)
			return &c->p->step[i].filter;
	return NULL;
}

/*
 * At the edges of a range, at the bits that stand out in it, and at those which
 * somebody may take for them: the same in another byte, word or long, or of a
 * number that is too short.
 */
static u32 relative(const struct codec *c, unsigned which)
{
	static const u32 beside[] = { 0, 0, 0, 0, 1, 8, 32, 64, 0x100, 0x1000 };
	const struct step_filter *f = filter_before(c);
	const struct range *used[MAX_RANGES], *r;
	unsigned n = 0;

	for (int i = 0; f && i < MAX_RANGES; i++)
		if (f->range[i].nmsrs)
			used[n++] = &f->range[i];
	if (!n)
		return msrs[which % ARRAY_SIZE(msrs)];
	r = used[which / 16 % n];
	switch (which % 16) {
	case 0:
	case 1:
		return r->base;
	case 2:
		return r->base + r->nmsrs - 1;
	case 3:
		return r->base + r->nmsrs;
	case 4:
		return r->base - 1;
	case 5:
		return r->base + r->nmsrs / 2;
	default:
		return r->base + ((r->bits.nflips ?
				   r->bits.flip[which % r->bits.nflips] : 1) ^
				  beside[which % 16 - 6]);
	}
}

static u32 msr(struct codec *c, u32 v)
{
	unsigned i = 0;
	u8 tag;

	if (c->out) {
		while (i < ARRAY_SIZE(msrs) && msrs[i] != v)
			i++;
		byte(c, i < ARRAY_SIZE(msrs) ? i : TAG_RAW);
		return i < ARRAY_SIZE(msrs) ? v : raw(c, v, 4);
	}
	tag = byte(c, 0);
	if (tag < TAG_RELATIVE)
		return msrs[tag % ARRAY_SIZE(msrs)];
	return tag < TAG_RAW ? relative(c, tag - TAG_RELATIVE) : raw(c, 0, 4);
}

static const u64 values[] = {
	0, 1, ~0ULL, 0x1122334455667788, 2, 0x100000000, 0xffffffff,
	0x80000000, 0x8000000000000000, 0x7fffffffffff, 0x800000000000,
	0xffff800000000000, 0x0007040600070406, 0x0202020202020202, 0xd01,
	0x500, 0xa5a5a5a5a5a5a5a5, 0xfee00000, 0xfee00900, 0xff, 0x1000,
};

/* ---- places, scopes ---- */

static const u8 places[] = {
	[0 ... 20] = PLACE_PAGE_END,
	PLACE_READABLE, PLACE_NULL, PLACE_HOLE, PLACE_NOACCESS, PLACE_KERNEL,
	PLACE_NONCANON, PLACE_LAST, PLACE_RDONLY, PLACE_FILE, PLACE_GUEST,
	PLACE_ODD,
};

static const u8 bitmap_places[] = {
	[0 ... 80] = PLACE_PAGE_END,
	PLACE_READABLE, PLACE_NULL, PLACE_HOLE, PLACE_NOACCESS, PLACE_KERNEL,
	PLACE_NONCANON, PLACE_LAST, PLACE_RDONLY, PLACE_FILE, PLACE_GUEST,
	PLACE_ODD, PLACE_FIRST,
};

static void place(struct codec *c, struct place *at, bool bitmap)
{
	unsigned kind = at->kind;

	at->kind = bitmap ? CHOICE(c, kind, bitmap_places) :
			    CHOICE(c, kind, places);
	if (at->kind == PLACE_READABLE)
		at->readable = raw(c, at->readable, 2) & 0xfff;
}

struct scope {
	u8 vm, vcpu, actor;
	bool int80, l2;
};

static const struct scope scopes[] = {
	[0 ... 22] = { 0 },
	{ .vm = 1 }, { .vcpu = 1 }, { .vcpu = 1 }, { .vm = 1, .vcpu = 1 },
	{ .int80 = true }, { .actor = ACTOR_CHILD }, { .actor = ACTOR_T1 },
	{ .l2 = true }, { .l2 = true }, { .vm = 1, .int80 = true },
	{ .vcpu = 1, .actor = ACTOR_T1 }, { .vcpu = 1, .l2 = true },
	{ .actor = ACTOR_T2 }, { .actor = ACTOR_T3, .vcpu = 1 },
};

static void scope(struct codec *c, struct step *s)
{
	unsigned i = 0;

	if (!c->out) {
		const struct scope *k = &scopes[byte(c, 0) % ARRAY_SIZE(scopes)];

		s->vm = k->vm;
		s->vcpu = k->vcpu;
		s->actor = k->actor;
		s->int80 = k->int80;
		s->l2 = k->l2;
		return;
	}
	while (i < ARRAY_SIZE(scopes) &&
	       (scopes[i].vm != s->vm || scopes[i].vcpu != s->vcpu ||
		scopes[i].actor != s->actor || scopes[i].int80 != s->int80 ||
		scopes[i].l2 != s->l2))
		i++;
	c->bad |= i == ARRAY_SIZE(scopes) || s->async;
	byte(c, i);
}

/* ---- steps ---- */

static void step_cap(struct codec *c, struct step *s)
{
	static const u64 masks[] = {
		7, 4, 0, 6, 3, 1, 2, 5, 7, 4, 7, 4, 7, 4, 0, 6, 7, 4, 7, 4, 8,
		0xf, ~0ULL, 1ULL << 32, 1ULL << 63, 7 | 1ULL << 32,
	};
	static const u8 fds[] = { FD_VM, FD_VCPU, FD_KVM };
	struct step_cap *k = &s->cap;
	unsigned set = (k->flags ? 1 : 0) | (k->rest ? 2 : 0) |
		       (k->pad ? 4 : 0) | (k->fd ? 8 : 0) |
		       (k->at.kind ? 16 : 0);

	NUMBER(c, k->arg, masks, 8);
	c->bad |= c->out && k->nr != CAP_X86_USER_SPACE_MSR;
	k->nr = CAP_X86_USER_SPACE_MSR;
	set = options(c, set, 5, 0x20);
	if (set & 1)
		k->flags = number(c, k->flags, values, ARRAY_SIZE(values), 4);
	if (set & 2)
		NUMBER(c, k->rest, values, 8);
	if (set & 4)
		k->pad = byte(c, k->pad);
	if (set & 8)
		CHOICE(c, k->fd, fds);
	if (set & 16)
		place(c, &k->at, false);
}

static void bitmap(struct codec *c, struct bitmap *b)
{
	static const u8 counts[] = { 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8 };
	static const u64 fills[] = { 0, 0xff, 0, 0xff, 0xaa, 0x55, 0x0f, 1,
				     0x80, 0x7f, 0xfe };
	static const u64 at[] = { 0, 1, 7, 8, 31, 32, 63, 64, 65, 127, 128, 255,
				  256, 0x2fff };

	NUMBER(c, b->fill, fills, 1);
	CHOICE(c, b->nflips, counts);
	for (int i = 0; i < b->nflips; i++) {
		u16 f = number(c, b->flip[i], at, ARRAY_SIZE(at), 2);

		b->flip[i] = f < MAX_RANGE_MSRS + 64 ? f : f % MAX_RANGE_MSRS;
	}
	place(c, &b->at, true);
}

static void range(struct codec *c, struct range *r)
{
	static const u64 flags[] = {
		3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2,
		3, 1, 2, 3, 1, 2, 3, 1, 2, 0, 4, 7, 0x80000003, 0x103,
	};
	static const u64 before[] = { 0, 0, 0, 0, 0, 1, 2, 7, 8, 31, 63, 64,
				      0x1000 };
	static const u64 sizes[] = {
		1, 2, 3, 8, 31, 32, 33, 63, 64, 65, 127, 128, 129, 256, 0x1000,
		MAX_RANGE_MSRS, MAX_RANGE_MSRS - 1, 1, 2, 512, 0x1000, 16, 64,
		1, 2, 64, 128, MAX_RANGE_MSRS, MAX_RANGE_MSRS + 1, 0x7fffffff,
		0x80000000, 0xffffffff, 512, 0x800, 0x1800,
	};
	u64 back = 0;

	r->flags = number(c, r->flags, flags, ARRAY_SIZE(flags), 4);
	r->base = msr(c, r->base);
	NUMBER(c, back, before, 1);
	r->base -= back;
	r->nmsrs = number(c, r->nmsrs, sizes, ARRAY_SIZE(sizes), 4);
	bitmap(c, &r->bits);
}

/* Slots are named where one is left out. */
static void ranges(struct codec *c, struct step_filter *f)
{
	static const u8 counts[] = {
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2,
		2, 2, 2, 2, 3, 3, 3, 3, 4, 0, 0, 5, 6, 7, 8, 9, 10, 11, 12, 13,
		14, 15, 16,
	};
	enum { NAMED = 0xe0 };
	unsigned n = 0, next = 0;
	u16 used = 0;

	for (int i = 0; i < MAX_RANGES; i++) {
		const struct range *r = &f->range[i];

		if (r->nmsrs || r->flags || r->base || r->bits.at.kind) {
			used |= 1u << i;
			n++;
		}
	}
	CHOICE(c, n, counts);
	if (c->out) {
		for (unsigned i = 0; i < MAX_RANGES; i++) {
			if (!(used >> i & 1))
				continue;
			byte(c, i == next ? 0 : NAMED | i);
			range(c, &f->range[i]);
			next = (i + 1) % MAX_RANGES;
		}
		return;
	}
	c->filter = f;
	for (unsigned i = 0; i < n; i++) {
		u8 b = byte(c, 0);
		unsigned slot = b < NAMED ? next : b % MAX_RANGES;

		while (used >> slot & 1)
			slot = (slot + 1) % MAX_RANGES;
		used |= 1u << slot;
		range(c, &f->range[slot]);
		next = (slot + 1) % MAX_RANGES;
	}
	c->filter = NULL;
}

static void step_filter(struct codec *c, struct step *s)
{
	static const u64 flags[] = {
		0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0,
		1, 0, 1, 0, 1, 0, 1, 2, 3, 0x80000000, 0x80000001, ~0u,
	};
	static const u64 requests[] = { SET_MSR_FILTER_COMPAT, SET_MSR_FILTER };
	static const u8 fds[] = { FD_VCPU, FD_KVM, FD_VM };
	struct step_filter *f = &s->filter;
	unsigned set = (f->request ? 1 : 0) | (f->fd ? 2 : 0) |
		       (f->at.kind ? 4 : 0) | (f->pad ? 8 : 0) |
		       (f->after ? 16 : 0);

	f->flags = number(c, f->flags, flags, ARRAY_SIZE(flags), 4);
	set = options(c, set, 5, 0x18);
	if (set & 1)
		f->request = requests[choice(c, f->request == requests[1],
					     (const u8[]){ 0, 1 }, 2)];
	if (set & 2)
		CHOICE(c, f->fd, fds);
	if (set & 4)
		place(c, &f->at, false);
	if (set & 8)
		f->pad = byte(c, f->pad);
	if (set & 16)
		f->after = AFTER_UNMAP;
	ranges(c, f);
}

static void reply(struct codec *c, struct reply *r)
{
	unsigned set = (r->has_data ? 1 : 0) | (r->error ? 2 : 0) |
		       (r->junk ? 4 : 0);

	set = options(c, set, 3, 0x80);
	r->has_data = set & 1;
	if (r->has_data)
		NUMBER(c, r->data, values, 8);
	if (set & 2)
		r->error = byte(c, r->error);
	if (set & 4)
		r->junk = byte(c, r->junk);
}

/* Prefixes that change nothing: operand size, segments, REP, REX. */
static const u8 prefixes[] = { 0x66, 0x2e, 0x3e, 0x65, 0xf2, 0xf3, 0x67 };

static void step_access(struct codec *c, struct step *s)
{
	static const u8 shadows[] = { SHADOW_STI, SHADOW_MOVSS };
	struct step_access *a = &s->access;
	unsigned set = (a->rcx_high ? 1 : 0) |
		       (a->rax_high || a->rdx_high ? 2 : 0) |
		       (a->nprefix ? 4 : 0) | (a->cpl ? 8 : 0) |
		       (a->tf ? 16 : 0) | (a->forced ? 32 : 0) |
		       (a->shadow ? 64 : 0);

	c->bad |= c->out && (a->wraps || a->over || a->nprefix > 1);
	a->index = msr(c, a->index);
	if (s->kind == STEP_WRMSR)
		NUMBER(c, a->value, values, 8);
	a->hold = byte(c, a->hold ? 0x80 : 0) >> 7;
	reply(c, &a->reply);
	set = options(c, set, 7, 0x30);
	if (set & 1)
		a->rcx_high = raw(c, a->rcx_high, 4);
	if (set & 2) {
		a->rax_high = raw(c, a->rax_high, 4);
		a->rdx_high = raw(c, a->rdx_high, 4);
	}
	if (set & 4) {
		CHOICE(c, a->prefix[0], prefixes);
		a->nprefix = 1;
	}
	a->cpl = set & 8 ? 3 : 0;
	a->tf = set & 16;
	a->forced = set & 32;
	/* STI and MOV SS are not for CPL 3 */
	if (set & 64 && !a->tf && !a->cpl)
		CHOICE(c, a->shadow, shadows);
}

static void step_resume(struct codec *c, struct step *s)
{
	static const u64 args[] = { 1, 0xffffffff, 0x100000000, ~0ULL };
	static const u64 bits[] = { 0x80000000, 8, 0x40000000, 0x100 };
	struct step_resume *r = &s->resume;
	unsigned set = (r->immediate ? 1 : 0) | (r->signal ? 2 : 0) |
		       (r->arg ? 4 : 0) | (r->valid ? 8 : 0) |
		       (r->dirty ? 16 : 0);

	reply(c, &r->reply);
	set = options(c, set, 5, 0x60);
	/* one oddity at a time: of two it is open which is seen first */
	set &= -set;
	r->immediate = set & 1;
	r->signal = set & 2;
	if (set & 4)
		NUMBER(c, r->arg, args, 8);
	if (set & 8)
		r->valid = number(c, r->valid, bits, ARRAY_SIZE(bits), 4);
	if (set & 16)
		r->dirty = number(c, r->dirty, bits, ARRAY_SIZE(bits), 4);
}

static void step_set_regs(struct codec *c, struct step *s)
{
	struct step_regs *r = &s->regs;

	c->bad |= c->out && r->rip && r->rip != 16;
	r->set = byte(c, r->set) & 15;
	if (r->set & SET_RAX)
		NUMBER(c, r->rax, values, 8);
	if (r->set & SET_RCX) {
		r->rcx = msr(c, r->rcx);
	}
	if (r->set & SET_RDX)
		NUMBER(c, r->rdx, values, 8);
	/* behind the access, where its landing is */
	r->rip = r->set & SET_RIP ? 16 : 0;
	r->dirty = byte(c, r->dirty ? 0xc0 : 0) >= 0xc0;
}

static void step_inject(struct codec *c, struct step *s)
{
	/* with a code or without, as the CPU has them */
	static const u8 vectors[] = { 13, 6, 14, 8, 10, 11, 12, 5 };
	struct step_inject *k = &s->inject;

	CHOICE(c, k->vector, vectors);
	k->has_code = k->vector == 8 || (k->vector >= 10 && k->vector <= 14);
	if (!k->has_code)
		return;
	k->code = k->vector == 8 ? 0 : raw(c, k->code, 1) & 0xf8;
}

static void step_msr(struct codec *c, struct step *s)
{
	s->msr.index = msr(c, s->msr.index);
	if (s->kind == STEP_SET_MSR)
		NUMBER(c, s->msr.value, values, 8);
}

static void step_native(struct codec *c, struct step *s)
{
	s->native.write = byte(c, s->native.write ? 0x80 : 0) >> 7;
	s->native.index = msr(c, s->native.index);
	if (s->native.write)
		NUMBER(c, s->native.value, values, 8);
}

static void step_cpuid(struct codec *c, struct step *s)
{
	enum { FEATURES = 2 };	/* as many as a word of the text has room for */
	struct step_cpuid *k = &s->cpuid;
	u64 left = k->without;

	/* one that KVM does not have may be refused: only without */
	c->bad |= c->out && (k->kind != CPUID_DEFAULT || k->vendor || k->with);
	for (int i = 0; i < FEATURES; i++) {
		u8 f = byte(c, left ? __builtin_ctzll(left) + 1 : 0);

		left &= left - 1;
		if (f)
			k->without |= 1ULL << (f - 1) % NR_FEATURES;
	}
	c->bad |= c->out && left;
}

static void step_nested(struct codec *c, struct step *s)
{
	static const u8 counts[] = { 0, 1, 1, 2, 2, 3, 4, 5, 6 };
	static const u8 whats[] = { NESTED_READ, NESTED_WRITE };
	struct step_nested *k = &s->nested;
	unsigned set = (k->all ? 1 : 0) | (k->no_bitmap ? 2 : 0) |
		       (k->gp ? 4 : 0);

	c->bad |= c->out && (k->enlightened || k->lost_bitmap);
	set = options(c, set, 3, 0x40);
	k->all = set & 1;
	k->no_bitmap = set & 2;
	k->gp = set & 4;
	CHOICE(c, k->n, counts);
	for (int i = 0; i < k->n; i++) {
		CHOICE(c, k->item[i].what, whats);
		k->item[i].index = msr(c, k->item[i].index);
	}
}

static void step_race(struct codec *c, struct step *s)
{
	static const u64 rounds[] = { 20, 5, 10, 50, 100 };
	enum { STORM = 0x80, LATE = 0x40 };
	u8 seed = (s->race.storm ? STORM : 0) | (s->race.late ? LATE : 0);

	s->race.rounds = number(c, s->race.rounds, rounds, ARRAY_SIZE(rounds),
				1);
	seed = raw(c, (s->race.seed & ~(STORM | LATE)) | seed, 1);
	s->race.seed = seed & ~(STORM | LATE);
	s->race.storm = seed & STORM;
	s->race.late = seed & LATE;
}

static void step_rest(struct codec *c, struct step *s)
{
	static const u8 modes[] = { MODE_LONG, MODE_COMPAT, MODE_PROT32,
				    MODE_PAE, MODE_PROT16, MODE_V86, MODE_REAL,
				    MODE_SMM };
	static const u8 debugs[] = { DEBUG_SINGLESTEP, DEBUG_HW_BP, DEBUG_OFF };
	static const u8 chips[] = { IRQCHIP_FULL, IRQCHIP_SPLIT };
	/* none or all: what fits a part of the IDT is the CPU's matter */
	static const u8 none[] = { 0, 1 };

	switch (s->kind) {
	case STEP_CHECK_CAP:
		s->cap.nr = CAP_X86_USER_SPACE_MSR +
			    (byte(c, s->cap.nr - CAP_X86_USER_SPACE_MSR) & 1);
		break;
	case STEP_VCPU:
		CHOICE(c, s->mode, modes);
		break;
	case STEP_DEBUG:
		CHOICE(c, s->debug, debugs);
		break;
	case STEP_IRQCHIP:
		CHOICE(c, s->irqchip, chips);
		break;
	case STEP_IDT:
		s->count = choice(c, s->count != 0, none, 2) ? 0xfff : 0;
		break;
	case STEP_COPY:
		s->count = !s->vm;
		break;
	default:	/* says it all */
		break;
	}
}

static void step_body(struct codec *c, struct step *s)
{
	switch (s->kind) {
	case STEP_CAP:
		step_cap(c, s);
		break;
	case STEP_FILTER:
		step_filter(c, s);
		break;
	case STEP_RDMSR:
	case STEP_WRMSR:
		step_access(c, s);
		break;
	case STEP_RESUME:
		step_resume(c, s);
		break;
	case STEP_SET_REGS:
		step_set_regs(c, s);
		break;
	case STEP_INJECT:
		step_inject(c, s);
		break;
	case STEP_GET_MSR:
	case STEP_SET_MSR:
		step_msr(c, s);
		break;
	case STEP_NATIVE:
		step_native(c, s);
		break;
	case STEP_CPUID:
		step_cpuid(c, s);
		break;
	case STEP_NESTED:
		step_nested(c, s);
		break;
	case STEP_RACE:
		step_race(c, s);
		break;
	default:
		step_rest(c, s);
	}
}

/* ---- targets: what their programs are made of, the frequent more often ---- */

#define CHANGES STEP_CAP, STEP_FILTER, STEP_FILTER
#define ACCESSES STEP_RDMSR, STEP_WRMSR, STEP_RDMSR, STEP_WRMSR
#define AT_THE_EXIT STEP_RESUME, STEP_RESUME, STEP_RESUME, STEP_SET_REGS, \
	STEP_REGS, STEP_EVENTS, STEP_INJECT, STEP_PEEK, STEP_NMI, STEP_DEBUG, \
	STEP_IDT, STEP_SREGS, STEP_COPY

static const u8 filter_kinds[] = {
	STEP_RDMSR, CHANGES, ACCESSES, CHANGES, ACCESSES, ACCESSES, CHANGES,
	STEP_CHECK_CAP, STEP_CLOSE,
};
static const u8 reply_kinds[] = {
	STEP_RDMSR, CHANGES, ACCESSES, ACCESSES, ACCESSES, AT_THE_EXIT,
	AT_THE_EXIT, STEP_CLOSE,
};
static const u8 sequence_kinds[] = {
	STEP_RDMSR, CHANGES, ACCESSES, CHANGES, ACCESSES, ACCESSES, ACCESSES,
	ACCESSES, AT_THE_EXIT, STEP_CLOSE, STEP_GET_MSR, STEP_SET_MSR,
	STEP_CPUID, STEP_VCPU, STEP_VCPU, STEP_NATIVE, STEP_IRQCHIP,
	STEP_NESTED, STEP_NESTED, STEP_NESTED_STATE, STEP_INIT,
};
static const u8 race_kinds[] = {
	STEP_RDMSR, CHANGES, ACCESSES, CHANGES, ACCESSES, STEP_RACE, STEP_END,
};

static const struct {
	const char *name;
	const u8 *kinds;
	unsigned n;
} targets[NR_FUZZ_TARGETS] = {
	[FUZZ_FILTER] = { "filter", filter_kinds, ARRAY_SIZE(filter_kinds) },
	[FUZZ_REPLY] = { "reply", reply_kinds, ARRAY_SIZE(reply_kinds) },
	[FUZZ_SEQUENCE] = { "sequence", sequence_kinds,
			    ARRAY_SIZE(sequence_kinds) },
	[FUZZ_RACE] = { "race", race_kinds, ARRAY_SIZE(race_kinds) },
};

const char *fuzz_target_name(enum fuzz_target t)
{
	return targets[t].name;
}

enum fuzz_target fuzz_target_by_name(const char *name)
{
	int t = 0;

	while (t < NR_FUZZ_TARGETS && strcmp(name, targets[t].name))
		t++;
	return t;
}

static void one_step(struct codec *c, enum fuzz_target t, struct step *s)
{
	unsigned kind = s->kind;

	s->kind = choice(c, kind, targets[t].kinds, targets[t].n);
	scope(c, s);
	step_body(c, s);
}

/* ---- the whole ---- */

void codec_drop(struct program *p, int i)
{
	memmove(&p->step[i], &p->step[i + 1],
		(p->nsteps - i - 1) * sizeof(p->step[0]));
	p->nsteps--;
}

/* Within a race every actor has its part: see race_unfit(). */
static void assign_actor(struct program *p, int i)
{
	struct step *s = &p->step[i];

	s->int80 = s->l2 = false;
	if (race_writes(s)) {
		s->actor = ACTOR_T1;
		s->vm = 0;
	} else {
		s->actor = s->vcpu ? ACTOR_T3 : ACTOR_T2;
		s->vm = s->vcpu = s->actor == ACTOR_T3;
		s->vm = 0;
		s->access.hold = s->access.tf = false;
	}
}

static bool is_access(const struct step *s)
{
	return s->kind == STEP_RDMSR || s->kind == STEP_WRMSR;
}

/* Nothing of the VM was used before step @i but VM-wide settings. */
static bool vm_is_new(const struct program *p, int i, bool for_vcpu)
{
	const struct step *s = &p->step[i];

	for (int k = 0; k < i; k++) {
		const struct step *b = &p->step[k];
		bool settings = (b->kind == STEP_CAP && b->cap.fd == FD_VM) ||
				(b->kind == STEP_FILTER &&
				 b->filter.fd == FD_VM) ||
				(for_vcpu && b->kind == STEP_IRQCHIP);

		if (b->kind == STEP_COPY && b->count == s->vm)
			return false;
		if (b->vm == s->vm && !settings &&
		    (!for_vcpu || b->vcpu == s->vcpu))
			return false;
	}
	return true;
}

static bool has_irqchip(const struct program *p, int i)
{
	bool has = false;

	for (int k = 0; k < i; k++)
		if (p->step[k].vm == p->step[i].vm)
			has = p->step[k].kind == STEP_IRQCHIP ||
			      (has && p->step[k].kind != STEP_CLOSE);
	return has;
}

/* Writes of these have KVM write to guest memory, the payload's perhaps. */
static bool writes_memory(u32 index)
{
	return index == 0x11 || index == 0x12 || index >> 8 == 0x4b564d ||
	       index >> 9 == 0x40000000 >> 9;
}

/* Another MSR where this one cannot be had. */
static void repair_index(struct step *s)
{
	if (s->kind == STEP_WRMSR && writes_memory(s->access.index))
		s->access.index = msrs[0];
	if (s->kind == STEP_SET_MSR && writes_memory(s->msr.index))
		s->msr.index = msrs[0];
	if (s->kind == STEP_NATIVE && s->native.write &&
	    writes_memory(s->native.index))
		s->native.index = msrs[0];
}

/* Refused once the vCPU ran, by kernels from 6.15 on, and not asked for then. */
static bool feature_msr(u32 index)
{
	return index == 0x8b || index == 0xce || index == 0x10a ||
	       index == 0x345 ||
	       (index >= 0x480 && index <= 0x491);
}

/*
 * Steps that are for a moment: before the vCPU exists, or when it has an APIC.
 * KVM says as much, but that is not what is looked for here.
 */
static bool out_of_place(const struct program *p, int i)
{
	const struct step *s = &p->step[i];

	switch (s->kind) {
	case STEP_IRQCHIP:
		return !vm_is_new(p, i, false);
	case STEP_CPUID:
		return !vm_is_new(p, i, true);
	case STEP_COPY:
		for (int k = 0; k < i; k++)
			if (p->step[k].vm == s->count)
				return true;
		return has_irqchip(p, i) ||
		       program_mode(p, i) != MODE_LONG;
	case STEP_SET_MSR:
		return feature_msr(s->msr.index);
	case STEP_INIT:
		return !s->vcpu || !has_irqchip(p, i);
	case STEP_NESTED_STATE:
		return program_nested(p, i) < 0;
	default:
		return false;
	}
}

/* Of another address space: what needs no more of the VM than its fd. */
static bool child_can(const struct step *s)
{
	if (s->kind == STEP_CAP)
		return s->cap.fd == FD_VM && s->cap.at.kind != PLACE_GUEST;
	if (s->kind != STEP_FILTER || s->filter.fd != FD_VM ||
	    s->filter.at.kind == PLACE_GUEST)
		return false;
	for (int i = 0; i < MAX_RANGES; i++)
		if (s->filter.range[i].bits.at.kind == PLACE_GUEST)
			return false;
	return true;
}

void codec_repair(struct program *p)
{
	for (int i = 0; i < p->nsteps;) {
		struct step *s = &p->step[i];
		int race = race_of(p, i);

		repair_index(s);
		if (race >= 0 && (race_writes(s) || is_access(s)))
			assign_actor(p, i);
		else if (s->actor != ACTOR_T1 && actor_is_thread(s->actor))
			s->actor = ACTOR_MAIN;
		if (s->actor == ACTOR_CHILD && !child_can(s))
			s->actor = ACTOR_MAIN;
		if (s->l2 && (!step_is_guest(s) || program_nested(p, i) < 0))
			s->l2 = false;
		if (s->int80 && s->kind != STEP_CAP && s->kind != STEP_FILTER &&
		    s->kind != STEP_CHECK_CAP && !is_access(s))
			s->int80 = false;
		if (is_access(s) && s->access.cpl == 3 &&
		    mode_is_real(program_mode(p, i)))
			s->access.cpl = 0;
		/* POPF and STI are not for virtual-8086 mode */
		if (is_access(s) && program_mode(p, i) == MODE_V86) {
			s->access.tf = false;
			s->access.shadow = SHADOW_NONE;
		}
		if (program_unfit(p, i) || out_of_place(p, i))
			codec_drop(p, i);
		else
			i++;
	}
	for (int i = 0; i < p->nsteps; i++)
		if (p->step[i].kind == STEP_RACE && race_end(p, i) < 0)
			p->step[p->nsteps++] = (struct step){ .kind = STEP_END };
}

void codec_decode(enum fuzz_target t, const u8 *data, size_t size,
		  struct program *p, struct fuzz_layout *layout)
{
	struct codec c = { .in = data, .p = p };
	struct fuzz_layout own;

	c.in_end = data + (size < FUZZ_BYTES ? size : FUZZ_BYTES);
	layout = layout ?: &own;
	memset(p, 0, offsetof(struct program, step));
	while (c.in < c.in_end && p->nsteps < FUZZ_STEPS) {
		struct step *s = &p->step[p->nsteps];

		memset(s, 0, sizeof(*s));
		layout->at[p->nsteps] = c.in - data;
		c.step = p->nsteps;
		one_step(&c, t, s);
		p->nsteps++;
	}
	layout->n = p->nsteps;
	layout->at[p->nsteps] = c.in - data;
	codec_repair(p);
}

ssize_t codec_encode(enum fuzz_target t, const struct program *p, u8 *buf)
{
	struct codec c = { .out = buf, .out_end = buf + FUZZ_BYTES, .p = p };
	static struct program again;

	if (p->nsteps > FUZZ_STEPS)
		return -1;
	for (c.step = 0; c.step < p->nsteps; c.step++) {
		struct step s = p->step[c.step];

		one_step(&c, t, &s);
	}
	if (c.bad)
		return -1;
	/* what a step has beside its fields' words it cannot keep */
	codec_decode(t, buf, c.out - buf, &again, NULL);
	return again.nsteps == p->nsteps ? c.out - buf : -1;
}
