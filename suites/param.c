// SPDX-License-Identifier: GPL-2.0-only
/*
 * PARAM: module parameters, capabilities and quirks that change what an access
 * is answered, and the ways to load KVM (configs.def) that only move it from
 * one path inside KVM to another.  A case NAME@CONFIG is the case NAME with KVM
 * loaded so; its result must be the same, or what the parameter's rule says.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "../harness/config.h"
#include "../harness/program.h"
#include "../harness/rules.h"

static const char *const cases[] = {
	"case param/ignored-read-gives-zero@ignore-msrs\n"
	"rules param_ignore_msrs_unknown\n"
	"cap 0x7 -> 0\n"
	"rdmsr 0xdeadbeef\n"
	"wrmsr 0xdeadbeef 0x1\n"
	"rdmsr 0xdeadbeef\n"
	"wrmsr 0xfe 0x0\n"
	"cap 0x0 -> 0\n"
	"rdmsr 0xdeadbeef\n"
	"wrmsr 0xdeadbeef 0x1\n",

	"case param/inval-is-not-ignored@ignore-msrs\n"
	"rules param_ignore_msrs_not_inval\n"
	"cap 0x7 -> 0\n"
	"rdmsr 0x9e -> exit inval\n"
	"wrmsr 0x9e 0x0 -> exit inval\n"
	"wrmsr 0x2ff 0x2 -> exit inval\n"
	"cap 0x6 -> 0\n"
	"rdmsr 0x9e -> #GP\n",

	"case param/denied-is-not-ignored@ignore-msrs\n"
	"rules param_ignore_msrs_not_filter match_ignore_msrs_no_rescue\n"
	"cap 0x7 -> 0\n"
	"filter allow range rw 0xdeadbeef+1 = 0 -> 0\n"
	"rdmsr 0xdeadbeef -> exit filter\n"
	"wrmsr 0xdeadbeef 0x1 -> exit filter\n"
	"cap 0x3 -> 0\n"
	"rdmsr 0xdeadbeef -> #GP\n"
	"wrmsr 0xdeadbeef 0x1 -> #GP\n",

	"case param/ignored-and-not-reported@ignore-silently\n"
	"rules param_report_ignored_only_logs\n"
	"cap 0x7 -> 0\n"
	"rdmsr 0xdeadbeef\n"
	"wrmsr 0xdeadbeef 0x1\n"
	"rdmsr 0x9e -> exit inval\n",

	"case param/unknown-and-not-reported@unreported\n"
	"rules param_report_ignored_only_logs\n"
	"cap 0x7 -> 0\n"
	"rdmsr 0xdeadbeef -> exit unknown\n"
	"wrmsr 0xdeadbeef 0x1 -> exit unknown\n",

	"case param/enforcement-is-per-vcpu\n"
	"rules param_enforce_pv_feature_cpuid\n"
	"cap 0x7 -> 0\n"
	"cpuid default without=pv_clock2\n"
	"vcpu1: cpuid default without=pv_clock2\n"
	"cap 0x1 nr=190 fd=vcpu -> 0\n"
	"rdmsr 0x4b564d01\n"
	"vcpu1: rdmsr 0x4b564d01 -> ok\n"
	"cap 0x0 nr=190 fd=vcpu -> 0\n"
	"rdmsr 0x4b564d01 -> ok\n"
	"cap 0x100000000 nr=190 fd=vcpu -> 0\n"
	"rdmsr 0x4b564d01\n"
	"wrmsr 0x4b564d01 0x0\n",

	"case param/platform-info-is-turned-off-and-on\n"
	"rules param_msr_platform_info_off\n"
	"cap 0x7 -> 0\n"
	"rdmsr 0xce -> ok\n"
	"cap 0x0 nr=159 -> 0\n"
	"rdmsr 0xce -> exit inval\n"
	"vcpu1: rdmsr 0xce -> exit inval\n"
	"cap 0x6 -> 0\n"
	"rdmsr 0xce -> #GP\n"
	"cap 0x7 -> 0\n"
	"cap 0x1 nr=159 -> 0\n"
	"rdmsr 0xce -> ok\n",

	"case param/hyperv-msrs-follow-the-enforcement\n"
	"rules param_hyperv_enforce_cpuid\n"
	"cap 0x7 -> 0\n"
	"cpuid default with=hyperv\n"
	"rdmsr 0x40000000 -> ok\n"
	"cap 0x1 nr=199 fd=vcpu -> 0\n"
	"rdmsr 0x40000000 -> exit inval\n"
	"wrmsr 0x40000000 0x1 -> exit inval\n"
	"cap 0x6 -> 0\n"
	"rdmsr 0x40000000 -> #GP\n",

	"case param/mwait-quirk-decides-without-sse3\n"
	"rules param_mwait_quirk_off\n"
	"cap 0x7 -> 0\n"
	"cpuid default without=sse3\n"
	"wrmsr 0x1a0 0x41800 -> ok\n"
	"wrmsr 0x1a0 0x1800 -> ok\n"
	"cap 0x10 nr=116 -> 0\n"
	"wrmsr 0x1a0 0x41800 -> exit inval\n"
	"cap 0x6 -> 0\n"
	"wrmsr 0x1a0 0x41800 -> #GP\n",

	"case param/mwait-quirk-off-by-the-second-capability\n"
	"rules param_mwait_quirk_off\n"
	"cap 0x7 -> 0\n"
	"cpuid default without=sse3\n"
	"cap 0x10 nr=213\n"
	"wrmsr 0x1a0 0x41800\n",

	"case param/mwait-quirk-with-sse3\n"
	"rules param_mwait_quirk_off\n"
	"cap 0x7 -> 0\n"
	"cap 0x10 nr=116 -> 0\n"
	"cpuid default with=sse3\n"
	"wrmsr 0x1a0 0x41800 -> ok\n"
	"wrmsr 0x1a0 0x1800 -> ok\n",

	"case param/pmu-turned-off-for-the-vm\n"
	"rules param_pmu_off\n"
	"cap 0x7 -> 0\n"
	"cap 0x1 nr=212\n"
	"rdmsr 0xc0010000\n"
	"wrmsr 0xc0010000 0x530076\n"
	"rdmsr 0x186\n"
	"wrmsr 0x186 0x530076\n"
	"rdmsr 0xc1\n"
	"rdmsr 0x38f\n"
	"wrmsr 0x38f 0x1\n"
	"rdmsr 0x309\n"
	"rdmsr 0xc0010200\n",
	NULL
};

/* What the path rule speaks of: a guest's RDMSR or WRMSR. */
static bool accesses(const struct program *p)
{
	for (int i = 0; i < p->nsteps; i++)
		if ((p->step[i].kind == STEP_RDMSR ||
		     p->step[i].kind == STEP_WRMSR) && !p->step[i].access.cpl)
			return true;
	return false;
}

static bool named(const char *patterns, const char *name)
{
	char copy[256], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", patterns);
	for (char *p = strtok_r(copy, " ", &save); p;
	     p = strtok_r(NULL, " ", &save))
		if (!fnmatch(p, name, 0))
			return true;
	return false;
}

static bool has_configs(const char *name)
{
	for (int i = 1; configs[i].name && !strchr(name, '@'); i++)
		if (named(configs[i].patterns, name))
			return true;
	return false;
}

/* A case again, with KVM loaded in the ways whose patterns name it. */
static void in_configs(struct emitter *e, const struct program *p)
{
	static struct program again;

	for (int i = 1; configs[i].name; i++) {
		if (!named(configs[i].patterns, p->name))
			continue;
		again = *p;
		snprintf(again.name, sizeof(again.name), "%.70s@%s", p->name,
			 configs[i].name);
		if (again.nrules < MAX_RULES_PER_CASE && accesses(p) &&
		    !strstr(configs[i].params, "ignore_msrs"))
			again.rules[again.nrules++] =
				RULE_param_path_keeps_result;
		emit_program(e, &again);
	}
}

SUITE_DERIVED(cases, NULL, has_configs, in_configs);
