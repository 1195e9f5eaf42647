// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of KVM_CAP_ARM_NISV_TO_USER: suites/rules/nisv.def. What follows a
 * rule() that is false is the plausible mistake which that rule excludes.
 */
#include <errno.h>

#include "../model_priv.h"
#include "abi.h"

enum { CAP_SIZE = 104, COND_LEN = 4 };

#define ESR(class, status) ((u64)(class) << 26 | 1u << 25 | (status))

/* 7.2 tells of an abort of a walk what it was; the model's is of level 2. */
static void want_esr(const struct model *md, const struct arm64_vcpu *v,
		     unsigned class, struct outcome *o)
{
	bool walk = md->p->step[v->step].insn.at == AT_WALK;

	class -= md->p->step[v->step].insn.el0;
	outcome_set(o, F_ESR, ESR(class, walk && md->m->eras & K72 ?
				  FSC_EXTERNAL_WALK | 2 : FSC_EXTERNAL));
	if (walk && md->m->eras & K72 && md->m->eras & ~K72)
		o->mask[F_ESR] ^= (FSC_EXTERNAL_WALK | 2) ^ FSC_EXTERNAL;
}

/* ---- pieces of outcomes ---- */

static void want_x(struct outcome *o, const struct arm64_vcpu *v)
{
	for (int i = 0; i < NR_SET_REGS; i++)
		outcome_set(o, F_X0 + i, v->x[i]);
	outcome_set(o, F_REGS, 0);
}

static void finish_done(struct arm64_vcpu *v, struct outcome *o)
{
	outcome_set(o, F_END, END_DONE);
	want_x(o, v);
	v->phase = A64_FREE;
}

/* The guest is at its handler, for an exception that KVM injected. */
static void finish_fault(struct model *md, struct arm64_vcpu *v,
			 unsigned class, u64 elr, struct outcome *o)
{
	bool right = rule(md, R(nisv_inject_dabt_guest_view));
	bool el0 = md->p->step[v->step].insn.el0;

	outcome_set(o, F_END, END_FAULT);
	outcome_set(o, F_VECTOR, 0x100 | class);
	want_esr(md, v, class, o);
	if (!right)
		o->val[F_ESR] |= ISS_WNR;
	outcome_set(o, F_FAR, v->far);
	outcome_set(o, F_RIP, elr);
	outcome_set(o, F_PSTATE, el0 ? PSTATE_EL0T : PSTATE_EL1H);
	if (class == EC_PABT)
		o->mask[F_PSTATE] &= ~(u64)PSTATE_BTYPE;
	outcome_set(o, F_HANDLER, el0 ? A64_SYNC_EL0 : A64_SYNC);
	want_x(o, v);
	v->phase = A64_FREE;
	v->dabt = false;
}

static void want_failed(struct outcome *o, int err)
{
	outcome_set(o, F_EXITS, 0);
	outcome_set(o, F_END, END_ERRNO);
	outcome_set(o, F_RUN_ERRNO, err);
}

/* ---- what an access does ---- */

static bool readable(u64 a)
{
	return (a >= A64_RAM && a < A64_RAM + A64_RAM_SIZE) ||
	       (a >= A64_ROM && a < A64_ROM + A64_ROM_SIZE);
}

static bool writable(u64 a)
{
	return a >= A64_RAM && a < A64_RAM + A64_RAM_SIZE;
}

/* The first byte of an access that no slot serves; false: all are served. */
static bool unserved(const struct program *p, int step, u64 *at)
{
	const struct insn_info *i = &insn_info[p->step[step].insn.op];
	bool write = i->flags & (I_STORE | I_ATOMIC);

	*at = arm64_target(p, step);
	for (u64 end = *at + i->size; *at < end; ++*at)
		if (write ? !writable(*at) : !readable(*at))
			return true;
	return false;
}

/* What a load of @size bytes that gave @data leaves in X0. */
static u64 loaded(const struct insn_info *i, u64 data)
{
	unsigned unused = 64 - 8 * i->size;

	if (!(i->flags & I_SIGNED))
		return data << unused >> unused;
	data = (s64)(data << unused) >> unused;
	return i->flags & I_W ? (u32)data : data;
}

static void load(const struct insn_info *i, struct arm64_vcpu *v, u64 first,
		 u64 second)
{
	if (i->flags & I_PAIR) {
		v->x[2] = i->size == 8 ? (u32)first : first;
		v->x[3] = i->size == 8 ? first >> 32 : second;
	} else if (i->flags & I_LOAD && !(i->flags & (I_SIMD | I_ZR))) {
		v->x[0] = loaded(i, first);
	}
}

/* All of it in memory: KVM has no part in it. */
static void served(struct model *md, struct arm64_vcpu *v, struct outcome *o)
{
	const struct insn_info *i = &insn_info[md->p->step[v->step].insn.op];
	u64 at = arm64_target(md->p, v->step);

	if (at % 8 || (i->flags & (I_NORMAL | I_ATOMIC) && !v->mmu)) {
		v->phase = A64_FREE;	/* the CPU may refuse it */
		return;
	}
	outcome_set(o, F_EXITS, 0);
	load(i, v, arm64_memory(at), arm64_memory(at + 8));
	if (i->flags & I_WBACK)
		v->x[1] += 8;
	finish_done(v, o);
}

static bool enabled(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	bool any = false;

	if (rule(md, R(nisv_cap_per_vm)))
		return st->arm64[s->vm].enabled;
	for (int i = 0; i < MAX_VMS; i++)
		any |= st->arm64[i].enabled;
	return any && !s->vcpu;
}

static void exit_nisv(struct model *md, struct arm64_vcpu *v, u64 at,
		      struct outcome *o)
{
	const struct step_insn *k = &md->p->step[v->step].insn;
	const struct insn_info *i = &insn_info[k->op];
	bool rom = at >= A64_ROM && at < A64_ROM + A64_ROM_SIZE;
	bool write = i->flags & I_STORE || rom;

	outcome_set(o, F_EXITS, 1);
	outcome_set(o, F_EXIT, EXIT_ARM_NISV);
	/* the table's level may vary, and whether a page is mapped already */
	o->val[F_X_ISS] = FSC_TRANSLATION | (write ? ISS_WNR : 0);
	o->mask[F_X_ISS] = rom ? ~11ULL : ~3ULL;
	if (!rule(md, R(nisv_esr_iss_sanitized)))
		o->val[F_X_ISS] |= 0x24u << 26;
	if (at != arm64_target(md->p, v->step) &&
	    !rule(md, R(nisv_straddling_access)))
		at = arm64_target(md->p, v->step);
	if (!rule(md, R(nisv_fault_ipa)))
		at &= ~0xfffULL;
	outcome_set(o, F_X_IPA, at);
	outcome_set(o, F_X_RIP, rule(md, R(nisv_registers_unchanged)) ?
				v->pc : v->pc + COND_LEN);
	outcome_set(o, F_X_REGS, 0);
	outcome_set(o, F_X_TAIL, 0);
	v->phase = A64_NISV;
}

static void exit_mmio(struct model *md, struct arm64_vcpu *v, u64 at,
		      struct outcome *o)
{
	const struct insn_info *i = &insn_info[md->p->step[v->step].insn.op];

	outcome_set(o, F_EXITS, 1);
	outcome_set(o, F_EXIT, EXIT_MMIO);
	outcome_set(o, F_X_IPA, at);
	outcome_set(o, F_X_LEN, i->size);
	outcome_set(o, F_X_WRITE, !(i->flags & I_LOAD));
	if (i->flags & I_STORE)
		outcome_set(o, F_X_DATA, i->flags & I_ZR ? 0 :
			    v->x[0] << (64 - 8 * i->size) >> (64 - 8 * i->size));
	outcome_set(o, F_X_RIP, 0);
	outcome_set(o, F_X_REGS, 0);
	v->phase = A64_MMIO;
}

static void fail_enosys(struct arm64_vcpu *v, struct outcome *o)
{
	want_failed(o, ENOSYS);
	outcome_set(o, F_OTHER_EXIT, 0);
	outcome_set(o, F_X_TAIL, 0);
	outcome_set(o, F_RIP, v->pc);
	outcome_set(o, F_X_REGS, 0);
	v->phase = A64_FAILED;
}

/*
 * The instruction of v->step is executed, up to an exit if there is one;
 * returns the rule that decided.
 */
static enum rule execute(struct model *md, const struct state *st,
			 struct arm64_vcpu *v, struct outcome *o)
{
	const struct step_insn *k = &md->p->step[v->step].insn;
	const struct insn_info *i = &insn_info[k->op];
	u64 at;
	bool fails = unserved(md->p, v->step, &at);

	v->far = at;
	if (k->at == AT_WALK) {
		if (rule(md, R(nisv_stage1_walk_abort))) {
			outcome_set(o, F_EXITS, 0);
			finish_fault(md, v, EC_DABT, 0, o);
		} else {
			exit_nisv(md, v, A64_NOWHERE, o);
		}
		return R(nisv_stage1_walk_abort);
	}
	if (i->flags & I_CACHE) {
		if (rule(md, R(nisv_cache_maintenance_skipped))) {
			outcome_set(o, F_EXITS, 0);
			finish_done(v, o);
		} else {
			exit_nisv(md, v, arm64_target(md->p, v->step), o);
		}
		return R(nisv_cache_maintenance_skipped);
	}
	if (i->flags & I_FETCH) {
		if (rule(md, R(nisv_fetch_from_nothing))) {
			outcome_set(o, F_EXITS, 0);
			finish_fault(md, v, EC_PABT,
				     arm64_target(md->p, v->step) -
				     arm64_insn_at(md->p, v->step), o);
		} else {
			fail_enosys(v, o);
		}
		return R(nisv_fetch_from_nothing);
	}
	if (!fails) {
		if (k->at != AT_ROM || rule(md, R(nisv_read_only_slot_write_exits)))
			served(md, v, o);
		else
			exit_nisv(md, v, at, o);
		return R(nisv_read_only_slot_write_exits);
	}
	if (i->flags & I_ISV && rule(md, R(nisv_valid_syndrome_is_mmio))) {
		exit_mmio(md, v, at, o);
		return R(nisv_valid_syndrome_is_mmio);
	}
	if (enabled(md, st)) {
		enum rule why = k->at == AT_ROM ?
				R(nisv_read_only_slot_write_exits) :
				R(nisv_abort_exits);

		if (rule(md, why))
			exit_nisv(md, v, at, o);
		else
			fail_enosys(v, o);
		return why;
	}
	if (rule(md, R(nisv_disabled_fails_enosys)))
		fail_enosys(v, o);
	else
		exit_nisv(md, v, at, o);
	return R(nisv_disabled_fails_enosys);
}

/* ---- what userspace makes of an exit ---- */

static void set_pc(struct model *md, struct arm64_vcpu *v, u64 pc)
{
	if (rule(md, R(nisv_userspace_emulates)))
		v->pc = pc;
}

/* What an `insn` step does at its exit, up to its end. */
static enum rule reply(struct model *md, struct arm64_vcpu *v,
		       const struct step_insn *k, struct outcome *o)
{
	bool mmio = v->phase == A64_MMIO;
	enum rule accepted = mmio ? R(nisv_inject_after_mmio) :
				    R(nisv_inject_dabt_accepted);

	if (k->act == ACT_ABORT) {
		if (rule(md, accepted))
			finish_fault(md, v, EC_DABT, 0, o);
		else if (mmio)
			finish_done(v, o);
		else
			outcome_set(o, F_EXITS, 2);
		return accepted;
	}
	if (mmio) {
		load(&insn_info[k->op], v, k->data, 0);
		finish_done(v, o);
		return R(nisv_valid_syndrome_is_mmio);
	}
	set_pc(md, v, COND_LEN);
	if (!v->pc) {
		outcome_set(o, F_EXITS, 2);
		v->phase = A64_LOST;
		return R(nisv_userspace_emulates);
	}
	if (k->act == ACT_EMULATE) {
		v->x[2] = EMULATED_X2;
		v->x[3] = EMULATED_X3;
	}
	finish_done(v, o);
	return R(nisv_abort_exits);
}

static void model_insn(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct state after = *st;
	struct arm64_vcpu *v = &after.arm64[s->vm].vcpu[s->vcpu];
	struct outcome o = { 0 };
	enum rule why;

	if (v->phase != A64_FREE && v->phase != A64_FAILED) {
		want_skipped(&o);
		model_edge(md, &after, RULE_NONE, &o);
		return;
	}
	v->step = md->step;
	v->pc = 0;
	v->dabt = false;
	for (int i = 0; i < NR_SET_REGS; i++)
		v->x[i] = arm64_entry_reg(md->p, md->step, i);
	why = execute(md, st, v, &o);
	if (v->phase == A64_NISV || v->phase == A64_MMIO) {
		if (s->insn.hold)
			outcome_set(&o, F_END, END_HELD);
		else
			why = reply(md, v, &s->insn, &o);
	}
	model_edge(md, &after, why, &o);
}

static enum rule resume(struct model *md, const struct state *st,
			struct arm64_vcpu *v, const struct step_resume *k,
			struct outcome *o)
{
	bool mmio = v->phase == A64_MMIO;

	if (k->immediate) {
		want_failed(o, EINTR);
		if (mmio) {
			load(&insn_info[md->p->step[v->step].insn.op], v,
			     k->reply.data, 0);
			v->phase = A64_COMPLETED;
		} else if (!rule(md, R(nisv_immediate_exit))) {
			v->pc += COND_LEN;
		}
		return R(nisv_immediate_exit);
	}
	if (v->phase == A64_COMPLETED || (mmio && !v->dabt)) {
		if (mmio)
			load(&insn_info[md->p->step[v->step].insn.op], v,
			     k->reply.data, 0);
		outcome_set(o, F_EXITS, 0);
		finish_done(v, o);
		return R(nisv_valid_syndrome_is_mmio);
	}
	if (v->dabt) {
		outcome_set(o, F_EXITS, 0);
		finish_fault(md, v, EC_DABT, v->pc, o);
		return R(nisv_inject_dabt_guest_view);
	}
	if (v->pc || !rule(md, R(nisv_nothing_completed))) {
		outcome_set(o, F_EXITS, 0);
		finish_done(v, o);
		return v->pc ? R(nisv_userspace_emulates) :
			       R(nisv_nothing_completed);
	}
	if (v->phase == A64_FAILED && st->arm64[md->p->step[md->step].vm].enabled &&
	    !rule(md, R(nisv_enabled_after_enosys))) {
		fail_enosys(v, o);
		return R(nisv_enabled_after_enosys);
	}
	return execute(md, st, v, o);
}

static void model_resume64(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct state after = *st;
	struct arm64_vcpu *v = &after.arm64[s->vm].vcpu[s->vcpu];
	struct outcome o = { 0 };
	enum rule why = RULE_NONE;

	if (v->phase == A64_FREE || v->phase == A64_LOST) {
		want_skipped(&o);
	} else {
		why = resume(md, st, v, &s->resume, &o);
		if (o.val[F_EXITS])
			outcome_set(&o, F_END, END_HELD);
	}
	model_edge(md, &after, why, &o);
}

/* ---- host steps ---- */

/* From 7.2 on the abort is taken inside the ioctl; -1: between two lines. */
static int commits_at_once(struct model *md)
{
	bool at_once = md->m->eras & K72;

	if (at_once && md->m->eras & ~K72)
		return -1;
	return rule(md, R(nisv_injection_commit_time)) ? at_once : !at_once;
}

static void model_set_events(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	const struct step_events *k = &s->events;
	struct state after = *st;
	struct arm64_vcpu *v = &after.arm64[s->vm].vcpu[s->vcpu];
	struct outcome o = model_ret(0, 0);
	enum rule why = R(nisv_inject_dabt_accepted);
	bool bad_esr = k->serror && k->has_esr && k->esr >> 25;

	if (k->junk) {
		why = R(nisv_events_reserved_nonzero);
		if (rule(md, why)) {
			o = model_ret(EINVAL, 0);
			model_edge(md, st, why, &o);
			return;
		}
	}
	if (bad_esr || (k->has_esr && !k->serror)) {
		why = R(nisv_events_serror_esr);
		if (rule(md, why) == bad_esr)
			o = model_ret(EINVAL, 0);
	}
	if (bad_esr && k->dabt && md->m->eras & K72)
		v->dabt = rule(md, R(nisv_dabt_survives_serror_einval));
	else if (k->dabt && !bad_esr) {
		if (rule(md, v->phase == A64_MMIO ? R(nisv_inject_after_mmio) :
						    R(nisv_inject_dabt_accepted)))
			v->dabt = true;
		else if (v->phase != A64_MMIO)
			o = model_ret(EINVAL, 0);
	}
	model_edge(md, &after, why, &o);
}

static void model_get_events(struct model *md, const struct state *st)
{
	struct outcome o = model_ret(0, 0);

	outcome_set(&o, F_EV_DABT, !rule(md, R(nisv_ext_dabt_write_only)));
	model_edge(md, st, R(nisv_ext_dabt_write_only), &o);
}

static void model_get_reg(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	const struct arm64_vcpu *v = &st->arm64[s->vm].vcpu[s->vcpu];
	struct outcome o = model_ret(0, 0);
	enum rule why = R(nisv_registers_unchanged);
	int at_once;

	if (v->phase == A64_FREE || v->phase == A64_LOST) {
		why = RULE_NONE;	/* the instruction is gone */
	} else if (s->reg.reg != REG_PC) {
		outcome_set(&o, F_VALUE, v->x[s->reg.reg]);
	} else if (!v->dabt) {
		outcome_set(&o, F_VALUE, v->pc);
	} else {
		why = R(nisv_injection_commit_time);
		at_once = commits_at_once(md);
		if (at_once >= 0)
			outcome_set(&o, F_VALUE, at_once ? arm64_window(s->vcpu) +
				    A64_VECTORS + (md->p->step[v->step].insn.el0 ?
				    A64_SYNC_EL0 : A64_SYNC) -
				    arm64_insn_at(md->p, v->step) : v->pc);
	}
	model_edge(md, st, why, &o);
}

static void model_set_reg(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct state after = *st;
	struct arm64_vcpu *v = &after.arm64[s->vm].vcpu[s->vcpu];
	struct outcome o = model_ret(0, 0);

	if (s->reg.reg == REG_PC)
		set_pc(md, v, s->reg.value);
	else
		v->x[s->reg.reg] = s->reg.value;
	model_edge(md, &after, R(nisv_userspace_emulates), &o);
}

static void model_enable(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct state after = *st;
	struct arm64_vm *vm = &after.arm64[s->vm];
	struct outcome o = { 0 };
	enum rule why = R(nisv_cap_enable);
	int err = 0;

	if (s->cap.nr != CAP_ARM_NISV_TO_USER || s->cap.fd == FD_KVM) {
		model_edge(md, st, RULE_NONE, &o);	/* not of this ABI */
		return;
	}
	if (model_unreadable(&s->cap.at, CAP_SIZE)) {
		why = RULE_NONE;
		err = EFAULT;
	} else if (s->cap.fd == FD_VCPU) {
		why = R(nisv_cap_on_vcpu_fd);
		err = rule(md, why) ? EINVAL : 0;
	} else if (s->cap.flags) {
		why = R(nisv_cap_flags_nonzero);
		err = rule(md, why) ? EINVAL : 0;
	} else if (model_any_vcpu(md, s->vm)) {
		why = R(nisv_cap_any_time);
		err = rule(md, why) ? 0 : EINVAL;
	} else {
		err = rule(md, why) ? 0 : EINVAL;
	}
	if (!err && s->cap.fd == FD_VM) {
		bool on = vm->enabled;

		vm->enabled = true;
		if (!s->cap.arg && !rule(md, R(nisv_cap_args_ignored)))
			vm->enabled = false;
		if (on && !rule(md, R(nisv_cap_irrevocable)))
			vm->enabled = false;
	}
	o = model_ret(err, 0);
	model_edge(md, &after, why, &o);
}

static void model_check(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	enum rule why = s->cap.nr == CAP_ARM_INJECT_EXT_DABT ?
			R(nisv_inject_dabt_accepted) : R(nisv_cap_reported);
	struct outcome o = { 0 };

	if (s->cap.fd != FD_VCPU && (s->cap.nr == CAP_ARM_NISV_TO_USER ||
				     s->cap.nr == CAP_ARM_INJECT_EXT_DABT))
		o = model_ret(0, rule(md, why));
	model_edge(md, st, why, &o);
}

void model_arm64(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct state after = *st;
	struct outcome o = { 0 };

	switch (s->kind) {
	case STEP_INSN:
		model_insn(md, st);
		return;
	case STEP_RESUME:
		model_resume64(md, st);
		return;
	case STEP_CAP:
		model_enable(md, st);
		return;
	case STEP_CHECK_CAP:
		model_check(md, st);
		return;
	case STEP_SET_REG:
		model_set_reg(md, st);
		return;
	case STEP_GET_REG:
		model_get_reg(md, st);
		return;
	case STEP_SET_EVENTS:
		model_set_events(md, st);
		return;
	case STEP_GET_EVENTS:
		model_get_events(md, st);
		return;
	case STEP_MMU:
		after.arm64[s->vm].vcpu[s->vcpu].mmu = true;
		o = model_ret(0, 0);
		break;
	case STEP_CLOSE:
		model_fresh_vm(md, &after, s->vm);
		o = model_ret(0, 0);
		break;
	default:	/* an ioctl that this ABI says nothing of */
		break;
	}
	model_edge(md, &after, RULE_NONE, &o);
}

enum rule model_arm64_field(const struct program *p, const struct edge *e,
			    enum field f)
{
	(void)p;
	switch (f) {
	case F_X_ISS:
		return R(nisv_esr_iss_sanitized);
	case F_X_IPA:
		return e->want.val[F_EXIT] == EXIT_ARM_NISV ?
		       R(nisv_fault_ipa) : e->rule;
	case F_X_RIP:
	case F_X_REGS:
		return R(nisv_registers_unchanged);
	case F_ESR:
	case F_FAR:
	case F_HANDLER:
	case F_PSTATE:
		return R(nisv_inject_dabt_guest_view);
	default:
		return e->rule;
	}
}
