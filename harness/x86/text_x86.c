// SPDX-License-Identifier: GPL-2.0-only
/* The words of the x86 MSR ABI: capability, filter, accesses. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../text.h"
#include "abi.h"

static bool parse_cap(struct cursor *c, struct step *s)
{
	char key[64];
	const char *val;
	u64 v;

	s->cap.nr = CAP_X86_USER_SPACE_MSR;
	if (!text_number(c, &s->cap.arg, UINT64_MAX))
		return false;
	while (text_option(c, key, &val)) {
		if (!strcmp(key, "fd")) {
			if (!text_fd(c, val, &s->cap.fd))
				return false;
			continue;
		}
		if (!strcmp(key, "at")) {
			if (!text_place(c, val, &s->cap.at))
				return false;
			continue;
		}
		if (!text_value(c, val, &v, UINT64_MAX))
			return false;
		if (!strcmp(key, "nr"))
			s->cap.nr = v;
		else if (!strcmp(key, "flags"))
			s->cap.flags = v;
		else if (!strcmp(key, "args"))
			s->cap.rest = v;
		else if (!strcmp(key, "pad"))
			s->cap.pad = v;
		else
			return text_fail(c, "cap has no option '%.40s'", key);
	}
	return true;
}

static void print_cap(struct out *o, const struct step *s)
{
	const struct step_cap *k = &s->cap;

	text_out(o, " 0x%llx", (unsigned long long)k->arg);
	if (k->nr != CAP_X86_USER_SPACE_MSR)
		text_out(o, " nr=%u", k->nr);
	if (k->flags)
		text_out(o, " flags=0x%x", k->flags);
	if (k->rest)
		text_out(o, " args=0x%llx", (unsigned long long)k->rest);
	if (k->pad)
		text_out(o, " pad=0x%x", k->pad);
	text_out_fd(o, k->fd);
	text_out_place(o, &k->at);
}

/* "0", "0xff" or "0xff^0,7,63" */
static bool parse_bits(struct cursor *c, char *t, struct bitmap *b)
{
	char *flips = strchr(t, '^'), *save = NULL, *one;
	u64 v;

	if (flips)
		*flips++ = 0;
	if (strcmp(t, "0") && (strncmp(t, "0x", 2) || strlen(t) != 4))
		return text_fail(c, "bits are 0 or 0xNN, not '%.40s'", t);
	if (!text_value(c, t, &v, 0xff))
		return false;
	b->fill = v;
	if (!flips)
		return true;
	for (one = strtok_r(flips, ",", &save); one;
	     one = strtok_r(NULL, ",", &save)) {
		if (b->nflips == MAX_FLIPS)
			return text_fail(c, "more than %d bits after ^",
					 MAX_FLIPS);
		if (!text_value(c, one, &v, MAX_RANGE_MSRS + 63))
			return false;
		b->flip[b->nflips++] = v;
	}
	return true;
}

/* Of what KVM may be made to wait for. */
static bool place_or_late(struct cursor *c, const char *val, struct place *at)
{
	if (strcmp(val, "late"))
		return text_place(c, val, at);
	*at = (struct place){ .kind = PLACE_LATE };
	return true;
}

/* After "range": [SLOT:] FLAGS BASE+N = BITS [at=PLACE] */
static bool parse_range(struct cursor *c, struct step_filter *f)
{
	struct range *r;
	char t[64], key[64], *plus;
	const char *val;
	u64 v, slot = 0;

	for (unsigned i = 0; i < MAX_RANGES; i++)
		if (f->range[i].nmsrs || f->range[i].flags ||
		    f->range[i].base || f->range[i].bits.at.kind)
			slot = i + 1;
	if (!text_token(c, t))
		return false;
	if (*t && t[strlen(t) - 1] == ':') {
		t[strlen(t) - 1] = 0;
		if (!text_value(c, t, &slot, MAX_RANGES - 1))
			return false;
		if (!text_token(c, t))
			return false;
	}
	if (slot >= MAX_RANGES)
		return text_fail(c, "a filter has %d ranges", MAX_RANGES);
	r = &f->range[slot];
	memset(r, 0, sizeof(*r));
	if (!strcmp(t, "r"))
		r->flags = RANGE_READ;
	else if (!strcmp(t, "w"))
		r->flags = RANGE_WRITE;
	else if (!strcmp(t, "rw"))
		r->flags = RANGE_READ | RANGE_WRITE;
	else if (!text_value(c, t, &v, UINT32_MAX))
		return false;
	else
		r->flags = v;
	if (!text_token(c, t))
		return false;
	plus = strchr(t, '+');
	if (!plus)
		return text_fail(c, "a range is BASE+COUNT");
	*plus++ = 0;
	if (!text_value(c, t, &v, UINT32_MAX))
		return false;
	r->base = v;
	if (!text_value(c, plus, &v, UINT32_MAX))
		return false;
	r->nmsrs = v;
	if (!text_token(c, t))
		return false;
	if (strcmp(t, "="))
		return text_fail(c, "'= BITS' is missing");
	if (!text_token(c, t) || !parse_bits(c, t, &r->bits))
		return false;
	while (text_option(c, key, &val)) {
		if (strcmp(key, "at"))
			return text_fail(c, "range has no option '%.40s'", key);
		if (!place_or_late(c, val, &r->bits.at))
			return false;
	}
	return true;
}

static bool parse_ranges(struct cursor *c, struct step_filter *f)
{
	char t[64];

	for (;;) {
		if (!text_peek(c, t))
			return false;
		if (strcmp(t, "range"))
			return true;
		text_token(c, t);
		if (!parse_range(c, f))
			return false;
	}
}

static bool parse_filter(struct cursor *c, struct step *s)
{
	struct step_filter *f = &s->filter;
	char t[64], key[64];
	const char *val;
	u64 v;

	if (!text_peek(c, t))
		return false;
	if (!strcmp(t, "range"))	/* a line that goes on */
		return parse_ranges(c, f);
	text_token(c, t);
	if (!strcmp(t, "allow"))
		f->flags = 0;
	else if (!strcmp(t, "deny"))
		f->flags = FILTER_DEFAULT_DENY;
	else if (!strncmp(t, "flags=", 6) &&
		 text_value(c, t + 6, &v, UINT32_MAX))
		f->flags = v;
	else
		return text_fail(c, "filter allow, filter deny or filter "
				 "flags=NUMBER");
	while (text_option(c, key, &val)) {
		if (!strcmp(key, "fd")) {
			if (!text_fd(c, val, &f->fd))
				return false;
		} else if (!strcmp(key, "at")) {
			if (!text_place(c, val, &f->at))
				return false;
		} else if (!strcmp(key, "request")) {
			if (!text_value(c, val, &v, UINT32_MAX))
				return false;
			f->request = v;
		} else if (!strcmp(key, "pad")) {
			if (!text_value(c, val, &v, 0xff))
				return false;
			f->pad = v;
		} else if (!strcmp(key, "after") && !strcmp(val, "unmap")) {
			f->after = AFTER_UNMAP;
		} else {
			return text_fail(c, "filter has no option '%.40s'",
					 key);
		}
	}
	return parse_ranges(c, f);
}

static void print_range(struct out *o, const struct range *r, unsigned slot,
			unsigned next)
{
	text_out(o, "range ");
	if (slot != next)
		text_out(o, "%u: ", slot);
	if (r->flags && r->flags <= 3)
		text_out(o, "%s", r->flags == 1 ? "r" :
			 r->flags == 2 ? "w" : "rw");
	else
		text_out(o, "0x%x", r->flags);
	text_out(o, " 0x%x+%u = ", r->base, r->nmsrs);
	if (r->bits.fill)
		text_out(o, "0x%02x", r->bits.fill);
	else
		text_out(o, "0");
	for (int i = 0; i < r->bits.nflips; i++)
		text_out(o, "%c%u", i ? ',' : '^', r->bits.flip[i]);
	text_out_place(o, &r->bits.at);
}

static void print_filter(struct out *o, const struct step *s)
{
	const struct step_filter *f = &s->filter;
	unsigned used = 0, next = 0;

	if (f->flags <= 1)
		text_out(o, f->flags ? " deny" : " allow");
	else
		text_out(o, " flags=0x%x", f->flags);
	if (f->request)
		text_out(o, " request=0x%x", f->request);
	text_out_fd(o, f->fd);
	text_out_place(o, &f->at);
	if (f->pad)
		text_out(o, " pad=0x%x", f->pad);
	if (f->after == AFTER_UNMAP)
		text_out(o, " after=unmap");
	for (unsigned i = 0; i < MAX_RANGES; i++) {
		const struct range *r = &f->range[i];

		if (!(r->nmsrs || r->flags || r->base || r->bits.at.kind))
			continue;
		text_out(o, used++ ? "\n  " : " ");
		print_range(o, r, i, next);
		next = i + 1;
	}
}

static bool parse_reply(struct cursor *c, const char *key, const char *val,
			struct reply *r)
{
	u64 v;

	if (!strcmp(key, "data")) {
		r->has_data = true;
		return text_value(c, val, &r->data, UINT64_MAX);
	}
	if (!strcmp(key, "error") || !strcmp(key, "junk")) {
		if (!text_value(c, val, &v, 255))
			return false;
		*(*key == 'e' ? &r->error : &r->junk) = v;
		return true;
	}
	return text_fail(c, "no option '%.40s' here", key);
}

static void print_reply(struct out *o, const struct reply *r)
{
	if (r->has_data)
		text_out(o, " data=0x%llx", (unsigned long long)r->data);
	if (r->error)
		text_out(o, " error=%u", r->error);
	if (r->junk)
		text_out(o, " junk=0x%x", r->junk);
}

static bool parse_hex(struct cursor *c, const char *t, u8 *bytes, u8 *len,
		      unsigned max)
{
	if (!*t || strlen(t) % 2 || strlen(t) / 2 > max)
		return text_fail(c, "1 to %u bytes in hex are wanted", max);
	*len = 0;
	for (const char *p = t; *p; p += 2) {
		char two[3] = { p[0], p[1], 0 };

		if (!isxdigit((unsigned char)p[0]) ||
		    !isxdigit((unsigned char)p[1]))
			return text_fail(c, "'%.40s' is not hex", p);
		bytes[(*len)++] = strtoul(two, NULL, 16);
	}
	return true;
}

static void print_hex(struct out *o, const u8 *bytes, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		text_out(o, "%02x", bytes[i]);
}

/* What of an access is neither a number nor its reply. */
static bool parse_access_option(struct cursor *c, struct step_access *a,
				const char *key, const char *val)
{
	u64 v;

	if (!strcmp(key, "prefix"))
		return parse_hex(c, val, a->prefix, &a->nprefix,
				 sizeof(a->prefix));
	if (!strcmp(key, "cpl")) {
		if (strcmp(val, "0") && strcmp(val, "3"))
			return text_fail(c, "cpl is 0 or 3");
		a->cpl = *val - '0';
		return true;
	}
	if (!strcmp(key, "shadow")) {
		a->shadow = !strcmp(val, "sti") ? SHADOW_STI :
			    !strcmp(val, "movss") ? SHADOW_MOVSS : SHADOW_NONE;
		return a->shadow || text_fail(c, "shadow is sti or movss");
	}
	if (!strcmp(key, "rcx_high") || !strcmp(key, "rax_high") ||
	    !strcmp(key, "rdx_high")) {
		if (!text_value(c, val, &v, UINT32_MAX))
			return false;
		*(key[1] == 'c' ? &a->rcx_high : key[1] == 'a' ? &a->rax_high :
		  &a->rdx_high) = v;
		return true;
	}
	if (!strcmp(key, "over")) {
		a->over = true;
		return c->prog->step[c->prog->nsteps - 1].kind == STEP_RDMSR ?
		       text_value(c, val, &a->value, UINT64_MAX) :
		       text_fail(c, "over is for rdmsr");
	}
	return parse_reply(c, key, val, &a->reply);
}

static bool parse_access(struct cursor *c, struct step *s)
{
	struct step_access *a = &s->access;
	char key[64], t[64];
	const char *val;
	u64 v;

	if (!text_number(c, &v, UINT32_MAX))
		return false;
	a->index = v;
	if (s->kind == STEP_WRMSR && !text_number(c, &a->value, UINT64_MAX))
		return false;
	for (;;) {
		while (text_option(c, key, &val))
			if (!parse_access_option(c, a, key, val))
				return false;
		if (!text_peek(c, t))
			return false;
		if (!strcmp(t, "hold"))
			a->hold = true;
		else if (!strcmp(t, "tf"))
			a->tf = true;
		else if (!strcmp(t, "forced"))
			a->forced = true;
		else if (!strcmp(t, "wraps"))
			a->wraps = true;
		else
			return true;
		text_token(c, t);
		if (a->tf && a->shadow)
			return text_fail(c, "tf and shadow exclude each other");
	}
}

static void print_access(struct out *o, const struct step *s)
{
	const struct step_access *a = &s->access;

	text_out(o, " 0x%x", a->index);
	if (s->kind == STEP_WRMSR)
		text_out(o, " 0x%llx", (unsigned long long)a->value);
	if (a->over)
		text_out(o, " over=0x%llx", (unsigned long long)a->value);
	if (a->rcx_high)
		text_out(o, " rcx_high=0x%x", a->rcx_high);
	if (a->rax_high)
		text_out(o, " rax_high=0x%x", a->rax_high);
	if (a->rdx_high)
		text_out(o, " rdx_high=0x%x", a->rdx_high);
	if (a->nprefix) {
		text_out(o, " prefix=");
		print_hex(o, a->prefix, a->nprefix);
	}
	if (a->cpl)
		text_out(o, " cpl=%u", a->cpl);
	if (a->shadow)
		text_out(o, a->shadow == SHADOW_STI ? " shadow=sti" :
			 " shadow=movss");
	print_reply(o, &a->reply);
	if (a->tf)
		text_out(o, " tf");
	if (a->forced)
		text_out(o, " forced");
	if (a->wraps)
		text_out(o, " wraps");
	if (a->hold)
		text_out(o, " hold");
}

static const char *const mode_names[NR_MODES] = {
	[MODE_LONG] = "long",
	[MODE_COMPAT] = "compat",
	[MODE_PROT32] = "prot32",
	[MODE_PAE] = "pae",
	[MODE_PROT16] = "prot16",
	[MODE_V86] = "v86",
	[MODE_REAL] = "real",
	[MODE_SMM] = "smm",
};

static bool parse_vcpu(struct cursor *c, struct step *s)
{
	char key[64];
	const char *val;

	if (!text_option(c, key, &val))
		return true;
	if (strcmp(key, "mode"))
		return text_fail(c, "vcpu has no option '%.40s'", key);
	for (int i = 0; i < NR_MODES; i++)
		if (!strcmp(val, mode_names[i])) {
			s->mode = i;
			return true;
		}
	return text_fail(c, "'%.40s' is no CPU mode (long, compat, prot32, "
			 "pae, prot16, v86, real, smm)", val);
}

static void print_vcpu(struct out *o, const struct step *s)
{
	if (s->mode)
		text_out(o, " mode=%s", mode_names[s->mode]);
}

/* r|w FIRST..LAST [VALUE] */
static bool parse_sweep(struct cursor *c, struct step *s)
{
	struct step_sweep *w = &s->sweep;
	char t[64], key[64], *to;
	const char *val;
	u64 v;

	if (!text_token(c, t))
		return false;
	if (strcmp(t, "r") && strcmp(t, "w"))
		return text_fail(c, "sweep r or sweep w");
	w->write = *t == 'w';
	if (!text_token(c, t))
		return false;
	to = strstr(t, "..");
	if (!to)
		return text_fail(c, "a sweep goes over FIRST..LAST");
	*to = 0;
	if (!text_value(c, t, &v, UINT32_MAX))
		return false;
	w->first = v;
	if (!text_value(c, to + 2, &v, UINT32_MAX))
		return false;
	w->last = v;
	if (w->last < w->first)
		return text_fail(c, "0x%x..0x%x is empty", w->first, w->last);
	if (w->write && !text_number(c, &w->value, UINT64_MAX))
		return false;
	while (text_option(c, key, &val))
		if (!parse_reply(c, key, val, &w->reply))
			return false;
	if (!text_peek(c, t))
		return false;
	if (strcmp(t, "values"))
		return true;
	w->values = true;
	return w->write ? text_fail(c, "values are read") : text_token(c, t);
}

static void print_sweep(struct out *o, const struct step *s)
{
	const struct step_sweep *w = &s->sweep;

	text_out(o, " %c 0x%x..0x%x", w->write ? 'w' : 'r', w->first, w->last);
	if (w->write)
		text_out(o, " 0x%llx", (unsigned long long)w->value);
	print_reply(o, &w->reply);
	if (w->values)
		text_out(o, " values");
}

static bool parse_resume(struct cursor *c, struct step *s)
{
	struct step_resume *r = &s->resume;
	char key[64], t[64];
	const char *val;

	for (;;) {
		while (text_option(c, key, &val)) {
			u64 *v = !strcmp(key, "arg") ? &r->arg :
				 !strcmp(key, "valid_regs") ? &r->valid :
				 !strcmp(key, "dirty_regs") ? &r->dirty : NULL;

			if (v ? !text_value(c, val, v, UINT64_MAX) :
			    !parse_reply(c, key, val, &r->reply))
				return false;
		}
		if (!text_peek(c, t))
			return false;
		if (!strcmp(t, "immediate_exit"))
			r->immediate = true;
		else if (!strcmp(t, "signal"))
			r->signal = true;
		else
			return true;
		text_token(c, t);
	}
}

static void print_resume(struct out *o, const struct step *s)
{
	const struct step_resume *r = &s->resume;

	print_reply(o, &r->reply);
	if (r->arg)
		text_out(o, " arg=0x%llx", (unsigned long long)r->arg);
	if (r->valid)
		text_out(o, " valid_regs=0x%llx", (unsigned long long)r->valid);
	if (r->dirty)
		text_out(o, " dirty_regs=0x%llx", (unsigned long long)r->dirty);
	if (r->immediate)
		text_out(o, " immediate_exit");
	if (r->signal)
		text_out(o, " signal");
}

static bool parse_set_regs(struct cursor *c, struct step *s)
{
	struct step_regs *r = &s->regs;
	char key[64], t[64];
	const char *val;
	u64 v;

	while (text_option(c, key, &val)) {
		if (!strcmp(key, "rip")) {
			if (*val != '+')
				return text_fail(c, "rip is +OFFSET");
			if (!text_value(c, val + 1, &v, 48))
				return false;
			r->rip = v;
			r->set |= SET_RIP;
			continue;
		}
		if (!text_value(c, val, &v, UINT64_MAX))
			return false;
		if (!strcmp(key, "rax"))
			r->rax = v, r->set |= SET_RAX;
		else if (!strcmp(key, "rcx"))
			r->rcx = v, r->set |= SET_RCX;
		else if (!strcmp(key, "rdx"))
			r->rdx = v, r->set |= SET_RDX;
		else
			return text_fail(c, "set_regs has no option '%.40s'",
					 key);
	}
	if (!text_peek(c, t))
		return false;
	if (!strcmp(t, "dirty")) {
		text_token(c, t);
		r->dirty = true;
	}
	return true;
}

static void print_set_regs(struct out *o, const struct step *s)
{
	const struct step_regs *r = &s->regs;

	if (r->set & SET_RAX)
		text_out(o, " rax=0x%llx", (unsigned long long)r->rax);
	if (r->set & SET_RCX)
		text_out(o, " rcx=0x%llx", (unsigned long long)r->rcx);
	if (r->set & SET_RDX)
		text_out(o, " rdx=0x%llx", (unsigned long long)r->rdx);
	if (r->set & SET_RIP)
		text_out(o, " rip=+%d", r->rip);
	if (r->dirty)
		text_out(o, " dirty");
}

static bool parse_inject(struct cursor *c, struct step *s)
{
	char key[64];
	const char *val;
	u64 v;

	if (!text_number(c, &v, 31))
		return false;
	s->inject.vector = v;
	while (text_option(c, key, &val)) {
		if (strcmp(key, "code"))
			return text_fail(c, "inject has no option '%.40s'", key);
		if (!text_value(c, val, &v, UINT32_MAX))
			return false;
		s->inject.has_code = true;
		s->inject.code = v;
	}
	return true;
}

static void print_inject(struct out *o, const struct step *s)
{
	text_out(o, " %u", s->inject.vector);
	if (s->inject.has_code)
		text_out(o, " code=0x%x", s->inject.code);
}

static const char *const debug_names[] = { "off", "singlestep", "hw_bp" };

static bool parse_debug(struct cursor *c, struct step *s)
{
	char t[64];

	if (!text_token(c, t))
		return false;
	for (int i = 0; i < 3; i++)
		if (!strcmp(t, debug_names[i])) {
			s->debug = i;
			return true;
		}
	return text_fail(c, "debug off, debug singlestep or debug hw_bp");
}

static void print_debug(struct out *o, const struct step *s)
{
	text_out(o, " %s", debug_names[s->debug]);
}

static bool parse_copy(struct cursor *c, struct step *s)
{
	char t[64];

	if (!text_token(c, t))
		return false;
	if (strncmp(t, "vm", 2) || t[2] < '0' || t[2] >= '0' + MAX_VMS || t[3])
		return text_fail(c, "copy vmN");
	s->count = t[2] - '0';
	return true;
}

static void print_copy(struct out *o, const struct step *s)
{
	text_out(o, " vm%u", s->count);
}

static bool parse_count(struct cursor *c, struct step *s)
{
	u64 v;

	if (!text_number(c, &v, 0xffff))
		return false;
	s->count = v;
	return true;
}

static void print_count(struct out *o, const struct step *s)
{
	text_out(o, " %u", s->count);
}

static bool parse_poke(struct cursor *c, struct step *s)
{
	char t[64];

	return text_token(c, t) &&
	       parse_hex(c, t, s->code.bytes, &s->code.len, MAX_CODE);
}

static void print_poke(struct out *o, const struct step *s)
{
	text_out(o, " ");
	print_hex(o, s->code.bytes, s->code.len);
}

static bool parse_code(struct cursor *c, struct step *s)
{
	struct step_code *k = &s->code;
	char t[64], key[64];
	const char *val;

	if (!text_token(c, t) ||
	    !parse_hex(c, t, k->bytes, &k->len, MAX_CODE))
		return false;
	while (text_option(c, key, &val)) {
		u64 *reg = !strcmp(key, "rax") ? &k->rax :
			   !strcmp(key, "rbx") ? &k->rbx :
			   !strcmp(key, "rcx") ? &k->rcx :
			   !strcmp(key, "rdx") ? &k->rdx : NULL;

		if (!reg)
			return text_fail(c, "code has no option '%.40s'", key);
		if (!text_value(c, val, reg, UINT64_MAX))
			return false;
	}
	return true;
}

static void print_code(struct out *o, const struct step *s)
{
	const struct step_code *k = &s->code;

	text_out(o, " ");
	print_hex(o, k->bytes, k->len);
	if (k->rax)
		text_out(o, " rax=0x%llx", (unsigned long long)k->rax);
	if (k->rbx)
		text_out(o, " rbx=0x%llx", (unsigned long long)k->rbx);
	if (k->rcx)
		text_out(o, " rcx=0x%llx", (unsigned long long)k->rcx);
	if (k->rdx)
		text_out(o, " rdx=0x%llx", (unsigned long long)k->rdx);
}

static bool parse_msr(struct cursor *c, struct step *s)
{
	u64 v;

	if (!text_number(c, &v, UINT32_MAX))
		return false;
	s->msr.index = v;
	if (s->kind != STEP_SET_MSR)
		return true;
	return text_number(c, &s->msr.value, UINT64_MAX);
}

static void print_msr(struct out *o, const struct step *s)
{
	text_out(o, " 0x%x", s->msr.index);
	if (s->kind == STEP_SET_MSR)
		text_out(o, " 0x%llx", (unsigned long long)s->msr.value);
}

static bool parse_get_set(struct cursor *c, bool *set)
{
	char t[64];

	if (!text_token(c, t))
		return false;
	*set = !strcmp(t, "set");
	return *set || !strcmp(t, "get") || text_fail(c, "get or set");
}

static bool add_entry(struct cursor *c, struct step_msrs *k, const char *index,
		      const char *value)
{
	u64 v;

	if (k->set != (value != NULL))
		return text_fail(c, k->set ? "set takes INDEX=VALUE" :
				 "get takes no value");
	if (k->n == sizeof(k->index) / sizeof(k->index[0]))
		return text_fail(c, "more than %d entries", k->n);
	if (!text_value(c, index, &v, UINT32_MAX))
		return false;
	k->index[k->n] = v;
	if (value && !text_value(c, value, &k->value[k->n], UINT64_MAX))
		return false;
	k->n++;
	return true;
}

static bool parse_msrs_option(struct cursor *c, struct step_msrs *k,
			      const char *key, const char *val)
{
	u64 v;

	if (isdigit((unsigned char)*key))
		return add_entry(c, k, key, val);
	if (!strcmp(key, "fd"))
		return text_fd(c, val, &k->fd);
	if (!strcmp(key, "at"))
		return place_or_late(c, val, &k->at);
	if (!strcmp(key, "nmsrs")) {
		if (!text_value(c, val, &v, UINT32_MAX))
			return false;
		k->has_nmsrs = true;
		k->nmsrs = v;
		return true;
	}
	if (strcmp(key, "pad") && strcmp(key, "repeat"))
		return text_fail(c, "msrs has no option '%.40s'", key);
	if (!text_value(c, val, &v, 255))
		return false;
	if (*key == 'p')
		k->pad = v;
	else
		k->repeat = v;
	return true;
}

static bool parse_msrs(struct cursor *c, struct step *s)
{
	struct step_msrs *k = &s->msrs;
	char t[64], key[64];
	const char *val;

	k->fd = FD_VCPU;
	if (!parse_get_set(c, &k->set))
		return false;
	for (;;) {
		if (text_option(c, key, &val)) {
			if (!parse_msrs_option(c, k, key, val))
				return false;
			continue;
		}
		if (!text_peek(c, t))
			return false;
		if (!isdigit((unsigned char)*t))
			return k->n || text_fail(c, "an index is missing");
		text_token(c, t);
		if (!add_entry(c, k, t, NULL))
			return false;
	}
}

static void print_msrs(struct out *o, const struct step *s)
{
	const struct step_msrs *k = &s->msrs;

	text_out(o, k->set ? " set" : " get");
	for (int i = 0; i < k->n; i++) {
		text_out(o, " 0x%x", k->index[i]);
		if (k->set)
			text_out(o, "=0x%llx", (unsigned long long)k->value[i]);
	}
	if (k->fd != FD_VCPU)
		text_out(o, " fd=%s", k->fd == FD_KVM ? "kvm" : "vm");
	text_out_place(o, &k->at);
	if (k->has_nmsrs)
		text_out(o, " nmsrs=%u", k->nmsrs);
	if (k->pad)
		text_out(o, " pad=0x%x", k->pad);
	if (k->repeat)
		text_out(o, " repeat=%u", k->repeat);
}

static const char *const list_sizes[] = { "exact", "zero", "less", "more" };

static bool parse_index_list(struct cursor *c, struct step *s)
{
	struct step_index_list *k = &s->index_list;
	char t[64], key[64];
	const char *val;
	int i;

	if (!text_token(c, t))
		return false;
	k->features = !strcmp(t, "features");
	if (!k->features && strcmp(t, "msrs"))
		return text_fail(c, "index_list msrs or index_list features");
	while (text_option(c, key, &val)) {
		if (!strcmp(key, "at")) {
			if (!text_place(c, val, &k->at))
				return false;
			continue;
		}
		for (i = 0; i < 4 && strcmp(val, list_sizes[i]); i++)
			;
		if (strcmp(key, "size") || i == 4)
			return text_fail(c, "size= is exact, zero, less or more");
		k->size = i;
	}
	return true;
}

static void print_index_list(struct out *o, const struct step *s)
{
	const struct step_index_list *k = &s->index_list;

	text_out(o, k->features ? " features" : " msrs");
	if (k->size)
		text_out(o, " size=%s", list_sizes[k->size]);
	text_out_place(o, &k->at);
}

static bool parse_one_reg(struct cursor *c, struct step *s)
{
	struct step_one_reg *k = &s->one_reg;
	char key[64];
	const char *val;

	if (!parse_get_set(c, &k->set) || !text_number(c, &k->id, UINT64_MAX))
		return false;
	if (k->set && !text_number(c, &k->value, UINT64_MAX))
		return false;
	while (text_option(c, key, &val)) {
		if (strcmp(key, "at"))
			return text_fail(c, "one_reg has no option '%.40s'",
					 key);
		if (!text_place(c, val, &k->at))
			return false;
	}
	return true;
}

static void print_one_reg(struct out *o, const struct step *s)
{
	const struct step_one_reg *k = &s->one_reg;

	text_out(o, " %s 0x%llx", k->set ? "set" : "get",
		 (unsigned long long)k->id);
	if (k->set)
		text_out(o, " 0x%llx", (unsigned long long)k->value);
	text_out_place(o, &k->at);
}

static bool parse_irqchip(struct cursor *c, struct step *s)
{
	char t[64];

	if (!text_token(c, t))
		return false;
	if (!strcmp(t, "full"))
		s->irqchip = IRQCHIP_FULL;
	else if (!strcmp(t, "split"))
		s->irqchip = IRQCHIP_SPLIT;
	else
		return text_fail(c, "irqchip full or irqchip split");
	return true;
}

static void print_irqchip(struct out *o, const struct step *s)
{
	text_out(o, s->irqchip == IRQCHIP_FULL ? " full" : " split");
}

static const char *const feature_names[NR_FEATURES] = {
#define FEATURE(name, ...) #name,
#include "../../suites/features.def"
#undef FEATURE
};

static const char *const cpuid_vendors[] = { "host", "intel", "amd" };

/* "rdtscp,rdpid" */
static bool parse_features(struct cursor *c, const char *val, u64 *set)
{
	char copy[64], *save = NULL, *one;
	int i;

	snprintf(copy, sizeof(copy), "%s", val);
	for (one = strtok_r(copy, ",", &save); one;
	     one = strtok_r(NULL, ",", &save)) {
		for (i = 0; i < NR_FEATURES; i++)
			if (!strcmp(one, feature_names[i]))
				break;
		if (i == NR_FEATURES)
			return text_fail(c, "no feature '%.40s' in "
					 "suites/features.def", one);
		*set |= 1ULL << i;
	}
	return true;
}

static bool parse_cpuid(struct cursor *c, struct step *s)
{
	struct step_cpuid *k = &s->cpuid;
	char t[64], key[64];
	const char *val;

	if (!text_token(c, t))
		return false;
	if (!strcmp(t, "none")) {
		k->kind = CPUID_NONE;
		return true;
	}
	if (strcmp(t, "default"))
		return text_fail(c, "cpuid default or cpuid none");
	while (text_option(c, key, &val)) {
		if (!strcmp(key, "with")) {
			if (!parse_features(c, val, &k->with))
				return false;
		} else if (!strcmp(key, "without")) {
			if (!parse_features(c, val, &k->without))
				return false;
		} else if (!strcmp(key, "vendor")) {
			k->vendor = !strcmp(val, "intel") ? CPUID_VENDOR_INTEL :
				    !strcmp(val, "amd") ? CPUID_VENDOR_AMD :
				    CPUID_VENDOR_HOST;
			if (!k->vendor)
				return text_fail(c, "vendor is intel or amd");
		} else {
			return text_fail(c, "cpuid has no option '%.40s'", key);
		}
	}
	return true;
}

static void print_features(struct out *o, const char *key, u64 set)
{
	const char *sep = key;

	for (int i = 0; i < NR_FEATURES; i++)
		if (set >> i & 1) {
			text_out(o, "%s%s", sep, feature_names[i]);
			sep = ",";
		}
}

static void print_cpuid(struct out *o, const struct step *s)
{
	const struct step_cpuid *k = &s->cpuid;

	text_out(o, k->kind == CPUID_DEFAULT ? " default" : " none");
	print_features(o, " with=", k->with);
	print_features(o, " without=", k->without);
	if (k->vendor)
		text_out(o, " vendor=%s", cpuid_vendors[k->vendor]);
}

static bool parse_native(struct cursor *c, struct step *s)
{
	char t[64];
	u64 v;

	if (!text_token(c, t))
		return false;
	if (strcmp(t, "r") && strcmp(t, "w"))
		return text_fail(c, "native r INDEX or native w INDEX VALUE");
	s->native.write = *t == 'w';
	if (!text_number(c, &v, UINT32_MAX))
		return false;
	s->native.index = v;
	return !s->native.write ||
	       text_number(c, &s->native.value, UINT64_MAX);
}

static void print_native(struct out *o, const struct step *s)
{
	text_out(o, " %c 0x%x", s->native.write ? 'w' : 'r', s->native.index);
	if (s->native.write)
		text_out(o, " 0x%llx", (unsigned long long)s->native.value);
}

static const char *const each_ops[] = { "rdmsr", "wrmsr", "get" };
static const char *const each_sets[NR_EACH_SETS] = { "known", "x2apic",
						     "ending", "deadline" };

static bool parse_each(struct cursor *c, struct step *s)
{
	struct step_each *e = &s->each;
	char t[64];
	int i;

	if (!text_token(c, t))
		return false;
	for (i = 0; i <= EACH_GET && strcmp(t, each_ops[i]); i++)
		;
	if (i > EACH_GET)
		return text_fail(c, "each rdmsr, each wrmsr or each get");
	e->op = i;
	if (!text_token(c, t))
		return false;
	for (i = 0; i < NR_EACH_SETS && strcmp(t, each_sets[i]); i++)
		;
	if (i == NR_EACH_SETS)
		return text_fail(c, "'%.40s' is no set of MSRs (known, x2apic, "
				 "ending, deadline)", t);
	e->set = i;
	if (e->op != EACH_WRMSR)
		return true;
	if (!text_peek(c, t))
		return false;
	if (strcmp(t, "same"))
		return text_number(c, &e->value, UINT64_MAX);
	e->same = true;
	return text_token(c, t);
}

static void print_each(struct out *o, const struct step *s)
{
	const struct step_each *e = &s->each;

	text_out(o, " %s %s", each_ops[e->op], each_sets[e->set]);
	if (e->op != EACH_WRMSR)
		return;
	if (e->same)
		text_out(o, " same");
	else
		text_out(o, " 0x%llx", (unsigned long long)e->value);
}

static const char *const nested_names[NR_NESTED] = {
	[NESTED_READ] = "intercept=r", [NESTED_WRITE] = "intercept=w",
	[NESTED_STATE] = "state", [NESTED_LOAD] = "load",
	[NESTED_STORE] = "store", [NESTED_EXIT_LOAD] = "exit_load",
};

static bool nested_has_value(enum nested_what what)
{
	return what != NESTED_READ && what != NESTED_WRITE &&
	       what != NESTED_STORE;
}

/* "intercept=r:INDEX", "load=INDEX:VALUE" */
static bool parse_nested_item(struct cursor *c, struct step_nested *k,
			      const char *key, char *val)
{
	struct nested_item *t = &k->item[k->n];
	char *colon = strchr(val, ':');
	int what = NR_NESTED;
	u64 v;

	if (!strcmp(key, "intercept") && !strcmp(val, "all"))
		return k->all = true;
	if (k->n == MAX_NESTED)
		return text_fail(c, "more than %d of these", MAX_NESTED);
	if (!strcmp(key, "intercept")) {
		if (colon != val + 1 || (*val != 'r' && *val != 'w'))
			return text_fail(c, "intercept is all, r:INDEX or "
					 "w:INDEX");
		what = *val == 'r' ? NESTED_READ : NESTED_WRITE;
		val += 2;
	} else {
		for (int i = NESTED_STATE; i < NR_NESTED; i++)
			if (!strcmp(key, nested_names[i]))
				what = i;
		if (what == NR_NESTED)
			return text_fail(c, "nested has no option '%.40s'", key);
		if (nested_has_value(what) != (colon != NULL))
			return text_fail(c, "%s is %s", key, colon ? "INDEX" :
					 "INDEX:VALUE");
		if (colon)
			*colon++ = 0;
		if (colon && !text_value(c, colon, &t->value, UINT64_MAX))
			return false;
	}
	if (!text_value(c, val, &v, UINT32_MAX))
		return false;
	t->what = what;
	t->index = v;
	k->n++;
	return true;
}

static bool parse_nested(struct cursor *c, struct step *s)
{
	char key[64], t[64];
	const char *val;

	for (;;) {
		while (text_option(c, key, &val))
			if (!parse_nested_item(c, &s->nested, key,
					       key + (val - key)))
				return false;
		if (!text_peek(c, t))
			return false;
		if (!strcmp(t, "gp"))
			s->nested.gp = true;
		else if (!strcmp(t, "no_bitmap"))
			s->nested.no_bitmap = true;
		else if (!strcmp(t, "lost_bitmap"))
			s->nested.lost_bitmap = true;
		else if (!strcmp(t, "enlightened"))
			s->nested.enlightened = true;
		else
			return true;
		text_token(c, t);
	}
}

static void print_nested(struct out *o, const struct step *s)
{
	const struct step_nested *k = &s->nested;

	if (k->all)
		text_out(o, " intercept=all");
	for (int i = 0; i < k->n; i++) {
		const struct nested_item *t = &k->item[i];

		text_out(o, " %s%c0x%x", nested_names[t->what],
			 t->what <= NESTED_WRITE ? ':' : '=', t->index);
		if (nested_has_value(t->what))
			text_out(o, ":0x%llx", (unsigned long long)t->value);
	}
	if (k->gp)
		text_out(o, " gp");
	if (k->no_bitmap)
		text_out(o, " no_bitmap");
	if (k->lost_bitmap)
		text_out(o, " lost_bitmap");
	if (k->enlightened)
		text_out(o, " enlightened");
}

#define REPLY "[data=] [error=] [junk=BYTE]"
#define ACCESS "[rcx_high=] [prefix=HEX] [cpl=3] [shadow=sti|movss] " REPLY \
	" [tf] [forced] [wraps] [hold]"

const struct word x86_words[] = {
	{ "cap", STEP_CAP,
	  "MASK [nr=] [flags=] [args=] [pad=] [fd=] [at=]: KVM_ENABLE_CAP",
	  parse_cap, print_cap },
	{ "filter", STEP_FILTER,
	  "allow|deny|flags=N [request=] [fd=] [at=] [pad=] [after=unmap] "
	  "{range [SLOT:] r|w|rw|N BASE+COUNT = 0|0xNN[^BIT,...] [at=]}; with "
	  "at=late, and &, KVM reads on when that thread is waited for",
	  parse_filter, print_filter },
	{ "rdmsr", STEP_RDMSR,
	  "INDEX [over=] " ACCESS "; over: EDX:EAX before it",
	  parse_access, print_access },
	{ "wrmsr", STEP_WRMSR, "INDEX VALUE [rax_high=] [rdx_high=] " ACCESS,
	  parse_access, print_access },
	{ "sweep", STEP_SWEEP,
	  "r|w FIRST..LAST [VALUE] " REPLY " [values]: the "
	  "access to each of them, in 64-bit mode",
	  parse_sweep, print_sweep },
	{ "code", STEP_CODE, "HEX [rax=] [rbx=] [rcx=] [rdx=]", parse_code,
	  print_code },
	{ "vcpu", STEP_VCPU,
	  "[mode=long|compat|prot32|pae|prot16|v86|real|smm]: create it now, "
	  "or bring it into that mode", parse_vcpu, print_vcpu },
	{ "resume", STEP_RESUME,
	  REPLY " [arg=] [valid_regs=] [dirty_regs=] [immediate_exit] "
	  "[signal]: KVM_RUN of the held or paused vCPU", parse_resume,
	  print_resume },
	{ "set_regs", STEP_SET_REGS,
	  "[rax=] [rcx=] [rdx=] [rip=+N] [dirty]: of the held vCPU",
	  parse_set_regs, print_set_regs },
	{ "regs", STEP_REGS, "look at them", TEXT_NOTHING },
	{ "events", STEP_EVENTS, "KVM_GET_VCPU_EVENTS", TEXT_NOTHING },
	{ "inject", STEP_INJECT, "VECTOR [code=]: KVM_SET_VCPU_EVENTS",
	  parse_inject, print_inject },
	{ "peek", STEP_PEEK, "every ioctl that only looks", TEXT_NOTHING },
	{ "nmi", STEP_NMI, "KVM_NMI", TEXT_NOTHING },
	{ "debug", STEP_DEBUG, "off|singlestep|hw_bp: KVM_SET_GUEST_DEBUG",
	  parse_debug, print_debug },
	{ "idt", STEP_IDT, "LIMIT", parse_count, print_count },
	{ "copy", STEP_COPY, "vmN: this vCPU's state into the same one there",
	  parse_copy, print_copy },
	{ "poke", STEP_POKE, "HEX: over the held instruction", parse_poke,
	  print_poke },
	{ "mp_state", STEP_MP_STATE, "N: KVM_SET_MP_STATE", parse_count,
	  print_count },
	{ "get_msr", STEP_GET_MSR, "INDEX: KVM_GET_MSRS", parse_msr,
	  print_msr },
	{ "set_msr", STEP_SET_MSR, "INDEX VALUE: KVM_SET_MSRS", parse_msr,
	  print_msr },
	{ "msrs", STEP_MSRS,
	  "get INDEX... | set INDEX=VALUE... [fd=vcpu|kvm] [at=] [nmsrs=] "
	  "[pad=BYTE] [repeat=N]: KVM_GET_MSRS, KVM_SET_MSRS", parse_msrs,
	  print_msrs },
	{ "index_list", STEP_INDEX_LIST,
	  "msrs|features [size=exact|zero|less|more] [at=]: "
	  "KVM_GET_MSR_INDEX_LIST", parse_index_list, print_index_list },
	{ "one_reg", STEP_ONE_REG,
	  "get ID | set ID VALUE [at=]: KVM_GET_ONE_REG", parse_one_reg,
	  print_one_reg },
	{ "irqchip", STEP_IRQCHIP, "full|split", parse_irqchip,
	  print_irqchip },
	{ "native", STEP_NATIVE,
	  "r INDEX | w INDEX VALUE: access it in a loop; does each exit to KVM?",
	  parse_native, print_native },
	{ "each", STEP_EACH,
	  "rdmsr|wrmsr|get known|x2apic|ending|deadline [VALUE|same]: every MSR "
	  "of the set; how many came to what, and how many to something else than the "
	  "last time", parse_each, print_each },
	{ "cpuid", STEP_CPUID,
	  "default [with=FEATURE,...] [without=FEATURE,...] [vendor=intel|amd] "
	  "| none: KVM_SET_CPUID2", parse_cpuid, print_cpuid },
	{ "xen_page", STEP_XEN_PAGE,
	  "INDEX: KVM_XEN_HVM_CONFIG; the guest's writes fail with EFAULT",
	  parse_msr, print_msr },
	{ "nested", STEP_NESTED,
	  "[intercept=all|r:INDEX|w:INDEX]... [state=INDEX:VALUE]... "
	  "[load=INDEX:VALUE]... [store=INDEX]... [exit_load=INDEX:VALUE]... "
	  "[gp] [no_bitmap] [lost_bitmap] [enlightened]: how L1 runs L2, whose "
	  "steps are `l2:`; the next of them begins with an entry", parse_nested,
	  print_nested },
	{ "nested_state", STEP_NESTED_STATE,
	  "KVM_GET_NESTED_STATE, then KVM_SET_NESTED_STATE", TEXT_NOTHING },
	{ "sregs", STEP_SREGS,
	  "KVM_GET_SREGS, KVM_SET_SREGS, and KVM_GET_SREGS again", TEXT_NOTHING },
	{ "init", STEP_INIT, "INIT and SIPI, then the payload's mode again",
	  TEXT_NOTHING },
	{ 0 },
};
