// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each step of a reproducer does, in C.  The same arguments, objects and
 * registers as the engine uses (host.c, guest.c, state.c), so that the same
 * outcomes are wanted.
 */
#include <string.h>

#include "../../guest/layout.h"
#include "../repro.h"
#include "abi.h"
#include "guest.h"

const char *const repro_locals[NR_LOCALS] = {
	[LOCAL_CAP] = "struct kvm_enable_cap cap;",
	[LOCAL_FILTER] = "struct kvm_msr_filter filter;",
	[LOCAL_BITS] = "__u8 bits[0x600];",
	[LOCAL_REGS] = "struct kvm_regs regs;",
	[LOCAL_SREGS] = "struct kvm_sregs sregs;",
	[LOCAL_EVENTS] = "struct kvm_vcpu_events events;",
	[LOCAL_DEBUG] = "struct kvm_guest_debug debug;",
	[LOCAL_MP] = "struct kvm_mp_state mp_state;",
	[LOCAL_ZERO] = "static const __u8 zero[1600];",
};

enum { CAP_SIZE = 104, FILTER_SIZE = 392, BITS_SIZE = 0x600 };

static void local(struct repro *r, enum repro_local l)
{
	r->locals |= 1u << l;
}

bool repro_can(const struct step *s)
{
	return s->kind != STEP_LEAK;
}

/* ---- what the whole program says ---- */

static bool is_access(const struct step *s)
{
	return s->kind == STEP_RDMSR || s->kind == STEP_WRMSR;
}

/* Steps that need memory of the guest, or the vCPU to have run in it. */
static bool wants_memory(const struct step *s)
{
	switch (s->kind) {
	case STEP_SET_REGS:
	case STEP_REGS:
	case STEP_COPY:
	case STEP_POKE:
	case STEP_STOP:
	case STEP_INIT:
		return true;
	default:
		return step_is_guest(s);
	}
}

/* Steps for which the vCPU must be in the mode the engine has it in. */
static bool wants_mode(const struct step *s)
{
	switch (s->kind) {
	case STEP_CPUID:
	case STEP_GET_MSR:
	case STEP_SET_MSR:
	case STEP_SREGS:
	case STEP_EVENTS:
	case STEP_INJECT:
	case STEP_PEEK:
	case STEP_NMI:
	case STEP_DEBUG:
	case STEP_IDT:
	case STEP_MP_STATE:
		return true;
	default:
		return wants_memory(s);
	}
}

static bool odd_place(const struct place *at)
{
	return at->kind == PLACE_ODD || at->kind == PLACE_FILE;
}

/* Where the step has an object; several of a filter. */
static bool any_odd_place(const struct step *s)
{
	bool odd;

	switch (s->kind) {
	case STEP_CAP:
		return odd_place(&s->cap.at);
	case STEP_IOCTL:
		return odd_place(&s->ioctl.at);
	case STEP_FILTER:
		odd = odd_place(&s->filter.at);
		for (int i = 0; i < MAX_RANGES; i++)
			odd |= odd_place(&s->filter.range[i].bits.at);
		return odd;
	default:
		return false;
	}
}

static bool no_cpuid(const struct program *p, unsigned vm, unsigned vcpu)
{
	for (int i = 0; i < p->nsteps; i++)
		if (p->step[i].kind == STEP_CPUID && p->step[i].vm == vm &&
		    p->step[i].vcpu == vcpu)
			return p->step[i].cpuid == CPUID_NONE;
	return false;
}

void repro_scan(struct repro *r)
{
	for (int i = 0; i < r->p->nsteps; i++) {
		const struct step *s = &r->p->step[i];

		if (wants_memory(s))
			repro_use(r, USE_mem);
		if (wants_mode(s))
			repro_use(r, USE_mode);
		if (s->kind == STEP_FILTER)
			repro_use(r, USE_filter);
		if (s->kind == STEP_FILTER && s->filter.after == AFTER_UNMAP)
			repro_use(r, USE_unmap);
		if (any_odd_place(s))
			repro_use(r, USE_place);
		if (is_access(s) && (s->access.tf || s->access.shadow))
			repro_use(r, USE_before);
		if (no_cpuid(r->p, s->vm, s->vcpu))
			repro_use(r, USE_no_cpuid);
		if (s->kind == STEP_IRQCHIP)
			repro_use(r, USE_irqchip);
		if (s->kind == STEP_NMI)
			repro_use(r, USE_nmi);
		if (s->kind == STEP_DEBUG)
			repro_use(r, USE_debug);
	}
}

void repro_scan_want(struct repro *r, int i, const struct outcome *want)
{
	static const struct {
		enum field f;
		enum repro_use use;
	} fields[] = {
		{ F_X_INDEX, USE_exit }, { F_X_TAIL, USE_tail_changed },
		{ F_RIP, USE_registers }, { F_RFLAGS, USE_registers },
		{ F_CR2, USE_cr2 }, { F_RAX, USE_registers },
		{ F_REGS, USE_registers }, { F_DR6, USE_dr6 },
	};

	for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++)
		if (outcome_has(want, fields[k].f))
			repro_use(r, fields[k].use);
	if (outcome_has(want, F_X_SHADOW) &&
	    r->p->step[i].kind != STEP_EVENTS)
		repro_use(r, USE_exit_shadow);
	if (outcome_has(want, F_NMI) && repro_uses(r, USE_nmi))
		repro_use(r, USE_nmis);
}

/* Bits of a field that may be anything take the value that is wanted. */
static void forget_bits(struct repro *r, const struct outcome *want,
			enum field f, const char *member)
{
	u64 mask = want->mask[f], val = want->val[f] & ~mask;

	if (!mask || !~mask)
		return;
	if (val == ~mask)
		repro_line(r, "got.%s |= 0x%llx;\t/* or not */", member,
			   (unsigned long long)val);
	else
		repro_line(r, "got.%s &= 0x%llx;", member,
			   (unsigned long long)mask);
}

void repro_forget(struct repro *r, int i, const struct outcome *want)
{
	enum step_kind kind = r->p->step[i].kind;
	u64 end = outcome_has(want, F_END) ? want->val[F_END] : NR_ENDS;
	bool registers = kind == STEP_REGS || end == END_DONE ||
			 end == END_FAULT;

	forget_bits(r, want, F_RFLAGS, "rflags");
	forget_bits(r, want, F_DR6, "dr6");
	if (end == END_OTHER && !outcome_has(want, F_OTHER_EXIT))
		repro_line(r, "got.other_exit = 0;\t/* or another */");
	if (end == NR_ENDS && outcome_has(want, F_EXITS)) {
		repro_use(r, USE_any_end);
		repro_line(r, "got.end = ANY_END;");
		registers = true;
	} else if (end == NR_ENDS && outcome_has(want, F_X_REASON)) {
		/* known is only what is no reason */
		repro_use(r, USE_any_reason);
		repro_line(r, "got.end = ANY_REASON;\t/* but one */");
		registers = true;
	}
	if (registers && !outcome_has(want, F_REGS) &&
	    repro_uses(r, USE_registers))
		repro_line(r, "got.regs = 0;\t/* any may have changed */");
	if (registers && kind != STEP_REGS && !outcome_has(want, F_NMI) &&
	    repro_uses(r, USE_nmis))
		repro_line(r, "got.nmi = 0;");
}

/* ---- VMs and vCPUs ---- */

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

static void create_vcpu(struct repro *r, unsigned vm, unsigned vcpu)
{
	const char *name = repro_vcpu(r, vm, vcpu);
	bool without = no_cpuid(r->p, vm, vcpu);

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
		create_vcpu(r, s->vm, s->vcpu);
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
		if (s->cpuid != CPUID_NONE)
			create_vcpu(r, s->vm, s->vcpu);
		break;
	case STEP_COPY:
		create_vcpu(r, s->vm, s->vcpu);
		create_vcpu(r, s->count, s->vcpu);
		break;
	case STEP_WAIT:
	case STEP_CLOSE:
	case STEP_VCPU:		/* creates it itself */
		break;
	default:
		create_vcpu(r, s->vm, s->vcpu);
	}
	if (in_guest)
		create_memory(r, s->vm);
}

static const char *fd_name(struct repro *r, const struct step *s,
			   enum fd_kind fd)
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

static const char *vcpu_fd(struct repro *r, const struct step *s)
{
	return fd_name(r, s, FD_VCPU);
}

/* got from the value of an ioctl or the like */
static void ret(struct repro *r, const char *call)
{
	repro_use(r, USE_ret);
	repro_line(r, "ret(%s);", call);
}

static void ret_zero(struct repro *r)
{
	ret(r, "0");
}

/* ---- objects in memory ---- */

/* What the kernel is given for @content of @size bytes at a place. */
static void object(struct repro *r, const struct step *s, char buf[160],
		   const struct place *at, const char *content, u32 size)
{
	char n[32];

	if (!strcmp(content, "bits") || !strcmp(content, "zero"))
		snprintf(n, sizeof(n), size < 10 ? "%u" : "0x%x", size);
	else
		snprintf(n, sizeof(n), "sizeof(%s)", content + 1);
	if (at->kind == PLACE_READABLE && at->readable < size)
		snprintf(n, sizeof(n), "%u", at->readable);
	switch (at->kind) {
	case PLACE_NULL:
		strcpy(buf, "NULL");
		return;
	case PLACE_HOLE:
		strcpy(buf, "(void *)0x200000000000");
		return;
	case PLACE_KERNEL:
		strcpy(buf, "(void *)0xffff888000001000");
		return;
	case PLACE_NONCANON:
		strcpy(buf, "(void *)0x8000000000000000");
		return;
	case PLACE_LAST:
		strcpy(buf, "(void *)~0UL");
		return;
	case PLACE_GUEST:
		repro_use(r, USE_in_guest);
		snprintf(buf, 160, "in_guest(%s, %s, %s)",
			 repro_mem(r, s->vm), content, n);
		return;
	case PLACE_ODD:
	case PLACE_FILE:
		snprintf(buf, 160, "object_at(%s, %s, %s)", content, n,
			 at->kind == PLACE_ODD ? "1, false" : "0, true");
		break;
	case PLACE_NOACCESS:
	case PLACE_RDONLY:
		repro_use(r, USE_protect);
		snprintf(buf, 160, "protect(object(%s, %s), %s)", content, n,
			 at->kind == PLACE_RDONLY ? "PROT_READ" : "PROT_NONE");
		break;
	default:
		snprintf(buf, 160, "object(%s, %s)", content, n);
	}
	repro_use(r, USE_object);
}

static void release(struct repro *r, bool unmap)
{
	if (repro_uses(r, USE_filter))
		repro_line(r, "release(%s);", !repro_uses(r, USE_unmap) ? "" :
			   unmap ? "true" : "false");
}

/* ---- configuration ---- */

static const char *cap_name(char buf[16], u32 nr)
{
	if (nr == CAP_X86_USER_SPACE_MSR)
		return "KVM_CAP_X86_USER_SPACE_MSR";
	if (nr == CAP_X86_MSR_FILTER)
		return "KVM_CAP_X86_MSR_FILTER";
	snprintf(buf, 16, "%u", nr);
	return buf;
}

static const char *mask_name(char buf[120], u64 mask)
{
	static const char *const names[] = { "INVAL", "UNKNOWN", "FILTER" };
	int n = 0;

	if (!mask || mask & ~(u64)REASON_ALL) {
		snprintf(buf, 120, mask ? "0x%llx" : "0",
			 (unsigned long long)mask);
		return buf;
	}
	for (int i = 0; i < 3; i++)
		if (mask >> i & 1)
			n = append(buf, 120, n, "%sKVM_MSR_EXIT_REASON_%s",
				   n ? " | " : "", names[i]);
	return buf;
}

static void fill_cap(struct repro *r, const struct step_cap *k)
{
	char nr[16], mask[120];

	local(r, LOCAL_CAP);
	repro_line(r, "cap = (struct kvm_enable_cap){");
	repro_line(r, "\t.cap = %s,", cap_name(nr, k->nr));
	if (k->flags)
		repro_line(r, "\t.flags = 0x%x,", k->flags);
	if (k->rest)
		repro_line(r, "\t.args = { %s, 0x%llx, 0x%llx, 0x%llx },",
			   mask_name(mask, k->arg),
			   (unsigned long long)k->rest,
			   (unsigned long long)k->rest,
			   (unsigned long long)k->rest);
	else
		repro_line(r, "\t.args[0] = %s,",
			   mask_name(mask, k->arg));
	repro_line(r, "};");
	if (k->pad)
		repro_line(r, "memset(cap.pad, 0x%x, sizeof(cap.pad));",
			   k->pad);
}

static void put_cap(struct repro *r, const struct step *s)
{
	const struct step_cap *k = &s->cap;
	char at[160], call[256];

	object(r, s, at, &k->at, "&cap", CAP_SIZE);
	if (strstr(at, "&cap"))
		fill_cap(r, k);
	snprintf(call, sizeof(call), "ioctl(%s, KVM_ENABLE_CAP, %s)",
		 fd_name(r, s, k->fd), at);
	ret(r, call);
	release(r, false);
}

static const char *range_flags(char buf[64], u32 flags)
{
	static const char *const names[] = {
		[RANGE_READ] = "KVM_MSR_FILTER_READ",
		[RANGE_WRITE] = "KVM_MSR_FILTER_WRITE",
		[RANGE_READ | RANGE_WRITE] =
			"KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE",
	};

	if (flags && flags <= 3)
		return names[flags];
	snprintf(buf, 64, flags ? "0x%x" : "0", flags);
	return buf;
}

/* `bits` as the range has them. */
static void put_bits(struct repro *r, const struct bitmap *b, u32 bytes)
{
	local(r, LOCAL_BITS);
	if (!bytes)
		return;
	repro_line(r, b->fill ? "memset(bits, 0x%02x, %u);" :
		   "memset(bits, %u, %u);", b->fill, bytes);
	for (int i = 0; i < b->nflips; i++)
		if (b->flip[i] / 8u < bytes)
			repro_line(r, "bits[%u] ^= 1 << %u;", b->flip[i] / 8,
				   b->flip[i] % 8);
}

/* Returns whether the range has a buffer of its own. */
static bool put_range(struct repro *r, const struct step *s, unsigned i,
		      int first)
{
	const struct range *g = &s->filter.range[i];
	const struct place *at = &g->bits.at;
	u64 bytes = bitmap_bytes(g->nmsrs);
	char flags[64], where[160] = "";
	bool own = true;

	if (bytes > BITS_SIZE)
		bytes = BITS_SIZE;
	if (!g->nmsrs && (at->kind == PLACE_PAGE_END ||
			  at->kind == PLACE_FIRST)) {
		own = false;
	} else if (at->kind == PLACE_FIRST && first >= 0) {
		snprintf(where, sizeof(where), "filter.ranges[%d].bitmap",
			 first);
		own = false;
	} else {
		object(r, s, where, at, "bits", bytes);
	}
	if (!own && !*where && !g->flags && !g->base && !g->nmsrs)
		return false;
	if (strstr(where, "bits,"))
		put_bits(r, &g->bits, bytes);
	repro_line(r, "filter.ranges[%u] = (struct kvm_msr_filter_range){", i);
	repro_line(r, "\t.flags = %s,", range_flags(flags, g->flags));
	repro_line(r, "\t.base = 0x%x,", g->base);
	repro_line(r, "\t.nmsrs = %u,", g->nmsrs);
	if (*where)
		repro_line(r, "\t.bitmap = %s,", where);
	repro_line(r, "};");
	return own && g->nmsrs;
}

static void put_padding(struct repro *r, u8 pad)
{
	repro_line(r, "memset((char *)&filter + 4, 0x%x, 4);", pad);
	repro_line(r, "for (int i = 0; i < KVM_MSR_FILTER_MAX_RANGES; i++)");
	repro_line(r, "\tmemset((char *)&filter.ranges[i] + 12, 0x%x, 4);",
		   pad);
}

static void fill_filter(struct repro *r, const struct step *s)
{
	const struct step_filter *f = &s->filter;
	int first = -1;

	local(r, LOCAL_FILTER);
	repro_line(r, "memset(&filter, 0, sizeof(filter));");
	if (f->flags == FILTER_DEFAULT_DENY)
		repro_line(r, "filter.flags = KVM_MSR_FILTER_DEFAULT_DENY;");
	else if (f->flags)
		repro_line(r, "filter.flags = 0x%x;", f->flags);
	else
		repro_line(r, "filter.flags = KVM_MSR_FILTER_DEFAULT_ALLOW;");
	for (int i = 0; i < MAX_RANGES; i++)
		if (put_range(r, s, i, first) && first < 0)
			first = i;
	if (f->pad)
		put_padding(r, f->pad);
}

static void put_filter(struct repro *r, const struct step *s)
{
	const struct step_filter *f = &s->filter;
	char at[160], call[320], request[32] = "KVM_X86_SET_MSR_FILTER";

	object(r, s, at, &f->at, "&filter", FILTER_SIZE);
	if (strstr(at, "&filter"))
		fill_filter(r, s);
	if (f->request)
		snprintf(request, sizeof(request), "0x%x", f->request);
	snprintf(call, sizeof(call), "ioctl(%s, %s, %s)",
		 fd_name(r, s, f->fd), request, at);
	ret(r, call);
	repro_line(r, "got.wrote = release(%s);",
		   !repro_uses(r, USE_unmap) ? "" :
		   f->after == AFTER_UNMAP ? "true" : "false");
}

static void put_ioctl(struct repro *r, const struct step *s)
{
	u32 size = s->ioctl.request >> 16 & 0x3fff;
	char at[160], call[256];

	if (s->ioctl.has_value) {
		snprintf(at, sizeof(at), "0x%llx",
			 (unsigned long long)s->ioctl.value);
	} else {
		if (!size || size > 1600)
			size = 512;
		object(r, s, at, &s->ioctl.at, "zero", size);
		if (strstr(at, "zero,"))
			local(r, LOCAL_ZERO);
	}
	snprintf(call, sizeof(call), "ioctl(%s, 0x%x, %s)",
		 fd_name(r, s, s->ioctl.fd), s->ioctl.request, at);
	ret(r, call);
	if (strstr(at, "zero,"))
		release(r, false);
}

static void put_check_cap(struct repro *r, const struct step *s)
{
	char nr[16], call[128];

	snprintf(call, sizeof(call), "ioctl(%s, KVM_CHECK_EXTENSION, %s)",
		 fd_name(r, s, s->cap.fd), cap_name(nr, s->cap.nr));
	ret(r, call);
}

static void put_close(struct repro *r, const struct step *s)
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
	ret_zero(r);
}

static void put_irqchip(struct repro *r, const struct step *s)
{
	char call[64];

	if (s->irqchip == IRQCHIP_FULL) {
		snprintf(call, sizeof(call), "ioctl(%s, KVM_CREATE_IRQCHIP, 0)",
			 repro_vm(r, s->vm));
	} else {
		local(r, LOCAL_CAP);
		repro_line(r, "cap = (struct kvm_enable_cap){");
		repro_line(r, "\t.cap = KVM_CAP_SPLIT_IRQCHIP,");
		repro_line(r, "\t.args[0] = 24,");
		repro_line(r, "};");
		snprintf(call, sizeof(call), "ioctl(%s, KVM_ENABLE_CAP, &cap)",
			 repro_vm(r, s->vm));
	}
	ret(r, call);
}

static void put_cpuid(struct repro *r, const struct step *s)
{
	char call[96];

	/* `none` before the vCPU exists: it is created without */
	if (s->cpuid == CPUID_NONE && !r->vcpu[s->vm][s->vcpu]) {
		ret_zero(r);
		return;
	}
	repro_use(r, USE_set_cpuid);
	snprintf(call, sizeof(call), "set_cpuid(kvm, %s, %d)", vcpu_fd(r, s),
		 s->cpuid == CPUID_NONE ? 0 : 256);
	ret(r, call);
}

/* ---- the state of a vCPU ---- */

static void must_ioctl(struct repro *r, const struct step *s,
		       const char *request, const char *var)
{
	repro_line(r, "must(ioctl(%s, %s, &%s));", vcpu_fd(r, s), request,
		   var);
}

static void ret_ioctl(struct repro *r, const struct step *s,
		      const char *request, const char *arg)
{
	char call[128];

	snprintf(call, sizeof(call), "ioctl(%s, %s, %s)", vcpu_fd(r, s),
		 request, arg);
	ret(r, call);
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

	local(r, LOCAL_REGS);
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
	ret_zero(r);
}

static void put_inject(struct repro *r, const struct step *s)
{
	local(r, LOCAL_EVENTS);
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
	local(r, LOCAL_DEBUG);
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

static void bytes(char *buf, size_t size, const u8 *b, unsigned n)
{
	int at = append(buf, size, 0, "\"");

	for (unsigned i = 0; i < n; i++)
		at = append(buf, size, at, "\\x%02x", b[i]);
	append(buf, size, at, "\"");
}

/* Steps on one vCPU that are an ioctl or little more; false: another kind. */
static bool put_state(struct repro *r, const struct step *s)
{
	const char *vcpu = repro_vcpu(r, s->vm, s->vcpu);
	char buf[160];

	switch (s->kind) {
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
		repro_line(r, "get_events(%s);", vcpu_fd(r, s));
		return true;
	case STEP_INJECT:
		put_inject(r, s);
		return true;
	case STEP_PEEK:
		repro_use(r, USE_peek);
		repro_use(r, USE_ret);
		repro_line(r, "peek(%s);", vcpu_fd(r, s));
		return true;
	case STEP_NMI:
		ret_ioctl(r, s, "KVM_NMI", "0");
		return true;
	case STEP_DEBUG:
		put_debug(r, s);
		return true;
	case STEP_IDT:
		local(r, LOCAL_SREGS);
		must_ioctl(r, s, "KVM_GET_SREGS", "sregs");
		repro_line(r, "sregs.idt.limit = %u;", s->count);
		ret_ioctl(r, s, "KVM_SET_SREGS", "&sregs");
		return true;
	case STEP_SREGS:
		local(r, LOCAL_SREGS);
		must_ioctl(r, s, "KVM_GET_SREGS", "sregs");
		ret_ioctl(r, s, "KVM_SET_SREGS", "&sregs");
		return true;
	case STEP_COPY:
		repro_use(r, USE_copy);
		repro_use(r, USE_ret);
		repro_line(r, "copy(&%s, &%s);", vcpu,
			   repro_vcpu(r, s->count, s->vcpu));
		return true;
	case STEP_POKE:
		bytes(buf, sizeof(buf), s->code.bytes, s->code.len);
		repro_line(r, "memcpy(%s.mem + %s.insn, %s, %u);", vcpu, vcpu,
			   buf, s->code.len);
		ret_zero(r);
		return true;
	case STEP_MP_STATE:
		local(r, LOCAL_MP);
		repro_line(r, "mp_state.mp_state = %u;", s->count);
		ret_ioctl(r, s, "KVM_SET_MP_STATE", "&mp_state");
		return true;
	case STEP_GET_MSR:
		repro_use(r, USE_get_msr);
		repro_use(r, USE_ret);
		repro_line(r, "get_msr(%s, 0x%x);", vcpu_fd(r, s),
			   s->msr.index);
		return true;
	case STEP_SET_MSR:
		repro_use(r, USE_set_msr);
		repro_use(r, USE_ret);
		repro_line(r, "set_msr(%s, 0x%x, 0x%llx);", vcpu_fd(r, s),
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
		ret_zero(r);
		return true;
	default:
		return false;
	}
}

/* ---- guest steps ---- */

/* Userspace's answer at an exit; the number of statements. */
static int put_reply(struct repro *r, const char *vcpu,
		     const struct reply *a)
{
	if (a->has_data)
		repro_line(r, "%s.run->msr.data = 0x%llx;", vcpu,
			   (unsigned long long)a->data);
	if (a->error)
		repro_line(r, "%s.run->msr.error = %u;", vcpu, a->error);
	if (!a->junk)
		return a->has_data + !!a->error;
	repro_line(r, "memset(%s.run->msr.pad, 0x%x, 7);", vcpu, a->junk);
	repro_line(r, "%s.run->msr.reason = 0x%x;", vcpu,
		   a->junk * 0x01010101u);
	repro_line(r, "%s.run->msr.index = 0x%x;", vcpu,
		   a->junk * 0x01010101u);
	repro_line(r, "%s.run->exit_reason = 0x%x;", vcpu, a->junk);
	return a->has_data + !!a->error + 4;
}

static int reply_length(const struct reply *a)
{
	return a->has_data + !!a->error + (a->junk ? 4 : 0);
}

/* Run to the end; at each exit the same answer. */
static void put_run(struct repro *r, const char *vcpu, const struct reply *a)
{
	int n = reply_length(a);

	repro_use(r, USE_hangs);
	repro_line(r, n > 1 ? "while (run(&%s)) {" : "while (run(&%s))", vcpu);
	r->indent++;
	if (!n)
		repro_line(r, ";");
	put_reply(r, vcpu, a);
	r->indent--;
	if (n > 1)
		repro_line(r, "}");
}

static void put_access(struct repro *r, const struct step *s, int i)
{
	const struct step_access *a = &s->access;
	const char *vcpu = repro_vcpu(r, s->vm, s->vcpu), *before = "";
	bool write = s->kind == STEP_WRMSR;
	char prefix[32] = "";

	if (a->nprefix) {
		bytes(prefix, sizeof(prefix), a->prefix, a->nprefix);
		strcat(prefix, " ");
	}
	if (repro_uses(r, USE_before))
		before = a->tf ? "SET_TF, " : a->shadow == SHADOW_STI ?
			 "STI, " : a->shadow ? "MOVSS, " : "\"\", ";
	if (a->tf)
		repro_use(r, USE_tf);
	else if (a->shadow)
		repro_use(r, a->shadow == SHADOW_STI ? USE_sti : USE_movss);
	repro_use(r, write ? USE_wrmsr : USE_rdmsr);
	repro_line(r, "prepare(&%s, %d, %s%s%s);", vcpu, i + 1, before, prefix,
		   write ? "WRMSR" : "RDMSR");
	repro_line(r, "%s.regs.rcx = 0x%llx;", vcpu,
		   (unsigned long long)a->rcx_high << 32 | a->index);
	if (write) {
		repro_line(r, "%s.regs.rax = 0x%llx;", vcpu, (unsigned long long)
			   guest_entry_reg(s, i, GPR_RAX));
		repro_line(r, "%s.regs.rdx = 0x%llx;", vcpu, (unsigned long long)
			   guest_entry_reg(s, i, GPR_RDX));
	}
	if (!a->tf && a->shadow == SHADOW_MOVSS)
		repro_line(r, "%s.regs.rbx = 0x10;\t/* data segment */", vcpu);
	if (a->cpl == 3) {
		repro_use(r, USE_cpl3);
		repro_line(r, "%s.cpl = 3;", vcpu);
	}
	if (!a->hold) {
		put_run(r, vcpu, &a->reply);
		return;
	}
	repro_use(r, USE_hangs);
	repro_use(r, USE_hold);
	repro_line(r, "if (run(&%s))", vcpu);
	repro_line(r, "\tgot.end = HELD;");
}

static void put_code(struct repro *r, const struct step *s, int i)
{
	const char *vcpu = repro_vcpu(r, s->vm, s->vcpu);
	const struct step_code *k = &s->code;
	const struct reply none = { 0 };
	char code[160];

	if (s->kind == STEP_SPIN) {
		repro_use(r, USE_spin);
		strcpy(code, "SPIN");
	} else {
		bytes(code, sizeof(code), k->bytes, k->len);
	}
	repro_line(r, "prepare(&%s, %d, %s%s);", vcpu, i + 1,
		   repro_uses(r, USE_before) ? "\"\", " : "", code);
	if (s->kind == STEP_CODE) {
		repro_line(r, "%s.regs.rax = 0x%llx;", vcpu,
			   (unsigned long long)k->rax);
		repro_line(r, "%s.regs.rbx = 0x%llx;", vcpu,
			   (unsigned long long)k->rbx);
		repro_line(r, "%s.regs.rcx = 0x%llx;", vcpu,
			   (unsigned long long)k->rcx);
		repro_line(r, "%s.regs.rdx = 0x%llx;", vcpu,
			   (unsigned long long)k->rdx);
	} else {
		/* Bochs's SVM lets no host interrupt end it with IF clear */
		repro_line(r, "%s.regs.rflags |= 0x200;", vcpu);
	}
	put_run(r, vcpu, &none);
}

/* KVM_RUN that returns before the guest runs. */
static void put_odd_resume(struct repro *r, const struct step *s)
{
	const char *vcpu = repro_vcpu(r, s->vm, s->vcpu);
	const struct step_resume *k = &s->resume;

	repro_use(r, USE_run_once);
	repro_use(r, USE_hangs);
	if (k->immediate)
		repro_line(r, "%s.run->immediate_exit = 1;", vcpu);
	if (k->valid)
		repro_line(r, "%s.run->kvm_valid_regs ^= 0x%llx;", vcpu,
			   (unsigned long long)k->valid);
	if (k->dirty)
		repro_line(r, "%s.run->kvm_dirty_regs ^= 0x%llx;", vcpu,
			   (unsigned long long)k->dirty);
	if (k->signal)
		repro_use(r, USE_signal);
	repro_line(r, "run_once%s(&%s, 0x%llx);",
		   k->signal ? "_signalled" : "", vcpu,
		   (unsigned long long)k->arg);
	if (k->dirty)
		repro_line(r, "%s.run->kvm_dirty_regs ^= 0x%llx;", vcpu,
			   (unsigned long long)k->dirty);
	if (k->valid)
		repro_line(r, "%s.run->kvm_valid_regs ^= 0x%llx;", vcpu,
			   (unsigned long long)k->valid);
	if (k->immediate)
		repro_line(r, "%s.run->immediate_exit = 0;", vcpu);
}

static void put_resume(struct repro *r, const struct step *s)
{
	const char *vcpu = repro_vcpu(r, s->vm, s->vcpu);
	const struct step_resume *k = &s->resume;
	bool odd = k->immediate || k->signal || k->arg || k->valid || k->dirty;
	bool answer = reply_length(&k->reply) &&
		      r->at[s->vm][s->vcpu] == VCPU_HELD;

	if (odd) {
		if (answer)
			put_reply(r, vcpu, &k->reply);
		put_odd_resume(r, s);
		return;
	}
	repro_line(r, "got = (struct got){ 0 };");
	if (!answer) {
		put_run(r, vcpu, &k->reply);
		return;
	}
	repro_use(r, USE_hangs);
	repro_line(r, "do {");
	r->indent++;
	put_reply(r, vcpu, &k->reply);
	r->indent--;
	repro_line(r, "} while (run(&%s));", vcpu);
}

/* A NOP and the way back lie where RIP may be set to. */
static bool lands(const struct program *p)
{
	for (int i = 0; i < p->nsteps; i++)
		if (p->step[i].kind == STEP_SET_REGS &&
		    p->step[i].regs.set & SET_RIP)
			return true;
	return false;
}

void repro_step(struct repro *r, int i)
{
	const struct step *s = &r->p->step[i];

	switch (s->kind) {
	case STEP_CHECK_CAP:
		put_check_cap(r, s);
		break;
	case STEP_CAP:
		put_cap(r, s);
		break;
	case STEP_FILTER:
		put_filter(r, s);
		break;
	case STEP_IOCTL:
		put_ioctl(r, s);
		break;
	case STEP_VCPU:
		create_vcpu(r, s->vm, s->vcpu);
		break;
	case STEP_CLOSE:
		put_close(r, s);
		break;
	case STEP_IRQCHIP:
		put_irqchip(r, s);
		break;
	case STEP_CPUID:
		put_cpuid(r, s);
		break;
	case STEP_RDMSR:
	case STEP_WRMSR:
		repro_use(r, USE_access);
		if (lands(r->p))
			repro_use(r, USE_landing);
		put_access(r, s, i);
		break;
	case STEP_CODE:
	case STEP_SPIN:
		repro_use(r, USE_access);
		put_code(r, s, i);
		break;
	case STEP_RESUME:
		put_resume(r, s);
		break;
	default:
		put_state(r, s);
	}
}
