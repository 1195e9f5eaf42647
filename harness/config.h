/* SPDX-License-Identifier: GPL-2.0-only */
/* Ways to load KVM: suites/configs.def, and getting a machine into one. */
#ifndef DEFLECT_CONFIG_H
#define DEFLECT_CONFIG_H

#include "machine.h"

struct config {
	const char *name;
	enum rule_vendor vendor;
	const char *params;	/* "kvm.ignore_msrs=1 kvm_amd.npt=0" */
	const char *moves;	/* what it does, in words */
	const char *patterns;	/* of cases that are run in it too */
};

/* [0] is KVM as it was loaded, without a name; ends with name NULL. */
extern const struct config configs[];

/* 0 if there is none of this name. */
int config_by_name(const char *name, size_t len);

/* Is there such a configuration on machines of this vendor? */
bool config_concerns(const struct machine *m, int config);

/*
 * Load KVM's modules again as the configuration says and probe @m anew.
 * Returns 0, or -1 with the reason in @why: not the first process of an
 * emulated machine, or the kernel or CPU does not take the parameters.
 */
int config_load(struct machine *m, int config, char *why, size_t size);

#endif
