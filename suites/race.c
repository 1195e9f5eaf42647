// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters and masks that change while vCPUs access MSRs. Every access must be
 * explained by one whole filter and one mask that were in force at some moment
 * of its window (harness/oracle.c). Group RACE.
 */
#include "suite.h"

/* Ranges that no access of a race is in. */
#define THREE " range r 0x10000+1 = 0 range w 0x20000+2 = 0 range rw 0x30000+9 = 0"

static const char *const cases[] = {
	/* the two filters deny opposite halves: a mixture shows */
	"case race/one-of-two-filters-and-never-both\n"
	"rules race_old_or_new_filter race_old_filter_gone_on_return\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"vcpu0: vcpu\n"
	"vcpu1: vcpu\n"
	"race 200 seed=1\n"
	"t1: filter allow range rw 0x174+1 = 0\n"
	"t1: filter deny range rw 0x174+1 = 0xff\n"
	"t2.vcpu0: rdmsr 0x174 data=0x5\n"
	"t2.vcpu0: rdmsr 0x474f4f00 data=0x6\n"
	"t2.vcpu0: wrmsr 0x474f4f01 0x1\n"
	"t3.vcpu1: rdmsr 0x474f4f00 error=1\n"
	"t3.vcpu1: rdmsr 0x2ff data=0x7\n"
	"end\n"
	"vcpu0: rdmsr 0x174 data=0x5\n",

	"case race/pass-through-msrs-follow\n"
	"rules race_old_or_new_filter race_stopped_vcpu_deterministic\n"
	"cap 0x4 -> 0\n"
	"race 200 seed=2\n"
	"t1: filter allow range rw 0x174+3 = 0 range rw 0xc0000100+3 = 0xff\n"
	"t1: filter allow range rw 0x174+3 = 0xff range rw 0xc0000100+3 = 0\n"
	"t2.vcpu0: rdmsr 0x176 data=0x5\n"
	"t2.vcpu0: rdmsr 0xc0000102 data=0x6\n"
	"t3.vcpu1: wrmsr 0x174 0x0\n"
	"t3.vcpu1: wrmsr 0xc0000100 0x0\n"
	"end\n"
	"vcpu0: rdmsr 0x176 data=0x5\n"
	"vcpu1: rdmsr 0xc0000100 data=0x5\n",

	"case race/msrs-that-all-filters-treat-alike\n"
	"rules race_agreed_msrs_undisturbed race_set_filter_loop\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x474f4f00+16 = 0 -> 0\n"
	"race 200 seed=3\n"
	"t1: filter allow range rw 0x474f4f00+16 = 0\n"
	"t1: filter deny range rw 0x174+1 = 0xff\n"
	"t1: filter allow range r 0x474f4f00+1 = 0 range w 0x474f4f00+1 = 0\n"
	"t2.vcpu0: rdmsr 0x474f4f00 data=0x5\n"
	"t2.vcpu0: rdmsr 0x174\n"
	"t3.vcpu1: wrmsr 0x474f4f00 0x1\n"
	"t3.vcpu1: rdmsr 0x174\n"
	"end\n"
	"vcpu0: rdmsr 0x474f4f00 -> exit filter\n"
	"vcpu1: rdmsr 0x174 -> ok 0x0\n",

	"case race/a-call-that-fails-changes-nothing\n"
	"rules race_agreed_msrs_undisturbed\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"race 300 seed=4\n"
	"t1: filter allow range rw 0x176+1 = 0 range rw 0x10+1 = 0 at=null\n"
	"t1: filter deny\n"
	"t1: filter flags=0x4 range rw 0x176+1 = 0\n"
	"t1: filter deny range 0x4 0x174+1 = 0\n"
	"t1: filter deny range rw 0x174+12289 = 0\n"
	"t2.vcpu0: rdmsr 0x174 data=0x5\n"
	"t2.vcpu0: rdmsr 0x176\n"
	"t3.vcpu1: wrmsr 0x174 0x1\n"
	"t3.vcpu1: rdmsr 0x474f4f00\n"
	"end\n"
	"vcpu0: rdmsr 0x174 -> exit filter\n"
	"vcpu0: rdmsr 0x176 -> ok 0x0\n",

	"case race/two-threads-set-filters\n"
	"rules race_setters_serialised race_old_or_new_filter\n"
	"cap 0x4 -> 0\n"
	"race 200 seed=5\n"
	"t1: filter allow range rw 0x474f4f00+12288 = 0\n"
	"t1: filter allow range rw 0x174+1 = 0 range rw 0x474f4f00+2 = 0\n"
	"t2: filter deny range rw 0x176+1 = 0xff\n"
	"t2: filter deny range rw 0x174+1 = 0xff range rw 0x176+1 = 0xff\n"
	"t3.vcpu0: rdmsr 0x474f4f01 data=0x5\n"
	"t3.vcpu0: rdmsr 0x174\n"
	"t3.vcpu0: rdmsr 0x176\n"
	"end\n"
	"vcpu0: rdmsr 0x474f4f01 -> exit filter\n"
	"vcpu1: rdmsr 0x474f4f01 -> exit filter\n",

	"case race/the-mask-changes\n"
	"rules race_mask_store_unordered\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"race 300 seed=6\n"
	"t1: cap 0x4\n"
	"t1: cap 0x2\n"
	"t1: cap 0x0\n"
	"t1: cap 0x7\n"
	"t2.vcpu0: rdmsr 0x174 data=0x5\n"
	"t2.vcpu0: rdmsr 0x474f4f00\n"
	"t3.vcpu1: wrmsr 0x174 0x1\n"
	"t3.vcpu1: wrmsr 0x474f4f00 0x1\n"
	"end\n",

	"case race/mask-and-filter-change\n"
	"rules race_mask_store_unordered race_old_or_new_filter\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"race 200 seed=7\n"
	"t1: cap 0x4\n"
	"t1: cap 0x3\n"
	"t2: filter allow range rw 0x474f4f00+1 = 0\n"
	"t2: filter allow range rw 0x174+1 = 0\n"
	"t3.vcpu0: rdmsr 0x174 data=0x5\n"
	"t3.vcpu0: rdmsr 0x474f4f00 data=0x6\n"
	"end\n",

	"case race/callers-of-both-kinds\n"
	"rules race_old_or_new_filter race_setters_serialised\n"
	"cap 0x4 -> 0\n"
	"race 200 seed=8\n"
	"t1.int80: filter allow range rw 0x174+1 = 0\n"
	"t1.int80: filter deny range rw 0x174+1 = 0xff\n"
	"t2: filter allow range rw 0x176+1 = 0\n"
	"t2: filter deny range rw 0x176+1 = 0xff\n"
	"t3.vcpu0: rdmsr 0x174 data=0x5\n"
	"t3.vcpu0: rdmsr 0x176 data=0x6\n"
	"end\n"
	"vcpu0: rdmsr 0x174 data=0x5\n"
	"vcpu0: rdmsr 0x176 data=0x5\n",

	"case race/filters-of-two-vms\n"
	"rules race_agreed_msrs_undisturbed race_old_or_new_filter\n"
	"vm0: cap 0x4 -> 0\n"
	"vm1: cap 0x4 -> 0\n"
	"vm1: filter allow range rw 0x176+1 = 0 -> 0\n"
	"race 200 seed=9\n"
	"t1.vm0: filter allow range rw 0x174+1 = 0\n"
	"t1.vm0: filter allow range rw 0x176+1 = 0\n"
	"t2.vm0: rdmsr 0x174\n"
	"t2.vm0: rdmsr 0x176\n"
	"t3.vm1: rdmsr 0x174\n"
	"t3.vm1: rdmsr 0x176\n"
	"end\n"
	"vm1: rdmsr 0x176 -> exit filter\n",

	/* freed memory is soon another filter's: the last of many shows it */
	"case race/what-is-searched-is-not-freed\n"
	"rules race_agreed_msrs_undisturbed race_set_filter_loop\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x474f4f00+64 = 0 -> 0\n"
	"race 400 seed=10 storm\n"
	"t1: filter allow" THREE THREE THREE THREE THREE
	" range rw 0x474f4f00+64 = 0\n"
	"t1: filter deny" THREE THREE THREE THREE THREE
	" range rw 0x474f4f01+64 = 0xff\n"
	"t2.vcpu0: rdmsr 0x474f4f00 data=0x5\n"
	"t3.vcpu1: wrmsr 0x474f4f00 0x1\n"
	"end\n"
	"vcpu0: rdmsr 0x474f4f00 -> exit filter\n",

	/* each frees the one that it replaced, and no other */
	"case race/many-setters-at-once\n"
	"rules race_setters_serialised\n"
	"cap 0x4 -> 0\n"
	"race 100 seed=11 storm\n"
	"t1: filter allow range rw 0x474f4f00+1 = 0\n"
	"t2: filter allow range rw 0x474f4f00+2 = 0\n"
	"t3: filter deny range rw 0x176+1 = 0xff\n"
	"t4: filter deny range rw 0x174+3 = 0xff\n"
	"t5: filter allow range rw 0x474f4f00+3 = 0\n"
	"t6: filter allow range rw 0x474f4f00+4 = 0\n"
	"t7: filter allow range rw 0x474f4f00+5 = 0\n"
	"t8: filter allow range rw 0x474f4f00+6 = 0\n"
	"end\n"
	"vcpu0: rdmsr 0x474f4f00 -> exit filter\n"
	"vcpu0: rdmsr 0x176 -> ok 0x0\n",

	"case race/spinning-vcpu-gets-the-new-filter\n"
	"rules pass_filter_while_running\n"
	"cap 0x4 -> 0\n"
	"wrmsr 0xc0000100 0x1000 -> ok\n"
	"t1: spin &\n"
	"filter deny range rw 0x10000+12288 = 0 range rw 0x14000+12288 = 0 range rw 0x18000+12288 = 0 range rw 0x1c000+12288 = 0 range rw 0x20000+12288 = 0 range rw 0x24000+12288 = 0 range rw 0x28000+12288 = 0 range rw 0x2c000+12288 = 0 range rw 0x30000+12288 = 0 range rw 0x34000+12288 = 0 range rw 0x38000+12288 = 0 range rw 0x3c000+12288 = 0 range rw 0x40000+12288 = 0 range rw 0x44000+12288 = 0 range rw 0x48000+12288 = 0 -> 0\n"
	"stop\n"
	"wait t1\n"
	"rdmsr 0xc0000100 -> exit filter\n",

	/* one that is made meanwhile misses none of them */
	"case race/vcpus-made-meanwhile\n"
	"rules race_old_or_new_filter race_old_filter_gone_on_return\n"
	"cap 0x4 -> 0\n"
	"race 200 seed=12 late\n"
	"t1: filter allow range rw 0x174+1 = 0 range rw 0xc0000100+3 = 0\n"
	"t1: filter allow range rw 0x176+1 = 0\n"
	"t2: filter deny range rw 0x174+3 = 0xff range rw 0xc0000100+3 = 0xff\n"
	"t3.vcpu0: rdmsr 0xc0000102 data=0x5\n"
	"t3.vcpu0: rdmsr 0x176 data=0x6\n"
	"t4.vcpu1: rdmsr 0xc0000100 data=0x5\n"
	"t5.vcpu2: rdmsr 0xc0000101 data=0x5\n"
	"t5.vcpu2: rdmsr 0x174 data=0x6\n"
	"t6.vcpu3: wrmsr 0x174 0x0\n"
	"end\n"
	"filter allow range rw 0xc0000100+3 = 0 -> 0\n"
	"vcpu0: rdmsr 0xc0000102 -> exit filter\n"
	"vcpu1: rdmsr 0xc0000100 -> exit filter\n"
	"vcpu2: rdmsr 0xc0000101 -> exit filter\n"
	"vcpu3: rdmsr 0x174 -> ok\n",

	/* in KVM_RUN and yet not in the guest, until its timer ends that */
	"case race/halted-vcpu-gets-the-new-filter\n"
	"rules pass_filter_between_runs\n"
	"needs irqchip\n"
	"irqchip full -> 0\n"
	"cpuid default with=tsc_deadline -> 0\n"
	"set_msr 0x1b 0xfee00d00 -> 1\n"
	"cap 0x7 -> 0\n"
	"wrmsr 0x80f 0x1ff -> ok\n"
	"wrmsr 0x832 0x4001e -> ok\n"
	"wrmsr 0xc0000100 0x1000 -> ok\n"
	/* rdtsc; add $0x2000000, %eax; adc $0, %edx; mov $0x6e0, %ecx; wrmsr */
	"t1: code 0f310500000002" "83d200b9e00600000f30"
	"fbf4 &\n"	/* sti; hlt */
	"filter allow range rw 0xc0000100+1 = 0 -> 0\n"
	"wait t1\n"
	"rdmsr 0xc0000100 data=0x5 -> exit filter then ok 0x5\n",

	/* ---- without chance: one thing after the other ---- */

	"case race/filter-set-at-an-exit\n"
	"rules race_set_filter_at_exit\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 hold -> exit filter then held\n"
	"t1: filter allow -> 0\n"
	"t2: cap 0x0 -> 0\n"
	"resume data=0x5 -> ok 0x5\n"
	"t2: cap 0x4 -> 0\n"
	"rdmsr 0x174 -> ok 0x0\n"
	"t1: filter deny range rw 0x176+1 = 0xff -> 0\n"
	"wrmsr 0x174 0x10 hold -> exit filter then held\n"
	"t1: filter allow range rw 0x176+1 = 0 -> 0\n"
	"t2: cap 0x0 -> 0\n"
	"resume error=1 -> #GP\n"
	"rdmsr 0x174 -> ok 0x0\n",

	/* KVM waits for a bitmap, so what it did before is in force by now */

	"case race/old-filter-until-the-new-one-is-read\n"
	"rules race_old_filter_until_read pass_filter_between_runs\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"wrmsr 0xc0000100 0x1000 -> ok\n"
	"t1: filter allow range rw 0xc0000100+2 = 0 at=late & -> 0\n"
	"rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n"
	"wrmsr 0xc0000100 0x2000 -> ok\n"
	"rdmsr 0xc0000100 -> ok 0x2000\n"
	"wait t1\n"
	"rdmsr 0x174 -> ok 0x0\n"
	"rdmsr 0xc0000100 data=0x5 -> exit filter then ok 0x5\n"
	"wrmsr 0xc0000101 0x1000 -> exit filter\n",

	"case race/no-filter-until-the-first-one-is-read\n"
	"rules race_old_filter_until_read pass_filter_between_runs\n"
	"cap 0x4 -> 0\n"
	"wrmsr 0xc0000101 0x1000 -> ok\n"
	"t1: filter deny range r 0x174+1 = 0xff"
	" range rw 0xc0000100+1 = 0xff at=late & -> 0\n"
	"rdmsr 0xc0000101 -> ok 0x1000\n"
	"rdmsr 0x176 -> ok 0x0\n"
	"wait t1\n"
	"rdmsr 0x174 -> ok 0x0\n"
	"rdmsr 0x176 -> exit filter\n"
	"rdmsr 0xc0000101 -> exit filter\n"
	"wrmsr 0xc0000101 0x0 -> exit filter\n",

	"case race/vcpu-made-while-a-filter-is-read\n"
	"rules race_old_filter_until_read pass_filter_between_runs\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0xc0000100+1 = 0 -> 0\n"
	"t1: filter allow range rw 0x174+1 = 0 at=late"
	" range rw 0xc0000101+2 = 0 & -> 0\n"
	"vcpu1: rdmsr 0xc0000100 data=0x5 -> exit filter then ok 0x5\n"
	"vcpu1: rdmsr 0xc0000102 -> ok 0x0\n"
	"wait t1\n"
	"vcpu1: rdmsr 0xc0000100 -> ok 0x0\n"
	"vcpu1: rdmsr 0xc0000102 -> exit filter\n"
	"vcpu1: wrmsr 0x174 0x1 -> exit filter\n"
	"vcpu0: rdmsr 0xc0000101 -> exit filter\n",

	"case race/refused-after-it-was-read\n"
	"rules flt_failure_keeps_old\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 range rw 0xc0000100+1 = 0 -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"t1: filter deny range rw 0x174+1 = 0xff at=late"
	" range rw 0x176+1 = 0 at=null & -> EFAULT\n"
	"rdmsr 0x174 -> exit filter\n"
	"rdmsr 0x176 -> ok 0x0\n"
	"wait t1\n"
	"rdmsr 0x174 -> exit filter\n"
	"rdmsr 0x176 -> ok 0x0\n"
	"rdmsr 0xc0000100 -> exit filter\n",

	/* the one whose bitmaps come last is the last, and frees the other */
	"case race/filter-set-while-another-is-read\n"
	"rules race_setters_serialised\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"t1: filter allow range rw 0x475+1 = 0 range rw 0x476+64 = 0 at=late & -> 0\n"
	"t2: filter allow range rw 0x477+1 = 0 at=late range rw 0x478+64 = 0 & -> 0\n"
	"filter allow range rw 0x176+1 = 0 -> 0\n"
	"rdmsr 0x174 -> ok 0x0\n"
	"rdmsr 0x176 -> exit filter\n"
	"wait t2\n"
	"rdmsr 0x176 -> ok 0x0\n"
	"rdmsr 0x477 -> exit filter\n"
	"cap 0x0 -> 0\n"
	"wait t1\n"
	"rdmsr 0x475 -> #GP\n"
	"cap 0x4 -> 0\n"
	"rdmsr 0x475 -> exit filter\n"
	"rdmsr 0x174 -> ok 0x0\n",

	"case race/exit-completed-while-a-filter-is-read\n"
	"rules race_old_filter_until_read\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 hold -> exit filter then held\n"
	"t1: filter allow range rw 0x176+1 = 0 at=late & -> 0\n"
	"resume data=0x5 -> ok 0x5\n"
	"wrmsr 0x174 0x1 hold -> exit filter then held\n"
	"wait t1\n"
	"resume error=1 -> #GP\n"
	"wrmsr 0x174 0x2 -> ok\n"
	"rdmsr 0x176 -> exit filter\n",

	"case race/compat-filter-that-comes-late\n"
	"rules race_old_filter_until_read\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"t1.int80: filter allow range rw 0x175+1 = 0 range rw 0xc0000100+1 = 0"
	" at=late & -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"wrmsr 0xc0000100 0x1000 -> ok\n"
	"wait t1\n"
	"rdmsr 0x174 -> ok 0x0\n"
	"rdmsr 0xc0000100 -> exit filter\n",

	/*
	 * Whoever is in KVM_GET_MSRS might be reading the filter: a call that
	 * sets one waits for it, between the old filter's end and its free
	 */

	"case race/new-filter-while-the-old-one-may-be-read\n"
	"rules race_old_filter_gone_on_return\n"
	"cap 0x4 -> 0\n"
	"filter deny range rw 0x474f4f00+1 = 0xff -> 0\n"
	"vcpu0: rdmsr 0x474f4f40 -> exit filter\n"
	"vcpu1: rdmsr 0x474f4f00 -> #GP\n"
	"t1.vcpu1: msrs get 0x10 at=late & -> 1\n"
	"t2: filter deny range rw 0x474f4f40+1 = 0xff & -> 0\n"
	"vcpu0: rdmsr 0x474f4f40 -> #GP\n"
	"vcpu0: rdmsr 0x474f4f00 data=0x5 -> exit filter then ok 0x5\n"
	"vcpu0: wrmsr 0x2ff 0x0 -> exit filter\n"
	"wait t1\n"
	"wait t2\n"
	"vcpu1: rdmsr 0x474f4f40 -> #GP\n"
	"vcpu1: rdmsr 0x474f4f00 -> exit filter\n",

	"case race/second-filter-while-the-first-one-waits\n"
	"rules race_lock_over_grace_period race_setters_serialised\n"
	"cap 0x4 -> 0\n"
	"vcpu0: rdmsr 0x474f4f00 -> #GP\n"
	"vcpu1: rdmsr 0x474f4f00 -> #GP\n"
	"t1.vcpu1: msrs get 0x10 at=late & -> 1\n"
	"t2: filter allow range rw 0x474f4f00+1 = 0 & -> 0\n"
	"t3: filter allow range rw 0x474f4f40+1 = 0 & -> 0\n"
	"vcpu0: rdmsr 0x474f4f00\n"
	"vcpu0: rdmsr 0x474f4f40\n"
	"wait t1\n"
	"wait t2\n"
	"wait t3\n"
	"vcpu0: rdmsr 0x474f4f00 -> #GP\n"
	"vcpu0: rdmsr 0x474f4f40 -> exit filter\n",

	"case race/child-of-a-fork-refused\n"
	"rules race_fork_child_refused\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"child: filter allow -> EIO\n"
	"child: cap 0x0 -> EIO\n"
	"rdmsr 0x174 -> exit filter\n",

	"case race/completed-by-the-next-run-and-once\n"
	"rules race_completion_in_next_run\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"t1: rdmsr 0x174 hold -> exit filter then held\n"
	"t2: resume data=0x5 -> ok 0x5\n"
	"t1: rdmsr 0x174 data=0x6 -> exit filter then ok 0x6\n"
	"t3: wrmsr 0x174 0x1 hold -> exit filter then held\n"
	"t1: resume error=255 -> #GP\n"
	"t2: rdmsr 0x174 data=0x7 -> exit filter then ok 0x7\n",
	NULL
};

SUITE(cases, NULL);
