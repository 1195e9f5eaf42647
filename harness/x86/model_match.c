// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision of a filter: allowed or denied.  Groups MATCH and X2A.  The
 * rules read as the documentation does: the first range in array order that
 * covers the MSR for this kind of access decides by its bit, else the default.
 */
#include "../model_priv.h"
#include "abi.h"

static u32 range_type(struct model *md, const struct range *r, bool write)
{
	u32 flags = r->flags;

	if (flags == RANGE_READ && !rule(md, R(match_read_range_not_writes)))
		flags |= RANGE_WRITE;
	if (flags == RANGE_WRITE && !rule(md, R(match_write_range_not_reads)))
		flags |= RANGE_READ;
	if (flags == 3 && !rule(md, R(match_read_write_one_bit)))
		flags = RANGE_READ;
	return flags & (write ? RANGE_WRITE : RANGE_READ);
}

/* Whether the range covers @index; @pos is its bit. */
static bool range_covers(struct model *md, const struct range *r, u32 index,
			 u32 *pos)
{
	u64 base = r->base, end = base + r->nmsrs;

	if (!r->nmsrs)
		return false;
	if (base <= X2APIC_LAST && end > X2APIC_FIRST &&
	    (base < X2APIC_FIRST || end > X2APIC_LAST + 1) &&
	    !rule(md, R(match_range_across_x2apic)))
		return false;
	*pos = index - r->base;
	if (r->nmsrs == 1 && index == r->base + 1 &&
	    !rule(md, R(match_nmsrs_one)))
		return true;
	if (r->nmsrs % 64 && index >= end && index < base +
	    bitmap_bytes(r->nmsrs) * 8 &&
	    !rule(md, R(flt_bitmap_excess_bits_ignored)))
		return true;
	if (index == base && !rule(md, R(match_base_covered)))
		return false;
	if (index == end && !rule(md, R(match_end_not_covered)))
		return true;
	return index >= base && index < end;
}

static bool range_bit(struct model *md, const struct step_filter *f,
		      const struct range *r, u32 pos)
{
	const struct bitmap *b = &r->bits;
	bool bit;

	if (b->at.kind == PLACE_FIRST)	/* the buffer of the first range */
		for (int i = 0; i < MAX_RANGES; i++)
			if (f->range[i].nmsrs) {
				b = &f->range[i].bits;
				break;
			}
	if (!rule(md, R(match_bit_order)))
		pos ^= 7;
	bit = bitmap_bit(b, pos);
	if (!rule(md, R(flt_bitmap_copied)))
		bit = !bit;
	if (!rule(md, R(match_bit_decides)))
		bit = !bit;
	return bit;
}

/* An unused slot stands before a used one. */
static bool has_gap(const struct step_filter *f)
{
	bool unused = false;

	for (int i = 0; i < MAX_RANGES; i++) {
		if (!f->range[i].nmsrs)
			unused = true;
		else if (unused)
			return true;
	}
	return false;
}

/* The order in which the slots are looked at; -1 ends it. */
static void scan_order(struct model *md, const struct step_filter *f,
		       s8 order[MAX_RANGES + 1])
{
	bool gap = has_gap(f), backwards = false;
	int n = 0;

	if (!rule(md, R(match_lowest_slot_decides)))
		backwards = true;
	if (gap && !rule(md, R(match_unused_slots_keep_order)))
		backwards = true;
	for (int i = 0; i < MAX_RANGES; i++) {
		int slot = backwards ? MAX_RANGES - 1 - i : i;

		if (!f->range[slot].nmsrs) {
			if (gap && !rule(md, R(flt_unused_slots_anywhere)))
				break;
			continue;
		}
		if (slot == MAX_RANGES - 1 && !rule(md, R(match_last_slot)))
			continue;
		order[n++] = slot;
	}
	order[n] = -1;
	if (n > 1 && !rule(md, R(match_array_order_not_base)))
		for (int i = 1; i < n; i++)	/* by base, stable */
			for (int j = i; j > 0 &&
			     f->range[order[j]].base <
			     f->range[order[j - 1]].base; j--) {
				s8 t = order[j];

				order[j] = order[j - 1];
				order[j - 1] = t;
			}
}

enum decision { DENIED, ALLOWED, BY_DEFAULT };

static enum decision scan(struct model *md, const struct step_filter *f,
			  u32 index, bool write)
{
	s8 order[MAX_RANGES + 1];
	u32 pos = 0;

	scan_order(md, f, order);
	for (int i = 0; order[i] >= 0; i++) {
		const struct range *r = &f->range[order[i]];

		if (!range_covers(md, r, index, &pos))
			continue;
		if (!range_type(md, r, write)) {
			if (!rule(md, R(match_other_type_no_shadow)))
				return BY_DEFAULT;
			continue;
		}
		if (range_bit(md, f, r, pos))
			return ALLOWED;
		if (!rule(md, R(match_first_match_denies)))
			continue;
		return DENIED;
	}
	return BY_DEFAULT;
}

static bool only_read_ranges(const struct step_filter *f)
{
	bool any = false;

	for (int i = 0; i < MAX_RANGES; i++) {
		if (!f->range[i].nmsrs)
			continue;
		if (f->range[i].flags != RANGE_READ)
			return false;
		any = true;
	}
	return any;
}

static bool filter_allows(struct model *md, const struct vm_state *vm,
			  u32 index, bool write)
{
	const struct step_filter *f = &md->p->step[vm->filter].filter;
	bool deny = f->flags & FILTER_DEFAULT_DENY, empty = true;

	for (int i = 0; i < MAX_RANGES; i++)
		empty &= !f->range[i].nmsrs;
	if (empty) {
		md->decided = R(match_empty_allow_allows);
		return rule(md, md->decided);
	}
	if (write && !rule(md, R(match_read_write_opposite)))
		write = false;
	md->decided = R(match_bit_decides);
	switch (scan(md, f, index, write)) {
	case DENIED:
		return false;
	case ALLOWED:
		return true;
	default:
		break;
	}
	md->decided = R(match_default_decides);
	if (vm->below >= 0 && !rule(md, R(flt_success_replaces))) {
		struct vm_state old = { .filter = vm->below, .below = -1 };

		return filter_allows(md, &old, index, write);
	}
	if (deny && write && only_read_ranges(f) &&
	    !rule(md, R(flt_deny_read_only_range)))
		return true;
	return deny != rule(md, R(match_default_decides));
}

/* 0x800..0x8ff, whatever the filter says. */
static bool exempt(struct model *md, const struct step *s, u32 index)
{
	u32 first = X2APIC_FIRST, last = X2APIC_LAST;

	if (index == 0x1b) {
		bool to_x2apic = s->kind == STEP_WRMSR &&
				 s->access.value & 0x400;

		return !rule(md, R(x2a_apic_base_not_exempt)) ||
		       (to_x2apic &&
			!rule(md, R(x2a_mode_switch_needs_apic_base)));
	}
	if (index == 0x830 && s->kind == STEP_WRMSR &&
	    !rule(md, R(fast_icr_exempt)))
		return false;
	if ((index == 0x808 || index == 0x80b || index == 0x83f) &&
	    !rule(md, R(x2a_interrupts_under_deny)))
		return false;
	if (!rule(md, R(match_x2apic_bounds))) {
		first--;
		last--;
	}
	return index >= first && index <= last &&
	       rule(md, R(x2a_never_denied));
}

/* The same access was made before, with the same filter in force. */
static bool repeated(struct model *md, const struct state *st,
		     const struct step *s)
{
	for (int i = st->vm[s->vm].since + 1; i < md->step; i++) {
		const struct step *b = &md->p->step[i];

		if (b->kind == s->kind && b->vm == s->vm &&
		    b->access.index == s->access.index)
			return true;
	}
	return false;
}

bool model_allowed(struct model *md, const struct state *st,
		   const struct step *s, u32 index, bool write)
{
	const struct vm_state *vm = &st->vm[s->vm];
	bool is_exempt = exempt(md, s, index);
	bool allowed;

	md->decided = R(match_no_filter_allows);
	if (vm->filter < 0)
		return rule(md, md->decided);
	md->decided = R(x2a_never_denied);
	if (is_exempt && rule(md, R(match_x2apic_first)))
		return true;
	if (!rule(md, R(match_subject_accesses)))
		return true;
	if (s->access.rcx_high && !rule(md, R(match_low_32_bits_of_rcx)))
		return true;
	if (s->vcpu && !rule(md, R(match_all_vcpus_alike)))
		return true;
	if (!(vm->mask & REASON_FILTER) &&
	    !rule(md, R(cap_mask_zero_still_filters)))
		return true;
	allowed = filter_allows(md, vm, index, write);
	if (!allowed && repeated(md, st, s) && !rule(md, R(match_no_memory)))
		return true;
	return allowed;
}
