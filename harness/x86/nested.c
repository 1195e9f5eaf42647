// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested guests: what the host prepares for guest/nested_svm.S and
 * guest/nested_vmx.S, and what they recorded.  L2 begins with the state that
 * the payload of 64-bit mode is entered with, and has the memory of L1.
 * Offsets and encodings are those of the vendors' manuals.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../env.h"
#include "guest.h"

extern const uint8_t guest_nested_svm[], guest_nested_svm_end[];
extern const uint8_t guest_nested_vmx[], guest_nested_vmx_end[];

enum {
	MSR_FEATURE_CONTROL = 0x3a, MSR_SYSENTER_CS = 0x174,
	MSR_SYSENTER_ESP = 0x175, MSR_SYSENTER_EIP = 0x176,
	MSR_DEBUGCTL = 0x1d9, MSR_PAT = 0x277,
	MSR_VMX_BASIC = 0x480, MSR_VMX_PINBASED_CTLS = 0x481,
	MSR_VMX_PROCBASED_CTLS = 0x482, MSR_VMX_EXIT_CTLS = 0x483,
	MSR_VMX_ENTRY_CTLS = 0x484,
};
#define MSR_EFER		0xc0000080u
#define MSR_STAR		0xc0000081u
#define MSR_LSTAR		0xc0000082u
#define MSR_CSTAR		0xc0000083u
#define MSR_SYSCALL_MASK	0xc0000084u
#define MSR_FS_BASE		0xc0000100u
#define MSR_GS_BASE		0xc0000101u
#define MSR_KERNEL_GS_BASE	0xc0000102u
#define MSR_VM_HSAVE_PA		0xc0010117u

enum { EFER_SVME = 0x1000, CR4_VMXE = 0x2000, VECTOR_GP = 13,
	HV_MSR_BITMAP = 2 /* of Hyper-V's HV_SVM_ENLIGHTENMENTS */ };
#define NO_MEMORY	0x80000000ULL	/* behind that of a VM, before its APICs */
#define PAT_RESET	0x0007040600070406ULL

static uint64_t gpa(const struct vcpu *v, unsigned at)
{
	return v->window - v->vm->mem + at;
}

/* Where L1 says that its bitmaps are. */
static uint64_t bitmaps(const struct vcpu *v, const struct step_nested *n)
{
	return n->lost_bitmap ? NO_MEMORY : gpa(v, GUEST_MSRPM);
}

static uint64_t get_msr(struct vcpu *v, uint32_t index)
{
	_Alignas(8) uint8_t buf[sizeof(struct kvm_msrs) +
				sizeof(struct kvm_msr_entry)] = { 0 };
	struct kvm_msrs *m = (void *)buf;

	m->nmsrs = 1;
	m->entries[0].index = index;
	if (must(ioctl(v->fd, KVM_GET_MSRS, m)) != 1)
		env_die(__FILE__, __LINE__, "KVM_GET_MSRS of an MSR of VMX");
	return m->entries[0].data;
}

static void set_msr(struct vcpu *v, uint32_t index, uint64_t value)
{
	_Alignas(8) uint8_t buf[sizeof(struct kvm_msrs) +
				sizeof(struct kvm_msr_entry)] = { 0 };
	struct kvm_msrs *m = (void *)buf;

	m->nmsrs = 1;
	m->entries[0].index = index;
	m->entries[0].data = value;
	if (must(ioctl(v->fd, KVM_SET_MSRS, m)) != 1)
		env_die(__FILE__, __LINE__, "KVM_SET_MSRS for nested guests");
}

static void put16(uint8_t *p, uint16_t v)
{
	memcpy(p, &v, 2);
}

static void put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, 4);
}

static void put64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, 8);
}

/* The value that @n gives L2 in its state; false: none. */
static bool state_of(const struct step_nested *n, uint32_t index,
		     uint64_t *value)
{
	for (int i = 0; i < n->n; i++)
		if (n->item[i].what == NESTED_STATE &&
		    n->item[i].index == index) {
			*value = n->item[i].value;
			return true;
		}
	return false;
}

/* The registers that L2 begins with. */
static void l2_sregs(const struct vcpu *v, struct kvm_sregs *s)
{
	memset(s, 0, sizeof(*s));
	guest_mode_sregs(v, s);
}

/* ---- SVM ---- */

/* Two bits for each of 3 * 0x2000 MSRs: reads, writes. */
static void svm_permission_map(uint8_t *map, const struct step_nested *n)
{
	memset(map, n->all ? 0xff : 0, 0x2000);
	for (int i = 0; i < n->n; i++) {
		const struct nested_item *t = &n->item[i];
		unsigned nr = t->index < 0x2000 ? t->index :
			      t->index - 0xc0000000 < 0x2000 ?
			      t->index - 0xc0000000 + 0x2000 :
			      t->index - 0xc0010000 < 0x2000 ?
			      t->index - 0xc0010000 + 0x4000 : 0x8000;

		if (t->what <= NESTED_WRITE && nr < 0x6000)
			map[nr / 4] |= 1 << (nr % 4 * 2 + t->what);
	}
}

static void svm_segment(uint8_t *p, const struct kvm_segment *s)
{
	put16(p, s->selector);
	put16(p + 2, s->type | s->s << 4 | s->dpl << 5 | s->present << 7 |
		     s->avl << 8 | s->l << 9 | s->db << 10 | s->g << 11);
	put32(p + 4, s->limit);
	put64(p + 8, s->base);
}

static void svm_table(uint8_t *p, const struct kvm_dtable *t)
{
	put32(p + 4, t->limit);
	put64(p + 8, t->base);
}

static void svm_vmcb(struct vcpu *v, const struct step_nested *n)
{
	/* MSRs of the save area, by VMRUN (EFER, PAT) or VMLOAD */
	static const struct { uint32_t index; uint16_t at; } area[] = {
		{ MSR_EFER, 0xd0 }, { MSR_STAR, 0x200 }, { MSR_LSTAR, 0x208 },
		{ MSR_CSTAR, 0x210 }, { MSR_SYSCALL_MASK, 0x218 },
		{ MSR_KERNEL_GS_BASE, 0x220 }, { MSR_SYSENTER_CS, 0x228 },
		{ MSR_SYSENTER_ESP, 0x230 }, { MSR_SYSENTER_EIP, 0x238 },
		{ MSR_PAT, 0x268 }, { MSR_FS_BASE, 0x48 },
		{ MSR_GS_BASE, 0x58 },
	};
	uint8_t *c = v->window + GUEST_NEW_VMCB, *save = c + 0x400;
	struct kvm_sregs s;
	uint64_t value;

	l2_sregs(v, &s);
	memset(c, 0, 4096);
	put32(c + 0x008, n->gp << VECTOR_GP);
	put32(c + 0x00c, (n->no_bitmap ? 0 : 1u << 28) | 1u << 31);
	put32(c + 0x010, 3);			/* VMRUN, VMMCALL */
	put64(c + 0x048, bitmaps(v, n));
	put32(c + 0x058, 1);			/* ASID */
	if (n->enlightened) {
		/* the hypervisor's own fields, and the clean bit of these */
		put32(c + 0x0c0, 1u << 31);
		put32(c + 0x3e0, HV_MSR_BITMAP);
	}
	svm_segment(save, &s.es);
	svm_segment(save + 0x10, &s.cs);
	svm_segment(save + 0x20, &s.ss);
	svm_segment(save + 0x30, &s.ds);
	svm_segment(save + 0x40, &s.fs);
	svm_segment(save + 0x50, &s.gs);
	svm_table(save + 0x60, &s.gdt);
	svm_table(save + 0x80, &s.idt);
	svm_segment(save + 0x90, &s.tr);
	put64(save + 0xd0, s.efer | EFER_SVME);
	put64(save + 0x148, s.cr4);
	put64(save + 0x150, s.cr3);
	put64(save + 0x158, s.cr0);
	put64(save + 0x160, 0x400);		/* DR7 */
	put64(save + 0x168, 0xffff0ff0);	/* DR6 */
	put64(save + 0x268, PAT_RESET);
	for (size_t i = 0; i < ARRAY_SIZE(area); i++)
		if (state_of(n, area[i].index, &value))
			put64(save + area[i].at, value);
	svm_permission_map(v->window + GUEST_MSRPM, n);
}

static void svm_begin(struct vcpu *v)
{
	struct kvm_sregs s;

	must(ioctl(v->fd, KVM_GET_SREGS, &s));
	s.efer |= EFER_SVME;
	must(ioctl(v->fd, KVM_SET_SREGS, &s));
	set_msr(v, MSR_VM_HSAVE_PA, gpa(v, GUEST_HSAVE));
	memcpy(v->window + GUEST_ENTER, guest_nested_svm,
	       guest_nested_svm_end - guest_nested_svm);
}

/* ---- VMX ---- */

/* Four bitmaps: reads of the low and the high range, writes of both. */
static void vmx_bitmaps(uint8_t *map, const struct step_nested *n)
{
	memset(map, n->all ? 0xff : 0, 0x1000);
	for (int i = 0; i < n->n; i++) {
		const struct nested_item *t = &n->item[i];
		uint32_t bit = t->index & 0x1fff;
		unsigned at = t->what == NESTED_WRITE ? 0x800 : 0;

		if (t->what > NESTED_WRITE)
			continue;
		if (t->index - 0xc0000000 < 0x2000)
			at += 0x400;
		else if (t->index >= 0x2000)
			continue;
		map[at + bit / 8] |= 1 << bit % 8;
	}
}

/* The entries of one list; their number. */
static unsigned vmx_list(uint8_t *p, const struct step_nested *n,
			 enum nested_what what)
{
	unsigned count = 0;

	for (int i = 0; i < n->n; i++) {
		if (n->item[i].what != what)
			continue;
		put32(p + 16 * count, n->item[i].index);
		put32(p + 16 * count + 4, 0);
		put64(p + 16 * count++ + 8, n->item[i].value);
	}
	return count;
}

struct fields {
	uint8_t *at;
};

static void field(struct fields *f, uint32_t encoding, uint64_t value)
{
	put64(f->at, encoding);
	put64(f->at + 8, value);
	f->at += 16;
}

/* @want with what a capability MSR says must be set, and may be. */
static uint64_t allowed(struct vcpu *v, uint32_t capability, uint32_t want)
{
	uint64_t c = get_msr(v, capability);

	return (want | (uint32_t)c) & c >> 32;
}

static void vmx_segment(struct fields *f, unsigned nr,
			const struct kvm_segment *s)
{
	field(f, 0x800 + 2 * nr, s->selector);
	field(f, 0x4800 + 2 * nr, s->limit);
	field(f, 0x4814 + 2 * nr, s->type | s->s << 4 | s->dpl << 5 |
	      s->present << 7 | s->avl << 12 | s->l << 13 | s->db << 14 |
	      s->g << 15 | s->unusable << 16);
	field(f, 0x6806 + 2 * nr, s->base);
}

static void vmx_guest_state(struct vcpu *v, struct fields *f,
			    const struct step_nested *n)
{
	struct kvm_sregs s;
	const struct kvm_segment *seg[] = { &s.es, &s.cs, &s.ss, &s.ds, &s.fs,
					    &s.gs, &s.ldt, &s.tr };
	static const struct { uint32_t index; uint16_t field; } msrs[] = {
		{ MSR_SYSENTER_CS, 0x482a }, { MSR_SYSENTER_ESP, 0x6824 },
		{ MSR_SYSENTER_EIP, 0x6826 }, { MSR_FS_BASE, 0x680e },
		{ MSR_GS_BASE, 0x6810 }, { MSR_DEBUGCTL, 0x2802 },
		{ MSR_PAT, 0x2804 }, { MSR_EFER, 0x2806 },
	};

	l2_sregs(v, &s);
	for (unsigned i = 0; i < ARRAY_SIZE(seg); i++)
		vmx_segment(f, i, seg[i]);
	field(f, 0x6816, s.gdt.base);
	field(f, 0x4810, s.gdt.limit);
	field(f, 0x6818, s.idt.base);
	field(f, 0x4812, s.idt.limit);
	field(f, 0x6800, s.cr0);
	field(f, 0x6802, s.cr3);
	field(f, 0x6804, s.cr4 | CR4_VMXE);
	field(f, 0x681a, 0x400);		/* DR7 */
	field(f, 0x681c, GUEST_STACK_TOP);
	field(f, 0x681e, GUEST_PAYLOAD);
	field(f, 0x6820, 2);			/* RFLAGS */
	field(f, 0x4824, 0);			/* interruptibility */
	field(f, 0x4826, 0);			/* activity */
	field(f, 0x6822, 0);			/* pending debug exceptions */
	field(f, 0x2800, ~0ULL);		/* VMCS link */
	field(f, 0x482a, 0);
	field(f, 0x6824, 0);
	field(f, 0x6826, 0);
	field(f, 0x2802, 0);
	for (size_t i = 0; i < ARRAY_SIZE(msrs); i++) {
		uint64_t value;

		if (state_of(n, msrs[i].index, &value))
			field(f, msrs[i].field, value);
	}
}

/* L1 as the payload has it, but for RIP: that knows L1 alone. */
static void vmx_host_state(struct vcpu *v, struct fields *f)
{
	struct kvm_sregs s;

	l2_sregs(v, &s);
	for (unsigned i = 0; i < 6; i++)	/* ES CS SS DS FS GS */
		field(f, 0xc00 + 2 * i, i == 1 ? SEL_CODE : SEL_DATA);
	field(f, 0xc0c, SEL_TSS);
	field(f, 0x6c00, s.cr0);
	field(f, 0x6c02, s.cr3);
	field(f, 0x6c04, s.cr4 | CR4_VMXE);
	field(f, 0x6c06, 0);			/* FS, GS */
	field(f, 0x6c08, 0);
	field(f, 0x6c0a, s.tr.base);
	field(f, 0x6c0c, s.gdt.base);
	field(f, 0x6c0e, s.idt.base);
	field(f, 0x4c00, 0);			/* SYSENTER */
	field(f, 0x6c10, 0);
	field(f, 0x6c12, 0);
	field(f, 0x6c14, GUEST_STACK_TOP);
	field(f, 0x2c00, PAT_RESET);
	field(f, 0x2c02, s.efer);
}

static void vmx_controls(struct vcpu *v, struct fields *f,
			 const struct step_nested *n)
{
	uint64_t any;
	/* what is loaded at entry is taken back at exit */
	uint32_t entry = 1u << 9 | (state_of(n, MSR_DEBUGCTL, &any) << 2) |
			 (state_of(n, MSR_PAT, &any) << 14) |
			 (state_of(n, MSR_EFER, &any) << 15);
	uint32_t exit = 1u << 9 | (state_of(n, MSR_PAT, &any) << 19) |
			(state_of(n, MSR_EFER, &any) << 21);
	unsigned lists = GUEST_LISTS + 0x400 * v->lists;
	unsigned load = lists, store = lists + 0x100, back = lists + 0x200;
	unsigned stores = vmx_list(v->window + store, n, NESTED_STORE);

	field(f, 0x4000, allowed(v, MSR_VMX_PINBASED_CTLS, 0));
	field(f, 0x4002, allowed(v, MSR_VMX_PROCBASED_CTLS,
				 n->no_bitmap ? 0 : 1u << 28));
	field(f, 0x400c, allowed(v, MSR_VMX_EXIT_CTLS, exit));
	field(f, 0x4012, allowed(v, MSR_VMX_ENTRY_CTLS, entry));
	field(f, 0x4004, n->gp << VECTOR_GP);
	field(f, 0x4006, 0);			/* #PF error code mask, */
	field(f, 0x4008, 0);			/* match */
	field(f, 0x400a, 0);			/* CR3 targets */
	field(f, 0x4016, 0);			/* event to inject */
	field(f, 0x6000, 0);			/* CR0, CR4 masks */
	field(f, 0x6002, 0);
	field(f, 0x2004, bitmaps(v, n));
	field(f, 0x2006, gpa(v, store));
	field(f, 0x2008, gpa(v, back));
	field(f, 0x200a, gpa(v, load));
	field(f, 0x400e, stores);
	field(f, 0x4010, vmx_list(v->window + back, n, NESTED_EXIT_LOAD));
	field(f, 0x4014, vmx_list(v->window + load, n, NESTED_LOAD));
	guest_ctl(v)->stored = stores ? store + 16 * (stores - 1) + 8 : 0;
}

static void vmx_fields(struct vcpu *v, const struct step_nested *n)
{
	struct fields f = { v->window + GUEST_FIELDS };

	/* the lists in force until L2 is left stay as they are */
	v->lists = !v->lists;
	vmx_controls(v, &f, n);
	vmx_guest_state(v, &f, n);
	vmx_host_state(v, &f);
	put64(f.at, ~0ULL);
	vmx_bitmaps(v->window + GUEST_MSRPM, n);
}

_Static_assert(GUEST_LISTS - GUEST_FIELDS >= 16 * 110, "room for the fields");

static void vmx_begin(struct vcpu *v)
{
	uint32_t revision = get_msr(v, MSR_VMX_BASIC);

	set_msr(v, MSR_FEATURE_CONTROL, 5);	/* VMXON, locked */
	put32(v->window + GUEST_HOST, revision);
	put32(v->window + GUEST_VMCB, revision);
	memcpy(v->window + GUEST_ENTER, guest_nested_vmx,
	       guest_nested_vmx_end - guest_nested_vmx);
}

/* ---- both ---- */

void guest_nested(struct vcpu *v, const struct step *s, struct outcome *o)
{
	bool intel = v->vm->env->machine->vendor == VENDOR_INTEL;
	bool busy = v->held >= 0 || v->paused >= 0;

	outcome_set(o, F_RET, busy ? (u64)-1 : 0);
	outcome_set(o, F_ERRNO, busy ? EBUSY : 0);
	if (busy || v->dead)
		return;
	if (!v->nested) {
		guest_ctl(v)->host = gpa(v, GUEST_HOST);
		guest_ctl(v)->guest = gpa(v, GUEST_VMCB);
		if (intel)
			vmx_begin(v);
		else
			svm_begin(v);
		v->nested = true;
	}
	guest_ctl(v)->fresh = 1;
	if (intel)
		vmx_fields(v, &s->nested);
	else
		svm_vmcb(v, &s->nested);
}

static enum l1_exit svm_exit(const struct guest_rec *r)
{
	if (r->l1_code == 0x7c)
		return r->l1_info == 1 ? L1_WRMSR : L1_RDMSR;
	if (r->l1_code == 0x40 + VECTOR_GP)
		return L1_GP;
	return r->l1_code == ~0ULL ? L1_ENTRY_FAILED : L1_OTHER;
}

static enum l1_exit vmx_exit(const struct guest_rec *r)
{
	if (r->l1_code >> 31 == 1)
		return L1_ENTRY_FAILED;
	if (r->l1_code == 31 || r->l1_code == 32)
		return r->l1_code == 31 ? L1_RDMSR : L1_WRMSR;
	return !r->l1_code && (r->l1_event & 0xff) == VECTOR_GP ? L1_GP :
								   L1_OTHER;
}

bool guest_nested_end(struct vcpu *v, const struct guest_rec *r,
		      struct outcome *o)
{
	bool intel = v->vm->env->machine->vendor == VENDOR_INTEL;

	if (r->vector != VECTOR_L1)
		return false;
	outcome_set(o, F_END, END_L1);
	outcome_set(o, F_L1, intel ? vmx_exit(r) : svm_exit(r));
	outcome_set(o, F_L1_CODE, r->l1_code);
	outcome_set(o, F_L1_INFO, r->l1_info);
	outcome_set(o, F_L1_EVENT, r->l1_event);
	outcome_set(o, F_L1_STORED, r->l1_stored);
	return true;
}

enum { NESTED_STATE_MAX = 16384 };

static struct kvm_nested_state *nested_state(struct vcpu *v)
{
	static _Alignas(8) __thread uint8_t buf[NESTED_STATE_MAX];
	struct kvm_nested_state *n = (void *)buf;

	memset(buf, 0, sizeof(buf));
	n->size = sizeof(buf);
	must(ioctl(v->fd, KVM_GET_NESTED_STATE, n));
	return n;
}

void guest_nested_state(struct vcpu *v, struct outcome *o)
{
	struct kvm_nested_state *n;
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	int r;

	/* the `out` it is at completes first; then as a migration does */
	if (v->held < 0 && v->paused < 0) {
		v->run->immediate_exit = 1;
		ioctl(v->fd, KVM_RUN, 0);
		v->run->immediate_exit = 0;
	}
	must(ioctl(v->fd, KVM_GET_SREGS, &sregs));
	must(ioctl(v->fd, KVM_GET_REGS, &regs));
	n = nested_state(v);
	r = ioctl(v->fd, KVM_SET_NESTED_STATE, n);
	must(ioctl(v->fd, KVM_SET_SREGS, &sregs));
	must(ioctl(v->fd, KVM_SET_REGS, &regs));
	outcome_set(o, F_ERRNO, r ? errno : 0);
	outcome_set(o, F_RET, r);
}

void guest_nested_copy(struct vcpu *from, struct vcpu *to)
{
	bool intel = from->vm->env->machine->vendor == VENDOR_INTEL;
	struct kvm_sregs s;

	/* what KVM_SET_NESTED_STATE wants to find */
	if (intel) {
		set_msr(to, MSR_FEATURE_CONTROL, 5);
	} else {
		must(ioctl(to->fd, KVM_GET_SREGS, &s));
		s.efer |= EFER_SVME;
		must(ioctl(to->fd, KVM_SET_SREGS, &s));
		set_msr(to, MSR_VM_HSAVE_PA, gpa(to, GUEST_HSAVE));
	}
	to->nested = true;
	to->lists = from->lists;
	must(ioctl(from->fd, KVM_GET_SREGS, &s));
	must(ioctl(to->fd, KVM_SET_SREGS, &s));
	must(ioctl(to->fd, KVM_SET_NESTED_STATE, nested_state(from)));
}
