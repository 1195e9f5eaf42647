// SPDX-License-Identifier: GPL-2.0-only
/*
 * CAP: the two MSR capabilities are found where the documentation says, and
 * KVM_ENABLE_CAP(KVM_CAP_X86_USER_SPACE_MSR) takes exactly the masks 0..7,
 * stores them per VM, and leaves the mask alone whenever it refuses.  What
 * each mask lets through is seen with three accesses that fail for the three
 * reasons: 0xdeadbeef is UNKNOWN, SMBASE (0x9e) is INVAL to a guest, and
 * SYSENTER_CS (0x174) is denied by a filter.  Source: sections 4.37, 7.21,
 * 8.26 and 8.27 of api.rst, kvm_vm_ioctl() and kvm_vm_ioctl_enable_cap().
 */
#include "suite.h"

enum { INVAL = 1, UNKNOWN = 2, FILTER = 4 };

/* The filter of most cases here, and the accesses that tell the mask. */
#define DENY_174 "filter allow range rw 0x174+1 = 0 -> 0\n"
#define EIGHT_PLACES(step, want)					\
	step " at=null -> " want "\n"					\
	step " at=hole -> " want "\n"					\
	step " at=noaccess -> " want "\n"				\
	step " at=kernel -> " want "\n"					\
	step " at=noncanonical -> " want "\n"				\
	step " at=last -> " want "\n"					\
	step " at=readable:0 -> " want "\n"				\
	step " at=readable:103 -> " want "\n"

static const char *const cases[] = {
	"case cap/nisv-is-of-arm64\n"
	"rules nisv_absent_on_x86\n"
	"check_cap 177 -> 0\n"
	"check_cap 177 fd=kvm -> 0\n"
	"cap 0 nr=177 -> EINVAL\n",


/* ---- discovery ---- */

"case cap/found-on-vm\n"
"rules cap_user_space_msr_is_one cap_msr_filter_is_one\n"
"check_cap 188 -> 1\n"
"check_cap 189 -> 1\n"
"vcpu\n"
"check_cap 188 -> 1\n"
"check_cap 189 -> 1\n",

"case cap/found-on-dev-kvm\n"
"rules cap_check_on_dev_kvm\n"
"check_cap 188 fd=kvm -> 1\n"
"check_cap 189 fd=kvm -> 1\n",

/* 1 and not the mask, nor a number of ranges, nor "still to be enabled". */
"case cap/found-the-same-once-in-use\n"
"rules cap_user_space_msr_is_one cap_msr_filter_is_one\n"
"cap 0x6 -> 0\n"
"filter deny range rw 0xc0000100+3 = 0xff range r 0x10+1 = 0xff -> 0\n"
"check_cap 188 -> 1\n"
"check_cap 189 -> 1\n"
"check_cap 188 fd=kvm -> 1\n"
"check_cap 189 fd=kvm -> 1\n"
"rdmsr 0xdeadbeef -> exit filter\n"
"cap 0 -> 0\n"
"filter allow -> 0\n"
"check_cap 188 -> 1\n"
"check_cap 189 -> 1\n",

"case cap/not-to-be-asked-of-a-vcpu\n"
"rules cap_check_on_vcpu_einval\n"
"check_cap 188 fd=vcpu -> EINVAL\n"
"check_cap 189 fd=vcpu -> EINVAL\n"
"check_cap 0 fd=vcpu -> EINVAL\n"
"check_cap 3 fd=vcpu -> EINVAL\n"
"check_cap 0xffffffff fd=vcpu -> EINVAL\n"
"vcpu3: check_cap 188 fd=vcpu -> EINVAL\n"
"check_cap 188 -> 1\n",

/* ---- the argument ---- */

"case cap/struct-unreadable\n"
"rules cap_struct_unreadable_efault\n"
"cap 0x4 -> 0\n"
DENY_174
EIGHT_PLACES("cap 0x3", "EFAULT")
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x9e -> #GP\n"
"cap 0x3 -> 0\n"
EIGHT_PLACES("cap 0x4", "EFAULT")
EIGHT_PLACES("cap 0", "EFAULT")
"rdmsr 0x174 -> #GP\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"rdmsr 0x9e -> exit inval\n",

/* Nothing of the struct is judged before all of it was read. */
"case cap/struct-unreadable-before-anything-else\n"
"rules cap_struct_unreadable_efault\n"
EIGHT_PLACES("cap 0x8 flags=0x1", "EFAULT")
EIGHT_PLACES("cap 0x3 nr=189", "EFAULT")
"cap 0x8 flags=0x1 -> EINVAL\n"
"cap 0x3 nr=189 -> EINVAL\n",

"case cap/struct-wherever-it-can-be-read\n"
"rules cap_mask_valid_values\n"
DENY_174
"cap 0x4 at=readable:104 -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"cap 0x2 at=rdonly -> 0\n"
"rdmsr 0x174 -> #GP\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"cap 0x1 at=file -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x9e -> exit inval\n"
"cap 0x4 at=guest -> 0\n"
"rdmsr 0x9e -> #GP\n"
"rdmsr 0x174 -> exit filter\n"
"cap 0x2 at=odd -> 0\n"
"rdmsr 0x174 -> #GP\n"
"rdmsr 0xdeadbeef -> exit unknown\n",

"case cap/flags-all-set\n"
"rules cap_flags_nonzero_einval\n"
"cap 0x2 -> 0\n"
"cap 0x4 flags=0xffffffff -> EINVAL\n"
"cap 0 flags=0xffffffff -> EINVAL\n"
"cap 0x7 flags=0x7 -> EINVAL\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"rdmsr 0x9e -> #GP\n",

/* Which check comes first cannot be told: both say EINVAL. */
"case cap/flags-and-args-both-bad\n"
"rules cap_rejected_keeps_mask\n"
"cap 0x4 -> 0\n"
DENY_174
"cap 0x8 flags=0x1 -> EINVAL\n"
"cap 0x8 flags=0x80000000 -> EINVAL\n"
"cap 0x100000000 flags=0x1 -> EINVAL\n"
"cap 0xffffffffffffffff flags=0xffffffff -> EINVAL\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0xdeadbeef -> #GP\n",

/* Truncated to 8, 16 or 32 bits each of these is a valid mask. */
"case cap/mask-valid-only-when-truncated\n"
"rules cap_mask_reserved_low_einval cap_mask_reserved_high_einval\n"
"cap 0x2 -> 0\n"
"cap 0x100 -> EINVAL\n"
"cap 0x104 -> EINVAL\n"
"cap 0x10000 -> EINVAL\n"
"cap 0x10004 -> EINVAL\n"
"cap 0x100000000 -> EINVAL\n"
"cap 0x100000004 -> EINVAL\n"
"cap 0xffffffff00000000 -> EINVAL\n"
"cap 0xffffffff00000007 -> EINVAL\n"
"cap 0x8000000000000000 -> EINVAL\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"rdmsr 0x9e -> #GP\n",

"case cap/mask-with-many-reserved-bits\n"
"rules cap_mask_reserved_low_einval\n"
"cap 0x1 -> 0\n"
"cap 0xf -> EINVAL\n"
"cap 0xff -> EINVAL\n"
"cap 0xffff -> EINVAL\n"
"cap 0x7fffffff -> EINVAL\n"
"cap 0xffffffff -> EINVAL\n"
"cap 0xfffffff8 -> EINVAL\n"
"rdmsr 0x9e -> exit inval\n"
"rdmsr 0xdeadbeef -> #GP\n",

"case cap/mask-of-all-ones\n"
"rules cap_mask_reserved_high_einval\n"
"cap 0x1 -> 0\n"
"cap 0xfffffffffffffff8 -> EINVAL\n"
"cap 0x7fffffffffffffff -> EINVAL\n"
"cap 0xffffffffffffffff -> EINVAL\n"
"cap 0xfffffffffffffff7 -> EINVAL\n"
"cap 0xffffffff00000000 -> EINVAL\n"
"cap 0x7fffffff00000002 -> EINVAL\n"
"rdmsr 0x9e -> exit inval\n"
"rdmsr 0xdeadbeef -> #GP\n",

"case cap/other-args-and-padding-ignored\n"
"rules cap_other_args_ignored\n"
DENY_174
"cap 0x4 args=0xffffffffffffffff -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0xdeadbeef -> #GP\n"
"cap 0x2 pad=0xff -> 0\n"
"rdmsr 0x174 -> #GP\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"cap 0x1 args=0x8 pad=0x1 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x9e -> exit inval\n"
"cap 0 args=0x7 pad=0x7 -> 0\n"
"rdmsr 0x9e -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x174 -> #GP\n"
"cap 0x7 args=0x8000000000000000 pad=0x80 -> 0\n"
"rdmsr 0x9e -> exit inval\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"rdmsr 0x174 -> exit filter\n"
"cap 0x4 args=0x100000000 pad=0xff -> 0\n"
"rdmsr 0x9e -> #GP\n"
"rdmsr 0x174 -> exit filter\n",

/* A good args[1] does not rescue a bad args[0]. */
"case cap/other-args-do-not-help\n"
"rules cap_mask_reserved_low_einval cap_mask_reserved_high_einval\n"
"cap 0x4 -> 0\n"
DENY_174
"cap 0x8 args=0x7 pad=0x7 -> EINVAL\n"
"cap 0x100000000 args=0x7 -> EINVAL\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0xdeadbeef -> #GP\n",

/* ---- which fd, which capability, whose process ---- */

"case cap/enable-on-vcpu\n"
"rules cap_enable_on_vcpu_einval\n"
"cap 0x4 -> 0\n"
DENY_174
"cap 0 fd=vcpu -> EINVAL\n"
"cap 0x1 fd=vcpu -> EINVAL\n"
"cap 0x2 fd=vcpu -> EINVAL\n"
"cap 0x3 fd=vcpu -> EINVAL\n"
"cap 0x4 fd=vcpu -> EINVAL\n"
"cap 0x7 fd=vcpu -> EINVAL\n"
"vcpu1: cap 0x3 fd=vcpu -> EINVAL\n"
"cap 0x8 fd=vcpu -> EINVAL\n"
"cap 0x7 flags=0x1 fd=vcpu -> EINVAL\n"
"cap 0x7 nr=189 fd=vcpu -> EINVAL\n"
"cap 0x7 fd=vcpu at=null -> EFAULT\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0xdeadbeef -> #GP\n"
"vcpu1: rdmsr 0x174 -> exit filter\n"
"vcpu1: rdmsr 0xdeadbeef -> #GP\n",

"case cap/enable-on-dev-kvm\n"
"rules cap_enable_on_dev_kvm_einval\n"
"cap 0x4 -> 0\n"
DENY_174
"cap 0 fd=kvm -> EINVAL\n"
"cap 0x3 fd=kvm -> EINVAL\n"
"cap 0x7 fd=kvm -> EINVAL\n"
"cap 0x7 nr=189 fd=kvm -> EINVAL\n"
"cap 0x7 fd=kvm at=null -> EINVAL\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0xdeadbeef -> #GP\n",

"case cap/enable-on-dev-kvm-before-any-vm\n"
"rules cap_enable_on_dev_kvm_einval cap_new_vm_mask_zero\n"
"cap 0x7 fd=kvm -> EINVAL\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x9e -> #GP\n",

"case cap/msr-filter-is-not-enabled\n"
"rules cap_msr_filter_not_enabled\n"
"cap 0 nr=189 -> EINVAL\n"
"cap 0x1 nr=189 -> EINVAL\n"
"cap 0x7 nr=189 -> EINVAL\n"
"rdmsr 0xdeadbeef -> #GP\n"
"cap 0x4 -> 0\n"
DENY_174
"cap 0 nr=189 -> EINVAL\n"
"cap 0x3 nr=189 -> EINVAL\n"
"cap 0x7 nr=189 -> EINVAL\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0xdeadbeef -> #GP\n",

"case cap/enable-never-enotty\n"
"rules cap_enable_never_enotty\n"
"cap 0 -> 0\n"
"cap 0x7 -> 0\n"
"cap 0x8 -> EINVAL\n"
"cap 0x7 flags=0x1 -> EINVAL\n"
"cap 0x1 nr=189 -> EINVAL\n"
"vcpu\n"
"cap 0x7 -> 0\n"
"vm1: irqchip split -> 0\n"
"vm1: cap 0x7 -> 0\n",

"case cap/other-process-eio\n"
"rules cap_other_mm_eio\n"
"cap 0x4 -> 0\n"
DENY_174
"rdmsr 0x174 -> exit filter\n"
"child: cap 0x3 -> EIO\n"
"child: cap 0 -> EIO\n"
"child: cap 0x8 -> EIO\n"
"child: cap 0x7 flags=0x1 -> EIO\n"
"child: cap 0x7 nr=189 -> EIO\n"
"child: check_cap 188 -> EIO\n"
"child: check_cap 189 -> EIO\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0xdeadbeef -> #GP\n"
"cap 0x2 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"rdmsr 0xdeadbeef -> exit unknown\n",

"case cap/other-process-eio-before-efault\n"
"rules cap_other_mm_eio\n"
EIGHT_PLACES("child: cap 0x7", "EIO")
"cap 0x7 at=null -> EFAULT\n"
"rdmsr 0xdeadbeef -> #GP\n"
"cap 0x2 -> 0\n"
"rdmsr 0xdeadbeef -> exit unknown\n",

/* /dev/kvm belongs to no VM and so to no process. */
"case cap/other-process-and-dev-kvm\n"
"rules cap_check_on_dev_kvm cap_enable_on_dev_kvm_einval\n"
"child: check_cap 188 fd=kvm -> 1\n"
"child: check_cap 189 fd=kvm -> 1\n"
"child: cap 0x7 fd=kvm -> EINVAL\n"
"rdmsr 0xdeadbeef -> #GP\n",

/* A thread shares the address space, so it is no other process. */
"case cap/other-thread-may-enable\n"
"rules cap_mask_valid_values cap_mask_replaced\n"
DENY_174
"t1: cap 0x4 -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0xdeadbeef -> #GP\n"
"t2: cap 0x2 -> 0\n"
"t3: rdmsr 0x174 -> #GP\n"
"t3: rdmsr 0xdeadbeef -> exit unknown\n"
"t1: cap 0x9 -> EINVAL\n"
"t1: rdmsr 0xdeadbeef -> exit unknown\n",

/* ---- what a mask does ---- */

"case cap/new-vm-never-exits\n"
"rules cap_new_vm_mask_zero\n"
DENY_174
"rdmsr 0xdeadbeef -> #GP\n"
"wrmsr 0x474f4f00 0x1 -> #GP\n"
"rdmsr 0x9e -> #GP\n"
"wrmsr 0xc0000080 0x8000000000000000 -> #GP\n"
"rdmsr 0x174 -> #GP\n"
"wrmsr 0x174 0x10 -> #GP\n"
"vcpu1: rdmsr 0xdeadbeef -> #GP\n"
"vcpu1: rdmsr 0x9e -> #GP\n"
"vcpu1: rdmsr 0x174 -> #GP\n",

/* Memory of an earlier VM may be used again for this one. */
"case cap/new-vm-knows-nothing-of-a-closed-one\n"
"rules cap_new_vm_mask_zero\n"
"cap 0x7 -> 0\n"
DENY_174
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"close -> 0\n"
"vm1: rdmsr 0xdeadbeef -> #GP\n"
"vm1: rdmsr 0x9e -> #GP\n"
"vm1: rdmsr 0x174 -> ok\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x9e -> #GP\n"
"rdmsr 0x174 -> ok\n"
DENY_174
"rdmsr 0x174 -> #GP\n"
"cap 0x7 -> 0\n"
"close -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x174 -> ok\n",

"case cap/mask-belongs-to-one-vm\n"
"rules cap_mask_per_vm\n"
"cap 0x4 -> 0\n"
"vm1: cap 0x3 -> 0\n"
DENY_174
"vm1: filter allow range rw 0x174+1 = 0 -> 0\n"
"vm2: filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x9e -> #GP\n"
"vm1: rdmsr 0x174 -> #GP\n"
"vm1: rdmsr 0xdeadbeef -> exit unknown\n"
"vm1: rdmsr 0x9e -> exit inval\n"
"vm2: rdmsr 0x174 -> #GP\n"
"vm2: rdmsr 0xdeadbeef -> #GP\n"
"vm2: rdmsr 0x9e -> #GP\n"
"vm2: cap 0x7 -> 0\n"
"cap 0 -> 0\n"
"vm1: rdmsr 0x174 -> #GP\n"
"vm1: rdmsr 0xdeadbeef -> exit unknown\n"
"rdmsr 0x174 -> #GP\n"
"vm2: rdmsr 0x174 -> exit filter\n"
"vm2: rdmsr 0xdeadbeef -> exit unknown\n"
"vm2: rdmsr 0x9e -> exit inval\n",

"case cap/mask-of-a-vm-outlives-another\n"
"rules cap_mask_per_vm\n"
"vm1: cap 0x3 -> 0\n"
"cap 0x2 -> 0\n"
"vm1: rdmsr 0x9e -> exit inval\n"
"rdmsr 0x9e -> #GP\n"
"vm1: close -> 0\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"rdmsr 0x9e -> #GP\n",

"case cap/mask-reaches-vcpus-made-before-and-after\n"
"rules cap_mask_per_vm\n"
"vcpu\n"
"cap 0x2 -> 0\n"
"vcpu1: vcpu\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"vcpu1: rdmsr 0xdeadbeef -> exit unknown\n"
"vcpu2: rdmsr 0xdeadbeef -> exit unknown\n"
"cap 0x1 -> 0\n"
"vcpu3: vcpu\n"
"vcpu3: rdmsr 0xdeadbeef -> #GP\n"
"vcpu3: rdmsr 0x9e -> exit inval\n"
"vcpu2: rdmsr 0xdeadbeef -> #GP\n"
"vcpu2: rdmsr 0x9e -> exit inval\n"
"vcpu1: rdmsr 0xdeadbeef -> #GP\n"
"vcpu1: rdmsr 0x9e -> exit inval\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x9e -> exit inval\n",

"case cap/mask-zero-turns-exits-off\n"
"rules cap_mask_zero_disables\n"
DENY_174
"cap 0x7 -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"wrmsr 0x174 0x10 -> exit filter\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"wrmsr 0x474f4f00 0x1 -> exit unknown\n"
"rdmsr 0x9e -> exit inval\n"
"wrmsr 0xc0000080 0x8000000000000000 -> exit inval\n"
"cap 0 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"wrmsr 0x174 0x10 -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n"
"wrmsr 0x474f4f00 0x1 -> #GP\n"
"rdmsr 0x9e -> #GP\n"
"wrmsr 0xc0000080 0x8000000000000000 -> #GP\n"
"vcpu1: rdmsr 0x174 -> #GP\n"
"vcpu1: rdmsr 0xdeadbeef -> #GP\n"
"cap 0 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"cap 0x7 -> 0\n"
"rdmsr 0x174 -> exit filter\n",

"case cap/mask-zero-still-filters\n"
"rules cap_mask_zero_still_filters\n"
"filter allow range rw 0x174+1 = 0 range rw 0x2ff+1 = 0 "
"range r 0xc0000100+3 = 0 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"wrmsr 0x174 0x10 -> #GP\n"
"rdmsr 0x2ff -> #GP\n"
"rdmsr 0xc0000100 -> #GP\n"
"rdmsr 0xc0000102 -> #GP\n"
"wrmsr 0xc0000102 0x1000 -> ok\n"
"rdmsr 0x1a0 -> ok\n"
"cap 0x7 -> 0\n"
"cap 0 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"rdmsr 0x2ff -> #GP\n"
"filter deny range rw 0x1a0+1 = 0xff -> 0\n"
"rdmsr 0x2ff -> #GP\n"
"rdmsr 0xc0000101 -> #GP\n"
"wrmsr 0xc0000101 0x1000 -> #GP\n"
"rdmsr 0x1a0 -> ok\n"
"filter allow -> 0\n"
"rdmsr 0x174 -> ok\n"
"rdmsr 0x2ff -> ok\n",

"case cap/denied-is-not-relabelled\n"
"rules cap_denied_not_relabelled\n"
"cap 0x3 -> 0\n"
"filter allow range rw 0x174+1 = 0 range rw 0xdeadbeef+1 = 0 "
"range rw 0x9e+1 = 0 range w 0xc0000080+1 = 0 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"wrmsr 0x174 0x10 -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n"
"wrmsr 0xdeadbeef 0x10 -> #GP\n"
"rdmsr 0x9e -> #GP\n"
"wrmsr 0x9e 0x10 -> #GP\n"
"wrmsr 0xc0000080 0x8000000000000000 -> #GP\n"
"rdmsr 0x474f4f00 -> exit unknown\n"
"cap 0x2 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x9e -> #GP\n"
"cap 0x1 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n"
"wrmsr 0x9e 0x10 -> #GP\n"
"wrmsr 0xc0000080 0x8000000000000000 -> #GP\n",

"case cap/denied-by-default-is-not-relabelled\n"
"rules cap_denied_not_relabelled\n"
"cap 0x3 -> 0\n"
"filter deny range rw 0x474f4f00+1 = 0xff -> 0\n"
"rdmsr 0x1a0 -> #GP\n"
"wrmsr 0xc0000082 0x1000 -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x9e -> #GP\n"
"wrmsr 0x277 0x0202020202020202 -> #GP\n"
"rdmsr 0x474f4f00 -> exit unknown\n",

"case cap/filter-bit-enabled-late\n"
"rules cap_filter_bit_enabled_late\n"
DENY_174
"rdmsr 0x174 -> #GP\n"
"cap 0x3 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"wrmsr 0x174 0x10 -> #GP\n"
"cap 0x4 -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"wrmsr 0x174 0x10 -> exit filter\n"
"vcpu1: rdmsr 0x174 -> exit filter\n",

"case cap/filter-bit-disabled\n"
"rules cap_filter_bit_disabled\n"
"cap 0x7 -> 0\n"
DENY_174
"rdmsr 0x174 -> exit filter\n"
"cap 0x3 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"wrmsr 0x174 0x10 -> #GP\n"
"vcpu1: rdmsr 0x174 -> #GP\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"cap 0x4 -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"cap 0 -> 0\n"
"rdmsr 0x174 -> #GP\n"
"filter allow -> 0\n"
"rdmsr 0x174 -> ok\n",

/* ---- when ---- */

"case cap/enabled-at-any-time\n"
"rules cap_enable_any_time\n"
"cap 0x2 -> 0\n"
"vcpu\n"
"cap 0x1 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x9e -> exit inval\n"
"cap 0x2 -> 0\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"rdmsr 0x9e -> #GP\n"
"cap 0x8 -> EINVAL\n"
"cap 0x7 flags=0x4 -> EINVAL\n"
"cap 0x7 at=null -> EFAULT\n"
"cap 0x1 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x9e -> exit inval\n"
"vcpu1: rdmsr 0x9e -> exit inval\n"
"cap 0x2 -> 0\n"
"vcpu1: rdmsr 0x9e -> #GP\n"
"vcpu1: rdmsr 0xdeadbeef -> exit unknown\n",

"case cap/enabled-only-after-the-first-run\n"
"rules cap_enable_any_time\n"
"rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0x1a0 -> ok\n"
"cap 0x2 -> 0\n"
"rdmsr 0xdeadbeef -> exit unknown\n",

"case cap/enabled-while-a-vcpu-spins\n"
"rules cap_enable_while_running\n"
DENY_174
"vcpu1: rdmsr 0x174 -> #GP\n"
"t1.vcpu1: spin &\n"
"cap 0x4 -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"vcpu1: stop -> 0\n"
"wait t1 -> 0\n"
"vcpu1: rdmsr 0x174 -> exit filter\n"
"vcpu1: rdmsr 0xdeadbeef -> #GP\n",

"case cap/enabled-by-a-thread-while-vcpus-spin\n"
"rules cap_enable_while_running\n"
DENY_174
"cap 0x7 -> 0\n"
"t1.vcpu1: spin &\n"
"t2.vcpu2: spin &\n"
"t3: cap 0x1 -> 0\n"
"t3: cap 0x8 -> EINVAL\n"
"t3: cap 0x2 flags=0x1 -> EINVAL\n"
"t3: cap 0x4 at=null -> EFAULT\n"
"rdmsr 0xdeadbeef -> #GP\n"
"t3: cap 0x2 -> 0\n"
"vcpu1: stop -> 0\n"
"wait t1 -> 0\n"
"vcpu1: rdmsr 0x174 -> #GP\n"
"vcpu1: rdmsr 0xdeadbeef -> exit unknown\n"
"t3: cap 0x4 -> 0\n"
"vcpu2: stop -> 0\n"
"wait t2 -> 0\n"
"vcpu2: rdmsr 0xdeadbeef -> #GP\n"
"vcpu2: rdmsr 0x174 -> exit filter\n",

"case cap/disabled-while-a-vcpu-spins\n"
"rules cap_enable_while_running\n"
"cap 0x2 -> 0\n"
"vcpu1: rdmsr 0xdeadbeef -> exit unknown\n"
"t1.vcpu1: spin &\n"
"cap 0 -> 0\n"
"vcpu1: stop -> 0\n"
"wait t1 -> 0\n"
"vcpu1: rdmsr 0xdeadbeef -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n",

"case cap/changed-at-an-exit-read\n"
"rules cap_mask_change_at_exit\n"
"cap 0x2 -> 0\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"cap 0 -> 0\n"
"resume data=0x1122334455667788 -> ok 0x1122334455667788\n"
"rdmsr 0xdeadbeef -> #GP\n"
"cap 0x2 -> 0\n"
"rdmsr 0xdeadbeef hold -> exit unknown then held\n"
"cap 0x5 -> 0\n"
"resume error=1 -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n",

"case cap/changed-at-an-exit-write\n"
"rules cap_mask_change_at_exit\n"
"cap 0x1 -> 0\n"
"wrmsr 0xc0000080 0x8000000000000000 hold -> exit inval then held\n"
"cap 0x6 -> 0\n"
"resume -> ok\n"
"wrmsr 0xc0000080 0x8000000000000000 -> #GP\n"
"cap 0x1 -> 0\n"
"wrmsr 0xc0000080 0x8000000000000000 hold -> exit inval then held\n"
"cap 0 -> 0\n"
"resume error=255 -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n",

"case cap/changed-at-an-exit-denied\n"
"rules cap_mask_change_at_exit\n"
"cap 0x4 -> 0\n"
DENY_174
"rdmsr 0x174 hold -> exit filter then held\n"
"cap 0x3 -> 0\n"
"resume data=0xabcdef -> ok 0xabcdef\n"
"rdmsr 0x174 -> #GP\n"
"cap 0x4 -> 0\n"
"wrmsr 0x174 0x10 hold -> exit filter then held\n"
"cap 0 -> 0\n"
"cap 0x8 -> EINVAL\n"
"resume error=1 -> #GP\n"
"wrmsr 0x174 0x10 -> #GP\n",

"case cap/nothing-needed-before\n"
"rules cap_no_prerequisites\n"
"cap 0x7 -> 0\n"
"cpuid none\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"wrmsr 0xdeadbeef 0x1 -> exit unknown\n"
"cap 0 -> 0\n"
"rdmsr 0xdeadbeef -> #GP\n"
"cap 0x2 -> 0\n"
"rdmsr 0xdeadbeef -> exit unknown\n",

"case cap/full-irqchip-makes-no-difference\n"
"rules cap_mask_bit_selects_reason\n"
"needs irqchip\n"
"irqchip full -> 0\n"
"cap 0x6 -> 0\n"
DENY_174
"rdmsr 0xdeadbeef -> exit unknown\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0x9e -> #GP\n"
"vcpu1: rdmsr 0xdeadbeef -> exit unknown\n"
"vcpu1: rdmsr 0x174 -> exit filter\n"
"vcpu1: rdmsr 0x9e -> #GP\n",

"case cap/split-irqchip-makes-no-difference\n"
"rules cap_mask_bit_selects_reason\n"
"needs irqchip\n"
"cap 0x6 -> 0\n"
"irqchip split -> 0\n"
DENY_174
"rdmsr 0xdeadbeef -> exit unknown\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0x9e -> #GP\n",

NULL
};

/* ---- families ---- */

/* What an access that fails for @reason comes to under @mask. */
static const char *comes_to(unsigned mask, unsigned reason)
{
	if (!(mask & reason))
		return "#GP";
	return reason == INVAL ? "exit inval" :
	       reason == UNKNOWN ? "exit unknown" : "exit filter";
}

/* One read for each reason; enough to tell all eight masks apart. */
static int reads(char *buf, size_t size, int at, unsigned mask)
{
	at = append(buf, size, at, "rdmsr 0xdeadbeef -> %s\n",
		    comes_to(mask, UNKNOWN));
	at = append(buf, size, at, "rdmsr 0x9e -> %s\n",
		    comes_to(mask, INVAL));
	return append(buf, size, at, "rdmsr 0x174 -> %s\n",
		      comes_to(mask, FILTER));
}

/* The 3x8 table, both directions, on the first and on a later vCPU. */
static void mask_table(struct emitter *e)
{
	static const char *const vcpus[] = { "", "vcpu2: " };

	for (unsigned mask = 0; mask < 8; mask++) {
		char buf[4096];
		int at = 0;

		for (unsigned i = 0; i < 2; i++) {
			const char *v = vcpus[i];
			const char *u = comes_to(mask, UNKNOWN);
			const char *n = comes_to(mask, INVAL);
			const char *f = comes_to(mask, FILTER);

			at = append(buf, sizeof(buf), at,
				    "%srdmsr 0xdeadbeef -> %s\n"
				    "%swrmsr 0x474f4f00 0x1 -> %s\n"
				    "%srdmsr 0x9e -> %s\n"
				    "%swrmsr 0xc0000080 0x8000000000000000 "
				    "-> %s\n"
				    "%swrmsr 0x277 0x0202020202020202 -> %s\n"
				    "%srdmsr 0x174 -> %s\n"
				    "%swrmsr 0x174 0x10 -> %s\n"
				    "%srdmsr 0x1a0 -> ok\n",
				    v, u, v, u, v, n, v, n, v, n, v, f, v, f,
				    v);
		}
		emit(e, "case cap/mask-%u-lets-its-reasons-out\n"
		     "rules cap_mask_valid_values%s\n"
		     "vcpu\n"
		     "cap 0x%x -> 0\n"
		     DENY_174 "%s", mask,
		     mask && mask < 7 ? " cap_mask_bit_selects_reason" : "",
		     mask, buf);
	}
}

/* Every mask after every other: nothing of the earlier one is left. */
static void mask_pairs(struct emitter *e)
{
	for (unsigned old = 0; old < 8; old++) {
		char buf[4096];
		int at = 0;

		for (unsigned new = 0; new < 8; new++) {
			at = append(buf, sizeof(buf), at,
				    "cap 0x%x -> 0\ncap 0x%x -> 0\n", old, new);
			at = reads(buf, sizeof(buf), at, new);
		}
		emit(e, "case cap/mask-%u-replaced-by-each\n"
		     "rules cap_mask_replaced cap_mask_valid_values\n"
		     DENY_174 "%s", old, buf);
	}
}

/* Every mask survives every kind of refusal. */
static void mask_kept(struct emitter *e)
{
	for (unsigned mask = 0; mask < 8; mask++) {
		unsigned other = ~mask & 7;
		const struct {
			const char *options, *want;
			unsigned long long arg;
		} bad[] = {
			{ "", "EINVAL", other | 8 },
			{ "", "EINVAL", other | 1ULL << 32 },
			{ "", "EINVAL", other | 1ULL << 63 },
			{ " flags=0x1", "EINVAL", other },
			{ " nr=189", "EINVAL", other },
			{ " fd=vcpu", "EINVAL", other },
			{ " fd=kvm", "EINVAL", other },
			{ " at=null", "EFAULT", other },
			{ " at=readable:103", "EFAULT", other },
			{ " at=readable:24", "EFAULT", other },
		};
		char buf[4096];
		int at = 0;

		for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
			at = append(buf, sizeof(buf), at,
				    "cap 0x%llx%s -> %s\n", bad[i].arg,
				    bad[i].options, bad[i].want);
			at = reads(buf, sizeof(buf), at, mask);
		}
		at = append(buf, sizeof(buf), at, "child: cap 0x%x -> EIO\n",
			    other);
		reads(buf, sizeof(buf), at, mask);
		emit(e, "case cap/mask-%u-kept-by-each-refusal\n"
		     "rules %scap_flags_nonzero_einval "
		     "cap_mask_reserved_low_einval "
		     "cap_mask_reserved_high_einval "
		     "cap_struct_unreadable_efault cap_other_mm_eio\n"
		     "cap 0x%x -> 0\n"
		     DENY_174 "%s", mask,
		     mask ? "cap_rejected_keeps_mask " : "", mask, buf);
	}
}

/* Each bit of args[0] above the three: alone, with them, and over mask 0. */
static void mask_bits(struct emitter *e)
{
	for (unsigned first = 0; first < 64; first += 8) {
		unsigned bit, low = first ? first : 3;
		char buf[8192];
		int at = 0;

		for (bit = low; bit < first + 8; bit++)
			at = append(buf, sizeof(buf), at,
				    "cap 0x%llx -> EINVAL\n"
				    "cap 0x%llx -> EINVAL\n"
				    "cap 0x%llx -> EINVAL\n"
				    "rdmsr 0x174 -> exit filter\n"
				    "rdmsr 0xdeadbeef -> #GP\n",
				    1ULL << bit, 1ULL << bit | 3,
				    1ULL << bit | 7);
		at = append(buf, sizeof(buf), at, "cap 0 -> 0\n");
		for (bit = low; bit < first + 8; bit++)
			at = append(buf, sizeof(buf), at,
				    "cap 0x%llx -> EINVAL\n"
				    "rdmsr 0x174 -> #GP\n",
				    1ULL << bit | 4);
		emit(e, "case cap/mask-bits-%u-to-%u-reserved\n"
		     "rules %s cap_rejected_keeps_mask\n"
		     "cap 0x4 -> 0\n"
		     DENY_174 "%s", low, first + 7,
		     first < 32 ? "cap_mask_reserved_low_einval" :
				  "cap_mask_reserved_high_einval", buf);
	}
}

static void flags_bits(struct emitter *e)
{
	for (unsigned first = 0; first < 32; first += 8) {
		char buf[8192];
		int at = 0;

		for (unsigned bit = first; bit < first + 8; bit++)
			at = append(buf, sizeof(buf), at,
				    "cap 0x3 flags=0x%x -> EINVAL\n"
				    "cap 0x7 flags=0x%x -> EINVAL\n"
				    "cap 0 flags=0x%x -> EINVAL\n"
				    "cap 0x4 flags=0x%x -> EINVAL\n"
				    "rdmsr 0x174 -> exit filter\n"
				    "rdmsr 0xdeadbeef -> #GP\n",
				    1u << bit, 1u << bit, 1u << bit, 1u << bit);
		emit(e, "case cap/flags-bits-%u-to-%u-reserved\n"
		     "rules cap_flags_nonzero_einval\n"
		     "cap 0x4 -> 0\n"
		     DENY_174 "%s", first, first + 7, buf);
	}
}

/* The struct of 104 bytes, cut at every byte. */
static void struct_cuts(struct emitter *e)
{
	for (unsigned first = 0; first < 104; first += 52) {
		char buf[8192];
		int at = 0;

		for (unsigned n = first; n < first + 52; n++) {
			at = append(buf, sizeof(buf), at,
				    "cap 0x%x at=readable:%u -> EFAULT\n",
				    n % 2 ? 3 : 0, n);
			if (n % 8 == 7)
				at = append(buf, sizeof(buf), at,
					    "rdmsr 0x174 -> exit filter\n"
					    "rdmsr 0xdeadbeef -> #GP\n");
		}
		emit(e, "case cap/struct-cut-to-%u-up-to-%u-bytes\n"
		     "rules cap_struct_unreadable_efault\n"
		     "cap 0x4 -> 0\n"
		     DENY_174 "%s"
		     "rdmsr 0x174 -> exit filter\n"
		     "rdmsr 0xdeadbeef -> #GP\n", first, first + 51, buf);
	}
}

static void families(struct emitter *e)
{
	mask_table(e);
	mask_pairs(e);
	mask_kept(e);
	mask_bits(e);
	flags_bits(e);
	struct_cuts(e);
}

SUITE(cases, families);
