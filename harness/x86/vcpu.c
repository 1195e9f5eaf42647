// SPDX-License-Identifier: GPL-2.0-only
/* Making x86 vCPUs: memory of their window, CPUID, the payload's mode. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../env.h"
#include "guest.h"

extern const uint8_t guest_long64[], guest_long64_end[];

void arch_vm_init(struct vm *vm)
{
	uint64_t identity = 0xfffbc000;

	/* three memory slots and their grace periods, where they are needed */
	if (!vm->env->machine->wants_tss)
		return;
	must(ioctl(vm->fd, KVM_SET_IDENTITY_MAP_ADDR, &identity));
	must(ioctl(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000));
}

static void put64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, 8);
}

/*
 * Page tables, GDT, IDT, TSS and payload of one vCPU's window; the rest of it
 * is zero as mmap() made it.
 */
static void make_window(uint8_t *w, uint64_t gpa)
{
	static const uint8_t reset[] = { 0xe6, GUEST_PORT_RESET, 0xf4 };

	memcpy(w + GUEST_RESET, reset, sizeof(reset));
	put64(w + GUEST_PML4, (gpa + GUEST_PDPT) | 7);
	put64(w + GUEST_PDPT, (gpa + GUEST_PD) | 7);
	put64(w + GUEST_PD, (gpa + GUEST_PT) | 7);
	for (unsigned i = 0; i < GUEST_WINDOW / 4096; i++)
		put64(w + GUEST_PT + 8 * i, (gpa + i * 4096) | 7);

	put64(w + GUEST_GDT + 0x08, 0x00af9b000000ffff);	/* code, CPL 0 */
	put64(w + GUEST_GDT + 0x10, 0x00cf93000000ffff);	/* data, CPL 0 */
	put64(w + GUEST_GDT + 0x18, 0x00cffb000000ffff);	/* code32, 3 */
	put64(w + GUEST_GDT + 0x20, 0x00cff3000000ffff);	/* data, 3 */
	put64(w + GUEST_GDT + 0x28, 0x00affb000000ffff);	/* code, 3 */
	put64(w + GUEST_GDT + SEL_TSS,
	      0x00008b0000000067 | (uint64_t)GUEST_TSS << 16);
	put64(w + GUEST_TSS + 4, GUEST_IST_TOP);	/* RSP0 */
	put64(w + GUEST_TSS + 36, GUEST_IST_TOP);	/* IST1 */
	put64(w + GUEST_TSS + 44, GUEST_NMI_TOP);	/* IST2 */
	for (unsigned i = 0; i < NR_VECTORS; i++) {
		uint64_t off = GUEST_STUBS + 16 * i;
		uint64_t ist = i == 2 ? 2 : 1;

		put64(w + GUEST_IDT + 16 * i,
		      off | SEL_CODE << 16 | ist << 32 | 0x8eULL << 40);
	}
	put64(w + GUEST_CTL + CTL_RETURN, GUEST_RETURN);
	put64(w + GUEST_CTL + CTL_FAULT, GUEST_FAULT);
	memcpy(w + GUEST_PAYLOAD, guest_long64,
	       guest_long64_end - guest_long64);
}

static struct kvm_segment segment(unsigned sel, unsigned type)
{
	return (struct kvm_segment){
		.limit = 0xffffffff, .selector = sel, .type = type,
		.present = 1, .s = 1, .g = 1,
		.l = type & 8 ? 1 : 0, .db = type & 8 ? 0 : 1,
	};
}

/* `cpuid none` before the vCPU exists: nothing is ever set. */
static bool wants_cpuid(const struct vcpu *v)
{
	const struct program *p = v->vm->env->prog;

	for (int i = 0; i < p->nsteps; i++)
		if (p->step[i].kind == STEP_CPUID &&
		    v->vm == &v->vm->env->vm[p->step[i].vm] &&
		    p->step[i].vcpu == v->id)
			return p->step[i].cpuid != CPUID_NONE;
	return true;
}

/* No feature but long mode and no-execute. */
static void set_least_cpuid(struct vcpu *v)
{
	_Alignas(8) uint8_t buf[sizeof(struct kvm_cpuid2) +
				2 * sizeof(struct kvm_cpuid_entry2)] = { 0 };
	struct kvm_cpuid2 *c = (void *)buf;

	c->nent = 2;
	c->entries[0].function = 0x80000000;
	c->entries[0].eax = 0x80000001;
	c->entries[1].function = 0x80000001;
	c->entries[1].edx = 1u << 29 | 1u << 20;
	must(ioctl(v->fd, KVM_SET_CPUID2, c));
}

void guest_enter_payload(struct vcpu *v)
{
	struct kvm_sregs s;
	struct kvm_regs r = { .rip = GUEST_PAYLOAD, .rflags = 2,
			      .rsp = GUEST_STACK_TOP };
	uint64_t gpa = v->window - v->vm->mem;

	must(ioctl(v->fd, KVM_GET_SREGS, &s));
	s.cs = segment(SEL_CODE, 0xb);
	s.ds = s.es = s.fs = s.gs = s.ss = segment(SEL_DATA, 3);
	s.tr = (struct kvm_segment){ .base = GUEST_TSS, .limit = 0x67,
				     .selector = SEL_TSS, .type = 0xb,
				     .present = 1 };
	s.ldt = (struct kvm_segment){ .unusable = 1 };
	s.gdt = (struct kvm_dtable){ .base = GUEST_GDT, .limit = 0x3f };
	s.idt = (struct kvm_dtable){ .base = GUEST_IDT,
				     .limit = NR_VECTORS * 16 - 1 };
	s.cr0 = 0x80010033;	/* PG WP NE ET MP PE */
	s.cr3 = gpa + GUEST_PML4;
	s.cr4 = 0x620;		/* PAE OSFXSR OSXMMEXCPT */
	s.efer = 0xd01;		/* NXE LMA LME SCE */
	/* from 6.12 on long mode and NXE want their CPUID bits even of us */
	if (ioctl(v->fd, KVM_SET_SREGS, &s)) {
		if (errno != EINVAL || wants_cpuid(v))
			env_die(__FILE__, __LINE__, "KVM_SET_SREGS");
		set_least_cpuid(v);
		must(ioctl(v->fd, KVM_SET_SREGS, &s));
	}
	must(ioctl(v->fd, KVM_SET_REGS, &r));
}

int guest_set_cpuid(struct vcpu *v, enum cpuid_kind kind)
{
	enum { ENTRIES = 256 };
	struct kvm_cpuid2 *c;
	int r;

	c = calloc(1, sizeof(*c) + ENTRIES * sizeof(c->entries[0]));
	if (!c)
		env_die(__FILE__, __LINE__, "calloc");
	if (kind == CPUID_DEFAULT) {
		c->nent = ENTRIES;
		must(ioctl(v->vm->env->kvm, KVM_GET_SUPPORTED_CPUID, c));
	}
	r = ioctl(v->fd, KVM_SET_CPUID2, c);
	free(c);
	return r;
}

void arch_vcpu_init(struct vcpu *v)
{
	v->window = v->vm->mem + v->id * GUEST_WINDOW;
	if (wants_cpuid(v))
		must(guest_set_cpuid(v, CPUID_DEFAULT));
	make_window(v->window, v->window - v->vm->mem);
	guest_enter_payload(v);
	/* with an in-kernel APIC all but the first would wait for a SIPI */
	if (v->vm->irqchip)
		must(ioctl(v->fd, KVM_SET_MP_STATE,
			   &(struct kvm_mp_state){ KVM_MP_STATE_RUNNABLE }));
	v->run->kvm_valid_regs = v->vm->env->machine->sync_regs &
				 (KVM_SYNC_X86_REGS | KVM_SYNC_X86_EVENTS);
}

void guest_init_sipi(struct vcpu *v, struct outcome *o)
{
	struct kvm_mp_state mp = { .mp_state = KVM_MP_STATE_SIPI_RECEIVED };
	struct kvm_vcpu_events ev;
	int err;

	must(ioctl(v->fd, KVM_GET_VCPU_EVENTS, &ev));
	ev.flags |= KVM_VCPUEVENT_VALID_SMM;
	ev.smi.latched_init = 1;
	must(ioctl(v->fd, KVM_SET_VCPU_EVENTS, &ev));
	must(ioctl(v->fd, KVM_SET_MP_STATE, &mp));
	env_arm(v);
	/* The first KVM_RUN may only take the INIT and say EAGAIN. */
	do {
		v->run->exit_reason = 0xa5a5a5a5;
		err = env_run(v);
	} while (err == EAGAIN);
	env_disarm(v);
	if (err || v->run->exit_reason != KVM_EXIT_IO ||
	    v->run->io.port != GUEST_PORT_RESET) {
		outcome_set(o, F_RET, (u64)-1);
		outcome_set(o, F_ERRNO, err ? err : EIO);
		v->dead = true;
		return;
	}
	/* Let the `out` complete before the registers are replaced. */
	v->run->immediate_exit = 1;
	ioctl(v->fd, KVM_RUN, 0);
	v->run->immediate_exit = 0;
	guest_enter_payload(v);
	outcome_set(o, F_RET, 0);
	outcome_set(o, F_ERRNO, 0);
}
