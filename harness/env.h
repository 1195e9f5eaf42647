/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMs and vCPUs of one run of one program, and the interface between the
 * generic runner (run.c) and an architecture (x86/).
 */
#ifndef DEFLECT_ENV_H
#define DEFLECT_ENV_H

#include <linux/kvm.h>
#include <pthread.h>

#include "machine.h"

struct env;

struct vcpu {
	struct vm *vm;
	int fd;			/* -1: not created yet */
	unsigned id;
	struct kvm_run *run;
	size_t run_size;
	uint8_t *window;	/* its part of guest memory */
	enum cpu_mode mode;
	int first;		/* step of its first operation */
	int held;		/* step held at an exit, -1: none */
	int paused;		/* step begun and not ended, -1: none */
	bool completing;	/* kvm_run holds an answer to be kept */
	bool uninitialized;	/* by KVM_SET_MP_STATE: completes nothing */
	bool int80;		/* KVM_RUN by the 32-bit syscall entry */
	bool dead;		/* cannot execute any more */
	bool nested;		/* is set up to run nested guests, */
	bool lists;		/* by the second set of MSR lists */
};

struct vm {
	struct env *env;
	int fd;			/* -1: not created yet */
	uint8_t *mem;
	double waited;		/* when it last waited for a grace period */
	bool irqchip, pic;	/* has an in-kernel APIC, PIC, */
	bool slot;		/* its memory slot */
	unsigned objects;	/* that lie in guest memory */
	struct vcpu vcpu[MAX_VCPUS];
};

/* What the kernel reads in one actor's call, and waits for: PLACE_LATE. */
struct late {
	int fd;			/* userfaultfd; 0: none */
	int n;
	void *at[MAX_RANGES];	/* pages, */
	uint8_t *content[MAX_RANGES];	/* and what is to be there */
};

struct env {
	const struct machine *machine;
	const struct program *prog;
	int kvm;
	unsigned run_ms;	/* limit of one KVM_RUN */
	bool sync_checked;	/* the cross-check of sync regs was made */
	bool post_checked;	/* and that of the post-run fields */
	struct vm vm[MAX_VMS];
	struct outcome *out;	/* per step */
	struct late late[MAX_ACTORS];
};

/* Not under test and failed: one line on stderr, exit status 3. */
void env_die(const char *file, int line, const char *what)
	__attribute__((noreturn));
#define must(x)								\
	({								\
		__auto_type must_r = (x);				\
		if (must_r < 0)						\
			env_die(__FILE__, __LINE__, #x);		\
		must_r;							\
	})

/*
 * If set, where VMs with their memory slot come from and go to: for a process
 * that runs many programs and has threads that wait in its stead.
 */
struct env_stock {
	bool (*take)(struct vm *vm);	/* fd and mem of @vm; false: none */
	void (*drop)(int fd, void *mem);
};
extern const struct env_stock *env_stock;
/* A VM of its vm->env, with memory and without a slot. */
void env_make(struct vm *vm);

/* If set, called with that line first; it need not return. */
extern void (*env_died)(const char *line);

/* Opens /dev/kvm; nothing else exists yet. */
void env_begin(struct env *e, const struct machine *m,
	       const struct program *p, struct outcome *out, unsigned run_ms);
/* Drops every VM, vCPU, fd and object, for a process that goes on. */
void env_end(struct env *e);
/* Drops a VM; the next step that names it has a new one. */
void env_close(struct vm *vm);

/* The VM: without vCPU, irqchip or memory slot until a step needs one. */
struct vm *env_vm(struct env *e, unsigned vm);
/*
 * Before an ioctl that waits for an SRCU grace period of @vm: one that follows
 * another within 25 us would take two jiffies.  After it: env_grace_end().
 */
void env_grace(struct vm *vm);
void env_grace_end(struct vm *vm);
struct vcpu *env_vcpu(struct env *e, unsigned vm, unsigned vcpu);
/* The fd a step means; creates what it names. */
int env_fd(struct env *e, const struct step *s, enum fd_kind kind);

/*
 * KVM_RUN.  Returns 0 or an errno; ETIME when the limit between env_arm() and
 * env_disarm() passed and the vCPU had to be stopped.
 */
int env_run(struct vcpu *v);
void env_arm(struct vcpu *v);
void env_disarm(struct vcpu *v);
/* At the end of a thread that ran vCPUs. */
void env_thread_end(void);

/*
 * An object handed to the kernel: @size bytes of content at a place.  Lives
 * until object_free(); object_changed() tells whether the kernel wrote to it,
 * object_invert() and object_unmap() are what a careless caller might do next.
 */
struct object {
	void *user;		/* what the kernel is given */
	uint8_t *bytes;		/* where to look at it; NULL: nowhere */
	uint8_t copy[4096];	/* what was put there */
	size_t size;		/* readable bytes of it */
	void *map;
	size_t map_size;
};

/* With @low it lies in the upper half of the first 4 GiB. */
void object_make(struct object *o, struct vm *vm, const struct place *at,
		 bool low, const void *content, size_t size);
/*
 * PLACE_LATE: late_begin() before @actor's thread is started; late_hold() in
 * it, for each such object; late_waits() once the kernel waits for one;
 * late_end() lets it have them all.
 */
void late_begin(struct env *e, enum actor actor);
void late_hold(struct env *e, enum actor actor, struct object *o);
bool late_waits(struct env *e, enum actor actor);
void late_end(struct env *e, enum actor actor);
bool object_changed(const struct object *o);
void object_invert(struct object *o);
void object_free(struct object *o);

/* ---- what an architecture provides ---- */

/* ioctl(), by the 32-bit syscall entry with @int80; errno as there. */
long env_ioctl(bool int80, int fd, unsigned long request, uintptr_t arg);

enum {
	ARCH_MEM_USED = 0x100000,	/* bytes of guest memory of a VM */
	GUEST_OBJECTS = 0x30000,	/* where objects may lie in it */
};

void arch_vm_init(struct vm *vm);
/* Its memory slot, unless it is there. */
void arch_slot(struct vm *vm);
void arch_vcpu_init(struct vcpu *v);
/*
 * A step that step_runs() its vCPU; of guest steps @n in a row, all on it.
 * Step i is @first + i.
 */
void arch_run_steps(struct vcpu *v, int first, int n);
/* Until another thread's vCPU has entered its `spin` loop. */
void arch_await_spin(struct vcpu *v);
/* A host step that only this architecture has; fills its outcome. */
void arch_host_step(struct env *e, int step);

#endif
