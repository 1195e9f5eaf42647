// SPDX-License-Identifier: GPL-2.0-only
/* VMs, their memory and vCPUs in a reproducer: made when first named. */
#include <string.h>

#include "repro_x86.h"

bool repro_no_cpuid(const struct program *p, unsigned vm, unsigned vcpu)
{
	for (int i = 0; i < p->nsteps; i++)
		if (p->step[i].kind == STEP_CPUID && p->step[i].vm == vm &&
		    p->step[i].vcpu == vcpu)
			return p->step[i].cpuid.kind == CPUID_NONE;
	return false;
}

static void create_vm(struct repro *r, unsigned vm)
{
	if (r->vm[vm])
		return;
	repro_use(r, USE_kvm);
	repro_line(r, "%s = must(ioctl(kvm, KVM_CREATE_VM, 0));",
		   repro_vm(r, vm));
	r->vm[vm] = r->vm_ever[vm] = true;
}

static void create_memory(struct repro *r, unsigned vm)
{
	create_vm(r, vm);
	if (r->mem[vm])
		return;
	repro_use(r, USE_slot);
	repro_line(r, "%s = guest_memory(%s);", repro_mem(r, vm),
		   repro_vm(r, vm));
	r->mem[vm] = r->mem_ever[vm] = true;
}

/* Some step, or the setting-up, needs the vCPU's fd. */
static bool fd_used(const struct repro *r, unsigned vm, unsigned vcpu)
{
	for (int i = 0; i < r->p->nsteps; i++) {
		const struct step *s = &r->p->step[i];
		enum fd_kind fd = s->kind == STEP_FILTER ? s->filter.fd :
				  s->kind == STEP_IOCTL ? s->ioctl.fd :
				  s->kind == STEP_CAP ||
				  s->kind == STEP_CHECK_CAP ? s->cap.fd : FD_VM;

		if (s->vm == vm && (s->kind == STEP_CLOSE ||
				    (s->vcpu == vcpu && fd == FD_VCPU)))
			return true;
	}
	return repro_uses(r, USE_mode);
}

void repro_create_vcpu(struct repro *r, unsigned vm, unsigned vcpu)
{
	const char *name = repro_vcpu(r, vm, vcpu);
	bool without = repro_no_cpuid(r->p, vm, vcpu);

	create_vm(r, vm);
	if (r->vcpu[vm][vcpu])
		return;
	r->vcpu[vm][vcpu] = true;
	if (!fd_used(r, vm, vcpu)) {
		repro_line(r, "must(ioctl(%s, KVM_CREATE_VCPU, %u));",
			   repro_vm(r, vm), vcpu);
		return;
	}
	r->vcpu_ever[vm][vcpu] = true;
	if (repro_uses(r, USE_mem)) {
		create_memory(r, vm);
		repro_use(r, USE_set_cpuid);
		repro_use(r, USE_long_mode);
		repro_line(r, "vcpu_create(&%s, kvm, %s, %s, %u%s);", name,
			   repro_vm(r, vm), repro_mem(r, vm), vcpu,
			   !repro_uses(r, USE_no_cpuid) ? "" :
			   without ? ", false" : ", true");
		return;
	}
	repro_line(r, "%s = must(ioctl(%s, KVM_CREATE_VCPU, %u));", name,
		   repro_vm(r, vm), vcpu);
	if (!repro_uses(r, USE_mode))
		return;
	if (!without) {
		repro_use(r, USE_set_cpuid);
		repro_line(r, "must(set_cpuid(kvm, %s, 256));", name);
	}
	repro_use(r, USE_long_mode);
	repro_line(r, "long_mode(%s, 0);", name);
}

static void create_fd(struct repro *r, const struct step *s, enum fd_kind fd)
{
	if (fd == FD_VCPU)
		repro_create_vcpu(r, s->vm, s->vcpu);
	else if (fd == FD_VM)
		create_vm(r, s->vm);
}

void repro_create(struct repro *r, int i)
{
	const struct step *s = &r->p->step[i];
	const struct step_filter *f = &s->filter;
	bool in_guest = false;

	switch (s->kind) {
	case STEP_CHECK_CAP:
		create_fd(r, s, s->cap.fd);
		break;
	case STEP_CAP:
		create_fd(r, s, s->cap.fd);
		in_guest = s->cap.at.kind == PLACE_GUEST;
		break;
	case STEP_IOCTL:
		create_fd(r, s, s->ioctl.fd);
		in_guest = !s->ioctl.has_value &&
			   s->ioctl.at.kind == PLACE_GUEST;
		break;
	case STEP_FILTER:
		create_fd(r, s, f->fd);
		in_guest = f->at.kind == PLACE_GUEST;
		for (int k = 0; k < MAX_RANGES; k++)
			in_guest |= f->range[k].bits.at.kind == PLACE_GUEST;
		break;
	case STEP_IRQCHIP:
		create_vm(r, s->vm);
		break;
	case STEP_CPUID:
		if (s->cpuid.kind != CPUID_NONE)
			repro_create_vcpu(r, s->vm, s->vcpu);
		break;
	case STEP_COPY:
		repro_create_vcpu(r, s->vm, s->vcpu);
		repro_create_vcpu(r, s->count, s->vcpu);
		break;
	case STEP_WAIT:
	case STEP_CLOSE:
	case STEP_VCPU:		/* creates it itself */
		break;
	default:
		repro_create_vcpu(r, s->vm, s->vcpu);
	}
	if (in_guest)
		create_memory(r, s->vm);
}

const char *repro_fd(struct repro *r, const struct step *s, enum fd_kind fd)
{
	static char buf[2][48];
	static int n;
	char *b = buf[n++ % 2];

	if (fd == FD_KVM) {
		repro_use(r, USE_kvm);
		return "kvm";
	}
	if (fd == FD_VM)
		return repro_vm(r, s->vm);
	snprintf(b, sizeof(buf[0]), repro_uses(r, USE_mem) ? "%s.fd" : "%s",
		 repro_vcpu(r, s->vm, s->vcpu));
	return b;
}

const char *repro_vcpu_fd(struct repro *r, const struct step *s)
{
	return repro_fd(r, s, FD_VCPU);
}

void repro_ret(struct repro *r, const char *call)
{
	repro_use(r, USE_ret);
	repro_line(r, "ret(%s);", call);
}

void repro_close(struct repro *r, const struct step *s)
{
	for (int i = 0; i < MAX_VCPUS; i++) {
		const char *name = repro_vcpu(r, s->vm, i);

		if (!r->vcpu[s->vm][i])
			continue;
		if (repro_uses(r, USE_mem)) {
			repro_use(r, USE_vcpu_close);
			repro_line(r, "vcpu_close(&%s, kvm);", name);
		} else {
			repro_line(r, "close(%s);", name);
		}
		r->vcpu[s->vm][i] = false;
	}
	if (r->vm[s->vm])
		repro_line(r, "close(%s);", repro_vm(r, s->vm));
	if (r->mem[s->vm])
		repro_line(r, "munmap(%s, GUEST_MEMORY);",
			   repro_mem(r, s->vm));
	r->vm[s->vm] = r->mem[s->vm] = false;
	repro_ret(r, "0");
}
