// SPDX-License-Identifier: GPL-2.0-only
/* Compiled with -m32: the layouts that a 32-bit process uses. */
#include <linux/kvm.h>
#include <stddef.h>

#define PIN(expr) _Static_assert(expr, #expr)

PIN(sizeof(void *) == 4);
PIN(sizeof(struct kvm_msr_filter) == 260);
PIN(KVM_X86_SET_MSR_FILTER == 0x4104aec6);
PIN(offsetof(struct kvm_msr_filter, flags) == 0);
PIN(offsetof(struct kvm_msr_filter, ranges) == 4);
PIN(sizeof(struct kvm_msr_filter_range) == 16);
PIN(offsetof(struct kvm_msr_filter_range, flags) == 0);
PIN(offsetof(struct kvm_msr_filter_range, nmsrs) == 4);
PIN(offsetof(struct kvm_msr_filter_range, base) == 8);
PIN(offsetof(struct kvm_msr_filter_range, bitmap) == 12);
PIN(sizeof(struct kvm_enable_cap) == 104);
PIN(KVM_ENABLE_CAP == 0x4068aea3);
PIN(offsetof(struct kvm_run, msr) == 32);
PIN(offsetof(struct kvm_run, msr.error) == 32);
PIN(offsetof(struct kvm_run, msr.reason) == 40);
PIN(offsetof(struct kvm_run, msr.index) == 44);
PIN(offsetof(struct kvm_run, msr.data) == 48);
