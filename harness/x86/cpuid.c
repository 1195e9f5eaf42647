// SPDX-License-Identifier: GPL-2.0-only
/* The CPUID of a vCPU: what KVM supports, less or more than that, another's. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../env.h"
#include "guest.h"

enum { ENTRIES = 256 };
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

		if (e && *word(e, features[i].reg) >> features[i].bit & 1)
			set |= 1ULL << i;
	}
	free(c);
	return set;
}

static void put_features(struct kvm_cpuid2 *c, const struct step_cpuid *want)
{
	for (int i = 0; i < NR_FEATURES; i++) {
		u32 function = features[i].function, index = features[i].index;
		u32 bit = 1u << features[i].bit;
		struct kvm_cpuid_entry2 *e = entry(c, function, index);

		if (e && want->without >> i & 1)
			*word(e, features[i].reg) &= ~bit;
		if (!(want->with >> i & 1))
			continue;
		if (!e)
			e = add_entry(c, function, index);
		*word(e, features[i].reg) |= bit;
	}
}

static void put_vendor(struct kvm_cpuid2 *c, enum cpuid_vendor vendor)
{
	const char *name = vendor == CPUID_VENDOR_INTEL ? "GenuineIntel" :
			   "AuthenticAMD";
	static const u32 leaves[] = { 0, 0x80000000 };

	for (int i = 0; i < 2; i++) {
		struct kvm_cpuid_entry2 *e = entry(c, leaves[i], 0);

		if (!e)
			continue;
		memcpy(&e->ebx, name, 4);
		memcpy(&e->edx, name + 4, 4);
		memcpy(&e->ecx, name + 8, 4);
	}
}

int guest_set_cpuid(struct vcpu *v, const struct step_cpuid *want)
{
	struct kvm_cpuid2 *c = cpuid_alloc();
	int r;

	if (want->kind == CPUID_DEFAULT) {
		c->nent = ENTRIES;
		must(ioctl(v->vm->env->kvm, KVM_GET_SUPPORTED_CPUID, c));
		put_features(c, want);
		if (want->vendor)
			put_vendor(c, want->vendor);
	}
	r = ioctl(v->fd, KVM_SET_CPUID2, c);
	free(c);
	return r;
}
