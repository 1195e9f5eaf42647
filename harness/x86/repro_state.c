// SPDX-License-Identifier: GPL-2.0-only
/* What userspace does to one vCPU, in a reproducer; compare state.c. */
#include <string.h>

#include "guest.h"
#include "repro_x86.h"

static void put_cpuid(struct repro *r, const struct step *s)
{
	struct cpuid_change k;
	char call[96];
	int n;

	/* `none` before the vCPU exists: it is created without */
	if (s->cpuid.kind == CPUID_NONE && !r->vcpu[s->vm][s->vcpu]) {
		repro_ret(r, "0");
		return;
	}
	repro_use(r, USE_set_cpuid);
	if (cpuid_change(&s->cpuid, 0, &k)) {
		repro_use(r, USE_cpuid_bits);
		repro_local(r, LOCAL_CPUID);
		repro_line(r, "features = (struct cpuid_bits[]){");
		for (n = 0; cpuid_change(&s->cpuid, n, &k); n++)
			repro_line(r, "\t{ 0x%x, %u, %d, 0x%x, 0x%x },",
				   k.function, k.index, k.reg, k.clear, k.set);
		repro_line(r, "};");
		snprintf(call, sizeof(call), "set_cpuid_bits(kvm, %s, features, %d)",
			 repro_vcpu_fd(r, s), n);
		repro_ret(r, call);
		return;
	}
	snprintf(call, sizeof(call), "set_cpuid(kvm, %s, %d)", repro_vcpu_fd(r, s),
		 s->cpuid.kind == CPUID_NONE ? 0 : 256);
	repro_ret(r, call);
}

static void must_ioctl(struct repro *r, const struct step *s,
		       const char *request, const char *var)
{
	repro_line(r, "must(ioctl(%s, %s, &%s));", repro_vcpu_fd(r, s), request,
		   var);
}

static void ret_ioctl(struct repro *r, const struct step *s,
		      const char *request, const char *arg)
{
	char call[128];

	snprintf(call, sizeof(call), "ioctl(%s, %s, %s)", repro_vcpu_fd(r, s),
		 request, arg);
	repro_ret(r, call);
}

static void put_set_regs(struct repro *r, const struct step *s)
{
	static const struct {
		int bit;
		const char *name;
		size_t value;
	} regs[] = {
		{ SET_RAX, "rax", offsetof(struct step_regs, rax) },
		{ SET_RCX, "rcx", offsetof(struct step_regs, rcx) },
		{ SET_RDX, "rdx", offsetof(struct step_regs, rdx) },
	};
	const char *vcpu = repro_vcpu(r, s->vm, s->vcpu);

	repro_local(r, LOCAL_REGS);
	must_ioctl(r, s, "KVM_GET_REGS", "regs");
	for (int i = 0; i < 3; i++)
		if (s->regs.set & regs[i].bit)
			repro_line(r, "regs.%s = 0x%llx;", regs[i].name,
				   *(const unsigned long long *)
				   ((const char *)&s->regs + regs[i].value));
	if (s->regs.set & SET_RIP)
		repro_line(r, "regs.rip = %s.insn + %d;", vcpu, s->regs.rip);
	if (!s->regs.dirty) {
		ret_ioctl(r, s, "KVM_SET_REGS", "&regs");
		return;
	}
	repro_use(r, USE_dirty);
	repro_line(r, "%s.run->s.regs.regs = regs;", vcpu);
	repro_line(r, "%s.run->kvm_dirty_regs |= KVM_SYNC_X86_REGS;", vcpu);
	repro_ret(r, "0");
}

static void put_inject(struct repro *r, const struct step *s)
{
	repro_local(r, LOCAL_EVENTS);
	must_ioctl(r, s, "KVM_GET_VCPU_EVENTS", "events");
	repro_line(r, "events.exception.injected = 1;");
	repro_line(r, "events.exception.pending = 0;");
	repro_line(r, "events.exception.nr = %u;", s->inject.vector);
	repro_line(r, "events.exception.has_error_code = %u;",
		   s->inject.has_code);
	repro_line(r, "events.exception.error_code = 0x%x;", s->inject.code);
	repro_line(r, "events.flags = 0;");
	ret_ioctl(r, s, "KVM_SET_VCPU_EVENTS", "&events");
}

static void put_debug(struct repro *r, const struct step *s)
{
	repro_local(r, LOCAL_DEBUG);
	if (s->debug == DEBUG_OFF)
		repro_line(r, "debug = (struct kvm_guest_debug){ 0 };");
	else
		repro_line(r, "debug = (struct kvm_guest_debug){ "
			   ".control = KVM_GUESTDBG_ENABLE | %s };",
			   s->debug == DEBUG_SINGLESTEP ?
			   "KVM_GUESTDBG_SINGLESTEP" :
			   "KVM_GUESTDBG_USE_HW_BP");
	if (s->debug == DEBUG_HW_BP)
		repro_line(r, "debug.arch.debugreg[7] = 0x400;\t"
			   "/* none enabled */");
	ret_ioctl(r, s, "KVM_SET_GUEST_DEBUG", "&debug");
}

/* Steps on one vCPU that are an ioctl or little more; false: another kind. */
bool repro_state_step(struct repro *r, const struct step *s)
{
	const char *vcpu = repro_vcpu(r, s->vm, s->vcpu);
	char buf[160];

	switch (s->kind) {
	case STEP_CPUID:
		put_cpuid(r, s);
		return true;
	case STEP_SET_REGS:
		put_set_regs(r, s);
		return true;
	case STEP_REGS:
		repro_use(r, USE_regs);
		repro_use(r, USE_ret);
		repro_line(r, "get_regs(&%s);", vcpu);
		return true;
	case STEP_EVENTS:
		repro_use(r, USE_events);
		repro_use(r, USE_ret);
		repro_line(r, "get_events(%s);", repro_vcpu_fd(r, s));
		return true;
	case STEP_INJECT:
		put_inject(r, s);
		return true;
	case STEP_PEEK:
		repro_use(r, USE_peek);
		repro_use(r, USE_ret);
		repro_line(r, "peek(%s);", repro_vcpu_fd(r, s));
		return true;
	case STEP_NMI:
		ret_ioctl(r, s, "KVM_NMI", "0");
		return true;
	case STEP_DEBUG:
		put_debug(r, s);
		return true;
	case STEP_IDT:
		repro_local(r, LOCAL_SREGS);
		must_ioctl(r, s, "KVM_GET_SREGS", "sregs");
		repro_line(r, "sregs.idt.limit = %u;", s->count);
		ret_ioctl(r, s, "KVM_SET_SREGS", "&sregs");
		return true;
	case STEP_SREGS:
		repro_local(r, LOCAL_SREGS);
		must_ioctl(r, s, "KVM_GET_SREGS", "sregs");
		ret_ioctl(r, s, "KVM_SET_SREGS", "&sregs");
		must_ioctl(r, s, "KVM_GET_SREGS", "sregs");
		return true;
	case STEP_COPY:
		repro_use(r, USE_copy);
		repro_use(r, USE_ret);
		repro_line(r, "copy(&%s, &%s);", vcpu,
			   repro_vcpu(r, s->count, s->vcpu));
		return true;
	case STEP_POKE:
		repro_bytes(buf, sizeof(buf), s->code.bytes, s->code.len);
		repro_line(r, "memcpy(%s.mem + %s.insn, %s, %u);", vcpu, vcpu,
			   buf, s->code.len);
		repro_ret(r, "0");
		return true;
	case STEP_MP_STATE:
		repro_local(r, LOCAL_MP);
		repro_line(r, "mp_state.mp_state = %u;", s->count);
		ret_ioctl(r, s, "KVM_SET_MP_STATE", "&mp_state");
		return true;
	case STEP_GET_MSR:
		repro_use(r, USE_get_msr);
		repro_use(r, USE_ret);
		repro_line(r, "get_msr(%s, 0x%x);", repro_vcpu_fd(r, s),
			   s->msr.index);
		return true;
	case STEP_SET_MSR:
		repro_use(r, USE_set_msr);
		repro_use(r, USE_ret);
		repro_line(r, "set_msr(%s, 0x%x, 0x%llx);", repro_vcpu_fd(r, s),
			   s->msr.index, (unsigned long long)s->msr.value);
		return true;
	case STEP_INIT:
		repro_use(r, USE_init);
		repro_use(r, USE_ret);
		repro_use(r, USE_hangs);
		repro_line(r, "init_sipi(&%s, %u * WINDOW);", vcpu, s->vcpu);
		return true;
	case STEP_STOP:
		repro_use(r, USE_spin);
		repro_line(r, "put(&%s, SPIN_STOP, 1);", vcpu);
		repro_ret(r, "0");
		return true;
	default:
		return false;
	}
}
