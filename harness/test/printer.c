// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints made-up results in the format named by its argument; printer.t
 * compares with golden/.
 */
#include <string.h>

#include "../result.h"

int main(int argc, char **argv)
{
	static struct machine m = {
		.name = "amd", .release = "6.1.0-1-test", .version = "#1",
		.module = "kvm_amd", .cpu = "Example CPU",
		.emulator = "QEMU 1.2", .params = "kvm.ignore_msrs=N",
		.vendor = VENDOR_AMD, .eras = K61,
	};
	static struct result r[] = {
		{ .name = "filter/passes", .verdict = V_PASS, .ms = 3,
		  .rule = RULE_NONE },
		{ .name = "filter/fails", .verdict = V_FAIL, .ms = 5,
		  .step = 3, .rule = RULE_exit_rdmsr,
		  .want = "exit RDMSR reason=FILTER", .got = "#GP(0) at rip+0",
		  .message = "filter/fails\nstep 3: rdmsr 0xc0000082 (LSTAR)\n"
			     "  want: exit RDMSR reason=FILTER\n"
			     "  got:  #GP(0) at rip+0\n" },
		{ .name = "filter/skipped", .verdict = V_SKIP,
		  .rule = RULE_NONE, .reason = "needs root" },
		{ .name = "filter/\"quoted\"\\", .verdict = V_ERROR,
		  .rule = RULE_NONE, .reason = "tab\there",
		  .message = "tab\there\n" },
		{ .name = "filter/known", .verdict = V_FAIL,
		  .note = NOTE_KNOWN, .rule = RULE_NONE, .reason = "listed" },
		{ .name = "filter/stale", .verdict = V_PASS,
		  .note = NOTE_STALE, .rule = RULE_NONE },
	};
	struct report rep = { .format = FORMAT_TAP };
	const int n = sizeof(r) / sizeof(r[0]);

	if (argc > 1 && !strcmp(argv[1], "json"))
		rep.format = FORMAT_JSON;
	if (argc > 1 && !strcmp(argv[1], "ktap"))
		rep.format = FORMAT_KTAP;
	rule_set_add(&r[0].covered, RULE_flt_flags_reserved);
	if (report_begin(&rep, &m, n))
		return 3;
	for (int i = 0; i < n; i++) {
		report_start(&rep, r[i].name);
		report_result(&rep, &r[i]);
	}
	return report_end(&rep, false);
}
