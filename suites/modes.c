// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ABI in every CPU mode that an MSR access can be made in: the same
 * programs for each, and what one mode alone can show.  Groups EXIT, RPLY, GP
 * and MATCH; EXIT-23 says that they bind in all of them.
 */
#include "suite.h"

static const struct {
	const char *name;
	const char *rule;	/* that says the mode is like any other */
} modes[] = {
	{ "compat", "exit_all_modes" },
	{ "prot32", "exit_all_modes" },
	{ "pae", "exit_all_modes" },
	{ "prot16", "exit_all_modes" },
	{ "real", "exit_all_modes" },
	{ "smm", "exit_in_smm" },
};

static void mode_families(struct emitter *e, const char *m, const char *rule)
{
	emit(e,
	     "case mode/%s-exits\n"
	     "rules %s exit_rdmsr exit_wrmsr exit_index exit_wrmsr_data "
	     "exit_rdmsr_data_zero exit_one_reason exit_rip_at_instruction "
	     "exit_registers_unchanged exit_post_run_fields\n"
	     "cap 0x7 -> 0\n"
	     "filter allow range rw 0x174+1 = 0 -> 0\n"
	     "vcpu mode=%s\n"
	     "rdmsr 0x174 -> exit filter\n"
	     "wrmsr 0x174 0xaabbccdd11223344 -> exit filter\n"
	     "rdmsr 0xdeadbeef -> exit unknown\n"
	     "wrmsr 0xdeadbeef 0xffffffff00000000 -> exit unknown\n"
	     "rdmsr 0x9e -> exit inval\n"
	     "wrmsr 0x277 0x0202020202020202 -> exit inval\n"
	     "rdmsr 0x175 -> ok\n",
	     m, rule, m);
	emit(e,
	     "case mode/%s-reads-complete\n"
	     "rules rply_rdmsr_loads_data rply_rip_past_instruction "
	     "rply_rdmsr_other_regs_kept rply_rdmsr_untouched_reads_zero\n"
	     "cap 0x7 -> 0\n"
	     "filter allow range rw 0x174+1 = 0 -> 0\n"
	     "vcpu mode=%s\n"
	     "rdmsr 0x174 data=0x1122334455667788 -> exit filter then ok "
	     "0x1122334455667788\n"
	     "rdmsr 0xdeadbeef data=0xffffffff80000000 -> exit unknown then ok "
	     "0xffffffff80000000\n"
	     "rdmsr 0x9e data=0x80000000ffffffff -> exit inval then ok "
	     "0x80000000ffffffff\n"
	     "rdmsr 0x174 -> exit filter then ok 0x0\n",
	     m, m);
	emit(e,
	     "case mode/%s-faults\n"
	     "rules %s gp_saved_rip_at_instruction gp_registers_unchanged "
	     "gp_cr2_unchanged rply_error_injects_gp gp_no_exit "
	     "gp_same_for_all_causes\n"
	     "cap 0x6 -> 0\n"
	     "filter allow range rw 0x174+1 = 0 -> 0\n"
	     "vcpu mode=%s\n"
	     "rdmsr 0x174 data=0x5 error=1 -> exit filter then #GP\n"
	     "wrmsr 0x174 0xaabbccdd11223344 error=255 -> exit filter then #GP\n"
	     "rdmsr 0xdeadbeef error=1 -> exit unknown then #GP\n"
	     "rdmsr 0x9e -> #GP\n"
	     "cap 0x0 -> 0\n"
	     "rdmsr 0x174 -> #GP\n"
	     "wrmsr 0x174 0x1 -> #GP\n"
	     "rdmsr 0xdeadbeef -> #GP\n"
	     "rdmsr 0x175 -> ok\n",
	     m, m[0] == 'r' || m[0] == 's' ? "gp_real_mode_no_error_code" :
	     "gp_error_code_zero gp_saved_flags_rf", m);
}

static void families(struct emitter *e)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		mode_families(e, modes[i].name, modes[i].rule);
}

SUITE(NULL, families);
