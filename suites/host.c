// SPDX-License-Identifier: GPL-2.0-only
/*
 * HOST: userspace's own ways to MSRs stand beside the guest's.  No filter and
 * no mask concerns KVM_GET_MSRS, KVM_SET_MSRS, the index lists and ONE_REG;
 * what they return, how far they come in an array and what they leave alone is
 * the same with everything denied.  Source: api.rst 4.3, 4.18, 4.19, 4.68 and
 * msr_io() of x86.c.
 */
#include "suite.h"

/* Denies all that can be denied, both ways. */
#define DENY_ALL "filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
#define DENIED "cap 0x7 -> 0\n" DENY_ALL

#define ONE_REG "0x20300002"

static const char *const cases[] = {
	/* ---- not filtered, no exit ---- */

	"case host/set-and-get-under-deny-all\n"
	"rules host_not_filtered\n"
	DENIED
	"msrs set 0x174=0x10 0x17a=0x5 0xc0000081=0x23001000000000 -> 3\n"
	"msrs get 0x174 0x17a 0xc0000081 -> 3\n"
	"get_msr 0x174 -> 1 0x10\n"
	"get_msr 0x17a -> 1 0x5\n"
	"get_msr 0xc0000081 -> 1 0x23001000000000\n",

	"case host/save-and-restore-under-deny-all\n"
	"rules host_not_filtered host_never_exits\n"
	"cap 0x7 -> 0\n"
	"wrmsr 0x174 0x1234 -> ok\n"
	"wrmsr 0x17a 0x4 -> ok\n"
	"wrmsr 0xc0000082 0x7000 -> ok\n"
	"wrmsr 0xc0000102 0x7fff0000 -> ok\n"
	DENY_ALL
	"msrs get 0x174 0x17a 0xc0000082 -> 3\n"
	"msrs get 0xc0000102 -> 1\n"
	"msrs set 0x174=0x4321 0x17a=0x2 0xc0000082=0x9000 0xc0000102=0x9f\n"
	"filter allow -> 0\n"
	"rdmsr 0x174 -> ok 0x4321\n"
	"rdmsr 0x17a -> ok 0x2\n"
	"rdmsr 0xc0000082 -> ok 0x9000\n"
	"rdmsr 0xc0000102 -> ok 0x9f\n",

	"case host/unknown-msr-under-every-mask\n"
	"rules host_unknown_count_short\n"
	"cap 0x7 -> 0\n"
	"get_msr 0xdeadbeef -> 0\n"
	"set_msr 0xdeadbeef 0x1 -> 0\n"
	"rdmsr 0xdeadbeef -> exit unknown\n"
	"get_msr 0xdeadbeef -> 0\n"
	"cap 0x0 -> 0\n"
	"get_msr 0xdeadbeef -> 0\n"
	"set_msr 0xdeadbeef 0x0 -> 0\n",

	"case host/at-an-exit-of-the-same-msr\n"
	"rules host_set_msrs_lets_write_through\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"set_msr 0x174 0x10 -> 1\n"
	"wrmsr 0x174 0x20 hold -> exit filter then held\n"
	"get_msr 0x174 -> 1 0x10\n"
	"set_msr 0x174 0x20 -> 1\n"
	"get_msr 0x174 -> 1 0x20\n"
	"resume -> ok\n"
	"get_msr 0x174 -> 1 0x20\n"
	"filter allow -> 0\n"
	"rdmsr 0x174 -> ok 0x20\n",

	"case host/read-at-an-exit-answered-with-the-msrs-value\n"
	"rules host_usable_at_exit\n"
	"cap 0x4 -> 0\n"
	"filter allow range rw 0x174+1 = 0 -> 0\n"
	"set_msr 0x174 0x77 -> 1\n"
	"rdmsr 0x174 hold -> exit filter then held\n"
	"get_msr 0x174 -> 1 0x77\n"
	"set_msr 0x174 0x78 -> 1\n"
	"resume data=0x77 -> ok 0x77\n"
	"get_msr 0x174 -> 1 0x78\n",

	/* ---- counts ---- */

	"case host/stops-at-the-first-that-fails\n"
	"rules host_count_of_accessed host_entries_copied_back\n"
	"set_msr 0x174 0x1 -> 1\n"
	"set_msr 0x17a 0x1 -> 1\n"
	"msrs set 0x174=0x10 0xdeadbeef=0x5 0x17a=0x6 -> 1\n"
	"get_msr 0x174 -> 1 0x10\n"
	"get_msr 0x17a -> 1 0x1\n"
	"msrs get 0x174 0xdeadbeef 0x17a -> 1\n"
	"msrs get 0x174 0x17a 0xdeadbeef -> 2\n",

	"case host/stops-there-with-everything-denied\n"
	"rules host_count_of_accessed\n"
	DENIED
	"msrs set 0x174=0x10 0x17a=0x6 0xdeadbeef=0x5 -> 2\n"
	"msrs get 0x174 0x17a 0xdeadbeef 0x174 -> 2\n"
	"get_msr 0x174 -> 1 0x10\n"
	"get_msr 0x17a -> 1 0x6\n",

	"case host/first-that-fails-is-no-error\n"
	"rules host_first_failing_returns_zero\n"
	"msrs get 0xdeadbeef 0x174 -> 0\n"
	"msrs set 0xdeadbeef=0x1 0x174=0x10 -> 0\n"
	"get_msr 0x174 -> 1 0x0\n",

	"case host/the-same-msr-twice-in-order\n"
	"rules host_count_of_accessed\n"
	"msrs set 0x174=0x1 0x174=0x2 0xdeadbeef=0x0 -> 2\n"
	"get_msr 0x174 -> 1 0x2\n"
	"msrs get 0x174 0x174 0xdeadbeef -> 2\n",

	"case host/pad-and-reserved-are-ignored\n"
	"rules host_count_of_accessed\n"
	"msrs set 0x174=0x30 0x17a=0x3 pad=0xff -> 2\n"
	"msrs get 0x174 0x17a 0xdeadbeef pad=0xa5 -> 2\n"
	"get_msr 0x174 -> 1 0x30\n",

	"case host/refused-value-stops-it-and-is-not-applied\n"
	"rules host_count_of_accessed\n"
	"set_msr 0x2ff 0xc06 -> 1\n"
	"msrs set 0x174=0x10 0x2ff=0x2 0x17a=0x6\n"
	"get_msr 0x2ff -> 1 0xc06\n"
	"get_msr 0x17a -> 1 0x0\n"
	"msrs get 0x174 0xdeadbeef -> 1\n",

	/* ---- sizes and memory ---- */

	"case host/no-msrs\n"
	"rules host_nmsrs_zero\n"
	"msrs get 0x174 nmsrs=0 -> 0\n"
	"msrs set 0x174=0x10 nmsrs=0 -> 0\n"
	"msrs get 0x174 nmsrs=0 at=readable:8 -> 0\n"
	"get_msr 0x174 -> 1 0x0\n",

	"case host/most-msrs-of-one-call\n"
	"rules host_nmsrs_limit\n"
	"msrs get 0x174 repeat=255 -> 255\n"
	"msrs set 0x174=0x10 repeat=255 -> 255\n"
	"msrs get 0x174 nmsrs=256 -> E2BIG\n"
	"msrs set 0x174=0x20 nmsrs=256 -> E2BIG\n"
	"msrs get 0x174 nmsrs=0x80000000 -> E2BIG\n"
	"msrs get 0x174 nmsrs=0xffffffff -> E2BIG\n"
	"msrs set 0x174=0x20 nmsrs=0x10000001 -> E2BIG\n"
	"get_msr 0x174 -> 1 0x10\n",

	"case host/too-many-comes-before-the-entries\n"
	"rules host_nmsrs_limit\n"
	"msrs get 0x174 nmsrs=256 at=readable:8 -> E2BIG\n"
	"msrs set 0x174=0x1 nmsrs=1000 at=readable:8 -> E2BIG\n",

	"case host/header-or-entries-unreadable\n"
	"rules host_msrs_unreadable\n"
	"msrs get 0x174 at=null -> EFAULT\n"
	"msrs set 0x174=0x1 at=null -> EFAULT\n"
	"msrs get 0x174 at=kernel -> EFAULT\n"
	"msrs get 0x174 at=noaccess -> EFAULT\n"
	"msrs set 0x174=0x1 at=noncanonical -> EFAULT\n"
	"msrs set 0x174=0x1 at=last -> EFAULT\n"
	"msrs get 0x174 at=readable:7 -> EFAULT\n"
	"msrs get 0x174 at=readable:23 -> EFAULT\n"
	"msrs set 0x174=0x1 at=readable:23 -> EFAULT\n"
	"msrs set 0x174=0x1 0x17a=0x1 at=readable:39 -> EFAULT\n"
	"get_msr 0x174 -> 1 0x0\n"
	"get_msr 0x17a -> 1 0x0\n",

	"case host/array-read-only\n"
	"rules host_entries_copied_back\n"
	"msrs get 0x174 at=rdonly -> EFAULT\n"
	"msrs set 0x174=0x10 at=rdonly -> 1\n"
	"msrs get 0x174 0xdeadbeef at=rdonly -> EFAULT\n"
	"get_msr 0x174 -> 1 0x10\n",

	/* ---- the lists ---- */

	"case host/index-list-sizes\n"
	"rules host_index_list_too_small\n"
	"index_list msrs -> 0\n"
	"index_list msrs size=zero -> E2BIG\n"
	"index_list msrs size=less -> E2BIG\n"
	"index_list msrs size=more -> 0\n"
	"index_list msrs at=null -> EFAULT\n"
	"index_list msrs at=noaccess -> EFAULT\n",

	"case host/feature-index-list-sizes\n"
	"rules host_index_list_too_small host_listed_features_readable\n"
	"index_list features -> 0\n"
	"index_list features size=zero -> E2BIG\n"
	"index_list features size=less -> E2BIG\n"
	"index_list features size=more -> 0\n"
	"index_list features at=null -> EFAULT\n"
	"index_list features at=rdonly -> EFAULT\n",

	"case host/index-lists-do-not-know-filters\n"
	"rules host_index_lists_constant\n"
	"index_list msrs -> 0\n"
	"index_list features -> 0\n"
	"cap 0x7 -> 0\n"
	"filter deny range rw 0x0+12288 = 0 -> 0\n"
	"index_list msrs -> 0\n"
	"index_list features -> 0\n"
	"rdmsr 0x174 -> exit filter\n"
	"cap 0x0 -> 0\n"
	"index_list msrs -> 0\n"
	"index_list features -> 0\n",

	/* ---- feature MSRs of the system ---- */

	"case host/feature-msrs-through-dev-kvm\n"
	"rules host_feature_msrs_not_filtered\n"
	DENIED
	"msrs get 0x8b fd=kvm -> 1\n"
	"msrs get 0xdeadbeef fd=kvm -> 0\n"
	"msrs get 0x8b 0xdeadbeef 0x8b fd=kvm -> 1\n",

	"case host/what-is-no-feature-through-dev-kvm\n"
	"rules host_feature_msrs_not_filtered\n"
	"msrs get 0x174 fd=kvm -> 0\n"
	"msrs get 0x8b 0xc0000102 fd=kvm -> 1\n",

	"case host/arrays-through-dev-kvm\n"
	"rules host_nmsrs_limit host_nmsrs_zero host_msrs_unreadable\n"
	"msrs get 0x8b nmsrs=0 fd=kvm -> 0\n"
	"msrs get 0x8b nmsrs=256 fd=kvm -> E2BIG\n"
	"msrs get 0x8b fd=kvm at=null -> EFAULT\n"
	"msrs get 0x8b fd=kvm at=readable:12 -> EFAULT\n"
	"msrs set 0x8b=0x0 fd=kvm -> EINVAL\n",

	/* ---- what is userspace's to set ---- */

	"case host/sets-what-the-guest-cannot\n"
	"rules host_guest_read_only_settable\n"
	"cap 0x7 -> 0\n"
	"set_msr 0x34 0x7 -> 1\n"
	"get_msr 0x34 -> 1 0x7\n"
	"rdmsr 0x34 -> ok 0x7\n"
	"wrmsr 0x34 0x8 -> exit inval\n"
	"rdmsr 0x34 -> ok 0x7\n"
	"rdmsr 0x9e -> exit inval\n"
	"get_msr 0x9e -> 1\n",

	"case host/feature-msr-is-frozen-once-the-vcpu-ran\n"
	"rules host_feature_frozen_after_run\n"
	"set_msr 0x10a 0x0\n"
	"rdmsr 0x174 -> ok\n"
	"set_msr 0x10a 0x0\n"
	"set_msr 0x10a 0x1\n"
	"get_msr 0x10a\n",

	"case host/absent-and-enforced-pv-msr\n"
	"rules host_pv_enforcement_same host_advertised_but_absent\n"
	"cap 0x7 -> 0\n"
	"cpuid default without=pv_steal_time,pv_poll_control,pv_eoi\n"
	"set_msr 0x4b564d05 0x1 -> 1\n"
	"cap 0x1 nr=190 fd=vcpu -> 0\n"
	"get_msr 0x4b564d03\n"
	"set_msr 0x4b564d03 0x0\n"
	"set_msr 0x4b564d05 0x1\n"
	"set_msr 0x4b564d05 0x0\n"
	"get_msr 0x4b564d05\n"
	"set_msr 0x4b564d04 0x0\n"
	"rdmsr 0x4b564d03\n"
	"cap 0x0 nr=190 fd=vcpu -> 0\n"
	"get_msr 0x4b564d05 -> 1\n",

	"case host/quirk-that-fills-feature-msrs\n"
	"rules param_stuff_feature_quirk_off\n"
	"cap 0x100 nr=116\n"
	"get_msr 0xce\n"
	"get_msr 0x10a\n"
	"cap 0x7 -> 0\n"
	"rdmsr 0xce -> ok\n",

	/* ---- ONE_REG ---- */

	"case host/one-reg-there-or-not\n"
	"rules host_one_reg_capability\n"
	"one_reg get " ONE_REG "00000174\n"
	"one_reg set " ONE_REG "00000174 0x10\n"
	"check_cap 70\n",

	"case host/one-reg-is-the-msr\n"
	"rules host_one_reg_msr_id\n"
	"one_reg set " ONE_REG "00000174 0x31\n"
	"one_reg get " ONE_REG "00000174\n"
	"one_reg get " ONE_REG "c0000081\n"
	"get_msr 0x174\n",

	"case host/one-reg-under-deny-all\n"
	"rules host_one_reg_not_filtered\n"
	DENIED
	"one_reg set " ONE_REG "00000174 0x31\n"
	"one_reg get " ONE_REG "00000174\n"
	"rdmsr 0x174 hold -> exit filter then held\n"
	"one_reg set " ONE_REG "00000174 0x32\n"
	"one_reg get " ONE_REG "00000174\n"
	"resume data=0x9 -> ok 0x9\n"
	"one_reg get " ONE_REG "00000174\n",

	"case host/one-reg-ids-refused\n"
	"rules host_one_reg_bad_id\n"
	"one_reg get 0x6030000200000174\n"	/* arm64 */
	"one_reg get 0x0030000200000174\n"	/* no architecture */
	"one_reg get 0x2020000200000174\n"	/* 32 bits */
	"one_reg get 0x2040000200000174\n"	/* 128 bits */
	"one_reg get 0x2030000000000174\n"	/* no type */
	"one_reg get 0x2030000400000174\n"
	"one_reg get 0x203000ff00000174\n"
	"one_reg get 0x2030010200000174\n"	/* reserved bits */
	"one_reg get 0x2030800200000174\n"
	"one_reg get 0x2031000200000174\n"
	"one_reg set 0x2020000200000174 0x1\n"
	"one_reg set 0x2030010200000174 0x1\n"
	"get_msr 0x174 -> 1 0x0\n",

	"case host/one-reg-errors\n"
	"rules host_one_reg_access_errors\n"
	"one_reg get " ONE_REG "deadbeef\n"
	"one_reg set " ONE_REG "deadbeef 0x0\n"
	"one_reg get " ONE_REG "00000174 at=null\n"
	"one_reg set " ONE_REG "00000174 0x5 at=null\n"
	"one_reg get " ONE_REG "00000174 at=rdonly\n"
	"one_reg set " ONE_REG "00000174 0x6 at=rdonly\n"
	"one_reg set " ONE_REG "00000174 0x7 at=readable:7\n"
	"one_reg get " ONE_REG "deadbeef at=null\n"
	"get_msr 0x174\n",

	"case host/register-list-is-none-of-msrs\n"
	"rules host_reg_list_is_no_msr_list\n"
	"ioctl 0xc008aeb0 fd=vcpu data=0x0\n",

	/* ---- with ignore_msrs ---- */

	"case host/ignored-msrs-work-and-read-zero@ignore-msrs\n"
	"rules host_ignore_msrs_applies\n"
	"cap 0x7 -> 0\n"
	"get_msr 0xdeadbeef\n"
	"set_msr 0xdeadbeef 0x1\n"
	"msrs get 0x174 0xdeadbeef 0x474f4f00\n"
	"msrs set 0xdeadbeef=0x5 0x174=0x10\n"
	"get_msr 0x174 -> 1 0x10\n"
	"msrs get 0xdeadbeef fd=kvm\n"
	"get_msr 0xdeadbeef\n",
	NULL
};

SUITE(cases, NULL);
