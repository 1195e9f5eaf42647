// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_CAP_ARM_NISV_TO_USER (177): the capability, the exit and what userspace
 * may do at it; suites/rules/nisv.def. The families go through every
 * instruction of insns.def.
 */
#include "../../harness/arm64/abi.h"
#include "../suite.h"

static const char *const cases[] = {
	/* ---- the capability ---- */
	"case nisv/cap-reported-on-vm\n"
	"rules nisv_cap_reported\n"
	"needs arm64\n"
	"check_cap 177 -> 1\n",

	"case nisv/cap-reported-on-dev-kvm\n"
	"rules nisv_cap_reported\n"
	"needs arm64\n"
	"check_cap 177 fd=kvm -> 1\n",

	"case nisv/cap-reported-once-enabled\n"
	"rules nisv_cap_reported nisv_cap_enable\n"
	"needs arm64\n"
	"cap 0 nr=177 -> 0\n"
	"check_cap 177 -> 1\n",

	"case nisv/cap-of-injection-reported\n"
	"rules nisv_inject_dabt_accepted\n"
	"needs arm64\n"
	"check_cap 178 -> 1\n"
	"check_cap 178 fd=kvm -> 1\n",

	"case nisv/cap-flags-refused\n"
	"rules nisv_cap_flags_nonzero nisv_disabled_fails_enosys\n"
	"cap 0 nr=177 flags=1 -> EINVAL\n"
	"cap 1 nr=177 flags=0x80000000 -> EINVAL\n"
	"insn ldp -> ENOSYS\n",

	"case nisv/cap-args-ignored\n"
	"rules nisv_cap_args_ignored nisv_abort_exits\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp -> exit nisv then ok\n"
	"vm1: cap 0xffffffffffffffff nr=177 args=0xffffffffffffffff pad=0xff -> 0\n"
	"vm1: insn ldp -> exit nisv then ok\n",

	"case nisv/cap-cannot-be-switched-off\n"
	"rules nisv_cap_irrevocable\n"
	"cap 1 nr=177 -> 0\n"
	"cap 0 nr=177 -> 0\n"
	"insn stp -> exit nisv then ok\n"
	"cap 0 nr=177 flags=1 -> EINVAL\n"
	"insn stp -> exit nisv then ok\n",

	"case nisv/cap-after-the-vcpu\n"
	"rules nisv_cap_any_time\n"
	"get_events\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp -> exit nisv then ok\n",

	"case nisv/cap-after-the-vcpu-ran\n"
	"rules nisv_cap_any_time\n"
	"insn ldr at=ram -> ok\n"
	"insn ldr -> exit mmio then ok\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp -> exit nisv then ok\n",

	"case nisv/cap-after-enosys\n"
	"rules nisv_cap_any_time nisv_enabled_after_enosys "
	"nisv_disabled_fails_enosys\n"
	"insn ldp hold -> ENOSYS\n"
	"resume -> ENOSYS\n"
	"cap 0 nr=177 -> 0\n"
	"resume -> exit nisv then held\n"
	"set_reg pc 4\n"
	"resume -> ok\n",

	"case nisv/cap-on-vcpu-refused\n"
	"rules nisv_cap_on_vcpu_fd nisv_disabled_fails_enosys\n"
	"cap 0 nr=177 fd=vcpu -> EINVAL\n"
	"insn ldp -> ENOSYS\n",

	"case nisv/cap-not-of-another-vm\n"
	"rules nisv_cap_per_vm nisv_disabled_fails_enosys\n"
	"cap 0 nr=177 -> 0\n"
	"vm1: insn ldp -> ENOSYS\n"
	"insn ldp -> exit nisv then ok\n"
	"vm1: insn ldp -> ENOSYS\n",

	"case nisv/cap-of-every-vcpu\n"
	"rules nisv_cap_per_vm\n"
	"insn ldp -> ENOSYS\n"
	"cap 0 nr=177 -> 0\n"
	"vcpu1: insn ldp -> exit nisv then ok\n"
	"vcpu3: insn stp -> exit nisv then ok\n"
	"insn ldp -> exit nisv then ok\n",

	"case nisv/cap-ends-with-its-vm\n"
	"rules nisv_disabled_fails_enosys\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp hold -> exit nisv then held\n"
	"close\n"
	"insn ldp -> ENOSYS\n",

	/* ---- the address ---- */
	"case nisv/straddling-load\n"
	"rules nisv_straddling_access nisv_abort_exits\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp at=end hold -> exit nisv then held\n"
	"set_reg pc 4\n"
	"resume -> ok\n",

	"case nisv/straddling-store\n"
	"rules nisv_straddling_access nisv_abort_exits\n"
	"cap 0 nr=177 -> 0\n"
	"insn stp at=end -> exit nisv then ok\n",

	"case nisv/straddling-abort\n"
	"rules nisv_inject_dabt_accepted\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp at=end abort -> exit nisv then dabt\n",

	"case nisv/last-bytes-of-a-slot\n"
	"rules nisv_disabled_fails_enosys\n"
	"insn ldr at=end -> ok\n"
	"insn ldp_w at=end -> ok\n"
	"insn ldp at=end -> ENOSYS\n",

	/* ---- a read-only slot ---- */
	"case nisv/read-only-store-pair\n"
	"rules nisv_read_only_slot_write_exits nisv_esr_iss_sanitized\n"
	"cap 0 nr=177 -> 0\n"
	"insn stp at=rom+0x40 hold -> exit nisv then held\n"
	"resume -> exit nisv then held\n"
	"set_reg pc 4\n"
	"resume -> ok\n"
	"insn ldp at=rom+0x40 -> ok\n",

	"case nisv/read-only-store-pair-once-read\n"
	"rules nisv_read_only_slot_write_exits\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp at=rom -> ok\n"
	"insn stp at=rom -> exit nisv then ok\n"
	"insn ldp at=rom -> ok\n",

	"case nisv/read-only-loads\n"
	"rules nisv_read_only_slot_write_exits\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldr at=rom+0x8 -> ok\n"
	"insn ldp at=rom+0x10 -> ok\n"
	"insn ldr_post at=rom+0xff0 -> ok\n"
	"insn ldr_q at=rom -> ok\n",

	"case nisv/read-only-store-post\n"
	"rules nisv_read_only_slot_write_exits\n"
	"cap 0 nr=177 -> 0\n"
	"insn str_post at=rom -> exit nisv then ok\n"
	"insn str_pre at=rom -> exit nisv then ok\n"
	"insn str_q at=rom -> exit nisv then ok\n",

	"case nisv/read-only-store-pair-abort\n"
	"rules nisv_read_only_slot_write_exits nisv_inject_dabt_accepted\n"
	"cap 0 nr=177 -> 0\n"
	"insn stp at=rom abort -> exit nisv then dabt\n",

	"case nisv/read-only-store-without\n"
	"rules nisv_disabled_fails_enosys\n"
	"insn stp at=rom -> ENOSYS\n"
	"insn ldp at=rom -> ok\n",

	"case nisv/read-only-store-is-mmio\n"
	"rules nisv_valid_syndrome_is_mmio\n"
	"cap 0 nr=177 -> 0\n"
	"insn str at=rom -> exit mmio then ok\n"
	"insn strb at=rom+0x8 -> exit mmio then ok\n"
	"insn ldr at=rom -> ok\n",

	/* ---- memory is nobody's business ---- */
	"case nisv/memory-does-not-exit\n"
	"rules nisv_abort_exits\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp at=ram -> ok\n"
	"insn stp at=ram+0x100 -> ok\n"
	"insn ldr_post at=ram -> ok\n"
	"insn ldp_post at=ram -> ok\n"
	"insn ldr_q at=ram -> ok\n"
	"insn ldp -> exit nisv then ok\n"
	"insn ldp at=ram -> ok\n",

	/* ---- answers ---- */
	"case nisv/emulated-load\n"
	"rules nisv_userspace_emulates\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp emulate -> exit nisv then ok\n",

	"case nisv/emulated-by-hand\n"
	"rules nisv_userspace_emulates nisv_registers_unchanged\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldr_post hold -> exit nisv then held\n"
	"get_reg pc -> 0 0\n"
	"set_reg x0 0x1122334455667788\n"
	"set_reg x1 0x9000008\n"
	"set_reg pc 4\n"
	"get_reg x0 -> 0 0x1122334455667788\n"
	"resume -> ok\n",

	"case nisv/registers-alone-do-not-go-on\n"
	"rules nisv_nothing_completed\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp hold -> exit nisv then held\n"
	"set_reg x2 1\n"
	"set_reg x3 2\n"
	"resume -> exit nisv then held\n"
	"get_reg x2 -> 0 1\n"
	"resume -> exit nisv then held\n"
	"set_reg pc 4\n"
	"resume -> ok\n",

	"case nisv/emulated-without\n"
	"rules nisv_disabled_fails_enosys nisv_userspace_emulates\n"
	"insn ldp hold -> ENOSYS\n"
	"set_reg x2 5\n"
	"set_reg pc 4\n"
	"resume -> ok\n"
	"insn ldp -> ENOSYS\n",

	"case nisv/immediate-exit-consumes-nothing\n"
	"rules nisv_immediate_exit\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp hold -> exit nisv then held\n"
	"resume immediate_exit -> EINTR\n"
	"get_reg pc -> 0 0\n"
	"resume immediate_exit -> EINTR\n"
	"resume -> exit nisv then held\n"
	"set_reg pc 4\n"
	"resume immediate_exit -> EINTR\n"
	"resume -> ok\n",

	"case nisv/immediate-exit-without\n"
	"rules nisv_immediate_exit nisv_disabled_fails_enosys\n"
	"insn ldp hold -> ENOSYS\n"
	"resume immediate_exit -> EINTR\n"
	"resume -> ENOSYS\n",

	"case nisv/two-vcpus-held\n"
	"rules nisv_abort_exits nisv_userspace_emulates\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp at=nowhere+0x100 hold -> exit nisv then held\n"
	"vcpu1: insn stp at=nowhere+0x200 hold -> exit nisv then held\n"
	"vcpu2: insn ldp at=ram -> ok\n"
	"set_reg x2 7\n"
	"set_reg pc 4\n"
	"resume -> ok\n"
	"vcpu1: set_events dabt -> 0\n"
	"vcpu1: resume -> dabt\n",

	"case nisv/two-vms-held\n"
	"rules nisv_abort_exits nisv_nothing_completed\n"
	"cap 0 nr=177 -> 0\n"
	"vm1: cap 0 nr=177 -> 0\n"
	"insn ldp hold -> exit nisv then held\n"
	"vm1: insn str_post hold -> exit nisv then held\n"
	"close\n"
	"vm1: resume -> exit nisv then held\n",

	/* ---- an injected abort ---- */
	"case nisv/abort-after-the-exit\n"
	"rules nisv_inject_dabt_guest_view\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp at=nowhere+0x5f0 hold -> exit nisv then held\n"
	"set_events dabt -> 0\n"
	"resume -> dabt\n"
	"insn ldp -> exit nisv then ok\n",

	"case nisv/abort-after-a-repeated-exit\n"
	"rules nisv_inject_dabt_guest_view nisv_nothing_completed\n"
	"cap 0 nr=177 -> 0\n"
	"insn stp at=nowhere+0x10 hold -> exit nisv then held\n"
	"resume -> exit nisv then held\n"
	"set_events dabt -> 0\n"
	"resume -> dabt\n",

	"case nisv/abort-after-enosys\n"
	"rules nisv_inject_dabt_guest_view nisv_disabled_fails_enosys\n"
	"insn ldr_post at=nowhere+0x8 hold -> ENOSYS\n"
	"set_events dabt -> 0\n"
	"resume -> dabt\n"
	"insn ldp -> ENOSYS\n",

	"case nisv/abort-after-mmio-load\n"
	"rules nisv_inject_after_mmio\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldr at=nowhere+0x18 data=0x1234 hold -> exit mmio then held\n"
	"set_events dabt -> 0\n"
	"resume data=0x5678 -> dabt\n"
	"insn ldr data=0x1234 -> exit mmio then ok\n",

	"case nisv/abort-after-mmio-store\n"
	"rules nisv_inject_after_mmio\n"
	"insn str hold -> exit mmio then held\n"
	"set_events dabt -> 0\n"
	"resume -> dabt\n"
	"insn str -> exit mmio then ok\n",

	"case nisv/abort-is-never-shown\n"
	"rules nisv_ext_dabt_write_only\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp hold -> exit nisv then held\n"
	"get_events\n"
	"set_events dabt -> 0\n"
	"get_events\n"
	"resume -> dabt\n"
	"get_events\n",

	"case nisv/abort-commits\n"
	"rules nisv_injection_commit_time\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp hold -> exit nisv then held\n"
	"set_events dabt -> 0\n"
	"get_reg pc\n"
	"resume -> dabt\n",

	"case nisv/abort-then-immediate-exit\n"
	"rules nisv_inject_dabt_guest_view\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp hold -> exit nisv then held\n"
	"set_events dabt -> 0\n"
	"resume immediate_exit -> EINTR\n"
	"resume -> dabt\n",

	"case nisv/abort-leaves-the-next-alone\n"
	"rules nisv_inject_dabt_accepted\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp abort -> exit nisv then dabt\n"
	"insn ldp -> exit nisv then ok\n"
	"insn stp abort -> exit nisv then dabt\n"
	"insn ldr data=1 -> exit mmio then ok\n",

	"case nisv/events-unchanged\n"
	"rules nisv_nothing_completed\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp hold -> exit nisv then held\n"
	"set_events -> 0\n"
	"resume -> exit nisv then held\n",

	"case nisv/events-reserved-refused\n"
	"rules nisv_events_reserved_nonzero\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp hold -> exit nisv then held\n"
	"set_events junk=3 -> EINVAL\n"
	"set_events dabt junk=16 -> EINVAL\n"
	"resume -> exit nisv then held\n",

	"case nisv/events-serror-esr-refused\n"
	"rules nisv_events_serror_esr\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp hold -> exit nisv then held\n"
	"set_events serror esr=0x2000000 -> EINVAL\n"
	"set_events serror esr=0xffffffffffffffff -> EINVAL\n"
	"resume -> exit nisv then held\n",

	"case nisv/events-serror-esr-ignored\n"
	"rules nisv_events_serror_esr\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp hold -> exit nisv then held\n"
	"set_events esr=0x2000000 -> 0\n"
	"resume -> exit nisv then held\n",

	"case nisv/events-serror-refused-with-abort\n"
	"rules nisv_dabt_survives_serror_einval\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp hold -> exit nisv then held\n"
	"set_events dabt serror esr=0x2000000 -> EINVAL\n"
	"resume\n",

	/* ---- user mode ---- */
	"case nisv/el0-exits\n"
	"rules nisv_abort_exits nisv_nothing_completed\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp at=nowhere+0x5f0 el0 hold -> exit nisv then held\n"
	"resume -> exit nisv then held\n"
	"set_reg pc 4\n"
	"resume -> ok\n"
	"insn stp el0 emulate -> exit nisv then ok\n"
	"insn ldr el0 data=0x99 -> exit mmio then ok\n",

	"case nisv/el0-aborted\n"
	"rules nisv_inject_dabt_guest_view nisv_inject_dabt_accepted\n"
	"cap 0 nr=177 -> 0\n"
	"insn ldp at=nowhere+0x5f0 el0 abort -> exit nisv then dabt\n"
	"insn stp at=nowhere+0x10 abort -> exit nisv then dabt\n",

	"case nisv/el0-mmio-aborted\n"
	"rules nisv_inject_after_mmio nisv_inject_dabt_guest_view\n"
	"insn ldr at=nowhere+0x18 el0 abort -> exit mmio then dabt\n"
	"insn str at=nowhere+0x18 el0 abort -> exit mmio then dabt\n",

	"case nisv/el0-abort-commits\n"
	"rules nisv_injection_commit_time\n"
	"insn ldp el0 hold -> ENOSYS\n"
	"set_events dabt -> 0\n"
	"get_reg pc\n"
	"resume -> dabt\n",

	"case nisv/el0-fetch-from-nothing\n"
	"rules nisv_fetch_from_nothing\n"
	"insn br at=nowhere+0x40 el0 -> pabt\n",

	/* ---- what comes to no exit ---- */
	"case nisv/stage1-walk-load\n"
	"rules nisv_stage1_walk_abort\n"
	"cap 0 nr=177 -> 0\n"
	"mmu\n"
	"insn ldr at=walk+0x10 -> dabt\n"
	"insn ldr at=ram -> ok\n",

	"case nisv/stage1-walk-pair\n"
	"rules nisv_stage1_walk_abort\n"
	"mmu\n"
	"insn ldp at=walk -> dabt\n"
	"insn stp at=walk+0x20 -> dabt\n",

	"case nisv/translated\n"
	"rules nisv_abort_exits nisv_valid_syndrome_is_mmio nisv_fault_ipa\n"
	"cap 0 nr=177 -> 0\n"
	"mmu\n"
	"insn ldp at=nowhere+0x5f0 -> exit nisv then ok\n"
	"insn ldr at=nowhere+0x18 data=0x77 -> exit mmio then ok\n"
	"insn ldp at=ram -> ok\n"
	"insn ldxr at=ram -> ok\n",

	"case nisv/translated-abort\n"
	"rules nisv_inject_dabt_guest_view\n"
	"cap 0 nr=177 -> 0\n"
	"mmu\n"
	"insn str_post at=nowhere+0x5f0 abort -> exit nisv then dabt\n",

	NULL
};

/* An abort without syndrome: the exit and each answer to it. */
static void without_syndrome(struct emitter *e, const char *i)
{
	emit(e, "case nisv/%s-exits\n"
		"rules nisv_abort_exits nisv_esr_iss_sanitized nisv_fault_ipa "
		"nisv_registers_unchanged nisv_nothing_completed "
		"nisv_userspace_emulates\n"
		"cap 0 nr=177 -> 0\n"
		"insn %s at=nowhere+0x5c0 hold -> exit nisv then held\n"
		"resume -> exit nisv then held\n"
		"set_reg pc 4\n"
		"resume -> ok\n", i, i);
	emit(e, "case nisv/%s-aborted\n"
		"rules nisv_abort_exits nisv_inject_dabt_accepted "
		"nisv_inject_dabt_guest_view\n"
		"cap 0 nr=177 -> 0\n"
		"insn %s at=nowhere+0x5c0 abort -> exit nisv then dabt\n", i, i);
	emit(e, "case nisv/%s-without-fails\n"
		"rules nisv_disabled_fails_enosys\n"
		"insn %s -> ENOSYS\n"
		"resume -> ENOSYS\n"
		"insn ldr at=ram -> ok\n", i, i);
}

static void with_syndrome(struct emitter *e, const char *i)
{
	static const char *const enable[] = { "", "cap 0 nr=177 -> 0\n" };

	for (int on = 0; on < 2; on++) {
		emit(e, "case nisv/%s-is-mmio%s\n"
			"rules nisv_valid_syndrome_is_mmio\n"
			"%s"
			"insn %s at=nowhere+0x5c0 data=0xf1e2d3c4b5a69788 -> "
			"exit mmio then ok\n"
			"insn %s hold -> exit mmio then held\n"
			"resume data=0x0102030405060708 -> ok\n",
			i, on ? "" : "-without", enable[on], i, i);
		emit(e, "case nisv/%s-mmio-aborted%s\n"
			"rules nisv_valid_syndrome_is_mmio "
			"nisv_inject_after_mmio\n"
			"%s"
			"insn %s at=nowhere+0x5c0 abort -> exit mmio then dabt\n",
			i, on ? "" : "-without", enable[on], i);
	}
}

static void no_exit(struct emitter *e, const char *i, const char *rule,
		    const char *end)
{
	emit(e, "case nisv/%s-makes-no-exit\n"
		"rules %s\n"
		"insn %s at=nowhere+0x40 -> %s\n"
		"cap 0 nr=177 -> 0\n"
		"insn %s at=nowhere+0x40 -> %s\n", i, rule, i, end, i, end);
}

/* Each reserved byte by itself. */
static void reserved_bytes(struct emitter *e)
{
	struct text t = { .at = 0 };

	for (int i = 0; i < EVENTS_SIZE; i++)
		if (events_reserved(i))
			SAY(&t, "set_events junk=%d -> EINVAL\n", i);
	emit(e, "case nisv/events-each-reserved-byte\n"
		"rules nisv_events_reserved_nonzero\n"
		"%s"
		"set_events -> 0\n", t.s);
}

static void families(struct emitter *e)
{
	reserved_bytes(e);
	for (int i = 0; i < NR_INSNS; i++) {
		const struct insn_info *k = &insn_info[i];

		if (k->flags & I_CACHE)
			no_exit(e, k->name, "nisv_cache_maintenance_skipped",
				"ok");
		else if (k->flags & I_FETCH)
			no_exit(e, k->name, "nisv_fetch_from_nothing", "pabt");
		else if (k->flags & I_ISV)
			with_syndrome(e, k->name);
		else
			without_syndrome(e, k->name);
	}
}

SUITE(cases, families);
