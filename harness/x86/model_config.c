// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of configuration: which capability and filter calls are accepted,
 * with which errno and in which order of checks.  Groups CAP and FLT.
 */
#include <errno.h>
#include <string.h>

#include "../model_priv.h"
#include "abi.h"

/* Sizes the kernel must be able to read. */
enum { CAP_SIZE = 104, FILTER_SIZE = 392, FILTER_SIZE_32 = 260 };

/* A VM or vCPU ioctl from another address space fails before anything. */
static bool other_mm(struct model *md, const struct step *s, enum fd_kind fd)
{
	return s->actor == ACTOR_CHILD && fd != FD_KVM &&
	       rule(md, R(cap_other_mm_eio));
}

void model_check_cap(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct outcome o = { 0 };
	enum rule why = RULE_NONE;

	if (other_mm(md, s, s->cap.fd)) {
		o = model_ret(EIO, 0);
		why = R(cap_other_mm_eio);
	} else if (s->cap.fd == FD_VCPU) {
		o = model_ret(rule(md, R(cap_check_on_vcpu_einval)) ?
			      EINVAL : 0, 1);
		why = R(cap_check_on_vcpu_einval);
	} else if (s->cap.nr == CAP_X86_USER_SPACE_MSR ||
		   s->cap.nr == CAP_X86_MSR_FILTER) {
		why = s->cap.fd == FD_KVM ? R(cap_check_on_dev_kvm) :
		      s->cap.nr == CAP_X86_USER_SPACE_MSR ?
		      R(cap_user_space_msr_is_one) : R(cap_msr_filter_is_one);
		o = model_ret(0, rule(md, why) ? 1 : 0);
	} else if (s->cap.nr == CAP_ARM64_NISV_TO_USER) {
		why = R(nisv_absent_on_x86);
		o = model_ret(0, rule(md, why) ? 0 : 1);
	}
	model_edge(md, st, why, &o);
}

/* errno of KVM_ENABLE_CAP on a VM fd, 0 if accepted; -1: not our subject. */
static int cap_errno(struct model *md, const struct step *s, enum rule *why)
{
	const struct step_cap *k = &s->cap;

	*why = R(cap_other_mm_eio);
	if (other_mm(md, s, FD_VM))
		return EIO;
	*why = R(cap_struct_unreadable_efault);
	if (model_unreadable(&k->at, CAP_SIZE))
		return rule(md, *why) ? EFAULT : EINVAL;
	*why = R(cap_enable_never_enotty);
	if (!rule(md, *why))
		return ENOTTY;
	if (k->nr == CAP_X86_MSR_FILTER) {
		*why = R(cap_msr_filter_not_enabled);
		return rule(md, *why) ? EINVAL : 0;
	}
	*why = R(nisv_absent_on_x86);
	if (k->nr == CAP_ARM64_NISV_TO_USER)
		return rule(md, *why) ? EINVAL : 0;
	if (k->nr != CAP_X86_USER_SPACE_MSR)
		return -1;
	*why = R(cap_flags_nonzero_einval);
	if (k->flags && rule(md, *why))
		return EINVAL;
	*why = R(cap_mask_reserved_low_einval);
	if ((u32)k->arg & ~REASON_ALL && rule(md, *why))
		return EINVAL;
	*why = R(cap_mask_reserved_high_einval);
	if (k->arg >> 32 && rule(md, *why))
		return EINVAL;
	*why = R(cap_other_args_ignored);
	if ((k->rest || k->pad) && !rule(md, *why))
		return EINVAL;
	*why = R(cap_enable_any_time);
	if (model_any_vcpu(md, s->vm) && !rule(md, *why))
		return EINVAL;
	*why = R(cap_enable_while_running);
	if (model_vcpu_runs(md, s->vm) && !rule(md, *why))
		return EBUSY;
	*why = R(cap_no_prerequisites);
	if (!rule(md, *why))
		return ENXIO;
	*why = R(cap_mask_valid_values);
	return rule(md, *why) ? 0 : EINVAL;
}

static void store_mask(struct model *md, struct vm_state *vm, u64 arg)
{
	u8 mask = arg & REASON_ALL;

	if (!mask && !rule(md, R(cap_mask_zero_disables)))
		return;
	if (!rule(md, R(cap_mask_replaced)))
		mask |= vm->mask;
	vm->mask = mask;
	vm->mask_ever |= mask;
}

void model_cap(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct state after = *st;
	struct outcome o = { 0 };
	enum rule why;
	int err;

	if (s->int80 && !rule(md, R(compat_rest_of_abi_identical))) {
		why = R(compat_rest_of_abi_identical);
		o = model_ret(ENOTTY, 0);
	} else if (s->cap.fd == FD_VM) {
		err = cap_errno(md, s, &why);
		if (err >= 0)
			o = model_ret(err, 0);
		if (!err && s->cap.nr == CAP_X86_USER_SPACE_MSR)
			store_mask(md, &after.vm[s->vm], s->cap.arg);
		if (err > 0 && !rule(md, R(cap_rejected_keeps_mask)))
			after.vm[s->vm].mask = s->cap.arg & REASON_ALL;
	} else if (other_mm(md, s, s->cap.fd)) {
		why = R(cap_other_mm_eio);
		o = model_ret(EIO, 0);
	} else if (s->cap.fd == FD_VCPU) {
		why = R(cap_enable_on_vcpu_einval);
		err = rule(md, why) ? EINVAL : 0;
		if (model_unreadable(&s->cap.at, CAP_SIZE))
			err = EFAULT;
		if (s->cap.nr == CAP_X86_USER_SPACE_MSR ||
		    s->cap.nr == CAP_X86_MSR_FILTER)
			o = model_ret(err, 0);
	} else {
		why = R(cap_enable_on_dev_kvm_einval);
		o = model_ret(rule(md, why) ? EINVAL : 0, 0);
	}
	model_edge(md, &after, why, &o);
}

/* ---- KVM_X86_SET_MSR_FILTER ---- */

static bool range_used(const struct range *r)
{
	return r->nmsrs != 0;
}

static bool no_range_used(struct model *md, const struct step_filter *f)
{
	int slots = rule(md, R(flt_deny_one_range_enough)) ? MAX_RANGES : 1;

	for (int i = 0; i < slots; i++)
		if (range_used(&f->range[i]))
			return false;
	return true;
}

/* The bitmap of a range cannot be read as far as the kernel reads. */
static bool bits_unreadable(struct model *md, const struct step_filter *f,
			    const struct range *r)
{
	const struct place *at = &r->bits.at;
	u64 bytes = bitmap_bytes(r->nmsrs);

	if (at->kind == PLACE_FIRST) {
		/* the buffer of the first used range, made for its size */
		const struct range *first = f->range;

		while (!range_used(first))
			first++;
		if (first->bits.at.kind == PLACE_FIRST)
			return false;
		if (first->bits.at.kind == PLACE_READABLE)
			return first->bits.at.readable < bytes ||
			       bytes > bitmap_bytes(first->nmsrs);
		if (first->bits.at.kind == PLACE_GUEST)
			return false;	/* more memory lies behind it */
		return bytes > bitmap_bytes(first->nmsrs) ||
		       model_unreadable(&first->bits.at, bytes);
	}
	if (at->kind == PLACE_PAGE_END || at->kind == PLACE_READABLE) {
		u64 readable = at->kind == PLACE_READABLE ? at->readable :
			       bytes;

		if (readable < bytes && !rule(md, R(flt_bitmap_bytes_read)))
			bytes = (r->nmsrs + 7) / 8;
		if (!rule(md, R(flt_bitmap_bytes_boundaries)))
			bytes = (r->nmsrs / 64 + 1) * 8;
		return readable < bytes;
	}
	if (at->kind == PLACE_RDONLY || at->kind == PLACE_FILE ||
	    at->kind == PLACE_GUEST || at->kind == PLACE_ODD)
		return !rule(md, R(flt_bitmap_read_only_enough));
	return model_unreadable(at, bytes);
}

static bool range_too_big(struct model *md, const struct range *r)
{
	if (r->nmsrs <= MAX_RANGE_MSRS)
		return false;
	if (r->nmsrs <= MAX_RANGE_MSRS + 64)
		return rule(md, R(flt_nmsrs_limit));
	if (r->nmsrs >= 0x7fffffff)
		return rule(md, R(flt_nmsrs_no_wrap));
	return true;
}

static int range_flags_errno(struct model *md, const struct range *r,
			     enum rule *why)
{
	*why = R(flt_range_flags_reserved);
	if (r->flags & ~(RANGE_READ | RANGE_WRITE) && rule(md, *why))
		return EINVAL;
	*why = R(flt_range_flags_zero);
	if (!r->flags && rule(md, *why))
		return EINVAL;
	return 0;
}

static int range_bits_errno(struct model *md, const struct step_filter *f,
			    const struct range *r, enum rule *why)
{
	if (r->bits.at.kind == PLACE_NULL) {
		*why = R(flt_bitmap_null_efault);
		return rule(md, *why) ? EFAULT : 0;
	}
	*why = R(flt_bitmap_unreadable_efault);
	if (bits_unreadable(md, f, r))
		return rule(md, *why) ? EFAULT : EINVAL;
	return 0;
}

/* errno of one range, 0 if it is fine. */
static int range_errno(struct model *md, const struct step_filter *f,
		       const struct range *r, enum rule *why)
{
	bool old = md->m->eras == K510;
	bool bits_bad, flags_bad;
	int err;

	if (!range_used(r)) {
		*why = R(flt_unused_range_not_checked);
		return r->flags & ~3u && !rule(md, *why) ? EINVAL : 0;
	}
	bits_bad = r->bits.at.kind == PLACE_NULL ||
		   model_unreadable(&r->bits.at, bitmap_bytes(r->nmsrs));
	flags_bad = !r->flags || r->flags & ~3u;
	if (flags_bad && range_too_big(md, r)) {
		*why = R(flt_range_flags_and_size);
		return rule(md, *why) ? EINVAL : E2BIG;
	}
	if (flags_bad && bits_bad) {
		/* 5.10 copies the bitmap first; later kernels do not */
		*why = R(flt_range_flags_or_bitmap);
		return rule(md, *why) == old ? EFAULT : EINVAL;
	}
	if (!old) {
		err = range_flags_errno(md, r, why);
		if (err)
			return err;
	}
	if (range_too_big(md, r)) {
		*why = bits_bad ? R(flt_size_before_bitmap) :
		       r->nmsrs >= 0x7fffffff ? R(flt_nmsrs_no_wrap) :
		       R(flt_nmsrs_limit);
		return bits_bad && !rule(md, *why) ? EFAULT : EINVAL;
	}
	/* what a wrapped size would do: read nothing and accept */
	if (r->nmsrs >= 0x7fffffff)
		return 0;
	err = range_bits_errno(md, f, r, why);
	if (err || !old)
		return err;
	return range_flags_errno(md, r, why);
}

static bool ranges_overlap(const struct range *a, const struct range *b)
{
	u64 a_end = (u64)a->base + a->nmsrs, b_end = (u64)b->base + b->nmsrs;

	return range_used(a) && range_used(b) && a->base < b_end &&
	       b->base < a_end;
}

static bool any_overlap(const struct step_filter *f)
{
	for (int i = 0; i < MAX_RANGES; i++)
		for (int j = i + 1; j < MAX_RANGES; j++)
			if (ranges_overlap(&f->range[i], &f->range[j]))
				return true;
	return false;
}

static bool any_shared(const struct step_filter *f)
{
	for (int i = 0; i < MAX_RANGES; i++)
		if (range_used(&f->range[i]) &&
		    f->range[i].bits.at.kind == PLACE_FIRST)
			return true;
	return false;
}

static bool all_full(const struct step_filter *f)
{
	for (int i = 0; i < MAX_RANGES; i++)
		if (f->range[i].nmsrs != MAX_RANGE_MSRS)
			return false;
	return true;
}

static bool passes_4g(const struct step_filter *f)
{
	for (int i = 0; i < MAX_RANGES; i++)
		if ((u64)f->range[i].base + f->range[i].nmsrs > 1ULL << 32)
			return true;
	return false;
}

static bool covers_x2apic(const struct step_filter *f)
{
	for (int i = 0; i < MAX_RANGES; i++) {
		const struct range *r = &f->range[i];

		if (range_used(r) && r->base <= X2APIC_LAST &&
		    (u64)r->base + r->nmsrs > X2APIC_FIRST)
			return true;
	}
	return false;
}

/* A base that no known MSR has, or an index named twice. */
static bool odd_base(const struct step_filter *f)
{
	for (int i = 0; i < MAX_RANGES; i++)
		if (range_used(&f->range[i]) &&
		    (f->range[i].base > 0xc0012000 ||
		     (f->range[i].base > 0x2000 &&
		      f->range[i].base < 0x40000000)))
			return true;
	return false;
}

static bool same_as_before(struct model *md, const struct state *st,
			   const struct step *s)
{
	int old = st->vm[s->vm].filter;

	return old >= 0 && !memcmp(&md->p->step[old].filter, &s->filter,
				   sizeof(s->filter));
}

/*
 * What a call must tolerate: when the rule is flipped, the call is taken to
 * fail with the errno.
 */
static int tolerances(struct model *md, const struct state *st,
		      const struct step *s, enum rule *why)
{
	const struct step_filter *f = &s->filter;
	bool empty = true;

	for (int i = 0; i < MAX_RANGES; i++)
		empty &= !range_used(&f->range[i]);

	const struct {
		bool applies;
		enum rule rule;
		int err;
	} t[] = {
		{ empty && !(f->flags & 1), R(flt_empty_allow_turns_off),
		  EINVAL },
		{ passes_4g(f), R(flt_base_past_4g_accepted), EINVAL },
		{ odd_base(f), R(flt_base_any), EINVAL },
		{ any_overlap(f), R(flt_overlap_accepted), EINVAL },
		{ all_full(f), R(flt_all_ranges_full), ENOMEM },
		{ any_shared(f), R(flt_bitmap_shared), EINVAL },
		{ f->pad != 0, R(flt_padding_ignored), EINVAL },
		{ covers_x2apic(f), R(x2a_range_accepted), EINVAL },
		{ same_as_before(md, st, s), R(flt_same_twice_harmless),
		  EEXIST },
		{ model_any_vcpu(md, s->vm), R(flt_any_vcpu_state), EBUSY },
		{ !st->vm[s->vm].mask, R(flt_mask_zero_accepted), EINVAL },
		{ model_vcpu_runs(md, s->vm), R(flt_does_not_wait_for_vcpu),
		  EBUSY },
		{ true, R(flt_valid_accepted), ENOTTY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		if (t[i].applies && !rule(md, t[i].rule)) {
			*why = t[i].rule;
			return t[i].err;
		}
	return 0;
}

static int ranges_errno(struct model *md, const struct step_filter *f,
			enum rule *why)
{
	int first = 0, last = 0, bad = 0, err;
	enum rule first_why = RULE_NONE, last_why = RULE_NONE;

	for (int i = 0; i < MAX_RANGES; i++) {
		err = range_errno(md, f, &f->range[i], why);
		if (!err)
			continue;
		if (!bad++) {
			first = err;
			first_why = *why;
		}
		last = err;
		last_why = *why;
	}
	if (bad > 1 && !rule(md, R(flt_first_bad_range_decides))) {
		*why = last_why;
		return last;
	}
	*why = bad > 1 ? R(flt_first_bad_range_decides) : first_why;
	return first;
}

/* errno of the call, 0 if accepted. */
static int filter_errno(struct model *md, const struct state *st,
			const struct step *s, enum rule *why)
{
	const struct step_filter *f = &s->filter;
	u32 request = filter_request(s);
	bool small = request == SET_MSR_FILTER_COMPAT;
	bool cut = model_unreadable(&f->at, small ? FILTER_SIZE_32 :
						    FILTER_SIZE);
	int err;

	*why = R(cap_other_mm_eio);
	if (other_mm(md, s, f->fd))
		return EIO;
	*why = R(flt_wrong_fd_einval);
	if (f->fd != FD_VM)
		return rule(md, *why) ? EINVAL : 0;
	*why = small ? R(compat_syscall_entry_decides) :
		       R(flt_other_request_enotty);
	if (request != SET_MSR_FILTER && !(s->int80 && small))
		return rule(md, *why) && rule(md, R(flt_other_request_enotty)) ?
		       ENOTTY : 0;
	*why = small ? R(compat_set_filter_works) :
		       R(compat_native_number_served);
	if (s->int80 && !rule(md, *why))
		return ENOTTY;
	*why = R(compat_layout);
	if (s->int80 && !no_range_used(md, f) && !rule(md, *why))
		return EINVAL;
	*why = R(compat_struct_unreadable);
	if (s->int80 && cut)
		return rule(md, *why) &&
		       rule(md, R(flt_struct_unreadable_efault)) ? EFAULT :
								   EINVAL;
	*why = R(flt_struct_efault_first);
	if (cut && f->at.kind == PLACE_READABLE && f->at.readable >= 4 &&
	    f->flags & ~1u && !rule(md, *why))
		return EINVAL;
	*why = R(flt_struct_unreadable_efault);
	if (cut)
		return rule(md, *why) ? EFAULT : EINVAL;
	if (f->flags & ~1u && !rule(md, R(flt_flags_before_bitmap))) {
		err = ranges_errno(md, f, why);
		if (err)
			return err;
	}
	*why = R(flt_flags_reserved);
	if (f->flags & ~1u && rule(md, *why))
		return EINVAL;
	*why = R(flt_empty_deny_einval);
	if (f->flags & FILTER_DEFAULT_DENY && no_range_used(md, f) &&
	    rule(md, *why))
		return EINVAL;
	err = ranges_errno(md, f, why);
	if (err)
		return err;
	err = tolerances(md, st, s, why);
	if (!err)
		*why = R(flt_success_returns_zero);
	return err;
}

/* The call of step @i came to its end. */
static void filter_done(struct model *md, struct vm_state *vm, int i, int err)
{
	if (!err && md->p->step[i].filter.fd == FD_VM) {
		vm->below = vm->filter;
		vm->filter = i;
		vm->since = md->step;
		vm->mask_at_filter = vm->mask;
	} else if (err && !rule(md, R(flt_failure_keeps_old))) {
		vm->filter = -1;
	}
}

enum { AT_ONCE = 1, WITH_WAIT = 2 };

/*
 * When is what the step sets in force, at once or with the `wait` for it? KVM may
 * read it only then, or hold the VM's lock for another that waits. Both bits: a
 * kernel between those that are known.
 */
static int in_force(struct model *md, int step)
{
	const struct step *s = &md->p->step[step];
	bool locked = false;
	int when = 0;

	if (s->kind == STEP_FILTER && step_is_late(s))
		return rule(md, R(race_old_filter_until_read)) ? WITH_WAIT :
								 AT_ONCE;
	if (!program_blocks(md->p, step))
		return AT_ONCE;
	for (int i = 0; i < step; i++)
		locked |= program_blocks(md->p, i) &&
			  md->p->step[i].vm == s->vm;
	if (!locked || !rule(md, R(race_setters_serialised)))
		return AT_ONCE;
	if (md->m->eras & (K510 | K61))
		when |= WITH_WAIT;
	if (md->m->eras & (K612 | K72))
		when |= AT_ONCE;
	if (!rule(md, R(race_lock_over_grace_period)) &&
	    when != (AT_ONCE | WITH_WAIT))
		when ^= AT_ONCE | WITH_WAIT;
	return when;
}

void model_filter(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct state after = *st;
	struct outcome o;
	enum rule why;
	int err = filter_errno(md, st, s, &why);
	int when = in_force(md, md->step);

	if (s->int80 && !rule(md, R(compat_same_validation)))
		err = err ? 0 : EINVAL;
	o = model_ret(err, err || rule(md, R(flt_success_returns_zero)) ? 0 :
		      1);
	outcome_set(&o, F_WROTE, !rule(md, R(flt_struct_not_written)));
	if (program_blocks(md->p, md->step))
		outcome_set(&o, F_WAITS, !err &&
			    rule(md, R(race_old_filter_gone_on_return)));
	if (when & WITH_WAIT)
		model_edge(md, &after, why, &o);
	if (when & AT_ONCE) {
		filter_done(md, &after.vm[s->vm], md->step, err);
		model_edge(md, &after, why, &o);
	}
}

void model_filter_late(struct model *md, const struct state *st)
{
	const struct step *wait = &md->p->step[md->step];
	struct outcome o = model_ret(0, 0);
	struct state after = *st;
	int i = md->step - 1;

	while (i >= 0 && md->p->step[i].actor != wait->wait)
		i--;
	if (i >= 0 && md->p->step[i].async &&
	    st->vm[md->p->step[i].vm].since != i &&
	    in_force(md, i) & WITH_WAIT) {
		const struct step *s = &md->p->step[i];
		enum rule why;

		/* the last to be read is the last, whichever began first */
		if (st->vm[s->vm].since < i ||
		    rule(md, R(race_setters_serialised)))
			filter_done(md, &after.vm[s->vm], i,
				    filter_errno(md, st, s, &why));
	}
	model_edge(md, &after, RULE_NONE, &o);
}

bool model_filter_accepted(struct model *md, const struct state *st, int step)
{
	const struct step *s = &md->p->step[step];
	enum rule why;

	return s->filter.fd == FD_VM && !filter_errno(md, st, s, &why);
}

bool model_cap_accepted(struct model *md, int step)
{
	const struct step *s = &md->p->step[step];
	enum rule why;

	return s->cap.fd == FD_VM && s->cap.nr == CAP_X86_USER_SPACE_MSR &&
	       !cap_errno(md, s, &why);
}
