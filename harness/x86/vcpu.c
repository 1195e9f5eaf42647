// SPDX-License-Identifier: GPL-2.0-only
/* Making x86 vCPUs: CPUID, the payload's registers, INIT. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../env.h"
#include "guest.h"

void arch_vm_init(struct vm *vm)
{
	uint64_t identity = 0xfffbc000;

	/* three memory slots and their grace periods, where they are needed */
	if (!vm->env->machine->wants_tss)
		return;
	must(ioctl(vm->fd, KVM_SET_IDENTITY_MAP_ADDR, &identity));
	must(ioctl(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000));
}

/* `cpuid none` before the vCPU exists: nothing is ever set. */
static bool wants_cpuid(const struct vcpu *v)
{
	const struct program *p = v->vm->env->prog;

	for (int i = 0; i < p->nsteps; i++)
		if (p->step[i].kind == STEP_CPUID &&
		    v->vm == &v->vm->env->vm[p->step[i].vm] &&
		    p->step[i].vcpu == v->id)
			return p->step[i].cpuid.kind != CPUID_NONE;
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

	must(ioctl(v->fd, KVM_GET_SREGS, &s));
	guest_mode_sregs(v, &s);
	/* from 6.12 on long mode and NXE want their CPUID bits even of us */
	if (ioctl(v->fd, KVM_SET_SREGS, &s)) {
		if (errno != EINVAL || wants_cpuid(v))
			env_die(__FILE__, __LINE__, "KVM_SET_SREGS");
		set_least_cpuid(v);
		must(ioctl(v->fd, KVM_SET_SREGS, &s));
	}
	for (int i = GPR_R8; i < NR_GPRS; i++)
		(&r.r8)[i - GPR_R8] = guest_high_reg(i);
	must(ioctl(v->fd, KVM_SET_REGS, &r));
}

void arch_vcpu_init(struct vcpu *v)
{
	v->window = v->vm->mem + v->id * GUEST_WINDOW;
	if (wants_cpuid(v))
		must(guest_set_cpuid(v, &(struct step_cpuid){ 0 }));
	guest_mode_set(v, MODE_LONG);
	/* with an in-kernel APIC all but the first would wait for a SIPI */
	if (v->vm->irqchip)
		must(ioctl(v->fd, KVM_SET_MP_STATE,
			   &(struct kvm_mp_state){ KVM_MP_STATE_RUNNABLE }));
	v->run->kvm_valid_regs = v->vm->env->machine->sync_regs &
				 (KVM_SYNC_X86_REGS | KVM_SYNC_X86_EVENTS);
}

void guest_set_mode(struct vcpu *v, enum cpu_mode mode, struct outcome *o)
{
	bool busy = v->held >= 0 || v->paused >= 0;

	if (!busy && !v->dead && v->mode != mode)
		guest_mode_set(v, mode);
	outcome_set(o, F_RET, busy ? (u64)-1 : 0);
	outcome_set(o, F_ERRNO, busy ? EBUSY : 0);
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
