// SPDX-License-Identifier: GPL-2.0-only
/*
 * EXIT: an access that fails for a reason that is enabled makes KVM_RUN return
 * at the instruction, with exit_reason, reason, index, data, error and padding
 * as documented and with nothing of the vCPU or of any MSR changed.  The run
 * page and the registers are poisoned before, and the model compares all of it
 * at each exit; the expectations here name only the reason.  Accesses that the
 * CPU refuses by itself (CPL 3, LOCK) never exit.  Source: sections 4.97, 5
 * and 7.21 of api.rst, kvm_msr_user_space(), kvm_emulate_rdmsr() and
 * kvm_emulate_wrmsr().
 */
#include <stdbool.h>

#include "suite.h"

/* Everything is denied but one index that no case uses. */
#define DENY_ALL "filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"

/* What makes an exit, and what one of a read and of a write shows. */
#define CONTENT								\
	"exit_one_reason exit_index exit_error_zero exit_pad_zero "	\
	"exit_rip_at_instruction exit_registers_unchanged "		\
	"exit_no_exception_queued exit_rest_of_union_kept "
#define READS "exit_rdmsr exit_rdmsr_data_zero "
#define WRITES "exit_wrmsr exit_wrmsr_data "

static const char *const cases[] = {

/* ---- content, reason by reason ---- */

"case exit/denied-reads\n"
"rules " CONTENT READS "\n"
"cap 0x7 -> 0\n"
DENY_ALL
"rdmsr 0xdeadbeef -> exit filter\n"
"rdmsr 0x9e -> exit filter\n"
"rdmsr 0x10 -> exit filter\n"
"rdmsr 0x1b -> exit filter\n"
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0x175 -> exit filter\n"
"rdmsr 0x176 -> exit filter\n"
"rdmsr 0x1a0 -> exit filter\n"
"rdmsr 0x277 -> exit filter\n"
"rdmsr 0x2ff -> exit filter\n"
"rdmsr 0xc0000080 -> exit filter\n"
"rdmsr 0xc0000081 -> exit filter\n"
"rdmsr 0xc0000082 -> exit filter\n"
"rdmsr 0xc0000083 -> exit filter\n"
"rdmsr 0xc0000084 -> exit filter\n"
"rdmsr 0xc0000100 -> exit filter\n"
"rdmsr 0xc0000101 -> exit filter\n"
"rdmsr 0xc0000102 -> exit filter\n"
"rdmsr 0xc0000103 -> exit filter\n"
"rdmsr 0xffffffff -> exit filter\n"
"rdmsr 0x0 -> exit filter\n",

"case exit/denied-writes\n"
"rules " CONTENT WRITES "\n"
"cap 0x7 -> 0\n"
DENY_ALL
"wrmsr 0xdeadbeef 0x1122334455667788 -> exit filter\n"
"wrmsr 0x9e 0x8877665544332211 -> exit filter\n"
"wrmsr 0x10 0x1 -> exit filter\n"
"wrmsr 0x1b 0xfee00900 -> exit filter\n"
"wrmsr 0x174 0x8 -> exit filter\n"
"wrmsr 0x175 0xffff800000001000 -> exit filter\n"
"wrmsr 0x176 0x8000000000000000 -> exit filter\n"
"wrmsr 0x1a0 0xffffffffffffffff -> exit filter\n"
"wrmsr 0x277 0x0202020202020202 -> exit filter\n"
"wrmsr 0x2ff 0xc06 -> exit filter\n"
"wrmsr 0xc0000080 0x8000000000000000 -> exit filter\n"
"wrmsr 0xc0000081 0x0023001000000000 -> exit filter\n"
"wrmsr 0xc0000082 0xfedcba9876543210 -> exit filter\n"
"wrmsr 0xc0000083 0x0123456789abcdef -> exit filter\n"
"wrmsr 0xc0000084 0x47700 -> exit filter\n"
"wrmsr 0xc0000100 0x0000800000000000 -> exit filter\n"
"wrmsr 0xc0000101 0xffff7fffffffffff -> exit filter\n"
"wrmsr 0xc0000102 0x00007fffffffffff -> exit filter\n"
"wrmsr 0xc0000103 0xffffffff00000000 -> exit filter\n"
"wrmsr 0xffffffff 0x00000000ffffffff -> exit filter\n"
"wrmsr 0x0 0x0 -> exit filter\n",

"case exit/unknown-reads\n"
"rules " CONTENT READS "\n"
"cap 0x2 -> 0\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"rdmsr 0x474f4f00 -> exit unknown\n"
"rdmsr 0x474f4fff -> exit unknown\n"
"rdmsr 0x7fffffff -> exit unknown\n"
"rdmsr 0x80000000 -> exit unknown\n"
"rdmsr 0x80000001 -> exit unknown\n"
"rdmsr 0xfffe0000 -> exit unknown\n"
"rdmsr 0xffffffff -> exit unknown\n"
"rdmsr 0xfffffffe -> exit unknown\n"
"rdmsr 0xdeadbe00 -> exit unknown\n",

"case exit/unknown-writes\n"
"rules " CONTENT WRITES "\n"
"cap 0x2 -> 0\n"
"wrmsr 0xdeadbeef 0x0 -> exit unknown\n"
"wrmsr 0x474f4f00 0x1 -> exit unknown\n"
"wrmsr 0x474f4fff 0xffffffffffffffff -> exit unknown\n"
"wrmsr 0x7fffffff 0x100000000 -> exit unknown\n"
"wrmsr 0x80000000 0xffffffff -> exit unknown\n"
"wrmsr 0x80000001 0xffffffff00000000 -> exit unknown\n"
"wrmsr 0xfffe0000 0x80000000 -> exit unknown\n"
"wrmsr 0xffffffff 0x8000000000000000 -> exit unknown\n"
"wrmsr 0xfffffffe 0x7fffffff80000000 -> exit unknown\n"
"wrmsr 0xdeadbe00 0x800000007fffffff -> exit unknown\n",

/* SMBASE is the host's; EFER and PAT have values that no CPU takes. */
"case exit/invalid-reads\n"
"rules " CONTENT READS "\n"
"cap 0x1 -> 0\n"
"rdmsr 0x9e -> exit inval\n"
"rdmsr 0x9e -> exit inval\n"
"rdmsr 0x800 -> exit inval\n"
"rdmsr 0x808 -> exit inval\n"
"rdmsr 0x8ff -> exit inval\n"
"rdmsr 0x9e data=0xffffffffffffffff -> "
"exit inval then ok 0xffffffffffffffff\n"
"rdmsr 0x9e error=1 -> exit inval then #GP\n"
"rdmsr 0x9e -> exit inval then ok 0x0\n",

"case exit/invalid-writes\n"
"rules " CONTENT WRITES "\n"
"cap 0x1 -> 0\n"
"wrmsr 0x9e 0x30000 -> exit inval\n"
"wrmsr 0x9e 0xffffffffffffffff -> exit inval\n"
"wrmsr 0xce 0x0123456789abcdef -> exit inval\n"
"wrmsr 0xc0000080 0x8000000000000000 -> exit inval\n"
"wrmsr 0x277 0x0202020202020202 -> exit inval\n"
"wrmsr 0x2ff 0x2 -> exit inval\n"
"wrmsr 0x8ff 0xfedcba9876543210 -> exit inval\n"
"wrmsr 0x808 0x80 -> exit inval\n"
"wrmsr 0x83f 0x1ff -> exit inval\n",

/* One after the other in one KVM_RUN: no part of one is left in the next. */
"case exit/reasons-mixed\n"
"rules " CONTENT "exit_rdmsr exit_wrmsr exit_rdmsr_data_zero "
"exit_wrmsr_data\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xc0000081+3 = 0 range rw 0x174+1 = 0 -> 0\n"
"wrmsr 0xc0000082 0xffffffffffffffff -> exit filter\n"
"rdmsr 0x474f4f00 -> exit unknown\n"
"wrmsr 0x9e 0x0123456789abcdef -> exit inval\n"
"rdmsr 0xc0000082 -> exit filter\n"
"wrmsr 0x474f4f00 0xa5a5a5a5a5a5a5a5 -> exit unknown\n"
"rdmsr 0x9e -> exit inval\n"
"wrmsr 0xc0000080 0x8000000000000000 -> exit inval\n"
"rdmsr 0x174 -> exit filter\n"
"wrmsr 0x174 0x8 -> exit filter\n"
"wrmsr 0xdeadbeef 0x0 -> exit unknown\n"
"rdmsr 0xc0000083 -> exit filter\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"wrmsr 0x277 0x0202020202020202 -> exit inval\n"
"rdmsr 0xc0000081 -> exit filter\n",

/* A reason is chosen by what fails, not by what is enabled beside it. */
"case exit/reason-with-each-mask\n"
"rules exit_needs_capability exit_read_never_errno exit_one_reason exit_rdmsr "
"exit_wrmsr gp_no_exit\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"cap 0x1 -> 0\n"
"rdmsr 0x9e -> exit inval\n"
"wrmsr 0xdeadbeef 0x1 -> #GP\n"
"rdmsr 0x174 -> #GP\n"
"cap 0x2 -> 0\n"
"wrmsr 0x9e 0x1 -> #GP\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"wrmsr 0x174 0x1 -> #GP\n"
"cap 0x3 -> 0\n"
"rdmsr 0x9e -> exit inval\n"
"wrmsr 0xdeadbeef 0x1 -> exit unknown\n"
"rdmsr 0x174 -> #GP\n"
"cap 0x4 -> 0\n"
"wrmsr 0x9e 0x1 -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n"
"wrmsr 0x174 0x1 -> exit filter\n"
"cap 0x5 -> 0\n"
"rdmsr 0x9e -> exit inval\n"
"wrmsr 0xdeadbeef 0x1 -> #GP\n"
"rdmsr 0x174 -> exit filter\n"
"cap 0x6 -> 0\n"
"wrmsr 0x9e 0x1 -> #GP\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"wrmsr 0x174 0x1 -> exit filter\n"
"cap 0x7 -> 0\n"
"rdmsr 0x9e -> exit inval\n"
"wrmsr 0xdeadbeef 0x1 -> exit unknown\n"
"rdmsr 0x174 -> exit filter\n"
"cap 0 -> 0\n"
"wrmsr 0x9e 0x1 -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n"
"wrmsr 0x174 0x1 -> #GP\n",

/* ---- upper halves of the registers ---- */

"case exit/index-ignores-the-upper-half-of-rcx\n"
"rules exit_index exit_registers_unchanged match_low_32_bits_of_rcx\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xc0000082+1 = 0 -> 0\n"
"rdmsr 0xc0000082 rcx_high=0xffffffff -> exit filter\n"
"wrmsr 0xc0000082 0x1 rcx_high=0xffffffff -> exit filter\n"
"rdmsr 0xc0000082 rcx_high=0x1 -> exit filter\n"
"rdmsr 0xc0000082 rcx_high=0x80000000 -> exit filter\n"
"wrmsr 0xc0000082 0x1 rcx_high=0xc0000082 -> exit filter\n"
"rdmsr 0xdeadbeef rcx_high=0xc0000082 -> exit unknown\n"
"wrmsr 0xdeadbeef 0x1 rcx_high=0xffffffff -> exit unknown\n"
"rdmsr 0x7fffffff rcx_high=0xffffffff -> exit unknown\n"
"rdmsr 0xffffffff rcx_high=0x1 -> exit unknown\n"
"wrmsr 0xffffffff 0x1 rcx_high=0xffffffff -> exit unknown\n"
"rdmsr 0x9e rcx_high=0xfffffffc -> exit inval\n"
"wrmsr 0x9e 0x1 rcx_high=0xdeadbeec -> exit inval\n"
"wrmsr 0x8ff 0x1 rcx_high=0x80000000 -> exit inval\n",

/* Bits 32 and 33 are those that QEMU takes for a part of a low index. */
"case exit/low-index-with-bits-32-and-33-of-rcx\n"
"rules exit_index exit_registers_unchanged match_low_32_bits_of_rcx\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 rcx_high=0x1 -> exit filter\n"
"wrmsr 0x174 0x1 rcx_high=0x2 -> exit filter\n"
"rdmsr 0x9e rcx_high=0x1 -> exit inval\n"
"wrmsr 0x9e 0x1 rcx_high=0x3 -> exit inval\n"
"rdmsr 0x174 rcx_high=0xffffffff -> exit filter\n"
"wrmsr 0x8ff 0x1 rcx_high=0xffffffff -> exit inval\n",

"case exit/data-ignores-the-upper-halves-of-rax-and-rdx\n"
"rules exit_wrmsr_data exit_registers_unchanged exit_wrmsr\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xc0000082+1 = 0 -> 0\n"
"wrmsr 0xc0000082 0x1122334455667788 rax_high=0xffffffff -> exit filter\n"
"wrmsr 0xc0000082 0x1122334455667788 rdx_high=0xffffffff -> exit filter\n"
"wrmsr 0xc0000082 0x0 rax_high=0xffffffff rdx_high=0xffffffff -> "
"exit filter\n"
"wrmsr 0xc0000082 0xffffffffffffffff rax_high=0x1 rdx_high=0x1 -> "
"exit filter\n"
"wrmsr 0xc0000082 0x80000000 rax_high=0x1 rdx_high=0x80000000 "
"rcx_high=0xffffffff -> exit filter\n"
"wrmsr 0xdeadbeef 0x0 rax_high=0xffffffff rdx_high=0xffffffff -> "
"exit unknown\n"
"wrmsr 0xdeadbeef 0x100000000 rax_high=0x1 -> exit unknown\n"
"wrmsr 0xdeadbeef 0x1 rdx_high=0xa5a5a5a5 -> exit unknown\n"
"wrmsr 0x9e 0x0 rax_high=0xffffffff rdx_high=0xffffffff -> exit inval\n"
"wrmsr 0x9e 0x5555555555555555 rax_high=0xaaaaaaaa rdx_high=0xaaaaaaaa -> "
"exit inval\n"
"wrmsr 0xc0000080 0x8000000000000000 rax_high=0xffffffff -> exit inval\n",

/* ---- what an answer leaves behind ---- */

"case exit/error-is-zero-after-an-error\n"
"rules exit_error_zero exit_one_reason\n"
"cap 0x7 -> 0\n"
DENY_ALL
"rdmsr 0xdeadbeef error=1 -> exit filter then #GP\n"
"rdmsr 0xdeadbeef -> exit filter then ok 0x0\n"
"wrmsr 0x174 0x8 error=255 -> exit filter then #GP\n"
"wrmsr 0x174 0x8 -> exit filter then ok\n"
"rdmsr 0x174 error=128 -> exit filter then #GP\n"
"wrmsr 0x174 0x8 -> exit filter then ok\n"
"rdmsr 0x174 -> exit filter then ok 0x0\n"
"wrmsr 0x174 0x8 error=1 -> exit filter then #GP\n"
"rdmsr 0x174 -> exit filter then ok 0x0\n",

"case exit/error-is-zero-after-an-error-in-an-earlier-run\n"
"rules exit_error_zero exit_pad_zero\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 error=255 junk=0xff -> exit filter then #GP\n"
"get_msr 0x174\n"
"rdmsr 0x174 -> exit filter then ok 0x0\n"
"wrmsr 0x174 0x1 error=1 junk=0x1 -> exit filter then #GP\n"
"vcpu1: rdmsr 0x174 -> exit filter then ok 0x0\n"
"wrmsr 0x174 0x1 -> exit filter then ok\n"
"vcpu1: wrmsr 0x174 0x1 error=7 -> exit filter then #GP\n"
"vcpu1: rdmsr 0xdeadbeef -> exit unknown then ok 0x0\n",

"case exit/data-of-a-read-is-zero-after-an-answer\n"
"rules exit_rdmsr_data_zero exit_rdmsr\n"
"cap 0x7 -> 0\n"
DENY_ALL
"rdmsr 0xdeadbeef data=0xffffffffffffffff -> "
"exit filter then ok 0xffffffffffffffff\n"
"rdmsr 0xdeadbeef -> exit filter then ok 0x0\n"
"wrmsr 0xdeadbeef 0x1122334455667788 -> exit filter\n"
"rdmsr 0xdeadbeef -> exit filter then ok 0x0\n"
"wrmsr 0xdeadbeef 0x1 data=0xffffffffffffffff -> exit filter\n"
"rdmsr 0xdeadbeef -> exit filter then ok 0x0\n"
"rdmsr 0xdeadbeef data=0x1 error=1 -> exit filter then #GP\n"
"rdmsr 0xdeadbeef -> exit filter then ok 0x0\n",

"case exit/data-of-a-write-is-its-own-after-an-answer\n"
"rules exit_wrmsr_data exit_wrmsr\n"
"cap 0x7 -> 0\n"
DENY_ALL
"rdmsr 0xdeadbeef data=0xffffffffffffffff -> "
"exit filter then ok 0xffffffffffffffff\n"
"wrmsr 0xdeadbeef 0x0 -> exit filter\n"
"wrmsr 0xdeadbeef 0x1 data=0xffffffffffffffff -> exit filter\n"
"wrmsr 0xdeadbeef 0x100000000 -> exit filter\n"
"wrmsr 0xdeadbeef 0x0 data=0x8000000000000000 error=1 -> "
"exit filter then #GP\n"
"wrmsr 0xdeadbeef 0x0 -> exit filter\n",

"case exit/pad-is-zero-after-junk\n"
"rules exit_pad_zero exit_one_reason exit_index exit_rdmsr exit_wrmsr\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 junk=0xff -> exit filter then ok 0x0\n"
"rdmsr 0x174 -> exit filter then ok 0x0\n"
"wrmsr 0x174 0x1 junk=0xff -> exit filter then ok\n"
"wrmsr 0xdeadbeef 0x1 junk=0x80 -> exit unknown then ok\n"
"rdmsr 0x9e junk=0x1 -> exit inval then ok 0x0\n"
"rdmsr 0xdeadbeef junk=0x55 error=1 -> exit unknown then #GP\n"
"wrmsr 0x9e 0x1 junk=0xaa -> exit inval then ok\n"
"rdmsr 0x174 -> exit filter then ok 0x0\n",

/* ---- nothing has happened yet ---- */

/* Written from outside, so that the guest cannot have done it. */
"case exit/denied-writes-change-nothing\n"
"rules exit_denied_write_no_effect host_not_filtered\n"
"cap 0x6 -> 0\n"
"set_msr 0x174 0x10 -> 1\n"
"set_msr 0x175 0x2000 -> 1\n"
"set_msr 0xc0000081 0x0013000800000000 -> 1\n"
"set_msr 0xc0000082 0x3000 -> 1\n"
"set_msr 0xc0000084 0x700 -> 1\n"
"set_msr 0xc0000100 0x4000 -> 1\n"
"set_msr 0xc0000101 0x5000 -> 1\n"
"set_msr 0xc0000102 0x6000 -> 1\n"
DENY_ALL
"wrmsr 0x174 0x18 -> exit filter\n"
"get_msr 0x174 -> 1 0x10\n"
"wrmsr 0x175 0x2008 -> exit filter\n"
"get_msr 0x175 -> 1 0x2000\n"
"wrmsr 0xc0000081 0x0 -> exit filter\n"
"get_msr 0xc0000081 -> 1 0x0013000800000000\n"
"wrmsr 0xc0000082 0x3008 -> exit filter\n"
"get_msr 0xc0000082 -> 1 0x3000\n"
"wrmsr 0xc0000084 0x0 -> exit filter\n"
"get_msr 0xc0000084 -> 1 0x700\n"
"wrmsr 0xc0000100 0x4008 -> exit filter\n"
"get_msr 0xc0000100 -> 1 0x4000\n"
"wrmsr 0xc0000101 0x5008 -> exit filter\n"
"get_msr 0xc0000101 -> 1 0x5000\n"
"wrmsr 0xc0000102 0x6008 error=1 -> exit filter then #GP\n"
"get_msr 0xc0000102 -> 1 0x6000\n",

/* Looked at while the vCPU stands at the exit, and again afterwards. */
"case exit/denied-writes-change-nothing-at-the-exit\n"
"rules exit_denied_write_no_effect rply_completes_once\n"
"cap 0x4 -> 0\n"
"set_msr 0x174 0x10 -> 1\n"
"set_msr 0xc0000100 0x4000 -> 1\n"
DENY_ALL
"wrmsr 0x174 0x18 hold -> exit filter then held\n"
"get_msr 0x174 -> 1 0x10\n"
"resume -> ok\n"
"get_msr 0x174 -> 1 0x10\n"
"wrmsr 0x174 0x18 hold -> exit filter then held\n"
"get_msr 0x174 -> 1 0x10\n"
"resume error=1 -> #GP\n"
"get_msr 0x174 -> 1 0x10\n"
"wrmsr 0xc0000100 0x4008 hold -> exit filter then held\n"
"get_msr 0xc0000100 -> 1 0x4000\n"
"resume immediate_exit -> EINTR\n"
"get_msr 0xc0000100 -> 1 0x4000\n"
"resume immediate_exit -> EINTR\n"
"get_msr 0xc0000100 -> 1 0x4000\n"
"resume -> ok\n"
"get_msr 0xc0000100 -> 1 0x4000\n"
"filter allow -> 0\n"
"rdmsr 0x174 -> ok 0x10\n"
"rdmsr 0xc0000100 -> ok 0x4000\n",

/* The guest writes, is denied, is allowed again: it finds its own value. */
"case exit/denied-writes-change-nothing-that-the-guest-wrote\n"
"rules exit_denied_write_no_effect exit_wrmsr_data\n"
"cap 0x4 -> 0\n"
"wrmsr 0x174 0x10 -> ok\n"
"wrmsr 0xc0000081 0x0013000800000000 -> ok\n"
"wrmsr 0xc0000100 0x4000 -> ok\n"
"wrmsr 0xc0000101 0x5000 -> ok\n"
"wrmsr 0xc0000102 0x6000 -> ok\n"
"filter allow range w 0x174+1 = 0 range w 0xc0000081+1 = 0 "
"range w 0xc0000100+3 = 0 -> 0\n"
"wrmsr 0x174 0x18 -> exit filter\n"
"wrmsr 0xc0000081 0x0 -> exit filter\n"
"wrmsr 0xc0000100 0x4008 -> exit filter\n"
"wrmsr 0xc0000101 0x5008 error=1 -> exit filter then #GP\n"
"wrmsr 0xc0000102 0x6008 data=0x6010 -> exit filter then ok\n"
"rdmsr 0x174 -> ok 0x10\n"
"rdmsr 0xc0000081 -> ok 0x0013000800000000\n"
"rdmsr 0xc0000100 -> ok 0x4000\n"
"rdmsr 0xc0000101 -> ok 0x5000\n"
"rdmsr 0xc0000102 -> ok 0x6000\n"
"filter allow -> 0\n"
"rdmsr 0x174 -> ok 0x10\n"
"rdmsr 0xc0000081 -> ok 0x0013000800000000\n"
"rdmsr 0xc0000100 -> ok 0x4000\n"
"rdmsr 0xc0000101 -> ok 0x5000\n"
"rdmsr 0xc0000102 -> ok 0x6000\n",

/* Only userspace has a microcode to give. */
"case exit/ignored-microcode-writes-change-nothing\n"
"rules rsn_microcode_write_ignored\n"
"cap 0x7 -> 0\n"
"set_msr 0x8b 0x100000000 -> 1\n"
"wrmsr 0x8b 0x200000000 -> ok\n"
"rdmsr 0x8b -> ok 0x100000000\n"
"get_msr 0x8b -> 1 0x100000000\n"
"filter allow range rw 0x8b+1 = 0 -> 0\n"
"wrmsr 0x8b 0x300000000 -> exit filter then ok\n"
"get_msr 0x8b -> 1 0x100000000\n"
"set_msr 0x8b 0x400000005 -> 1\n"
"filter allow -> 0\n"
"rdmsr 0x8b -> ok 0x400000005\n",

/* As far as the value depends on more than the write; see also reason.c. */
"case exit/refused-writes-change-nothing\n"
"rules exit_failed_write_no_effect\n"
"cap 0x7 -> 0\n"
"rdmsr 0x4b564d05\n"
"wrmsr 0x4b564d05 0x2 -> exit inval\n"
"rdmsr 0x4b564d05\n"
"wrmsr 0xc0010015 0x2 -> exit inval\n"
"rdmsr 0xc0010015\n"
"wrmsr 0x200 0x6 -> ok\n"
"wrmsr 0x200 0x2 -> exit inval\n"
"rdmsr 0x200 -> ok 0x6\n"
"get_msr 0x200 -> 1 0x6\n"
"wrmsr 0x258 0x0606060606060606\n"
"wrmsr 0x258 0x2 -> exit inval\n"
"rdmsr 0x258\n"
"wrmsr 0xc0010117 0x5000\n"
"wrmsr 0xc0010117 0x6001\n"
"rdmsr 0xc0010117\n",

/* Also answered with an error, or refused: the old value stays. */
"case exit/failed-writes-change-nothing\n"
"rules exit_failed_write_no_effect exit_wrmsr exit_one_reason\n"
"cap 0x7 -> 0\n"
"set_msr 0x277 0x0007040600070406 -> 1\n"
"set_msr 0x2ff 0xc06 -> 1\n"
"get_msr 0xc0000080\n"
"wrmsr 0x277 0x0202020202020202 -> exit inval\n"
"get_msr 0x277 -> 1 0x0007040600070406\n"
"wrmsr 0x277 0x0202020202020202 error=1 -> exit inval then #GP\n"
"rdmsr 0x277 -> ok 0x0007040600070406\n"
"wrmsr 0x2ff 0x2 -> exit inval\n"
"get_msr 0x2ff -> 1 0xc06\n"
"rdmsr 0x2ff -> ok 0xc06\n"
"wrmsr 0xc0000080 0x8000000000000000 -> exit inval\n"
"get_msr 0xc0000080\n"
"rdmsr 0xc0000080 -> ok\n"
"cap 0 -> 0\n"
"wrmsr 0x277 0x0202020202020202 -> #GP\n"
"get_msr 0x277 -> 1 0x0007040600070406\n"
"wrmsr 0x2ff 0x2 -> #GP\n"
"rdmsr 0x2ff -> ok 0xc06\n"
"wrmsr 0xc0000080 0x8000000000000000 -> #GP\n"
"rdmsr 0xc0000080 -> ok\n",

/* A read with a side effect would show in the next one. */
"case exit/denied-reads-change-nothing\n"
"rules exit_denied_read_no_effect exit_rdmsr exit_rdmsr_data_zero\n"
"cap 0x4 -> 0\n"
"set_msr 0x174 0x10 -> 1\n"
"set_msr 0xc0000100 0x4000 -> 1\n"
"set_msr 0xc0000102 0x6000 -> 1\n"
"filter allow range r 0x174+1 = 0 range r 0xc0000100+3 = 0 -> 0\n"
"rdmsr 0x174 data=0x18 -> exit filter then ok 0x18\n"
"rdmsr 0xc0000100 data=0x4008 -> exit filter then ok 0x4008\n"
"rdmsr 0xc0000102 error=1 -> exit filter then #GP\n"
"get_msr 0x174 -> 1 0x10\n"
"get_msr 0xc0000100 -> 1 0x4000\n"
"get_msr 0xc0000102 -> 1 0x6000\n"
"filter allow -> 0\n"
"rdmsr 0x174 -> ok 0x10\n"
"rdmsr 0xc0000100 -> ok 0x4000\n"
"rdmsr 0xc0000102 -> ok 0x6000\n",

/* Values that hardware or KVM would refuse come through raw. */
"case exit/denied-writes-of-bad-values\n"
"rules exit_denied_bad_write exit_wrmsr_data match_denied_before_invalid\n"
"cap 0x7 -> 0\n"
DENY_ALL
"wrmsr 0xc0000100 0x8000000000000000 -> exit filter\n"
"wrmsr 0xc0000100 0x0000800000000000 -> exit filter\n"
"wrmsr 0xc0000101 0x7fffffffffffffff -> exit filter\n"
"wrmsr 0xc0000102 0xffff7fffffffffff -> exit filter\n"
"wrmsr 0xc0000082 0x0123456789abcdef -> exit filter\n"
"wrmsr 0xc0000083 0xfedcba9876543210 -> exit filter\n"
"wrmsr 0x175 0x8000000000000000 -> exit filter\n"
"wrmsr 0x176 0x8000000000000000 -> exit filter\n"
"wrmsr 0xc0000080 0xffffffffffffffff -> exit filter\n"
"wrmsr 0xc0000080 0x8000000000000000 -> exit filter\n"
"wrmsr 0x277 0xffffffffffffffff -> exit filter\n"
"wrmsr 0x277 0x0202020202020202 -> exit filter\n"
"wrmsr 0x1b 0xffffffffffffffff -> exit filter\n"
"wrmsr 0x9e 0xffffffffffffffff -> exit filter\n",

/* Allowed again, the same value is the CPU's or KVM's to refuse. */
"case exit/bad-values-denied-and-allowed-again\n"
"rules exit_not_for_pass_through exit_denied_bad_write exit_wrmsr_data "
"exit_denied_write_no_effect\n"
"cap 0x7 -> 0\n"
"set_msr 0xc0000100 0x4000 -> 1\n"
"wrmsr 0xc0000100 0x0000800000000000 -> #GP\n"
"get_msr 0xc0000100\n"
"filter allow range w 0xc0000100+1 = 0 -> 0\n"
"wrmsr 0xc0000100 0x0000800000000000 -> exit filter\n"
"get_msr 0xc0000100\n"
"filter allow -> 0\n"
"wrmsr 0xc0000100 0x0000800000000000 -> #GP\n"
"wrmsr 0xc0000100 0x8000000000000000 -> #GP\n"
"wrmsr 0xc0000100 0x4010 -> ok\n"
"get_msr 0xc0000100\n",

/* ---- once for each execution, all of them, in order ---- */

"case exit/once-for-each-execution\n"
"rules exit_consecutive_in_order exit_once_per_execution\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0xc0000082+1 = 0 range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0xc0000082 data=0x1 -> exit filter then ok 0x1\n"
"rdmsr 0xc0000082 data=0x2 -> exit filter then ok 0x2\n"
"wrmsr 0xc0000082 0x3 -> exit filter then ok\n"
"wrmsr 0xc0000082 0x3 -> exit filter then ok\n"
"rdmsr 0x174 error=1 -> exit filter then #GP\n"
"rdmsr 0x174 error=1 -> exit filter then #GP\n"
"wrmsr 0x174 0x3 error=1 -> exit filter then #GP\n"
"wrmsr 0x174 0x3 error=1 -> exit filter then #GP\n"
"rdmsr 0xdeadbeef data=0x4 -> exit unknown then ok 0x4\n"
"rdmsr 0xdeadbeef data=0x4 -> exit unknown then ok 0x4\n"
"wrmsr 0xdeadbeef 0x5 error=1 -> exit unknown then #GP\n"
"wrmsr 0xdeadbeef 0x5 -> exit unknown then ok\n"
"rdmsr 0x9e -> exit inval then ok 0x0\n"
"rdmsr 0x9e error=1 -> exit inval then #GP\n"
"wrmsr 0x9e 0x6 -> exit inval then ok\n"
"wrmsr 0x9e 0x6 -> exit inval then ok\n",

/* ---- several vCPUs and VMs ---- */

"case exit/four-vcpus-held-at-once\n"
"rules exit_vcpus_independent exit_index exit_rdmsr exit_wrmsr "
"exit_wrmsr_data rply_rdmsr_loads_data\n"
"cap 0x7 -> 0\n"
DENY_ALL
"vcpu0: rdmsr 0xdeadbe00 hold -> exit filter then held\n"
"vcpu1: wrmsr 0xdeadbe01 0x1111111122222222 hold -> exit filter then held\n"
"vcpu2: rdmsr 0x174 hold -> exit filter then held\n"
"vcpu3: wrmsr 0xc0000100 0x3333000044440000 hold -> exit filter then held\n"
"vcpu0: regs\n"
"vcpu1: regs\n"
"vcpu2: regs\n"
"vcpu3: regs\n"
"vcpu2: resume data=0x2222222222222222 -> ok 0x2222222222222222\n"
"vcpu0: resume data=0x1000000000000001 -> ok 0x1000000000000001\n"
"vcpu3: resume -> ok\n"
"vcpu1: resume error=1 -> #GP\n"
"vcpu3: rdmsr 0x0 hold -> exit filter then held\n"
"vcpu2: rdmsr 0x1 hold -> exit filter then held\n"
"vcpu1: rdmsr 0x2 hold -> exit filter then held\n"
"vcpu0: rdmsr 0x3 hold -> exit filter then held\n"
"vcpu3: resume data=0x30 -> ok 0x30\n"
"vcpu2: resume error=255 -> #GP\n"
"vcpu1: resume -> ok 0x0\n"
"vcpu0: resume data=0x33 -> ok 0x33\n",

"case exit/vcpus-taking-turns\n"
"rules exit_index exit_rdmsr_data_zero exit_wrmsr_data exit_error_zero\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"vcpu0: rdmsr 0x174 error=1 -> exit filter then #GP\n"
"vcpu1: rdmsr 0x174 data=0x1 -> exit filter then ok 0x1\n"
"vcpu0: wrmsr 0x174 0xa -> exit filter\n"
"vcpu1: wrmsr 0x174 0xb error=3 -> exit filter then #GP\n"
"vcpu0: rdmsr 0xdeadbe00 -> exit unknown then ok 0x0\n"
"vcpu1: rdmsr 0xdeadbe01 -> exit unknown then ok 0x0\n"
"vcpu0: wrmsr 0xdeadbe00 0xc -> exit unknown\n"
"vcpu1: wrmsr 0xdeadbe01 0xd -> exit unknown\n"
"vcpu0: rdmsr 0x174 data=0x2 -> exit filter then ok 0x2\n"
"vcpu1: rdmsr 0x174 -> exit filter then ok 0x0\n",

/* The others run while one stands at its exit. */
"case exit/one-held-others-running\n"
"rules exit_vcpus_independent exit_once_per_execution exit_rdmsr "
"rply_rdmsr_loads_data\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"vcpu1: rdmsr 0x174 hold -> exit filter then held\n"
"vcpu0: rdmsr 0x174 data=0x5 -> exit filter then ok 0x5\n"
"vcpu0: wrmsr 0x174 0x6 error=1 -> exit filter then #GP\n"
"vcpu0: rdmsr 0xdeadbeef -> exit unknown then ok 0x0\n"
"vcpu2: wrmsr 0x9e 0x7 -> exit inval then ok\n"
"vcpu1: regs\n"
"vcpu1: events\n"
"vcpu1: resume -> ok 0x0\n"
"vcpu1: rdmsr 0x174 data=0x8 -> exit filter then ok 0x8\n",

"case exit/two-vms-held-at-once\n"
"rules exit_vcpus_independent exit_index exit_one_reason "
"rply_rdmsr_loads_data\n"
"vm0: cap 0x4 -> 0\n"
"vm1: cap 0x2 -> 0\n"
"vm0: filter allow range rw 0xdeadbe00+16 = 0 -> 0\n"
"vm0: rdmsr 0xdeadbe01 hold -> exit filter then held\n"
"vm1: rdmsr 0xdeadbe02 hold -> exit unknown then held\n"
"vm0.vcpu1: wrmsr 0xdeadbe03 0x3 hold -> exit filter then held\n"
"vm1.vcpu1: wrmsr 0xdeadbe04 0x4 hold -> exit unknown then held\n"
"vm1: regs\n"
"vm0: regs\n"
"vm1: resume data=0x11 -> ok 0x11\n"
"vm0: resume data=0x10 -> ok 0x10\n"
"vm1.vcpu1: resume error=1 -> #GP\n"
"vm0.vcpu1: resume -> ok\n"
"vm0: rdmsr 0xdeadbe01 -> exit filter then ok 0x0\n"
"vm1: rdmsr 0xdeadbe01 -> exit unknown then ok 0x0\n",

"case exit/three-vms-with-masks-of-their-own\n"
"rules exit_one_reason cap_mask_per_vm\n"
"vm0: cap 0x7 -> 0\n"
"vm1: cap 0x2 -> 0\n"
"vm2: cap 0 -> 0\n"
"vm0: filter allow range rw 0x174+1 = 0 -> 0\n"
"vm1: filter allow range rw 0x174+1 = 0 -> 0\n"
"vm2: filter allow range rw 0x174+1 = 0 -> 0\n"
"vm0: rdmsr 0x174 -> exit filter\n"
"vm1: rdmsr 0x174 -> #GP\n"
"vm2: rdmsr 0x174 -> #GP\n"
"vm0: wrmsr 0xdeadbeef 0x1 -> exit unknown\n"
"vm1: wrmsr 0xdeadbeef 0x1 -> exit unknown\n"
"vm2: wrmsr 0xdeadbeef 0x1 -> #GP\n"
"vm0: rdmsr 0x9e -> exit inval\n"
"vm1: rdmsr 0x9e -> #GP\n"
"vm2: rdmsr 0x9e -> #GP\n",

/* ---- shadow, post-run fields, sync regs: the first exit of a case ---- */

"case exit/sti-shadow-kept\n"
"rules exit_interrupt_shadow_kept exit_post_run_fields exit_sync_regs "
"exit_registers_unchanged\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 shadow=sti -> exit filter then ok 0x0\n"
"wrmsr 0x174 0x1 shadow=sti -> exit filter then ok\n"
"rdmsr 0xdeadbeef shadow=sti -> exit unknown then ok 0x0\n"
"wrmsr 0x9e 0x1 shadow=sti -> exit inval then ok\n"
"rdmsr 0x174 -> exit filter then ok 0x0\n",

"case exit/mov-ss-shadow-kept\n"
"rules exit_interrupt_shadow_kept exit_post_run_fields exit_sync_regs "
"exit_registers_unchanged\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 shadow=movss -> exit filter then ok 0x0\n"
"wrmsr 0x174 0x1 shadow=movss -> exit filter then ok\n"
"rdmsr 0xdeadbeef shadow=movss -> exit unknown then ok 0x0\n"
"wrmsr 0x9e 0x1 shadow=movss -> exit inval then ok\n"
"rdmsr 0x174 -> exit filter then ok 0x0\n",

"case exit/no-shadow-made-up\n"
"rules exit_interrupt_shadow_kept exit_no_exception_queued\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"wrmsr 0x174 0x1 -> exit filter\n"
"rdmsr 0xdeadbeef error=1 -> exit unknown then #GP\n"
"wrmsr 0xdeadbeef 0x1 -> exit unknown\n",

"case exit/post-run-fields-of-a-denied-write\n"
"rules exit_post_run_fields exit_sync_regs\n"
"cap 0x4 -> 0\n"
DENY_ALL
"wrmsr 0x174 0x1 -> exit filter\n",

"case exit/post-run-fields-of-an-unknown-read\n"
"rules exit_post_run_fields exit_sync_regs\n"
"cap 0x2 -> 0\n"
"rdmsr 0xdeadbeef tf -> exit unknown then #DB\n",

"case exit/post-run-fields-of-an-invalid-write\n"
"rules exit_post_run_fields exit_sync_regs\n"
"cap 0x1 -> 0\n"
"vcpu1: wrmsr 0x9e 0x1 shadow=sti -> exit inval then ok\n",

"case exit/post-run-fields-with-an-apic-in-the-kernel\n"
"rules exit_post_run_fields exit_sync_regs\n"
"needs irqchip\n"
"irqchip full -> 0\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 shadow=sti -> exit filter then ok 0x0\n"
"wrmsr 0xdeadbeef 0x1 -> exit unknown then ok\n",

"case exit/post-run-fields-with-a-split-apic\n"
"rules exit_post_run_fields exit_sync_regs\n"
"needs irqchip\n"
"irqchip split -> 0\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"wrmsr 0x174 0x1 shadow=movss -> exit filter then ok\n"
"rdmsr 0xdeadbeef -> exit unknown then ok 0x0\n",

/* ---- what the CPU refuses before KVM is asked ---- */

"case exit/cpl-3-never-exits\n"
"rules exit_cpl_above_zero_gp\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x174+1 = 0 range rw 0xc0000082+1 = 0 -> 0\n"
"rdmsr 0x174 cpl=3 -> #GP\n"
"wrmsr 0x174 0x1 cpl=3 -> #GP\n"
"rdmsr 0xc0000082 cpl=3 -> #GP\n"
"wrmsr 0xc0000082 0x1 cpl=3 -> #GP\n"
"rdmsr 0x175 cpl=3 -> #GP\n"
"wrmsr 0x175 0x1 cpl=3 -> #GP\n"
"rdmsr 0xdeadbeef cpl=3 -> #GP\n"
"wrmsr 0xdeadbeef 0x1 cpl=3 -> #GP\n"
"rdmsr 0x9e cpl=3 -> #GP\n"
"wrmsr 0x9e 0x1 cpl=3 -> #GP\n"
"rdmsr 0xc0000100 cpl=3 -> #GP\n"
"wrmsr 0xc0000100 0x1 cpl=3 -> #GP\n"
/* and CPL 0 once more */
"rdmsr 0x174 -> exit filter\n"
"rdmsr 0xdeadbeef -> exit unknown\n"
"rdmsr 0x9e -> exit inval\n",

"case exit/cpl-3-never-exits-with-everything-denied\n"
"rules exit_cpl_above_zero_gp\n"
"cap 0x7 -> 0\n"
DENY_ALL
"rdmsr 0x174 cpl=3 data=0x1 -> #GP\n"
"wrmsr 0x174 0x1 cpl=3 error=1 -> #GP\n"
"rdmsr 0xc0000103 cpl=3 -> #GP\n"
"wrmsr 0xdeadbeef 0x1 cpl=3 -> #GP\n"
"rdmsr 0xc0000103 -> exit filter\n"
"wrmsr 0x174 0x1 -> exit filter then ok\n",

"case exit/cpl-3-with-mask-zero\n"
"rules exit_cpl_above_zero_gp gp_reason_not_enabled\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 cpl=3 -> #GP\n"
"wrmsr 0x174 0x1 cpl=3 -> #GP\n"
"rdmsr 0x175 cpl=3 -> #GP\n"
"wrmsr 0x175 0x1 cpl=3 -> #GP\n"
"rdmsr 0xdeadbeef cpl=3 -> #GP\n"
"wrmsr 0x9e 0x1 cpl=3 -> #GP\n",

"case exit/cpl-3-without-a-filter\n"
"rules exit_cpl_above_zero_gp\n"
"cap 0x7 -> 0\n"
"rdmsr 0x174 cpl=3 -> #GP\n"
"wrmsr 0x174 0x1 cpl=3 -> #GP\n"
"rdmsr 0xdeadbeef cpl=3 -> #GP\n"
"wrmsr 0xdeadbeef 0x1 cpl=3 -> #GP\n"
"rdmsr 0x9e cpl=3 -> #GP\n"
"wrmsr 0x9e 0x1 cpl=3 -> #GP\n"
"rdmsr 0xdeadbeef -> exit unknown\n",

/* The CPL of the fault must not stick. */
"case exit/cpl-3-and-0-in-turns\n"
"rules exit_cpl_above_zero_gp exit_rdmsr exit_wrmsr\n"
"cap 0x6 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 -> exit filter then ok 0x0\n"
"rdmsr 0x174 cpl=3 -> #GP\n"
"rdmsr 0x174 error=1 -> exit filter then #GP\n"
"wrmsr 0x174 0x1 cpl=3 -> #GP\n"
"wrmsr 0x174 0x1 -> exit filter then ok\n"
"wrmsr 0xdeadbeef 0x1 cpl=3 -> #GP\n"
"wrmsr 0xdeadbeef 0x1 error=1 -> exit unknown then #GP\n"
"rdmsr 0xdeadbeef cpl=3 -> #GP\n"
"rdmsr 0xdeadbeef data=0x1 -> exit unknown then ok 0x1\n",

"case exit/lock-prefix-never-exits\n"
"rules exit_lock_prefix_ud\n"
"cap 0x7 -> 0\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 prefix=f0 -> #UD\n"
"wrmsr 0x174 0x1 prefix=f0 -> #UD\n"
"rdmsr 0xdeadbeef prefix=f0 -> #UD\n"
"wrmsr 0xdeadbeef 0x1 prefix=f0 -> #UD\n"
"rdmsr 0x9e prefix=f0 -> #UD\n"
"wrmsr 0x9e 0x1 prefix=f0 -> #UD\n"
"rdmsr 0x175 prefix=f0 -> #UD\n"
"wrmsr 0x175 0x1 prefix=f0 -> #UD\n"
"rdmsr 0x174 prefix=66f0 -> #UD\n"
"rdmsr 0x174 prefix=f066 -> #UD\n"
"wrmsr 0x174 0x1 prefix=f048 -> #UD\n"
"wrmsr 0x174 0x1 prefix=2ef0 -> #UD\n"
"rdmsr 0x174 -> exit filter\n",

"case exit/lock-prefix-with-mask-zero\n"
"rules exit_lock_prefix_ud\n"
"filter allow range rw 0x174+1 = 0 -> 0\n"
"rdmsr 0x174 prefix=f0 -> #UD\n"
"wrmsr 0x174 0x1 prefix=f0 -> #UD\n"
"rdmsr 0xdeadbeef prefix=f0 -> #UD\n"
"wrmsr 0x9e 0x1 prefix=f0 -> #UD\n"
"rdmsr 0x174 -> #GP\n",

/* ---- nothing but the guest's own accesses ---- */

"case exit/nothing-exits-with-mask-zero\n"
"rules exit_needs_capability gp_no_exit cap_mask_zero_still_filters\n"
"filter deny range rw 0xdeadbe20+1 = 0xff -> 0\n"
"rdmsr 0x174 -> #GP\n"
"wrmsr 0x174 0x1 -> #GP\n"
"rdmsr 0xdeadbeef -> #GP\n"
"wrmsr 0xdeadbeef 0x1 -> #GP\n"
"rdmsr 0xdeadbe20 -> #GP\n"
"wrmsr 0xdeadbe20 0x1 -> #GP\n"
"rdmsr 0x9e -> #GP\n"
"wrmsr 0x9e 0x1 -> #GP\n"
"wrmsr 0xc0000080 0x8000000000000000 -> #GP\n"
"filter allow -> 0\n"
"rdmsr 0x174 -> ok\n"
"rdmsr 0x9e -> #GP\n"
"wrmsr 0x277 0x0202020202020202 -> #GP\n"
"rdmsr 0x474f4f00 -> #GP\n",

"case exit/userspace-access-never-exits\n"
"rules exit_not_for_userspace_access host_not_filtered exit_rdmsr\n"
"cap 0x7 -> 0\n"
DENY_ALL
"set_msr 0x174 0x10 -> 1\n"
"get_msr 0x174 -> 1 0x10\n"
"set_msr 0xc0000100 0x4000 -> 1\n"
"get_msr 0xc0000100 -> 1 0x4000\n"
"get_msr 0xdeadbeef -> 0\n"
"set_msr 0xdeadbeef 0x1 -> 0\n"
"sregs -> 0\n"
"rdmsr 0x174 -> exit filter\n"
"get_msr 0x174 -> 1 0x10\n"
"vcpu1: sregs -> 0\n"
"vcpu1: set_msr 0x174 0x18 -> 1\n"
"vcpu1: get_msr 0x174 -> 1 0x18\n"
"vcpu1: rdmsr 0x174 data=0x20 -> exit filter then ok 0x20\n"
"vcpu1: get_msr 0x174 -> 1 0x18\n",

/* The CPU's own refusal of what it does not pass to KVM. */
"case exit/pass-through-faults-never-exit\n"
"rules exit_not_for_pass_through\n"
"cap 0x7 -> 0\n"
"wrmsr 0xc0000100 0x0000800000000000 -> #GP\n"
"wrmsr 0xc0000101 0x8000000000000000 -> #GP\n"
"wrmsr 0xc0000102 0x7fffffffffffffff -> #GP\n"
"filter deny range rw 0xc0000100+3 = 0xff -> 0\n"
"wrmsr 0xc0000100 0xffff7fffffffffff -> #GP\n"
"wrmsr 0xc0000101 0x0000800000000000 -> #GP\n"
"wrmsr 0xc0000102 0x0123456789abcdef -> #GP\n"
"wrmsr 0xc0000102 0x6000 -> ok\n"
"rdmsr 0xc0000102 -> ok 0x6000\n",

	NULL
};

/* ---- families ---- */

/* The three reasons: how to get there, and an index that shows it. */
static const struct {
	const char *name, *set_up;
	unsigned index;
} reasons[] = {
	{ "filter", "cap 0x4 -> 0\nfilter deny range rw 0x474f4f00+1 = 0xff "
	  "-> 0\n", 0xc0000082 },
	{ "unknown", "cap 0x2 -> 0\n", 0xdeadbeef },
	{ "inval", "cap 0x1 -> 0\n", 0x9e },
};

/* Each bit of EDX:EAX alone, and all but it. */
static void data_bits(struct emitter *e, unsigned r, bool clear)
{
	struct text t = { .at = 0 };

	for (int b = 0; b < 64; b++)
		SAY(&t, "wrmsr 0x%x 0x%llx -> exit %s\n", reasons[r].index,
		    clear ? ~(1ULL << b) : 1ULL << b, reasons[r].name);
	emit(e, "case exit/%s-data-%s-one-bit\n"
	     "rules exit_wrmsr_data exit_wrmsr exit_one_reason\n%s%s",
	     reasons[r].name, clear ? "all-but" : "of", reasons[r].set_up,
	     t.s);
}

/* Each bit of ECX alone, and all but it; x2APIC indexes are never denied. */
static void index_bits(struct emitter *e, bool clear, bool high)
{
	struct text t = { .at = 0 };

	for (int b = 0; b < 32; b++) {
		unsigned i = clear ? ~(1u << b) : 1u << b;
		const char *why = i >= 0x800 && i <= 0x8ff ? "inval" :
							     "filter";

		SAY(&t, "rdmsr 0x%x%s -> exit %s\n", i,
		    high ? " rcx_high=0xfffffffc" : "", why);
		SAY(&t, "wrmsr 0x%x 0x1%s -> exit %s\n", i,
		    high ? " rcx_high=0xfffffffc" : "", why);
	}
	emit(e, "case exit/index-%s-one-bit%s\n"
	     "rules exit_index exit_rdmsr exit_wrmsr\n"
	     "cap 0x7 -> 0\n" DENY_ALL "%s", clear ? "all-but" : "of",
	     high ? "-and-rcx-above" : "", t.s);
}

/* Each bit above ECX, EAX and EDX. */
static void upper_bits(struct emitter *e, const char *reg, bool write)
{
	struct text t = { .at = 0 };

	for (int b = 0; b < 32; b++)
		if (write)
			SAY(&t, "wrmsr 0xdeadbeef 0x%llx %s_high=0x%x -> exit "
			    "unknown\n", 0x1ULL << b * 2, reg, 1u << b);
		else
			SAY(&t, "rdmsr 0xdeadbeef %s_high=0x%x -> exit "
			    "unknown\n", reg, 1u << b);
	emit(e, "case exit/%s-with-one-bit-above-%s\n"
	     "rules exit_index exit_registers_unchanged %s\n"
	     "cap 0x2 -> 0\n%s", write ? "wrmsr" : "rdmsr", reg,
	     write ? "exit_wrmsr_data" : "exit_rdmsr_data_zero", t.s);
}

/* n instructions, n exits, in order: each has an index of its own. */
static void consecutive(struct emitter *e, unsigned r, unsigned n, bool write)
{
	struct text t = { .at = 0 };

	for (unsigned i = 0; i < n; i++) {
		unsigned index = r == 1 ? 0xdeadbe00 + i :
				 r == 2 ? 0x9e : 0xc0000000 + 7 * i;

		if (write)
			SAY(&t, "wrmsr 0x%x 0x%llx -> exit %s then ok\n",
			    index, 0x100000001ULL * (i + 1), reasons[r].name);
		else
			SAY(&t, "rdmsr 0x%x data=0x%llx -> exit %s then ok "
			    "0x%llx\n", index, 0x100000001ULL * (i + 1),
			    reasons[r].name, 0x100000001ULL * (i + 1));
	}
	emit(e, "case exit/%u-%s-%s-in-a-row\n"
	     "rules exit_once_per_execution exit_consecutive_in_order "
	     "exit_index %s\n%s%s", n,
	     reasons[r].name, write ? "writes" : "reads",
	     write ? "exit_wrmsr_data" : "exit_rdmsr_data_zero",
	     reasons[r].set_up, t.s);
}

/* Faults and completions between the exits. */
static void consecutive_mixed(struct emitter *e, unsigned n, unsigned seed)
{
	struct text t = { .at = 0 };

	for (unsigned i = 0; i < n; i++) {
		unsigned r = (seed >> i % 13) % 3;
		bool write = seed >> i % 7 & 1, error = seed >> i % 11 & 1;
		unsigned index = r == 1 ? 0xdeadbe00 + i : reasons[r].index;

		SAY(&t, "%s 0x%x", write ? "wrmsr" : "rdmsr", index);
		if (write)
			SAY(&t, " 0x%x", 0x1000 + i);
		else
			SAY(&t, " data=0x%x", 0x2000 + i);
		SAY(&t, "%s -> exit %s then %s\n",
		    error ? " error=1" : "", reasons[r].name,
		    error ? "#GP" : "ok");
	}
	emit(e, "case exit/mixed-in-a-row-by-0x%x\n"
	     "rules exit_once_per_execution exit_consecutive_in_order "
	     "exit_one_reason exit_error_zero exit_index\n"
	     "cap 0x7 -> 0\n"
	     "filter allow range rw 0xc0000082+1 = 0 -> 0\n%s", seed, t.s);
}

static const char *const prefixes[] = {
	/* operand and address size, segments, repeats, REX */
	"66", "67", "2e", "36", "3e", "26", "64", "65", "f2", "f3",
	"40", "41", "42", "44", "48", "4f",
	/* together */
	"6667", "6648", "662e", "f248", "f348", "66f2", "f366", "2e48",
	"6467", "6566", "f2f3", "f3f2", "6666", "2e3e", "66672e", "f34867",
	"6667f348", "2e363e26", "66666666", "64656748", "f2f26648",
};

static void prefixed(struct emitter *e, const char *prefix)
{
	emit(e, "case exit/prefix-%s-ignored\n"
	     "rules exit_ignorable_prefixes exit_rip_at_instruction "
	     "rply_rip_past_instruction rply_rdmsr_loads_data\n"
	     "cap 0x7 -> 0\n"
	     "filter allow range rw 0xc0000102+1 = 0 -> 0\n"
	     "rdmsr 0xc0000102 prefix=%s data=0x8877665544332211 -> "
	     "exit filter then ok 0x8877665544332211\n"
	     "wrmsr 0xc0000102 0xf122334455667788 prefix=%s "
	     "rax_high=0xffffffff rdx_high=0xffffffff -> exit filter then ok\n"
	     "rdmsr 0xc0000102 prefix=%s error=1 -> exit filter then #GP\n"
	     "wrmsr 0xc0000102 0x1 prefix=%s error=1 -> "
	     "exit filter then #GP\n"
	     "rdmsr 0xdeadbeef prefix=%s rcx_high=0xffffffff data=0x1 -> "
	     "exit unknown then ok 0x1\n"
	     "wrmsr 0x9e 0xffffffffffffffff prefix=%s -> exit inval then ok\n"
	     "rdmsr 0xc0000102 prefix=%s hold -> exit filter then held\n"
	     "regs\n"
	     "resume data=0x5 immediate_exit -> EINTR\n"
	     "regs\n"
	     "resume -> ok 0x5\n"
	     "rdmsr 0x174 prefix=%s -> ok\n"
	     "rdmsr 0xc0000102 data=0x7 -> exit filter then ok 0x7\n",
	     prefix, prefix, prefix, prefix, prefix, prefix, prefix, prefix,
	     prefix);
}

static void families(struct emitter *e)
{
	for (unsigned r = 0; r < ARRAY_SIZE(reasons); r++) {
		data_bits(e, r, false);
		data_bits(e, r, true);
		consecutive(e, r, 68, false);
		consecutive(e, r, 68, true);
	}
	for (int i = 0; i < 4; i++)
		index_bits(e, i & 1, i & 2);
	upper_bits(e, "rcx", false);
	upper_bits(e, "rcx", true);
	upper_bits(e, "rax", true);
	upper_bits(e, "rdx", true);
	consecutive_mixed(e, 68, 0x5a3c96e1);
	consecutive_mixed(e, 68, 0x1f0e7b4d);
	consecutive_mixed(e, 68, 0xc38d2a75);
	for (unsigned i = 0; i < ARRAY_SIZE(prefixes); i++)
		prefixed(e, prefixes[i]);
}

SUITE(cases, families);
