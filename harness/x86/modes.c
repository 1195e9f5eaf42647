// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU modes of a vCPU: what lies in its window for each (tables, payload),
 * the registers that its payload is entered with, and where and how the
 * operations of that payload execute.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../env.h"
#include "../run.h"
#include "guest.h"

extern const uint8_t guest_long64[], guest_long64_end[];
extern const uint8_t guest_prot32[], guest_prot32_end[];
extern const uint8_t guest_real16[], guest_real16_end[];

/* What every 32-bit mode leaves in the registers it has not. */
uint64_t guest_high_reg(int reg)
{
	return 0x5a00f00d00000000ULL + reg * 0x111;
}

static bool is_long(enum cpu_mode m)
{
	return m == MODE_LONG || m == MODE_COMPAT;
}

static bool is_16bit(enum cpu_mode m)
{
	return m >= MODE_PROT16;
}

/* Of the IDT, or the vector table. */
static unsigned gate_size(enum cpu_mode m)
{
	return is_long(m) ? 16 : mode_is_real(m) ? 4 : 8;
}

static unsigned gpa_of(const struct vcpu *v)
{
	return v->window - v->vm->mem;
}

static void put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, 4);
}

static void put64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, 8);
}

/* ---- the window ---- */

/* Virtual 0 to the end of the window, for user and kernel. */
static void make_pages(uint8_t *w, uint64_t gpa, enum cpu_mode m)
{
	if (m == MODE_PROT32 || m == MODE_PROT16 || m == MODE_V86) {
		put32(w + GUEST_PD, (gpa + GUEST_PT) | 7);
		for (unsigned i = 0; i < GUEST_WINDOW / 4096; i++)
			put32(w + GUEST_PT + 4 * i, (gpa + i * 4096) | 7);
		return;
	}
	put64(w + GUEST_PML4, (gpa + GUEST_PDPT) | 7);
	/* with PAE paging the last two bits are reserved there */
	put64(w + GUEST_PDPT, (gpa + GUEST_PD) | (is_long(m) ? 7 : 1));
	put64(w + GUEST_PD, (gpa + GUEST_PT) | 7);
	for (unsigned i = 0; i < GUEST_WINDOW / 4096; i++)
		put64(w + GUEST_PT + 8 * i, (gpa + i * 4096) | 7);
}

static void make_gdt(uint8_t *w, enum cpu_mode m)
{
	put64(w + GUEST_GDT + SEL_CODE, is_long(m) ?
	      0x00af9b000000ffff : 0x00cf9b000000ffff);
	put64(w + GUEST_GDT + SEL_DATA, 0x00cf93000000ffff);
	put64(w + GUEST_GDT + SEL_CODE32_3 - 3, 0x00cffb000000ffff);
	put64(w + GUEST_GDT + SEL_DATA3 - 3, 0x00cff3000000ffff);
	put64(w + GUEST_GDT + SEL_CODE3 - 3, 0x00affb000000ffff);
	put64(w + GUEST_GDT + SEL_TSS,
	      0x00008b0000000067 | (uint64_t)GUEST_TSS << 16);
	put64(w + GUEST_GDT + SEL_CODE32, 0x00cf9b000000ffff);
	put64(w + GUEST_GDT + SEL_CODE16,
	      0x00009b000000ffff | (uint64_t)GUEST_CODE << 16);
	put64(w + GUEST_GDT + SEL_CODE16_3 - 3,
	      0x0000fb000000ffff | (uint64_t)GUEST_CODE << 16);
}

/* Handlers are entered at the payload's stubs; `int` may come from CPL 3. */
static void make_idt(uint8_t *w, unsigned gpa, enum cpu_mode m)
{
	for (unsigned i = 0; i < NR_VECTORS; i++) {
		uint8_t *gate = w + GUEST_IDT + gate_size(m) * i;
		uint64_t off = GUEST_STUBS + 16 * i;
		uint64_t ist = !is_long(m) ? 0 : i == 2 ? 2 : 1;
		uint64_t type = i == VECTOR_RETURN ? 0xee : 0x8e;

		if (mode_is_real(m))
			put32(gate, off | gpa / 16 << 16);
		else
			put64(gate, off | SEL_CODE << 16 | ist << 32 | type << 40);
	}
}

static void make_tss(uint8_t *w, enum cpu_mode m)
{
	put64(w + GUEST_TSS + 4, GUEST_IST_TOP);	/* RSP0, ESP0 */
	if (is_long(m)) {
		put64(w + GUEST_TSS + 36, GUEST_IST_TOP);	/* IST1 */
		put64(w + GUEST_TSS + 44, GUEST_NMI_TOP);	/* IST2 */
	} else {
		put32(w + GUEST_TSS + 8, SEL_DATA);	/* SS0 */
	}
}

/* An SMI leaves neither IDT nor segments: from there into the payload. */
static void make_smi(uint8_t *w)
{
	static const uint8_t entry[] = {
		0x0f, 0x01, 0x1e, (GUEST_TSS & 0xff), GUEST_TSS >> 8, /* lidt */
		0xea, GUEST_PAYLOAD & 0xff, GUEST_PAYLOAD >> 8, 0, 0, /* ljmp */
	};

	put64(w + GUEST_TSS, (NR_VECTORS * gate_size(MODE_SMM) - 1) | GUEST_IDT << 16);
	memcpy(w + GUEST_SMI, entry, sizeof(entry));
}

static void make_window(struct vcpu *v)
{
	static const uint8_t reset[] = { 0xe6, GUEST_PORT_RESET, 0xf4 };
	uint8_t *w = v->window;
	enum cpu_mode m = v->mode;

	memcpy(w + GUEST_RESET, reset, sizeof(reset));
	/* page tables, IDT, GDT and TSS of the mode before this one */
	memset(w + GUEST_IDT, 0, GUEST_PAYLOAD - GUEST_IDT);
	make_pages(w, gpa_of(v), m);
	make_gdt(w, m);
	make_tss(w, m);
	make_idt(w, gpa_of(v), m);
	if (m == MODE_SMM)
		make_smi(w);
	put64(w + GUEST_CTL + CTL_RETURN, GUEST_RETURN);
	put64(w + GUEST_CTL + CTL_FAULT, GUEST_FAULT);
	if (is_long(m))
		memcpy(w + GUEST_PAYLOAD, guest_long64,
		       guest_long64_end - guest_long64);
	else if (mode_is_real(m))
		memcpy(w + GUEST_PAYLOAD, guest_real16,
		       guest_real16_end - guest_real16);
	else
		memcpy(w + GUEST_PAYLOAD, guest_prot32,
		       guest_prot32_end - guest_prot32);
}

/* ---- registers ---- */

static struct kvm_segment segment(unsigned sel, unsigned type, bool l)
{
	return (struct kvm_segment){
		.limit = 0xffffffff, .selector = sel, .type = type,
		.present = 1, .s = 1, .g = 1, .l = l, .db = !l,
	};
}

static struct kvm_segment real_segment(unsigned base, unsigned type)
{
	return (struct kvm_segment){
		.base = base, .limit = 0xffff, .selector = base / 16,
		.type = type, .present = 1, .s = 1,
	};
}

void guest_mode_sregs(const struct vcpu *v, struct kvm_sregs *s)
{
	unsigned gpa = gpa_of(v), gate = gate_size(v->mode);

	s->cs = segment(SEL_CODE, 0xb, is_long(v->mode));
	s->ds = segment(SEL_DATA, 3, false);
	s->tr = (struct kvm_segment){ .base = GUEST_TSS, .limit = 0x67,
				      .selector = SEL_TSS, .type = 0xb,
				      .present = 1 };
	s->ldt = (struct kvm_segment){ .unusable = 1 };
	s->gdt = (struct kvm_dtable){
		.base = GUEST_GDT, .limit = SEL_WRAP + 8 * GUEST_MAX_OPS - 1,
	};
	s->idt = (struct kvm_dtable){ .base = GUEST_IDT,
				      .limit = NR_VECTORS * gate - 1 };
	s->cr0 = 0x80010033;	/* PG WP NE ET MP PE */
	s->cr3 = gpa + GUEST_PML4;
	s->cr4 = 0x620;		/* PAE OSFXSR OSXMMEXCPT */
	s->efer = 0xd01;	/* NXE LMA LME SCE */
	if (v->mode == MODE_PAE) {
		s->cr3 = gpa + GUEST_PDPT;
	} else if (mode_is_real(v->mode)) {
		s->cs = real_segment(gpa, 0xb);
		s->ds = real_segment(gpa, 3);
		s->tr.base = 0;
		s->tr.selector = 0;
		s->tr.limit = 0xffff;
		s->gdt = (struct kvm_dtable){ .limit = 0xffff };
		s->idt = (struct kvm_dtable){ .base = gpa + GUEST_IDT,
					      .limit = NR_VECTORS * gate - 1 };
		s->cr0 = 0x30;	/* NE ET */
		s->cr3 = 0;
		s->cr4 = 0x600;
	} else if (!is_long(v->mode)) {
		s->cr3 = gpa + GUEST_PD;
		s->cr4 = 0x600;
	}
	if (!is_long(v->mode))
		s->efer = 0;
	s->es = s->fs = s->gs = s->ss = s->ds;
}

/* It is in SMM, or an SMI waits for its first KVM_RUN. */
static void leave_smm(struct vcpu *v)
{
	struct kvm_vcpu_events ev;

	must(ioctl(v->fd, KVM_GET_VCPU_EVENTS, &ev));
	ev.flags |= KVM_VCPUEVENT_VALID_SMM;
	memset(&ev.smi, 0, sizeof(ev.smi));
	must(ioctl(v->fd, KVM_SET_VCPU_EVENTS, &ev));
}

void guest_mode_set(struct vcpu *v, enum cpu_mode mode)
{
	if (v->mode == MODE_SMM)
		leave_smm(v);
	v->mode = mode;
	make_window(v);
	guest_enter_payload(v);
	if (mode == MODE_SMM)
		must(ioctl(v->fd, KVM_SMI));
}

/* ---- operations ---- */

unsigned guest_cs_base(enum cpu_mode m)
{
	return is_16bit(m) ? GUEST_CODE : 0;
}

/* Its last byte is that of the segment; the next code is at offset 0. */
static unsigned wrap_selector(uint8_t *window, unsigned op, uint64_t next)
{
	unsigned sel = SEL_WRAP + 8 * op;

	put64(window + GUEST_GDT + sel, 0x00cf9b000000ffff | next << 16);
	return sel;
}

void guest_mode_op(struct vcpu *v, int i, const struct step_access *a,
		   unsigned len)
{
	struct guest_op *o = guest_op(v, i);
	unsigned gpa = gpa_of(v);
	bool user = a && a->cpl == 3;

	o->ss = user ? SEL_DATA3 : SEL_DATA;
	switch (v->mode) {
	case MODE_LONG:
		o->cs = user ? SEL_CODE3 : SEL_CODE;
		break;
	case MODE_COMPAT:
	case MODE_PROT32:
	case MODE_PAE:
		o->cs = user ? SEL_CODE32_3 : SEL_CODE32;
		if (a && a->wraps) {
			o->cs = wrap_selector(v->window, i, o->rip + len);
			o->rip = (uint32_t)-len;
		}
		break;
	case MODE_PROT16:
		o->cs = user ? SEL_CODE16_3 : SEL_CODE16;
		break;
	case MODE_V86:
		o->rflags |= 0x20000;
		gpa = 0;
		/* fall through */
	default:
		o->cs = (gpa + GUEST_CODE) / 16;
		o->ss = (gpa + GUEST_STACK16) / 16;
		o->reg[GPR_RSP] = GUEST_OP_STACK - GUEST_STACK16;
	}
	o->rip -= guest_cs_base(v->mode);
}

/* ---- which there are ---- */

static bool has_smm(void)
{
	int fd = must(open("/dev/kvm", O_RDWR | O_CLOEXEC));
	bool has = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_X86_SMM) > 0;

	close(fd);
	return has;
}

/* In a child, since what KVM makes of such a guest may be anything. */
static bool runs_in_mode(const struct machine *m, enum cpu_mode mode)
{
	static struct program p;
	static struct outcome out[2];
	int status;
	pid_t pid;

	p.nsteps = 2;
	p.step[0].kind = STEP_VCPU;
	p.step[0].mode = mode;
	p.step[1].kind = STEP_CODE;
	p.step[1].code.len = 1;
	p.step[1].code.bytes[0] = 0x90;
	pid = must(fork());
	if (!pid) {
		run_program(m, &p, out, NULL, 2000);
		_exit(!(outcome_has(&out[1], F_END) &&
			out[1].val[F_END] == END_DONE));
	}
	must(waitpid(pid, &status, 0));
	return !status;
}

unsigned guest_probe_modes(const struct machine *m)
{
	unsigned modes = (1u << NR_MODES) - 1;

	if (!has_smm())
		modes &= ~(1u << MODE_SMM);
	if (m->dies_of_v86)
		modes &= ~(1u << MODE_V86);
	/* its emulator does not complete the accesses: EXIT-23 */
	if (m->wants_tss && m->eras & K510)
		modes &= ~(1u << MODE_REAL | 1u << MODE_SMM);
	/* kvm_intel and kvm_amd must have them; others emulate what they can */
	if (m->vendor == VENDOR_OTHER)
		for (int i = 0; i < NR_MODES; i++)
			if (modes >> i & 1 && !runs_in_mode(m, i))
				modes &= ~(1u << i);
	return modes;
}
