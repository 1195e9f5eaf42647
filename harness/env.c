// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs and vCPUs as a program names them, objects in odd places of memory, and
 * KVM_RUN with a limit.  What is under test is not called from here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "env.h"

/* x86 has it: within reach of 32-bit pointers */
#ifndef MAP_32BIT
#define MAP_32BIT 0
#endif
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

void (*env_died)(const char *line);
const struct env_stock *env_stock;

void env_die(const char *file, int line, const char *what)
{
	char text[512];

	snprintf(text, sizeof(text), "%s:%d: %s: %s", file, line, what,
		 strerror(errno));
	if (env_died)
		env_died(text);
	fprintf(stderr, "%s\n", text);
	_exit(3);
}

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

void env_grace(struct vm *vm)
{
	enum { HOLDOFF_US = 30 };
	double left = vm->waited + HOLDOFF_US - now_us();

	if (left > 0)
		nanosleep(&(struct timespec){ 0, left * 1000 }, NULL);
}

void env_grace_end(struct vm *vm)
{
	vm->waited = now_us();
}

void env_begin(struct env *e, const struct machine *m,
	       const struct program *p, struct outcome *out, unsigned run_ms)
{
	*e = (struct env){ .machine = m, .prog = p, .out = out,
			   .run_ms = run_ms };
	for (int i = 0; i < MAX_VMS; i++) {
		e->vm[i].fd = -1;
		for (int j = 0; j < MAX_VCPUS; j++)
			e->vm[i].vcpu[j].fd = -1;
	}
	e->kvm = must(open("/dev/kvm", O_RDWR | O_CLOEXEC));
}

void env_close(struct vm *vm)
{
	for (int i = 0; i < MAX_VCPUS; i++) {
		struct vcpu *v = &vm->vcpu[i];

		if (v->fd < 0)
			continue;
		if (v->run != MAP_FAILED)
			munmap(v->run, v->run_size);
		close(v->fd);
		memset(v, 0, sizeof(*v));
		v->fd = -1;
	}
	if (vm->fd < 0)
		return;
	if (env_stock) {
		env_stock->drop(vm->fd, vm->mem);
	} else {
		close(vm->fd);
		munmap(vm->mem, ARCH_MEM_USED);
	}
	vm->fd = -1;
	vm->irqchip = vm->pic = false;
}

void env_make(struct vm *vm)
{
	vm->fd = must(ioctl(vm->env->kvm, KVM_CREATE_VM, 0));
	env_grace_end(vm);
	/* within reach of 32-bit pointers */
	vm->mem = mmap(NULL, ARCH_MEM_USED, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (vm->mem == MAP_FAILED)
		env_die(__FILE__, __LINE__, "mmap");
	vm->slot = false;
	arch_vm_init(vm);
}

struct vm *env_vm(struct env *e, unsigned n)
{
	struct vm *vm = &e->vm[n];

	if (vm->fd >= 0)
		return vm;
	vm->env = e;
	vm->objects = 0;
	if (!env_stock || !env_stock->take(vm))
		env_make(vm);
	else	/* but for that of SMM */
		vm->slot = !(program_needs(e->prog) & NEED_MODE << MODE_SMM);
	return vm;
}

struct vcpu *env_vcpu(struct env *e, unsigned vm, unsigned n)
{
	struct vm *m = env_vm(e, vm);
	struct vcpu *v = &m->vcpu[n];

	if (v->fd >= 0)
		return v;
	arch_slot(m);
	v->vm = m;
	v->id = n;
	v->held = v->paused = -1;
	v->fd = must(ioctl(m->fd, KVM_CREATE_VCPU, n));
	v->run_size = must(ioctl(e->kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	v->run = mmap(NULL, v->run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      v->fd, 0);
	if (v->run == MAP_FAILED)
		env_die(__FILE__, __LINE__, "mmap of the vCPU");
	arch_vcpu_init(v);
	return v;
}

int env_fd(struct env *e, const struct step *s, enum fd_kind kind)
{
	switch (kind) {
	case FD_KVM:
		return e->kvm;
	case FD_VCPU:
		return env_vcpu(e, s->vm, s->vcpu)->fd;
	default:
		return env_vm(e, s->vm)->fd;
	}
}

/* ---- KVM_RUN ---- */

static __thread struct vcpu *armed;
static __thread timer_t timer;
static __thread bool have_timer;
static __thread volatile sig_atomic_t expired;

static void on_alarm(int sig)
{
	(void)sig;
	expired = 1;
	if (armed)
		armed->run->immediate_exit = 1;
}

/* Not SIGALRM: that is a fuzzing engine's. */
static void set_timer(unsigned ms)
{
	struct itimerspec its = {
		.it_value = { ms / 1000, ms % 1000 * 1000000L },
	};

	if (!have_timer) {
		struct sigaction sa = { .sa_handler = on_alarm };
		struct sigevent ev = {
			.sigev_notify = SIGEV_THREAD_ID,
			.sigev_signo = SIGRTMIN,
		};

		ev.sigev_notify_thread_id = syscall(SYS_gettid);
		sigaction(SIGRTMIN, &sa, NULL);
		must(timer_create(CLOCK_MONOTONIC, &ev, &timer));
		have_timer = true;
	}
	timer_settime(timer, 0, &its, NULL);
}

void env_thread_end(void)
{
	if (have_timer)
		timer_delete(timer);
	have_timer = false;
}

void env_arm(struct vcpu *v)
{
	expired = 0;
	armed = v;
	set_timer(v->vm->env->run_ms);
}

void env_disarm(struct vcpu *v)
{
	set_timer(0);
	armed = NULL;
	v->run->immediate_exit = 0;
}

int env_run(struct vcpu *v)
{
	while (env_ioctl(v->int80, v->fd, KVM_RUN, 0)) {
		if (errno == EINTR && expired)
			return ETIME;
		if (errno != EINTR && errno != EAGAIN)
			return errno;
		if (errno == EAGAIN)
			return EAGAIN;
	}
	return 0;
}

/* ---- objects ---- */

/* A region of its own: the page behind an object is never mapped. In 39 bits,
 * which is all that some arm64 kernels give a process. */
static const uintptr_t regions[2] = { 0x4000000000, 0x90000000 };
static uintptr_t used[2];

static uint8_t *object_pages(struct object *o, int fd, bool low)
{
	uintptr_t at = regions[low] + __atomic_fetch_add(&used[low], 0x10000,
							 __ATOMIC_RELAXED);

	o->map = mmap((void *)at, 4096, PROT_READ | PROT_WRITE,
		      (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED) |
		      MAP_FIXED_NOREPLACE, fd, 0);
	if (o->map != (void *)at)
		env_die(__FILE__, __LINE__, "mmap of an object");
	o->map_size = 4096;
	return o->map;
}

void object_make(struct object *o, struct vm *vm, const struct place *at,
		 bool low, const void *content, size_t size)
{
	uint8_t *page;
	int fd = -1;

	o->user = o->map = NULL;
	o->bytes = NULL;
	o->map_size = 0;
	memcpy(o->copy, content, size);
	o->size = size;
	switch (at->kind) {
	case PLACE_NULL:
		return;
	case PLACE_HOLE:
		o->user = (void *)(low ? 0xfff00000 : 0x200000000000);
		return;
	case PLACE_KERNEL:
		o->user = (void *)(low ? 0xfff01000 : 0xffff888000001000);
		return;
	case PLACE_NONCANON:
		o->user = (void *)(low ? 0xfff02000 : 0x8000000000000000);
		return;
	case PLACE_LAST:
		o->user = (void *)~0ULL;
		return;
	case PLACE_GUEST:
		arch_slot(vm);
		o->user = o->bytes = vm->mem + GUEST_OBJECTS +
				     vm->objects++ % 20 * 0x640;
		memcpy(o->user, content, size);
		return;
	case PLACE_FILE:
		fd = must(memfd_create("object", MFD_CLOEXEC));
		must(ftruncate(fd, 4096));
		break;
	default:
		break;
	}
	page = object_pages(o, fd, low);
	if (fd >= 0)
		close(fd);
	if (at->kind == PLACE_LATE) {
		o->user = page + 4096 - size;
		return;
	}
	if (at->kind == PLACE_READABLE && at->readable < size)
		o->size = at->readable;
	o->bytes = page + 4096 - o->size;
	if (at->kind == PLACE_ODD)
		o->bytes--;
	memcpy(o->bytes, content, o->size);
	o->user = o->bytes;
	if (at->kind == PLACE_NOACCESS) {
		must(mprotect(page, 4096, PROT_NONE));
		o->bytes = NULL;
	} else if (at->kind == PLACE_RDONLY) {
		must(mprotect(page, 4096, PROT_READ));
	}
}

bool object_changed(const struct object *o)
{
	return o->bytes && memcmp(o->bytes, o->copy, o->size);
}

void object_invert(struct object *o)
{
	if (!o->bytes)
		return;
	if (o->map)
		must(mprotect(o->map, o->map_size, PROT_READ | PROT_WRITE));
	for (size_t i = 0; i < o->size; i++)
		o->bytes[i] = ~o->bytes[i];
}

void object_free(struct object *o)
{
	if (o->map)
		munmap(o->map, o->map_size);
	o->map = NULL;
	o->bytes = NULL;
}

void env_end(struct env *e)
{
	for (int i = 0; i < MAX_VMS; i++)
		env_close(&e->vm[i]);
	for (int i = 0; i < MAX_ACTORS; i++)
		if (e->late[i].fd)
			close(e->late[i].fd);
	for (int low = 0; low < 2; low++) {
		if (used[low])
			munmap((void *)regions[low], used[low]);
		used[low] = 0;
	}
	close(e->kvm);
}
