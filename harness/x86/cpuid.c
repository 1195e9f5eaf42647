// SPDX-License-Identifier: GPL-2.0-only
/* The CPUID of a vCPU: what KVM supports, less or more than that, another's. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../env.h"
#include "guest.h"

enum { ENTRIES = 256, HYPERV_SIGNATURE = 0x31237648 /* "Hv#1" */ };
enum reg { eax, ebx, ecx, edx };

static const struct {
	u32 function, index;
	enum reg reg;
	u8 bit;
} features[NR_FEATURES] = {
#define FEATURE(name, function, index, reg, bit) { function, index, reg, bit },
#include "../../suites/features.def"
#undef FEATURE
};

/* Zeroed, with room for ENTRIES; nent is 0. */
static struct kvm_cpuid2 *cpuid_alloc(void)
{
	struct kvm_cpuid2 *c = calloc(1, sizeof(*c) +
					 ENTRIES * sizeof(c->entries[0]));

	if (!c)
		env_die(__FILE__, __LINE__, "calloc");
	return c;
}

static struct kvm_cpuid_entry2 *entry(struct kvm_cpuid2 *c, u32 function,
				      u32 index)
{
	for (u32 i = 0; i < c->nent; i++)
		if (c->entries[i].function == function &&
		    c->entries[i].index == index)
			return &c->entries[i];
	return NULL;
}

static struct kvm_cpuid_entry2 *add_entry(struct kvm_cpuid2 *c, u32 function,
					  u32 index)
{
	struct kvm_cpuid_entry2 *e = &c->entries[c->nent++];

	e->function = function;
	e->index = index;
	e->flags = function == 0x7 || function == 0xd ?
		   KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0;
	return e;
}

static u32 *word(struct kvm_cpuid_entry2 *e, enum reg reg)
{
	return reg == eax ? &e->eax : reg == ebx ? &e->ebx :
	       reg == ecx ? &e->ecx : &e->edx;
}

static struct cpuid_change change_of(int feature, bool on)
{
	struct cpuid_change c = {
		.function = features[feature].function,
		.index = features[feature].index,
		.reg = features[feature].reg,
	};

	if (feature == FEATURE_hyperv) {
		c.clear = ~0u;
		c.set = HYPERV_SIGNATURE;
	} else {
		c.clear = 1u << features[feature].bit;
		c.set = on ? c.clear : 0;
	}
	return c;
}

static bool has(struct kvm_cpuid_entry2 *e, int feature)
{
	struct cpuid_change c = change_of(feature, true);

	return (*word(e, c.reg) & c.clear) == c.set;
}

static struct cpuid_change change_of_vendor(enum cpuid_vendor vendor, int n)
{
	static const enum reg regs[] = { ebx, edx, ecx };
	struct cpuid_change c = { .function = n / 3 ? 0x80000000 : 0,
				  .reg = regs[n % 3], .clear = ~0u };

	memcpy(&c.set, (vendor == CPUID_VENDOR_INTEL ? "GenuineIntel" :
			"AuthenticAMD") + n % 3 * 4, 4);
	return c;
}

bool cpuid_change(const struct step_cpuid *want, int n,
		  struct cpuid_change *change)
{
	for (int i = 0; i < NR_FEATURES; i++) {
		bool on = want->with >> i & 1;

		/* KVM never has hyperv of its own */
		if (!on && (!(want->without >> i & 1) || i == FEATURE_hyperv))
			continue;
		if (n--)
			continue;
		*change = change_of(i, on);
		return true;
	}
	if (!want->vendor || n >= 6)
		return false;
	*change = change_of_vendor(want->vendor, n);
	return true;
}

u64 cpuid_supported(int kvm)
{
	struct kvm_cpuid2 *c = cpuid_alloc();
	u64 set = 0;

	c->nent = ENTRIES;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, c))
		c->nent = 0;
	for (int i = 0; i < NR_FEATURES; i++) {
		struct kvm_cpuid_entry2 *e = entry(c, features[i].function,
						   features[i].index);

		if (e && has(e, i))
			set |= 1ULL << i;
	}
	free(c);
	return set;
}

static void put_changes(struct kvm_cpuid2 *c, const struct step_cpuid *want)
{
	struct cpuid_change k;

	for (int n = 0; cpuid_change(want, n, &k); n++) {
		struct kvm_cpuid_entry2 *e = entry(c, k.function, k.index);

		if (!e && k.set)
			e = add_entry(c, k.function, k.index);
		if (e)
			*word(e, k.reg) = (*word(e, k.reg) & ~k.clear) | k.set;
	}
}

/* KVM_GET_SUPPORTED_CPUID: a third of a millisecond, asked once a process. */
static const struct kvm_cpuid2 *supported(int kvm)
{
	static struct kvm_cpuid2 *c;

	if (c)
		return c;
	c = cpuid_alloc();
	c->nent = ENTRIES;
	must(ioctl(kvm, KVM_GET_SUPPORTED_CPUID, c));
	return c;
}

int guest_set_cpuid(struct vcpu *v, const struct step_cpuid *want)
{
	struct kvm_cpuid2 *c = cpuid_alloc();
	int r;

	if (want->kind == CPUID_DEFAULT) {
		memcpy(c, supported(v->vm->env->kvm),
		       sizeof(*c) + ENTRIES * sizeof(c->entries[0]));
		put_changes(c, want);
	}
	r = ioctl(v->fd, KVM_SET_CPUID2, c);
	free(c);
	return r;
}
