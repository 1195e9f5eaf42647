// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested guests: which accesses of L2 are L1's affair, what L2's entries and
 * exits do to MSRs, and what becomes of an exception that L1 intercepts.  What
 * L1 does not take is decided as for any access.  Group NEST.
 */
#include <errno.h>

#include "../model_priv.h"
#include "../msrs.h"
#include "abi.h"
#include "guest.h"

enum {
	SVM_EXIT_MSR = 0x7c, SVM_EXIT_GP = 0x4d,
	VMX_EXIT_MSR_READ = 31, VMX_EXIT_MSR_WRITE = 32,
	SVM_EXIT_SHUTDOWN = 0x7f, VMX_EXIT_TRIPLE_FAULT = 2,
	VMX_EVENT_GP = 0x80000b0d,	/* valid, error code, exception 13 */
	VMX_MSR_LOAD_FAILED = 0x80000022,
};
#define SVM_EXIT_ERR	~0ULL

static bool vmx(const struct model *md)
{
	return md->m->vendor == VENDOR_INTEL;
}

static struct nested_vcpu *nested_of(struct state *st, const struct step *s)
{
	return &st->nested[s->vm][s->vcpu];
}

static const struct step_nested *config(const struct model *md, u8 nr)
{
	return nr ? &md->p->step[nr - 1].nested : NULL;
}

/* ---- what L1 intercepts ---- */

static bool in_bitmaps(const struct model *md, u32 index)
{
	return index < 0x2000 || index - 0xc0000000 < 0x2000 ||
	       (!vmx(md) && index - 0xc0010000 < 0x2000);
}

static bool bit_set(const struct step_nested *n, u32 index, bool write)
{
	for (int i = 0; i < n->n; i++)
		if (n->item[i].index == index &&
		    n->item[i].what == (write ? NESTED_WRITE : NESTED_READ))
			return true;
	return n->all;
}

bool model_l1_intercepts(struct model *md, const struct state *st,
			 const struct step *s)
{
	u8 nr = st->nested[s->vm][s->vcpu].entered;
	const struct step_nested *n = config(md, nr);

	if (!s->l2 || !n)
		return false;
	md->decided = R(nest_l1_intercepts_first);
	if (n->no_bitmap) {
		if (vmx(md))
			return rule(md, md->decided) &&
			       rule(md, R(nest_vmx_without_bitmaps));
		return !rule(md, R(nest_svm_without_msr_prot));
	}
	if (n->lost_bitmap && rule(md, R(nest_unreadable_bitmap)))
		return rule(md, md->decided);
	return (!in_bitmaps(md, s->access.index) ||
		bit_set(n, s->access.index, s->kind == STEP_WRMSR)) &&
	       rule(md, md->decided);
}

void want_l1_msr(struct model *md, struct outcome *o, int step)
{
	bool write = md->p->step[step].kind == STEP_WRMSR;

	outcome_set(o, F_EXITS, 0);
	outcome_set(o, F_END, END_L1);
	outcome_set(o, F_L1, write ? L1_WRMSR : L1_RDMSR);
	if (vmx(md)) {
		outcome_set(o, F_L1_CODE, write ? VMX_EXIT_MSR_WRITE :
						  VMX_EXIT_MSR_READ);
	} else {
		outcome_set(o, F_L1_CODE, SVM_EXIT_MSR);
		outcome_set(o, F_L1_INFO, write);
	}
	outcome_set(o, F_RIP, 0);
	want_unchanged(md, o, step);
	outcome_set(o, F_REGS, 0);
}

/* ---- filters that change while L2 is active ---- */

static bool filter_since_entry(const struct state *st, const struct step *s)
{
	const struct nested_vcpu *v = &st->nested[s->vm][s->vcpu];

	return v->entered && st->vm[s->vm].since > v->entry;
}

bool model_l2_slips_by(struct model *md, const struct state *st,
		       const struct step *s, u32 index)
{
	const struct step_nested *n =
		config(md, st->nested[s->vm][s->vcpu].entered);

	if (!s->l2 || !n || !model_passes(index))
		return false;
	if (!vmx(md) && n->no_bitmap)
		return filter_since_entry(st, s) &&
		       !rule(md, R(nest_svm_without_msr_prot));
	return !rule(md, R(nest_merged_bitmap_never_opens));
}

bool model_l2_still_denied(struct model *md, const struct state *st,
			   const struct step *s)
{
	return s->l2 && filter_since_entry(st, s) &&
	       model_denied_before(md, st, s, s->access.index,
				   s->kind == STEP_WRMSR) &&
	       !rule(md, R(nest_late_merge_is_safe));
}

/* ---- the MSR lists of VMX ---- */

/* What no list may load: section "Loading MSRs" of the manual. */
static bool bad_entry(const struct nested_item *t)
{
	return t->what != NESTED_STORE && (t->index == 0xc0000100 ||
					   t->index == 0xc0000101);
}

static bool entry_denied(struct model *md, const struct state *st,
			 const struct step *s, const struct nested_item *t)
{
	return !model_allowed(md, st, s, t->index, t->what != NESTED_STORE);
}

/* Whether an entry that the filter denies is refused. */
static bool refuses(struct model *md, const struct nested_item *t)
{
	bool filtered = !(md->m->eras & K61);

	if (!rule(md, R(nest_msr_lists_filtered)))
		filtered = !filtered;
	if (!filtered)
		return !rule(md, R(nest_lists_once_unfiltered));
	return rule(md, t->what == NESTED_LOAD ? R(nest_entry_load_denied) :
						 R(nest_exit_list_denied));
}

/*
 * Go through one list of config @nr: the number of the entry that fails, 0 if
 * none does.  @o gets an MSR exit if a rule that there is none is flipped.
 */
static int do_list(struct model *md, struct state *st, const struct step *s,
		   u8 nr, enum nested_what what, struct outcome *o)
{
	const struct step_nested *n = config(md, nr);
	struct nested_vcpu *v = nested_of(st, s);
	u16 before = v->loaded;
	int nth = 0;

	for (int i = 0; i < n->n; i++) {
		const struct nested_item *t = &n->item[i];
		bool denied;

		if (t->what != what)
			continue;
		nth++;
		denied = entry_denied(md, st, s, t);
		if (denied && !rule(md, R(nest_lists_never_exit)))
			outcome_set(o, F_EXITS, 1);
		if (bad_entry(t) || (denied && refuses(md, t))) {
			if (!rule(md, R(nest_list_no_rollback)))
				v->loaded = before;
			return nth;
		}
		if (nr != v->config || what == NESTED_STORE)
			continue;
		for (int k = 0; k < n->n; k++)
			if (n->item[k].index == t->index)
				v->loaded &= ~(1u << k);
		v->loaded |= 1u << i;
	}
	return 0;
}

/* What the last of KVM_SET_MSRS gave the MSR; false: there was none. */
static bool set_before(const struct model *md, const struct step *s, u32 index,
		       u64 *value)
{
	for (int i = md->step - 1; i >= 0; i--) {
		const struct step *b = &md->p->step[i];

		if (b->vm != s->vm || b->vcpu != s->vcpu ||
		    b->kind != STEP_SET_MSR || b->msr.index != index)
			continue;
		*value = b->msr.value;
		return true;
	}
	return false;
}

bool model_list_value(const struct model *md, const struct state *st,
		      const struct step *s, u32 index, u64 *value)
{
	const struct nested_vcpu *v = &st->nested[s->vm][s->vcpu];
	const struct step_nested *n = config(md, v->config);
	bool named = false;

	if (!n || !set_before(md, s, index, value))
		return false;
	for (int i = 0; i < n->n; i++) {
		const struct nested_item *t = &n->item[i];

		if (t->index != index || (t->what != NESTED_LOAD &&
					  t->what != NESTED_EXIT_LOAD))
			continue;
		named = true;
		if (v->loaded >> i & 1)
			*value = t->value;
	}
	return named;
}

/* L2 exits to L1: false if the lists make that an abort. */
static bool leave(struct model *md, struct state *st, const struct step *s,
		  struct outcome *o)
{
	struct nested_vcpu *v = nested_of(st, s);
	u8 nr = v->entered;

	v->entered = 0;
	if (!vmx(md))
		return true;
	if (!do_list(md, st, s, nr, NESTED_STORE, o) &&
	    !do_list(md, st, s, nr, NESTED_EXIT_LOAD, o))
		return true;
	v->dead = true;
	/* a VM-abort: L1 never hears of what it was */
	for (int f = F_VECTOR; f <= F_L1_STORED; f++)
		outcome_forget(o, f);
	outcome_set(o, F_END, END_SHUTDOWN);
	return false;
}

/* The entry into L2: false if it fails into L1. */
static bool enter(struct model *md, struct state *st, const struct step *s,
		  struct outcome *o)
{
	struct nested_vcpu *v = nested_of(st, s);
	const struct step_nested *n = config(md, v->config);
	int failed;

	v->fresh = false;
	v->entry = md->step;
	if (!vmx(md) && n->lost_bitmap && !n->no_bitmap &&
	    rule(md, R(nest_unreadable_bitmap))) {
		outcome_set(o, F_END, END_L1);
		outcome_set(o, F_L1, L1_ENTRY_FAILED);
		outcome_set(o, F_L1_CODE, SVM_EXIT_ERR);
		outcome_set(o, F_L1_INFO, 0);
		return false;
	}
	failed = vmx(md) ? do_list(md, st, s, v->config, NESTED_LOAD, o) : 0;
	if (!failed) {
		v->entered = v->config;
		return true;
	}
	outcome_set(o, F_END, END_L1);
	outcome_set(o, F_L1, L1_ENTRY_FAILED);
	outcome_set(o, F_L1_CODE, VMX_MSR_LOAD_FAILED);
	outcome_set(o, F_L1_INFO, failed);
	return false;
}

bool model_nested_level(struct model *md, struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct nested_vcpu *v = nested_of(st, s);
	struct outcome o = { 0 };

	if (!v->config)
		return true;
	outcome_set(&o, F_EXITS, 0);
	if (v->dead) {
		want_skipped(&o);
		model_edge(md, st, RULE_NONE, &o);
		return false;
	}
	if ((v->entered && (!s->l2 || v->fresh) && !leave(md, st, s, &o)) ||
	    (s->l2 && !v->entered && !enter(md, st, s, &o)) ||
	    o.val[F_EXITS]) {
		/* but for the map, without a filter it gets there */
		md->out->asks[md->step] = vmx(md);
		model_edge(md, st, vmx(md) ? R(nest_msr_lists_filtered) :
					     R(nest_unreadable_bitmap), &o);
		return false;
	}
	return true;
}

/* ---- exits to L1 ---- */

/* The last MSR of the store list, if its value is known. */
static void want_stored(const struct model *md, const struct step *s, u8 nr,
			struct outcome *o)
{
	const struct step_nested *n = config(md, nr);
	u64 value;

	for (int i = n->n - 1; i >= 0; i--)
		if (n->item[i].what == NESTED_STORE) {
			if (set_before(md, s, n->item[i].index, &value))
				outcome_set(o, F_L1_STORED, value);
			return;
		}
}

static void want_l1_gp(const struct model *md, struct outcome *o)
{
	outcome_set(o, F_END, END_L1);
	outcome_set(o, F_L1, L1_GP);
	outcome_set(o, F_L1_CODE, vmx(md) ? 0 : SVM_EXIT_GP);
	outcome_set(o, F_L1_INFO, 0);
	if (vmx(md))
		outcome_set(o, F_L1_EVENT, VMX_EVENT_GP);
	outcome_forget(o, F_VECTOR);
	outcome_forget(o, F_HAS_CODE);
	outcome_forget(o, F_CODE);
	outcome_forget(o, F_CR2);
	o->mask[F_RFLAGS] &= ~(u64)RFLAGS_RF;
}

bool model_nested_reflects(const struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];

	return (step_is_guest(s) || s->kind == STEP_RESUME) &&
	       st->nested[s->vm][s->vcpu].entered;
}

void model_nested_reflect(struct model *md, struct state *st,
			  struct outcome *o)
{
	const struct step *s = &md->p->step[md->step];
	u8 nr = nested_of(st, s)->entered;
	/* the end of an access that exited, whether in this step or before */
	bool exits = o->val[F_EXITS] || s->kind == STEP_RESUME, gp;

	if (!outcome_has(o, F_END))
		return;
	gp = o->val[F_END] == END_FAULT && o->val[F_VECTOR] == 13;
	if (o->val[F_END] == END_SHUTDOWN) {
		/* L2's is an exit to L1, whose IDT is another */
		st->vcpu[s->vm][s->vcpu].no_idt = false;
		outcome_set(o, F_END, END_L1);
		outcome_set(o, F_L1, L1_OTHER);
		outcome_set(o, F_L1_CODE, vmx(md) ? VMX_EXIT_TRIPLE_FAULT :
						    SVM_EXIT_SHUTDOWN);
	} else if (gp && config(md, nr)->gp) {
		if (rule(md, R(gp_l2_fault_to_l1)) &&
		    (!exits || rule(md, R(nest_completion_in_l2))))
			want_l1_gp(md, o);
	} else if (exits && (gp || o->val[F_END] == END_DONE) &&
		   (!rule(md, R(nest_completion_in_l2)) ||
		    (s->access.forced &&
		     !rule(md, R(emu_l1_intercept_checked_once))))) {
		outcome_set(o, F_END, END_L1);
	}
	if (o->val[F_END] == END_L1 && leave(md, st, s, o) && vmx(md))
		want_stored(md, s, nr, o);
}

/* ---- host steps ---- */

void model_nested(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct state after = *st;
	struct nested_vcpu *v = nested_of(&after, s);
	struct outcome o;

	if (s->kind == STEP_NESTED_STATE) {
		o = model_ret(rule(md, R(nest_nested_state_unaffected)) ?
			      0 : EINVAL, 0);
		model_edge(md, &after, R(nest_nested_state_unaffected), &o);
		return;
	}
	if (st->vcpu[s->vm][s->vcpu].phase != PHASE_NONE) {
		o = model_ret(EBUSY, 0);
	} else {
		o = model_ret(0, 0);
		v->config = md->step + 1;
		v->fresh = true;
		v->loaded = 0;
	}
	model_edge(md, &after, RULE_NONE, &o);
}

/* State fields that hold MSRs: whatever the filter. */
enum rule model_nested_field(const struct model *md, const struct state *st,
			     const struct step *s, u32 index, u64 *value)
{
	const struct nested_vcpu *v = &st->nested[s->vm][s->vcpu];
	const struct step_nested *n = config(md, v->entered);

	for (int i = v->entry + 1; n && i < md->step; i++) {
		const struct step *b = &md->p->step[i];

		if ((b->kind == STEP_WRMSR && b->access.index == index) ||
		    (b->kind == STEP_SET_MSR && b->msr.index == index) ||
		    (b->kind == STEP_MSRS && b->msrs.set))
			return RULE_NONE;
	}
	for (int i = 0; n && i < n->n; i++)
		if (n->item[i].what == NESTED_STATE &&
		    n->item[i].index == index) {
			*value = n->item[i].value;
			return vmx(md) ? R(nest_vmcs_fields_not_filtered) :
					 R(nest_svm_state_not_filtered);
		}
	return RULE_NONE;
}
