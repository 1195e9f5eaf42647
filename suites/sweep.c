// SPDX-License-Identifier: GPL-2.0-only
/*
 * The denial sweep: every MSR that KVM lists, every MSR of the catalogue and
 * the neighbours of both, on every path through KVM that a VM's set-up selects.
 * A cell is a path, a direction and a class of values.  Denied, each access is
 * exactly a FILTER exit, or exactly #GP(0) without FILTER in the mask, and
 * leaves the MSR as it was, for userspace and for the guest.  Allowed, under a
 * filter, each comes to what it comes to in a second VM that has none.  The
 * x2APIC indices are exempt, and sweeps of their own.  Source: section 4.97 of
 * api.rst; no function in particular, which is the point.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "../harness/outcome.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Names say irqchip, APIC mode, and what else is not as usual: CPUID without
 * any feature or with Hyper-V's, MSRs that were all written before (which
 * switches on what KVM switches lazily).
 */
static const struct path {
	const char *name, *irqchip, *cpuid, *apic_base;
	bool used;
} paths[] = {
	{ "no-apic", NULL, NULL, NULL, false },
	{ "no-apic-no-cpuid", NULL, "none", NULL, false },
	{ "no-apic-hyperv", NULL, "default with=hyperv", NULL, false },
	{ "no-apic-used", NULL, NULL, NULL, true },
	{ "split-apic-off", "split", NULL, "0xfee00100", false },
	{ "split-xapic", "split", NULL, NULL, false },
	{ "split-x2apic", "split", NULL, "0xfee00d00", false },
	{ "full-apic-off", "full", NULL, "0xfee00100", false },
	{ "full-xapic", "full", NULL, NULL, false },
	{ "full-x2apic", "full", NULL, "0xfee00d00", false },
	{ "full-x2apic-no-cpuid", "full", "none", "0xfee00d00", false },
	{ "full-x2apic-hyperv", "full", "default with=hyperv", "0xfee00d00",
	  false },
	{ "full-x2apic-used", "full", NULL, "0xfee00d00", true },
	{ "full-xapic-hyperv-used", "full", "default with=hyperv", NULL, true },
};

static const struct cell {
	const char *name, *step;	/* an `each` without its set */
	const char *value;
	bool write;
	bool look;	/* afterwards the guest reads all again: it is in these
			 * cells that a write would show */
} cells[] = {
	{ "read", "each rdmsr", "", false, false },
	{ "write-zero", "each wrmsr", "0x0", true, false },
	{ "write-same", "each wrmsr", "same", true, false },
	{ "write-one", "each wrmsr", "0x1", true, true },
	{ "write-ones", "each wrmsr", "0xffffffffffffffff", true, true },
	{ "write-high-half", "each wrmsr", "0xffffffff00000000", true, false },
};

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

/* What `same` repeats. */
static int learn(char *buf, size_t size, int at, const struct cell *c,
		 const char *vm)
{
	if (strcmp(c->value, "same"))
		return at;
	return append(buf, size, at, "%s each rdmsr known\n", vm);
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

/* The writes that end a run, and the indices that are exempt. */
static int other_sets(char *buf, size_t size, int at, const struct path *p,
		      const struct cell *c)
{
	if (!strcmp(c->value, "same") || !strcmp(c->value, "0x0"))
		return at;
	if (c->write)
		at = append(buf, size, at,
			    "%s ending %s -> #GP\n"
			    "cap 0x7 -> 0\n"
			    "%s ending %s -> filter\n",
			    c->step, c->value, c->step, c->value);
	if (p->irqchip)
		at = append(buf, size, at,
			    "vm1: %s x2apic %s\n"
			    "vm0: cap 0x3 -> 0\n"
			    "vm0: %s x2apic %s -> unchanged\n",
			    c->step, c->value, c->step, c->value);
	return at;
}

static void denied(struct emitter *e, const struct path *p,
		   const struct cell *c)
{
	char s[4096];
	int at = 0;

	at = set_up(s, sizeof(s), at, p, "vm0:", "0x7");
	at = set_up(s, sizeof(s), at, p, "vm1:", "0x3");
	at = learn(s, sizeof(s), at, c, "vm0:");
	at = append(s, sizeof(s), at,
		    "each get known\n"
		    "filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
		    "%s known %s -> filter\n"
		    "each get known -> unchanged\n"
		    "cap 0x3 -> 0\n"
		    "%s known %s -> #GP\n"
		    "each get known -> unchanged\n",
		    c->step, c->value, c->step, c->value);
	at = other_sets(s, sizeof(s), at, p, c);
	at = append(s, sizeof(s), at, "filter allow -> 0\n");
	look(s, sizeof(s), at, c);
	emit(e, "case sweep/deny-%s-%s\n"
	     "rules match_default_decides match_denied_before_unknown "
	     "cap_mask_bit_selects_reason cap_denied_not_relabelled "
	     "gp_reason_not_enabled exit_one_reason pass_outside_bitmaps %s%s\n"
	     "%s%s",
	     c->name, p->name,
	     c->write ? "exit_denied_write_no_effect pass_denied_write_exits" :
			"exit_denied_read_no_effect pass_denied_read_exits",
	     p->irqchip && strcmp(c->value, "same") && strcmp(c->value, "0x0") ?
	     " x2a_never_reason_filter" : "",
	     p->irqchip ? "needs irqchip\n" : "", s);
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
		    "filter allow range rw 0xdeadbe80+1 = 0 -> 0\n");
	at = learn(s, sizeof(s), at, c, "vm1:");
	at = learn(s, sizeof(s), at, c, "vm0:");
	at = append(s, sizeof(s), at,
		    "vm1: %s known %s\n"
		    "vm0: %s known %s -> unchanged\n"
		    "vm1: each get known\n"
		    "vm0: each get known -> unchanged\n",
		    c->step, c->value, c->step, c->value);
	at = look(s, sizeof(s), at, c);
	append(s, sizeof(s), at, "rdmsr 0xdeadbe80 -> exit filter\n");
	emit(e, "case sweep/allow-%s-%s\n"
	     "rules match_default_decides match_allowed_may_still_fail "
	     "host_not_filtered\n%s%s",
	     c->name, p->name, p->irqchip ? "needs irqchip\n" : "", s);
}

static void families(struct emitter *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		for (size_t k = 0; k < ARRAY_SIZE(cells); k++) {
			denied(e, &paths[i], &cells[k]);
			allowed(e, &paths[i], &cells[k]);
		}
}

SUITE(NULL, families);
