// SPDX-License-Identifier: GPL-2.0-only
/*
 * The denial sweep: every MSR that KVM lists, every MSR of the catalogue and
 * the neighbours of both, on every path through KVM that a VM's set-up selects.
 * A cell is a path, a direction and a class of values.  Denied, each access is
 * exactly a FILTER exit, or exactly #GP(0) without FILTER in the mask, and
 * leaves the MSR as it was, for userspace and for the guest.  Allowed, under a
 * filter, each comes to what it comes to in a second VM that has none.  Sweeps
 * of their own have the x2APIC indices, which are exempt; MSRs of which a write
 * that works ends the run; and TSC_DEADLINE, whose denied writes are cases of
 * fast.c, for on VMX they are a deviation that would hide others here.  Source:
 * section 4.97 of api.rst; no function in particular, which is the point.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"

/*
 * Names say irqchip, APIC mode, and what else is not as usual: CPUID without
 * any feature or with Hyper-V's, MSRs that were all written before (which
 * switches on what KVM switches lazily).
 */
static const struct path {
	const char *name, *irqchip, *cpuid, *apic_base;
	bool used;
	bool allow_writes;	/* they take long: on these paths, alone */
} paths[] = {
	{ "no-apic", NULL, NULL, NULL, false, true },
	{ "no-apic-no-cpuid", NULL, "none", NULL, false, false },
	{ "no-apic-hyperv", NULL, "default with=hyperv", NULL, false, true },
	{ "split-apic-off", "split", NULL, "0xfee00100", false, false },
	{ "split-xapic", "split", NULL, NULL, false, false },
	{ "split-x2apic", "split", NULL, "0xfee00d00", false, false },
	{ "full-apic-off", "full", NULL, "0xfee00100", false, false },
	{ "full-xapic", "full", NULL, NULL, false, true },
	{ "full-x2apic", "full", NULL, "0xfee00d00", false, true },
	{ "full-x2apic-no-cpuid", "full", "none", "0xfee00d00", false, false },
	{ "full-x2apic-hyperv", "full", "default with=hyperv", "0xfee00d00",
	  false, false },
	{ "full-x2apic-used", "full", NULL, "0xfee00d00", true, true },
};

static const struct cell {
	const char *name, *step;	/* an `each` without its set */
	const char *value;
	bool write;
	/* What would take long in every cell is in those where it shows most:
	 * the guest reads all again; #GP; the same, allowed. */
	bool look, fault, allow;
} cells[] = {
	{ "read", "each rdmsr", "", false, false, true, true },
	{ "write-zero", "each wrmsr", "0x0", true, false, false, false },
	{ "write-same", "each wrmsr", "same", true, false, false, false },
	{ "write-one", "each wrmsr", "0x1", true, true, true, true },
	{ "write-ones", "each wrmsr", "0xffffffffffffffff", true, false, true,
	  true },
	{ "write-high-half", "each wrmsr", "0xffffffff00000000", true, false,
	  false, false },
};

/* With writes to all MSRs that work, beside others, a case takes too long. */
static const char *needs(const struct path *p, bool writes)
{
	if (!writes)
		return p->irqchip ? "needs irqchip\n" : "";
	return p->irqchip ? "needs irqchip alone\n" : "needs alone\n";
}

/* A VM on the path, its MSRs used if the path says so. */
static int set_up(char *buf, size_t size, int at, const struct path *p,
		  const char *vm, const char *cap)
{
	if (p->irqchip)
		at = append(buf, size, at, "%s irqchip %s -> 0\n", vm,
			    p->irqchip);
	if (p->cpuid)
		at = append(buf, size, at, "%s cpuid %s -> 0\n", vm, p->cpuid);
	if (p->apic_base)
		at = append(buf, size, at, "%s set_msr 0x1b %s -> 1\n", vm,
			    p->apic_base);
	at = append(buf, size, at, "%s cap %s -> 0\n", vm, cap);
	if (p->used)
		at = append(buf, size, at, "%s each wrmsr known 0x1\n", vm);
	return at;
}

/* What the guest of vm0 reads is what the guest of vm1 does. */
static int look(char *buf, size_t size, int at, const struct cell *c)
{
	if (!c->look)
		return at;
	return append(buf, size, at,
		      "vm1: each rdmsr known\n"
		      "vm0: each rdmsr known -> unchanged\n");
}

/* Without FILTER in the mask, and what is exempt whatever the mask. */
static int faults(char *buf, size_t size, int at, const struct path *p,
		  const struct cell *c)
{
	if (!c->fault)
		return at;
	at = append(buf, size, at,
		    "cap 0x3 -> 0\n"
		    "%s known %s -> #GP\n"
		    "%s ending %s -> #GP\n"
		    "each get known -> unchanged\n",
		    c->step, c->value, c->step, c->value);
	if (!p->irqchip)
		return at;
	return append(buf, size, at,
		      "vm1: %s x2apic %s\n"
		      "vm0: %s x2apic %s -> unchanged\n",
		      c->step, c->value, c->step, c->value);
}

static void denied(struct emitter *e, const struct path *p,
		   const struct cell *c)
{
	char s[4096];
	int at = 0;

	at = set_up(s, sizeof(s), at, p, "vm0:", "0x7");
	if (c->look || (c->fault && p->irqchip))
		at = set_up(s, sizeof(s), at, p, "vm1:", "0x3");
	if (!strcmp(c->value, "same"))
		at = append(s, sizeof(s), at, "each rdmsr known\n");
	at = append(s, sizeof(s), at,
		    "each get known\n"
		    "filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
		    "%s known %s -> filter\n"
		    "%s ending %s -> filter\n"
		    "each get known -> unchanged\n",
		    c->step, c->value, c->step, c->value);
	at = faults(s, sizeof(s), at, p, c);
	at = append(s, sizeof(s), at, "filter allow -> 0\n");
	look(s, sizeof(s), at, c);
	emit(e, "case sweep/deny-%s-%s\n"
	     "rules match_default_decides match_denied_before_unknown "
	     "exit_one_reason pass_outside_bitmaps "
	     "%s%s%s\n%s%s",
	     c->name, p->name,
	     c->write ? "exit_denied_write_no_effect pass_denied_write_exits" :
			"exit_denied_read_no_effect pass_denied_read_exits",
	     c->fault ? " cap_mask_bit_selects_reason cap_denied_not_relabelled "
			"gp_reason_not_enabled" : "",
	     c->fault && p->irqchip ? " x2a_never_reason_filter" : "",
	     needs(p, p->used), s);
}

static void allowed(struct emitter *e, const struct path *p,
		    const struct cell *c)
{
	char s[4096];
	int at = 0;

	at = set_up(s, sizeof(s), at, p, "vm1:", "0x3");
	at = set_up(s, sizeof(s), at, p, "vm0:", "0x7");
	at = append(s, sizeof(s), at,
		    "filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
		    "rdmsr 0x174 -> exit filter\n"
		    /* an index that is in no set */
		    "filter allow range rw 0xdeadbe80+1 = 0 -> 0\n"
		    "vm1: %s known %s\n"
		    "vm0: %s known %s -> unchanged\n"
		    "vm1: %s deadline %s\n"
		    "vm0: %s deadline %s -> unchanged\n"
		    "vm1: each get known\n"
		    "vm0: each get known -> unchanged\n"
		    "vm1: each get deadline\n"
		    "vm0: each get deadline -> unchanged\n",
		    c->step, c->value, c->step, c->value, c->step, c->value,
		    c->step, c->value);
	at = look(s, sizeof(s), at, c);
	append(s, sizeof(s), at, "rdmsr 0xdeadbe80 -> exit filter\n");
	emit(e, "case sweep/allow-%s-%s\n"
	     "rules match_default_decides match_allowed_may_still_fail "
	     "host_not_filtered\n%s%s",
	     c->name, p->name, needs(p, p->used || c->write), s);
}

static void families(struct emitter *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		for (size_t k = 0; k < ARRAY_SIZE(cells); k++) {
			denied(e, &paths[i], &cells[k]);
			if (cells[k].allow &&
			    (!cells[k].write || paths[i].allow_writes))
				allowed(e, &paths[i], &cells[k]);
		}
}

SUITE(NULL, families);
