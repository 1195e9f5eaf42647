// SPDX-License-Identifier: GPL-2.0-only
/*
 * x86 host steps: each performs its ioctl with exactly the arguments that the
 * program says and records what came back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "../env.h"
#include "../init.h"
#include "abi.h"
#include "guest.h"

/* The structs as the 64-bit ABI has them; headers may be older than it. */
struct abi_range {
	u32 flags, nmsrs, base, hole;
	u64 bitmap;
};

struct abi_filter {
	u32 flags, hole;
	struct abi_range range[MAX_RANGES];
};

/* And as the 32-bit one has them: no holes. */
struct abi_range_32 {
	u32 flags, nmsrs, base, bitmap;
};

struct abi_filter_32 {
	u32 flags;
	struct abi_range_32 range[MAX_RANGES];
};

_Static_assert(sizeof(struct abi_filter_32) == 260, "its 32-bit form");
_Static_assert(sizeof(struct abi_filter) == 392, "struct kvm_msr_filter");
_Static_assert(sizeof(struct kvm_enable_cap) == 104, "struct kvm_enable_cap");
_Static_assert(KVM_X86_SET_MSR_FILTER == SET_MSR_FILTER ||
	       sizeof(struct kvm_msr_filter) != 392, "request number");
_Static_assert(KVM_CAP_X86_USER_SPACE_MSR == CAP_X86_USER_SPACE_MSR &&
	       KVM_CAP_X86_MSR_FILTER == CAP_X86_MSR_FILTER &&
	       KVM_EXIT_X86_RDMSR == EXIT_X86_RDMSR &&
	       KVM_EXIT_X86_WRMSR == EXIT_X86_WRMSR &&
	       KVM_MSR_EXIT_REASON_INVAL == REASON_INVAL &&
	       KVM_MSR_EXIT_REASON_UNKNOWN == REASON_UNKNOWN &&
	       KVM_MSR_EXIT_REASON_FILTER == REASON_FILTER &&
	       KVM_MSR_FILTER_READ == RANGE_READ &&
	       KVM_MSR_FILTER_WRITE == RANGE_WRITE &&
	       KVM_MSR_FILTER_DEFAULT_DENY == FILTER_DEFAULT_DENY &&
	       KVM_MSR_FILTER_MAX_RANGES == MAX_RANGES &&
	       KVM_MSR_FILTER_MAX_BITMAP_SIZE * 8 == MAX_RANGE_MSRS,
	       "abi.h disagrees with <linux/kvm.h>");

static void record_ret(struct outcome *o, long r)
{
	outcome_set(o, F_ERRNO, r < 0 ? errno : 0);
	outcome_set(o, F_RET, r < 0 ? (u64)-1 : (u64)r);
}

/* The struct of a filter step with its bitmaps; obj[0] is the struct. */
struct made_filter {
	struct object obj[1 + MAX_RANGES];
	int n;
};

static void shrink_filter(struct abi_filter_32 *to, const struct abi_filter *a)
{
	to->flags = a->flags;
	for (int i = 0; i < MAX_RANGES; i++)
		to->range[i] = (struct abi_range_32){
			a->range[i].flags, a->range[i].nmsrs,
			a->range[i].base, a->range[i].bitmap,
		};
}

static void make_filter(struct made_filter *m, struct vm *vm,
			const struct step *s)
{
	const struct step_filter *f = &s->filter;
	struct abi_filter_32 small;
	struct abi_filter a;
	u8 bits[0x600];
	int first = 0;

	memset(&a, f->pad, sizeof(a));
	a.flags = f->flags;
	m->n = 1;
	for (int i = 0; i < MAX_RANGES; i++) {
		const struct range *r = &f->range[i];
		u64 bytes = bitmap_bytes(r->nmsrs);
		struct object *o = &m->obj[m->n];

		a.range[i].flags = r->flags;
		a.range[i].nmsrs = r->nmsrs;
		a.range[i].base = r->base;
		a.range[i].bitmap = 0;
		if (!r->nmsrs && (r->bits.at.kind == PLACE_PAGE_END ||
				  r->bits.at.kind == PLACE_FIRST))
			continue;
		if (r->bits.at.kind == PLACE_FIRST && first) {
			a.range[i].bitmap = (uintptr_t)m->obj[first].user;
			continue;
		}
		/* A size over the limit is refused before any byte is read. */
		if (bytes > sizeof(bits))
			bytes = sizeof(bits);
		bitmap_fill(&r->bits, bits, bytes);
		object_make(o, vm, &r->bits.at, s->int80, bits, bytes);
		a.range[i].bitmap = (uintptr_t)o->user;
		if (r->bits.at.kind == PLACE_LATE)
			late_hold(vm->env, s->actor, o);
		if (!first && r->nmsrs)
			first = m->n;
		m->n++;
	}
	if (filter_request(s) != SET_MSR_FILTER_COMPAT) {
		object_make(&m->obj[0], vm, &f->at, s->int80, &a, sizeof(a));
		return;
	}
	shrink_filter(&small, &a);
	object_make(&m->obj[0], vm, &f->at, s->int80, &small, sizeof(small));
}

static void free_filter(struct made_filter *m)
{
	for (int i = 0; i < m->n; i++)
		object_free(&m->obj[i]);
}

static void host_filter(struct env *e, const struct step *s, struct outcome *o)
{
	const struct step_filter *f = &s->filter;
	struct vm *vm = env_vm(e, s->vm);
	struct made_filter m;
	bool wrote = false;

	make_filter(&m, vm, s);
	env_grace(vm);
	record_ret(o, env_ioctl(s->int80, env_fd(e, s, f->fd),
				filter_request(s), (uintptr_t)m.obj[0].user));
	env_grace_end(vm);
	for (int i = 0; i < m.n; i++) {
		wrote |= object_changed(&m.obj[i]);
		/* FLT-27: whatever happens to the buffers afterwards. */
		if (f->after == AFTER_INVERT)
			object_invert(&m.obj[i]);
	}
	outcome_set(o, F_WROTE, wrote);
	if (f->after == AFTER_UNMAP)
		free_filter(&m);
	/* Otherwise the buffers stay, inverted, until the process ends. */
}

static void host_msr(struct env *e, const struct step *s, struct outcome *o)
{
	_Alignas(8) uint8_t buf[sizeof(struct kvm_msrs) +
				sizeof(struct kvm_msr_entry)] = { 0 };
	struct kvm_msrs *x = (void *)buf;
	struct vcpu *v = env_vcpu(e, s->vm, s->vcpu);
	int r;

	x->nmsrs = 1;
	x->entries[0].index = s->msr.index;
	if (s->kind == STEP_SET_MSR)
		x->entries[0].data = s->msr.value;
	r = ioctl(v->fd, s->kind == STEP_SET_MSR ? KVM_SET_MSRS : KVM_GET_MSRS,
		  x);
	record_ret(o, r);
	if (s->kind == STEP_GET_MSR)
		outcome_set(o, F_VALUE, r == 1 ? x->entries[0].data : 0);
}

static void host_irqchip(struct env *e, const struct step *s,
			 struct outcome *o)
{
	struct vm *vm = env_vm(e, s->vm);
	struct kvm_enable_cap cap = { .cap = KVM_CAP_SPLIT_IRQCHIP,
				      .args = { 24 } };

	if (s->irqchip == IRQCHIP_FULL)
		record_ret(o, ioctl(vm->fd, KVM_CREATE_IRQCHIP, 0));
	else
		record_ret(o, ioctl(vm->fd, KVM_ENABLE_CAP, &cap));
	vm->irqchip = o->val[F_RET] == 0;
	vm->pic = vm->irqchip && s->irqchip == IRQCHIP_FULL;
}

static void host_sregs(struct env *e, const struct step *s, struct outcome *o)
{
	struct vcpu *v = env_vcpu(e, s->vm, s->vcpu);
	struct kvm_sregs sregs;

	must(ioctl(v->fd, KVM_GET_SREGS, &sregs));
	record_ret(o, ioctl(v->fd, KVM_SET_SREGS, &sregs));
	/* what KVM holds of it now must not outlast a change by an MSR */
	must(ioctl(v->fd, KVM_GET_SREGS, &sregs));
}

/* ---- memory left behind ---- */

/* Have KASAN give up what it holds back of freed objects, on a machine of ours. */
static void empty_quarantine(const char *cache)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%.*s/shrink",
		 (int)strcspn(cache, " "), cache);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;		/* there is no such cache */
	if (write(fd, "1", 1) != 1)
		env_die(__FILE__, __LINE__, path);
	close(fd);
}

/* Objects in use in the caches that a filter and its bitmaps come from. */
static long slab_objects(void)
{
	/* memdup_user() has its own from 6.11 on, with CONFIG_SLAB_BUCKETS */
	static const char *const caches[] = {
		"kmalloc-512 ", "kmalloc-cg-512 ", "memdup_user-512 ",
		"kmalloc-2k ", "kmalloc-cg-2k ", "memdup_user-2k ",
	};
	char line[256];
	long sum = 0, n;
	FILE *f;

	usleep(50000);		/* for what is freed by RCU */
	for (size_t i = 0; init_ran() && i < ARRAY_SIZE(caches); i++)
		empty_quarantine(caches[i]);
	f = fopen("/proc/slabinfo", "re");
	if (!f)
		env_die(__FILE__, __LINE__, "/proc/slabinfo");
	while (fgets(line, sizeof(line), f))
		for (size_t i = 0; i < ARRAY_SIZE(caches); i++)
			if (!strncmp(line, caches[i], strlen(caches[i])) &&
			    sscanf(line, "%*s %ld", &n) == 1)
				sum += n;
	fclose(f);
	return sum;
}

/*
 * SRCU waits for two jiffies if its last grace period ended less than 25 us
 * ago, and for much less otherwise.
 */
static void pause_between_grace_periods(void)
{
	nanosleep(&(struct timespec){ 0, 30000 }, NULL);
}

/* Set the filter @sets times on @fd; how many objects stayed. */
static long kept_by_replacing(int fd, void *filter, long sets)
{
	long before = slab_objects();

	for (long i = 0; i < sets; i++) {
		pause_between_grace_periods();
		ioctl(fd, SET_MSR_FILTER, filter);
	}
	return slab_objects() - before;
}

/* The same on @vms VMs that are destroyed with their filter in force. */
static long kept_by_destroying(int kvm, void *filter, long vms)
{
	long before = slab_objects();

	for (long i = 0; i < vms; i++) {
		int fd = must(ioctl(kvm, KVM_CREATE_VM, 0));

		pause_between_grace_periods();
		ioctl(fd, SET_MSR_FILTER, filter);
		close(fd);
	}
	return slab_objects() - before;
}

/* What other users of the machine take in as much time. */
static long kept_by_others(const struct timespec *since)
{
	long before = slab_objects();
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_sec -= since->tv_sec;
	now.tv_nsec -= since->tv_nsec;
	if (now.tv_nsec < 0) {
		now.tv_sec--;
		now.tv_nsec += 1000000000;
	}
	nanosleep(&now, NULL);
	return slab_objects() - before;
}

/*
 * Do @count calls leave memory behind? Something always moves in the kernel, so
 * a loss counts if it is of the order of the calls, more than others take in the
 * same time, shows every time and grows with the calls.
 */
static bool leaks(long (*kept_by)(int fd, void *filter, long count), int fd,
		  void *filter, long count)
{
	enum { ROUNDS = 4, MORE = 4 };
	struct timespec since;

	for (int i = 0; i < ROUNDS; i++) {
		long calls = i == ROUNDS - 1 ? MORE * count : count, kept;

		clock_gettime(CLOCK_MONOTONIC, &since);
		kept = kept_by(fd, filter, calls);
		if (kept <= calls / 2 ||
		    kept - kept_by_others(&since) <= calls / 2)
			return false;
	}
	return true;
}

/*
 * Does the program's last filter, set @count times on one VM and on count / 8
 * VMs, leave memory behind?
 */
static void host_leak(struct env *e, int step, struct outcome *o)
{
	const struct step *s = &e->prog->step[step];
	const struct step *f = NULL;
	struct made_filter m;

	for (int i = 0; i < step; i++)
		if (e->prog->step[i].kind == STEP_FILTER)
			f = &e->prog->step[i];
	if (!f)
		env_die(__FILE__, __LINE__, "leak without a filter");
	make_filter(&m, env_vm(e, s->vm), f);
	outcome_set(o, F_KEPT,
		    leaks(kept_by_replacing, env_vm(e, s->vm)->fd,
			  m.obj[0].user, s->count) ||
		    leaks(kept_by_destroying, e->kvm, m.obj[0].user,
			  s->count / 8));
	outcome_set(o, F_RET, 0);
	outcome_set(o, F_ERRNO, 0);
	free_filter(&m);
}

/* A hypercall page that KVM cannot read: null pointers. */
static void host_xen_page(struct env *e, const struct step *s,
			  struct outcome *o)
{
	struct kvm_xen_hvm_config c = {
		.msr = s->msr.index, .blob_size_32 = 1, .blob_size_64 = 1,
	};

	record_ret(o, ioctl(env_vm(e, s->vm)->fd, KVM_XEN_HVM_CONFIG, &c));
}

void arch_host_step(struct env *e, int step)
{
	const struct step *s = &e->prog->step[step];
	struct outcome *o = &e->out[step];

	switch (s->kind) {
	case STEP_FILTER:
		host_filter(e, s, o);
		break;
	case STEP_VCPU:
		guest_set_mode(env_vcpu(e, s->vm, s->vcpu), s->mode, o);
		break;
	case STEP_STOP:
		guest_stop(env_vcpu(e, s->vm, s->vcpu));
		record_ret(o, 0);
		break;
	case STEP_GET_MSR:
	case STEP_SET_MSR:
		host_msr(e, s, o);
		break;
	case STEP_IRQCHIP:
		host_irqchip(e, s, o);
		break;
	case STEP_CPUID:
		/* `none` before the vCPU exists: see wants_cpuid() */
		if (s->cpuid.kind == CPUID_NONE && e->vm[s->vm].vcpu[s->vcpu].fd < 0)
			record_ret(o, 0);
		else
			record_ret(o, guest_set_cpuid(
				env_vcpu(e, s->vm, s->vcpu), &s->cpuid));
		break;
	case STEP_XEN_PAGE:
		host_xen_page(e, s, o);
		break;
	case STEP_SREGS:
		host_sregs(e, s, o);
		break;
	case STEP_INIT:
		guest_init_sipi(env_vcpu(e, s->vm, s->vcpu), o);
		break;
	case STEP_EACH:
		guest_each(env_vcpu(e, s->vm, s->vcpu), s, o);
		break;
	case STEP_LEAK:
		host_leak(e, step, o);
		break;
	case STEP_MSRS:
	case STEP_INDEX_LIST:
	case STEP_ONE_REG:
		guest_accessor_step(e, step);
		break;
	default:
		if (!guest_state_step(env_vcpu(e, s->vm, s->vcpu), s, o))
			env_die(__FILE__, __LINE__, "no such step on x86");
	}
}
