// SPDX-License-Identifier: GPL-2.0-only
/*
 * What bench measures on x86.  Engine and bare loop share a VM, so that they
 * share its filter, and have a vCPU each.  The bare side is what anyone would
 * write by hand: nothing is recorded, nothing is checked.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../../fuzz/target.h"
#include "../bench.h"
#include "../env.h"
#include "../run.h"
#include "../text.h"
#include "abi.h"
#include "guest.h"

enum {
	EXITING = 2 * SWEEP_MAX, /* accesses of a sample that exit or fault */
	QUIET = 16 * SWEEP_MAX,	/* and of one whose accesses do neither */
	PIECE = 16 * SWEEP_MAX,		/* indices of a piece of `deflect sweep` */
	ACCESSES_MAX = 10,		/* of a bare case */
	NOWHERE = 0xdeadbe00,	/* an MSR that no KVM knows, */
	INTERCEPTED = 0x17a,	/* MCG_STATUS: one that each handles itself, */
	PASSED_THROUGH = 0xc0000100, /* FS_BASE: and one that it lets through */
};

enum { VM_EXITS, VM_FAULTS, VM_ALLOWS };
enum { VCPU_ENGINE, VCPU_BARE };

static const struct machine *machine;
static struct env env;
static struct program setup;
static struct outcome setup_out[MAX_STEPS];
static struct program fresh_case, sweep_case, fuzz_input;

static const char setup_text[] =
"cap 0x7\n"
"filter deny range rw 0x10+1 = 0\n"
"vm1: cap 0x0\n"
"vm1: filter deny range rw 0x10+1 = 0\n"
"vm2: cap 0x7\n"
"vm2: filter allow range rw 0x10+1 = 0\n";

static void parse(struct program *p, const char *text)
{
	struct text_error err;

	if (!text_parse(p, text, strlen(text), &err))
		env_die(__FILE__, __LINE__, err.what);
}

void arch_bench_begin(const struct machine *m)
{
	char text[128];

	machine = m;
	parse(&setup, setup_text);
	parse(&fresh_case, "cap 0x4\nfilter deny range rw 0x10+1 = 0\n"
			   "rdmsr 0xdeadbe00\n");
	snprintf(text, sizeof(text), "cap 0x7\n"
		 "filter deny range rw 0x10+1 = 0\nsweep r 0x%x..0x%x\n",
		 NOWHERE, NOWHERE + PIECE - 1);
	parse(&sweep_case, text);
	parse(&fuzz_input, "cap 0x4\nfilter deny range rw 0x10+1 = 0\n"
	      "rdmsr 0xdeadbe00\nrdmsr 0xdeadbe01\nrdmsr 0xdeadbe02\n"
	      "rdmsr 0xdeadbe03\nrdmsr 0xdeadbe04\nrdmsr 0xdeadbe05\n"
	      "rdmsr 0xdeadbe06\nrdmsr 0xdeadbe07\nrdmsr 0xdeadbe08\n"
	      "rdmsr 0xdeadbe09\n");
	env_begin(&env, m, &setup, setup_out, 20000);
	for (int i = 0; i < setup.nsteps; i++) {
		run_step(&env, i);
		if (setup_out[i].val[F_ERRNO])
			env_die(__FILE__, __LINE__, "filter or capability");
	}
}

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

/*
 * What this process and its children have spent: an access waits for nothing,
 * and what else the machine does must not count.
 */
static double cpu_ns(void)
{
	struct timespec ts;
	struct rusage r;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	getrusage(RUSAGE_CHILDREN, &r);
	return (ts.tv_sec + r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e9 +
	       ts.tv_nsec +
	       (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e3;
}

/* ---- accesses: the engine ---- */

/* Nanoseconds an access. */
static double engine_accesses(unsigned vm, u32 index, u32 stride, unsigned n)
{
	static struct sweep_seen exits[SWEEP_MAX];
	struct vcpu *v = env_vcpu(&env, vm, VCPU_ENGINE);
	struct guest_sweep g = { .index = index, .stride = stride };
	struct outcome lost;
	double began = cpu_ns();

	for (unsigned done = 0; done < n; done += g.n) {
		g.n = n - done < SWEEP_MAX ? n - done : SWEEP_MAX;
		if (guest_sweep(v, &g, exits, &lost) != g.n)
			env_die(__FILE__, __LINE__, "the vCPU was lost");
		g.index += g.n * stride;
	}
	return (cpu_ns() - began) / n;
}

/* ---- accesses: by hand ---- */

/*
 *	0:	mov %edi, %esi; mov %ebx, %ecx; jmp 1f
 *		mov $STACK, %esp; inc %ecx; dec %esi; jz 2f	where #GP leads
 *	1:	rdmsr; [inc %ecx;] dec %esi; jnz 1b
 *	2:	out %al, $DONE; jmp 0b
 */
enum { BARE_FAULT = GUEST_CODE + 6 };
#define BARE_BEGIN							\
	0x89, 0xfe, 0x89, 0xd9, 0xeb, 0x0b,				\
	0xbc, 0, GUEST_STACK_TOP >> 8, 0, 0, 0xff, 0xc1, 0xff, 0xce, 0x74, 8
static const uint8_t bare_sweep[] = {
	BARE_BEGIN, 0x0f, 0x32, 0xff, 0xc1, 0xff, 0xce, 0x75, 0xf8,
	0xe6, GUEST_PORT_DONE, 0xeb, 0xe3,
};
static const uint8_t bare_repeat[] = {
	BARE_BEGIN, 0x0f, 0x32, 0xff, 0xce, 0x75, 0xfa,
	0xe6, GUEST_PORT_DONE, 0xeb, 0xe5,
};

static void bare_prepare(struct vcpu *v, u32 index, u32 stride, unsigned n)
{
	struct kvm_regs r = { .rflags = 2, .rip = GUEST_CODE,
			      .rsp = GUEST_STACK_TOP, .rbx = index, .rdi = n };
	uint8_t *code = v->window + GUEST_CODE;

	/* complete what the last sample ended with */
	v->run->immediate_exit = 1;
	ioctl(v->fd, KVM_RUN, 0);
	v->run->immediate_exit = 0;
	v->run->kvm_valid_regs = 0;
	if (stride)
		memcpy(code, bare_sweep, sizeof(bare_sweep));
	else
		memcpy(code, bare_repeat, sizeof(bare_repeat));
	guest_ctl(v)->fault = BARE_FAULT;
	must(ioctl(v->fd, KVM_SET_REGS, &r));
}

static double bare_accesses(unsigned vm, u32 index, u32 stride, unsigned n)
{
	struct vcpu *v = env_vcpu(&env, vm, VCPU_BARE);
	struct kvm_run *run = v->run;
	double began;

	bare_prepare(v, index, stride, n);
	began = cpu_ns();
	for (;;) {
		must(ioctl(v->fd, KVM_RUN, 0));
		if (run->exit_reason == EXIT_X86_RDMSR) {
			run->msr.data = 0;
			continue;
		}
		if (run->exit_reason == KVM_EXIT_IO)
			return (cpu_ns() - began) / n;
		env_die(__FILE__, __LINE__, "bare loop");
	}
}

#define ACCESSES(name, vm, index, stride, n)				\
static double name##_engine(void)					\
{									\
	return engine_accesses(vm, index, stride, n);			\
}									\
static double name##_bare(void)						\
{									\
	return bare_accesses(vm, index, stride, n);			\
}

ACCESSES(exits, VM_EXITS, NOWHERE, 0, EXITING)
ACCESSES(quiet, VM_ALLOWS, INTERCEPTED, 0, QUIET)
ACCESSES(through, VM_ALLOWS, PASSED_THROUGH, 0, QUIET)
ACCESSES(sweep_exits, VM_EXITS, NOWHERE, 1, EXITING)
ACCESSES(sweep_faults, VM_FAULTS, NOWHERE, 1, EXITING)

/* ---- a piece of `deflect sweep` ---- */

static double piece_engine(void)
{
	double began = cpu_ns();

	bench_case(machine, &sweep_case);
	return (cpu_ns() - began) / PIECE;
}

static double piece_bare(void)
{
	return bare_accesses(VM_EXITS, NOWHERE, 1, PIECE);
}

/* ---- a fresh case ---- */

static double fresh_engine(void)
{
	double began = now_ns();

	bench_case(machine, &fresh_case);
	return (now_ns() - began) / 1000;
}

/* SRCU waits long if its last grace period ended less than 25 us ago. */
static void pause_for_srcu(void)
{
	nanosleep(&(struct timespec){ 0, 30000 }, NULL);
}

static struct kvm_cpuid2 *supported_cpuid(int kvm)
{
	enum { ENTRIES = 256 };
	static _Alignas(8) uint8_t buf[sizeof(struct kvm_cpuid2) +
				ENTRIES * sizeof(struct kvm_cpuid_entry2)];
	struct kvm_cpuid2 *c = (void *)buf;

	c->nent = ENTRIES;
	must(ioctl(kvm, KVM_GET_SUPPORTED_CPUID, c));
	return c;
}

/* The guest makes @n accesses. */
static void fresh_vcpu(int kvm, int vm, uint8_t *mem, int n)
{
	/* rdmsr; ...; out %al, $DONE */
	static const uint8_t code[] = {
		0x0f, 0x32, 0x0f, 0x32, 0x0f, 0x32, 0x0f, 0x32, 0x0f, 0x32,
		0x0f, 0x32, 0x0f, 0x32, 0x0f, 0x32, 0x0f, 0x32, 0x0f, 0x32,
		0xe6, GUEST_PORT_DONE,
	};
	struct kvm_regs r = { .rip = 0x1000, .rflags = 2, .rcx = NOWHERE };
	size_t size = must(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	int fd = must(ioctl(vm, KVM_CREATE_VCPU, 0));
	struct kvm_run *run = mmap(NULL, size, PROT_READ | PROT_WRITE,
				   MAP_SHARED, fd, 0);
	struct kvm_sregs s;

	if (run == MAP_FAILED)
		env_die(__FILE__, __LINE__, "mmap");
	memcpy(mem + 0x1000, code + 2 * (ACCESSES_MAX - n),
	       sizeof(code) - 2 * (ACCESSES_MAX - n));
	must(ioctl(fd, KVM_SET_CPUID2, supported_cpuid(kvm)));
	must(ioctl(fd, KVM_GET_SREGS, &s));
	s.cs.base = s.cs.selector = 0;
	must(ioctl(fd, KVM_SET_SREGS, &s));
	must(ioctl(fd, KVM_SET_REGS, &r));
	for (int i = 0; i < n; i++) {
		must(ioctl(fd, KVM_RUN, 0));
		if (run->exit_reason != EXIT_X86_RDMSR)
			env_die(__FILE__, __LINE__, "bare case");
	}
	must(ioctl(fd, KVM_RUN, 0));
	munmap(run, size);
	close(fd);
}

static double bare_case(int accesses)
{
	uint8_t bits[8] = { 0 };
	struct kvm_enable_cap cap = { .cap = CAP_X86_USER_SPACE_MSR,
				      .args = { REASON_FILTER } };
	struct kvm_msr_filter filter = {
		.flags = FILTER_DEFAULT_DENY,
		.ranges[0] = { .flags = RANGE_READ | RANGE_WRITE, .nmsrs = 1,
			       .base = 0x10, .bitmap = bits },
	};
	struct kvm_userspace_memory_region slot = {
		.memory_size = ARCH_MEM_USED,
	};
	double began = now_ns();
	int kvm = must(open("/dev/kvm", O_RDWR | O_CLOEXEC));
	int vm = must(ioctl(kvm, KVM_CREATE_VM, 0));
	uint8_t *mem = mmap(NULL, ARCH_MEM_USED, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		env_die(__FILE__, __LINE__, "mmap");
	slot.userspace_addr = (uintptr_t)mem;
	must(ioctl(vm, KVM_ENABLE_CAP, &cap));
	pause_for_srcu();
	must(ioctl(vm, KVM_X86_SET_MSR_FILTER, &filter));
	pause_for_srcu();
	must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot));
	fresh_vcpu(kvm, vm, mem, accesses);
	close(vm);
	munmap(mem, ARCH_MEM_USED);
	close(kvm);
	return (now_ns() - began) / 1000;
}

static double fresh_bare(void)
{
	return bare_case(1);
}

/* ---- an input of the fuzzer: the mean of a batch, as its VMs come in those ---- */

enum { BATCH = 32 };

static double fuzz_engine(void)
{
	static struct fuzz_result res;
	double began;

	if (!target_uses_stock && !target_use(machine))
		env_die(__FILE__, __LINE__, "fuzz target");
	target_uses_stock = true;
	began = now_ns();
	for (int i = 0; i < BATCH; i++) {
		target_run(&fuzz_input, NULL, &res);
		if (res.verdict != FUZZ_PASS)
			env_die(__FILE__, __LINE__, res.text);
	}
	return (now_ns() - began) / 1000 / BATCH;
}

static double fuzz_bare(void)
{
	double sum = 0;

	for (int i = 0; i < BATCH; i++)
		sum += bare_case(ACCESSES_MAX);
	return sum / BATCH;
}

const struct bench_figure arch_figures[] = {
	{ "denied read that exits, the engine's loop", "a KVM_RUN loop",
	  1.15, "CPU ns an access", 31, exits_engine, exits_bare },
	{ "read that KVM intercepts, no exit", "a guest loop",
	  1.1, "CPU ns an access", 15, quiet_engine, quiet_bare },
	{ "read of FS_BASE, passed through if the CPU can", "a guest loop",
	  3, "CPU ns an access", 15, through_engine, through_bare },
	{ "sweep with exits", "a guest loop and a KVM_RUN loop",
	  1.1, "CPU ns an access", 31, sweep_exits_engine, sweep_exits_bare },
	{ "sweep with #GP", "a guest loop with a handler",
	  1.1, "CPU ns an access", 31, sweep_faults_engine, sweep_faults_bare },
	{ "a piece of deflect sweep, judged", "the same bare",
	  1.11, "CPU ns an access", 7, piece_engine, piece_bare },
	{ "fresh case in its process, judged",
	  "the same ioctls with spaced grace periods",
	  2, "us a case", 31, fresh_engine, fresh_bare },
	{ "input of the fuzzer, 10 accesses, judged",
	  "the same ioctls with spaced grace periods",
	  1.67, "us an input", 15, fuzz_engine, fuzz_bare },
	{ 0 },
};
