/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files that write the steps of a reproducer. */
#ifndef DEFLECT_REPRO_X86_H
#define DEFLECT_REPRO_X86_H

#include "../repro.h"

/* ---- repro_vm.c ---- */

/* The vCPU is made without CPUID. */
bool repro_no_cpuid(const struct program *p, unsigned vm, unsigned vcpu);
void repro_create_vcpu(struct repro *r, unsigned vm, unsigned vcpu);
void repro_close(struct repro *r, const struct step *s);

/* How the program calls the fd a step means. */
const char *repro_fd(struct repro *r, const struct step *s, enum fd_kind fd);
const char *repro_vcpu_fd(struct repro *r, const struct step *s);

/* `got` from what @call returns. */
void repro_ret(struct repro *r, const char *call);

/* ---- the others; false: not a step of this kind ---- */

bool repro_config_step(struct repro *r, const struct step *s);
bool repro_state_step(struct repro *r, const struct step *s);
void repro_guest_step(struct repro *r, int i);

/* Instruction bytes as a string literal. */
void repro_bytes(char *buf, size_t size, const u8 *b, unsigned n);

#endif
