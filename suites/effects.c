// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an access that fails must not do, and what must not look like one:
 * effects of denied, refused and dropped accesses, accesses that never exit.
 * Groups EXIT, RPLY and GP; D4.97 and D7.21.
 */
#include "suite.h"

/* Specimens that hold what is written and are passed through on both vendors
 * (SYSENTER_CS, the bases), on SVM only (LSTAR) or on neither (MCG_STATUS). */
static const struct {
	const char *name;
	unsigned index;
} stores[] = {
	{ "sysenter-cs", 0x174 },
	{ "fs-base", 0xc0000100 },
	{ "kernel-gs-base", 0xc0000102 },
	{ "lstar", 0xc0000082 },
	{ "mcg-status", 0x17a },
};

static const char *const cases[] = {
	"case exit/refused-write-leaves-pat\n"
	"rules exit_failed_write_no_effect\n"
	"cap 0x7 -> 0\n"
	"wrmsr 0x277 0x0007040600070406 -> ok\n"
	"wrmsr 0x277 0x0202020202020202 -> exit inval\n"
	"rdmsr 0x277 -> ok 0x7040600070406\n"
	"wrmsr 0x277 0x0202020202020202 error=1 -> exit inval then #GP\n"
	"get_msr 0x277 -> 1 0x7040600070406\n"
	"cap 0x0 -> 0\n"
	"wrmsr 0x277 0x0202020202020202 -> #GP\n"
	"rdmsr 0x277 -> ok 0x7040600070406\n",

	"case exit/refused-write-leaves-mtrr-default\n"
	"rules exit_failed_write_no_effect\n"
	"cap 0x3 -> 0\n"
	"wrmsr 0x2ff 0x0 -> ok\n"
	"wrmsr 0x2ff 0x2 -> exit inval\n"
	"rdmsr 0x2ff -> ok 0x0\n"
	"get_msr 0x2ff -> 1 0x0\n",

	"case exit/denied-non-canonical-base-is-the-filters\n"
	"rules exit_denied_bad_write\n"
	"cap 0x4 -> 0\n"
	"filter allow range w 0xc0000100+3 = 0 -> 0\n"
	"wrmsr 0xc0000100 0x8000000000000000 -> exit filter\n"
	"wrmsr 0xc0000101 0x0000800000000000 -> exit filter\n"
	"wrmsr 0xc0000102 0xff00000000000000 -> exit filter\n"
	"wrmsr 0xc0000100 0x7fffffffffffffff error=1 -> exit filter then #GP\n"
	"rdmsr 0xc0000100 -> ok 0x0\n",

	"case exit/allowed-non-canonical-base-is-the-cpus\n"
	"rules exit_not_for_pass_through\n"
	"cap 0x7 -> 0\n"
	"filter allow range rw 0xdeadbeef+1 = 0 -> 0\n"
	"wrmsr 0xc0000100 0x8000000000000000\n"
	"wrmsr 0xc0000102 0x0000800000000000\n",

	"case exit/counter-instructions-under-deny\n"
	"rules exit_not_for_counter_reads\n"
	"cap 0x7 -> 0\n"
	"filter deny range rw 0xdeadbeef+1 = 0 -> 0\n"
	"code 0f31\n"
	"code 0f33 rcx=0x0\n"
	"rdmsr 0x10 -> exit filter\n"
	"rdmsr 0xc0000103 -> exit filter\n"
	"rdmsr 0xc1 -> exit filter\n",

	"case exit/rdtscp-under-deny\n"
	"rules exit_not_for_counter_reads\n"
	"cap 0x7 -> 0\n"
	"filter deny range rw 0xdeadbeef+1 = 0 -> 0\n"
	"rdmsr 0xc0000103 -> exit filter\n"
	"code 0f01f9\n",

	"case exit/segment-base-instructions-under-deny\n"
	"rules exit_not_for_msr_users\n"
	"cap 0x7 -> 0\n"
	"filter deny range rw 0xdeadbeef+1 = 0 -> 0\n"
	"rdmsr 0xc0000102 -> exit filter\n"
	"code 0f01f80f01f8\n"		/* swapgs, and back */
	"code 8ee3 rbx=0x0\n"		/* mov %ebx, %fs */
	"rdmsr 0xc0000100 -> exit filter\n",

	"case exit/msr-list-instructions\n"
	"rules exit_msr_lists_ud\n"
	"cap 0x7 -> 0\n"
	"filter deny range rw 0xdeadbeef+1 = 0 -> 0\n"
	"code f20f01c6\n"
	"code f30f01c6\n",

	/* the hypercall page of Xen guests cannot be read: EFAULT */
	"case exit/write-that-fails-with-an-errno-is-invalid\n"
	"rules exit_write_errno\n"
	"xen_page 0x40000200 -> 0\n"
	"cap 0x1 -> 0\n"
	"wrmsr 0x40000200 0x5000 -> exit inval then ok\n"
	"wrmsr 0x40000200 0x5000 error=1 -> exit inval then #GP\n"
	"cap 0x7 -> 0\n"
	"wrmsr 0x40000200 0x5000 -> exit inval\n"
	"filter allow range w 0x40000200+1 = 0 -> 0\n"
	"wrmsr 0x40000200 0x5000 -> exit filter\n"
	"filter allow -> 0\n"
	"cap 0x6 -> 0\n"
	"wrmsr 0x40000200 0x5000 -> EFAULT\n",

	"case exit/write-that-fails-with-an-errno-ends-kvm-run\n"
	"rules exit_write_errno rply_exit_reason_reset\n"
	"xen_page 0x40000200 -> 0\n"
	"wrmsr 0xdeadbeef 0x1 -> #GP\n"
	"wrmsr 0x40000200 0x5000 -> EFAULT\n"
	"regs\n"
	"events\n",

	"case emu/write-that-fails-with-an-errno-ends-the-emulation\n"
	"rules exit_emulated_write_errno\n"
	"needs forced_emulation\n"
	"xen_page 0x40000200 -> 0\n"
	"cap 0x7 -> 0\n"
	"wrmsr 0x40000200 0x5000 forced\n",

	"case exit/failing-reads-fault-in-the-guest\n"
	"rules exit_read_never_errno exit_needs_capability\n"
	"filter allow range r 0x1a0+1 = 0 -> 0\n"
	"rdmsr 0x1a0 -> #GP\n"
	"rdmsr 0xdeadbeef -> #GP\n"
	"rdmsr 0x9e -> #GP\n"
	"rdmsr 0x474f4f00 -> #GP\n",

	"case exit/no-exit-before-the-capability\n"
	"rules exit_needs_capability\n"
	"filter deny range rw 0xdeadbeef+1 = 0xff -> 0\n"
	"rdmsr 0x174 -> #GP\n"
	"wrmsr 0x174 0x10 -> #GP\n"
	"rdmsr 0xdeadbeef -> #GP\n"
	"wrmsr 0xdeadbeef 0x1 -> #GP\n"
	"vcpu1: rdmsr 0xc0000100 -> #GP\n"
	"vm1: rdmsr 0x174 -> ok\n"
	"cap 0x4 -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"vm1: rdmsr 0xdeadbeef -> #GP\n",

	"case exit/userspace-accessors-under-deny\n"
	"rules exit_not_for_userspace_access host_not_filtered\n"
	"cap 0x7 -> 0\n"
	"filter deny range rw 0xdeadbeef+1 = 0 -> 0\n"
	"set_msr 0x174 0x23 -> 1\n"
	"get_msr 0x174 -> 1 0x23\n"
	"set_msr 0xc0000100 0x1000 -> 1\n"
	"get_msr 0xc0000100 -> 1 0x1000\n"
	"rdmsr 0x174 hold -> exit filter then held\n"
	"set_msr 0x174 0x45 -> 1\n"
	"get_msr 0x174 -> 1 0x45\n"
	"resume data=0x99 -> ok 0x99\n"
	"get_msr 0x174 -> 1 0x45\n",

	"case exit/two-vcpus-at-their-exits\n"
	"rules exit_vcpus_independent\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+3 = 0 -> 0\n"
	"rdmsr 0x174 hold -> exit filter then held\n"
	"vcpu1: wrmsr 0x175 0x1111222233334444 hold -> exit filter then held\n"
	"vcpu2: rdmsr 0x176 hold -> exit filter then held\n"
	"vcpu1: resume -> ok\n"
	"resume data=0x5 -> ok 0x5\n"
	"vcpu2: resume error=1 -> #GP\n"
	"vcpu1: rdmsr 0x174 data=0x7 -> exit filter then ok 0x7\n",

	"case exit/many-in-a-row\n"
	"rules exit_consecutive_in_order exit_once_per_execution\n"
	"cap 0x7 -> 0\n"
	"filter allow range rw 0x174+3 = 0 -> 0\n"
	"rdmsr 0x174 data=0x1 -> exit filter then ok 0x1\n"
	"rdmsr 0x175 data=0x2 -> exit filter then ok 0x2\n"
	"wrmsr 0x176 0x3 -> exit filter then ok\n"
	"rdmsr 0xdeadbeef data=0x4 -> exit unknown then ok 0x4\n"
	"rdmsr 0x174 error=1 -> exit filter then #GP\n"
	"wrmsr 0x174 0x5 error=1 -> exit filter then #GP\n"
	"rdmsr 0x9e data=0x6 -> exit inval then ok 0x6\n"
	"rdmsr 0x174 data=0x7 -> exit filter then ok 0x7\n"
	"rdmsr 0x174 data=0x8 -> exit filter then ok 0x8\n",

	"case fault/same-for-every-cause\n"
	"rules gp_same_for_all_causes\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 error=1 -> exit filter then #GP\n"
	"rdmsr 0xdeadbeef -> #GP\n"
	"rdmsr 0x9e -> #GP\n"
	"wrmsr 0x174 0x1 error=255 -> exit filter then #GP\n"
	"cap 0x0 -> 0\n"
	"rdmsr 0x174 -> #GP\n"
	"wrmsr 0x174 0x1 -> #GP\n",

	"case reply/closed-with-two-pending\n"
	"rules rply_destroy_pending_clean\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 hold -> exit filter then held\n"
	"vcpu1: wrmsr 0x174 0x1 hold -> exit filter then held\n"
	"close -> 0\n"
	"rdmsr 0x174 -> ok\n"
	"rdmsr 0xdeadbeef -> #GP\n",

	"case reply/tf-while-breakpoints-are-watched\n"
	"rules rply_hw_bp_reports_tf\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 tf hold -> exit filter then held\n"
	"debug hw_bp -> 0\n"
	"resume data=0x1\n",
	NULL
};

static void families(struct emitter *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(stores); i++) {
		unsigned m = stores[i].index;

		emit(e,
		     "case exit/denied-write-leaves-%s\n"
		     "rules exit_denied_write_no_effect\n"
		     "cap 0x4 -> 0\n"
		     "wrmsr 0x%x 0x5 -> ok\n"
		     "filter allow range w 0x%x+1 = 0 -> 0\n"
		     "wrmsr 0x%x 0x6 data=0x7 -> exit filter\n"
		     "rdmsr 0x%x -> ok 0x5\n"
		     "get_msr 0x%x -> 1 0x5\n"
		     "wrmsr 0x%x 0x6 error=1 -> exit filter then #GP\n"
		     "rdmsr 0x%x -> ok 0x5\n"
		     "cap 0x0 -> 0\n"
		     "wrmsr 0x%x 0x6 -> #GP\n"
		     "get_msr 0x%x -> 1 0x5\n"
		     "filter allow -> 0\n"
		     "rdmsr 0x%x -> ok 0x5\n",
		     stores[i].name, m, m, m, m, m, m, m, m, m, m);
		emit(e,
		     "case exit/denied-read-leaves-%s\n"
		     "rules exit_denied_read_no_effect\n"
		     "cap 0x4 -> 0\n"
		     "wrmsr 0x%x 0x5 -> ok\n"
		     "filter allow range r 0x%x+1 = 0 -> 0\n"
		     "rdmsr 0x%x data=0x7 -> exit filter then ok 0x7\n"
		     "get_msr 0x%x -> 1 0x5\n"
		     "rdmsr 0x%x error=1 -> exit filter then #GP\n"
		     "filter allow -> 0\n"
		     "rdmsr 0x%x -> ok 0x5\n",
		     stores[i].name, m, m, m, m, m, m);
		emit(e,
		     "case reply/unanswered-write-of-%s-is-dropped\n"
		     "rules rply_wrmsr_untouched_drops\n"
		     "cap 0x4 -> 0\n"
		     "wrmsr 0x%x 0x5 -> ok\n"
		     "filter allow range w 0x%x+1 = 0 -> 0\n"
		     "wrmsr 0x%x 0x6 -> exit filter then ok\n"
		     "rdmsr 0x%x -> ok 0x5\n"
		     "get_msr 0x%x -> 1 0x5\n",
		     stores[i].name, m, m, m, m, m);
	}
}

SUITE(cases, families);
