// SPDX-License-Identifier: GPL-2.0-only
/* run(): a program becomes an observation. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env.h"
#include "race.h"
#include "run.h"

struct task {
	struct env *env;
	int first, n;		/* steps */
	pthread_t thread;
	bool started;
	pid_t tid;		/* 0: not known yet */
	bool done;
};

static void record(struct outcome *o, long r)
{
	outcome_set(o, F_ERRNO, r < 0 ? errno : 0);
	outcome_set(o, F_RET, r < 0 ? (u64)-1 : (u64)r);
}

static void step_ioctl(struct env *e, const struct step *s, struct outcome *o)
{
	/* Of the size the request encodes, where the place says. */
	uint8_t content[1600] = { 0 };
	uint64_t word;
	size_t size = s->ioctl.request >> 16 & 0x3fff;
	struct object obj;

	if (s->ioctl.has_value) {
		record(o, ioctl(env_fd(e, s, s->ioctl.fd), s->ioctl.request,
				s->ioctl.value));
		return;
	}
	if (!size || size > sizeof(content))
		size = 512;
	memcpy(content, s->ioctl.data, s->ioctl.ndata * 8);
	object_make(&obj, env_vm(e, s->vm), &s->ioctl.at, false, content,
		    size);
	record(o, ioctl(env_fd(e, s, s->ioctl.fd), s->ioctl.request,
			obj.user));
	if (s->ioctl.ndata && obj.bytes) {
		memcpy(&word, obj.bytes, sizeof(word));
		outcome_set(o, F_VALUE, word);
	}
	object_free(&obj);
}

static void step_cap(struct env *e, const struct step *s, struct outcome *o)
{
	const struct step_cap *k = &s->cap;
	struct kvm_enable_cap cap = {
		.cap = k->nr, .flags = k->flags,
		.args = { k->arg, k->rest, k->rest, k->rest },
	};
	struct object obj;

	memset(cap.pad, k->pad, sizeof(cap.pad));
	object_make(&obj, env_vm(e, s->vm), &k->at, s->int80, &cap,
		    sizeof(cap));
	record(o, env_ioctl(s->int80, env_fd(e, s, k->fd), KVM_ENABLE_CAP,
				(uintptr_t)obj.user));
	outcome_set(o, F_WROTE, object_changed(&obj));
	object_free(&obj);
}

static void step_close(struct env *e, const struct step *s, struct outcome *o)
{
	env_close(&e->vm[s->vm]);
	record(o, 0);
}

static void host_step(struct env *e, int i)
{
	const struct step *s = &e->prog->step[i];
	struct outcome *o = &e->out[i];

	switch (s->kind) {
	case STEP_CHECK_CAP:
		record(o, env_ioctl(s->int80, env_fd(e, s, s->cap.fd),
				    KVM_CHECK_EXTENSION, s->cap.nr));
		break;
	case STEP_IOCTL:
		step_ioctl(e, s, o);
		break;
	case STEP_CAP:
		step_cap(e, s, o);
		break;
	case STEP_CLOSE:
		step_close(e, s, o);
		break;
	default:
		arch_host_step(e, i);
	}
}

/* Steps [first, first + n) in the calling thread. */
static void do_steps(struct env *e, int first, int n)
{
	const struct step *s = &e->prog->step[first];

	if (step_runs(s))
		arch_run_steps(env_vcpu(e, s->vm, s->vcpu), first, n);
	else
		host_step(e, first);
}

void run_step(struct env *e, int step)
{
	do_steps(e, step, 1);
}

static void *thread_main(void *arg)
{
	struct task *t = arg;

	__atomic_store_n(&t->tid, syscall(SYS_gettid), __ATOMIC_RELEASE);
	do_steps(t->env, t->first, t->n);
	__atomic_store_n(&t->done, true, __ATOMIC_RELEASE);
	env_thread_end();
	return NULL;
}

static void start_thread(struct task *t, struct env *e, int first, int n)
{
	t->env = e;
	t->first = first;
	t->n = n;
	t->started = true;
	t->tid = 0;
	t->done = false;
	errno = pthread_create(&t->thread, NULL, thread_main, t);
	if (errno)
		env_die(__FILE__, __LINE__, "pthread_create");
}

static void join_thread(struct task *t)
{
	if (t->started)
		pthread_join(t->thread, NULL);
	t->started = false;
}

static bool task_done(const struct task *t)
{
	return __atomic_load_n(&t->done, __ATOMIC_ACQUIRE);
}

/* The thread sleeps and no signal ends that: for a lock, for a grace period. */
static bool task_blocked(const struct task *t)
{
	pid_t tid = __atomic_load_n(&t->tid, __ATOMIC_ACQUIRE);
	char path[64], line[128] = "", *state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	f = tid ? fopen(path, "re") : NULL;
	if (!f)
		return false;
	state = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	fclose(f);
	return state && state[1] == ' ' && state[2] == 'D';
}

/* Until its call waits for what only later steps do, or has come back. */
static void await_waiting(const struct task *t)
{
	const struct step *s = &t->env->prog->step[t->first];

	for (unsigned ms = 0; ms < t->env->run_ms && !task_done(t); ms++) {
		if (step_is_late(s) ? late_waits(t->env, s->actor) :
				      task_blocked(t))
			return;
		usleep(1000);
	}
}

/*
 * Before a reader is let go: who still waits for it? One that waited for
 * something else, as for a grace period of RCU, has time to come back.
 */
static void record_waits(struct task *tasks)
{
	enum { OTHERS_MS = 100 };

	for (int i = 0; i < MAX_ACTORS; i++) {
		const struct task *t = &tasks[i];

		if (!t->started || !program_blocks(t->env->prog, t->first))
			continue;
		for (int ms = 0; ms < OTHERS_MS && !task_done(t); ms++)
			usleep(1000);
		outcome_set(&t->env->out[t->first], F_WAITS, !task_done(t));
	}
}

/* What KVM waits for in the actor's call comes, and the call to its end. */
static void end_task(struct env *e, struct task *tasks, enum actor actor)
{
	const struct task *t = &tasks[actor];

	if (t->started && e->prog->step[t->first].kind == STEP_MSRS)
		record_waits(tasks);
	late_end(e, actor);
	join_thread(&tasks[actor]);
}

/* In a forked child; the outcome comes back through the shared array. */
static void do_in_child(struct env *e, int first, int n)
{
	int status;
	pid_t pid, r;

	/* What the step names must exist before the fork. */
	env_vm(e, e->prog->step[first].vm);
	pid = must(fork());
	if (!pid) {
		do_steps(e, first, n);
		_exit(0);
	}
	/* a fuzzing engine has a timer */
	do
		r = waitpid(pid, &status, 0);
	while (r < 0 && errno == EINTR);
	must(r);
	if (status) {
		errno = ECHILD;
		env_die(__FILE__, __LINE__, "forked actor");
	}
}

/*
 * How many steps from @first on one KVM_RUN loop may serve: guest steps of
 * the same vCPU and actor, up to one that is held or runs asynchronously.
 */
static int batch(const struct program *p, int first)
{
	const struct step *a = &p->step[first];
	int n = 1;

	if (!step_is_guest(a) || a->async)
		return 1;
	while (first + n < p->nsteps) {
		const struct step *b = &p->step[first + n];
		const struct step *last = b - 1;

		if (!step_is_guest(b) || b->async || b->actor != a->actor ||
		    b->vm != a->vm || b->vcpu != a->vcpu ||
		    b->int80 != a->int80 ||
		    b->kind == STEP_SPIN ||
		    step_holds(last))
			break;
		n++;
	}
	return n;
}

static struct env env;

void run_end(void)
{
	env_end(&env);
}

void run_program(const struct machine *m, const struct program *p,
		 struct outcome *out, struct race_log *log, unsigned run_ms)
{
	struct task task[MAX_ACTORS] = { 0 };

	env_begin(&env, m, p, out, run_ms);
	for (int i = 0, n; i < p->nsteps; i += n) {
		const struct step *s = &p->step[i];

		n = batch(p, i);
		if (s->kind == STEP_RACE) {
			race_run(&env, i, log);
			n = race_end(p, i) + 1 - i;
			continue;
		}
		if (s->kind == STEP_WAIT) {
			end_task(&env, task, s->wait);
			outcome_set(&out[i], F_RET, 0);
			outcome_set(&out[i], F_ERRNO, 0);
			continue;
		}
		switch (s->actor) {
		case ACTOR_MAIN:
			do_steps(&env, i, n);
			break;
		case ACTOR_CHILD:
			do_in_child(&env, i, n);
			break;
		default:
			join_thread(&task[s->actor]);
			/* made here, so that a thread never makes them */
			env_vm(&env, s->vm);
			if (step_runs(s))
				env_vcpu(&env, s->vm, s->vcpu);
			if (step_is_late(s))
				late_begin(&env, s->actor);
			start_thread(&task[s->actor], &env, i, n);
			if (!s->async)
				join_thread(&task[s->actor]);
			else if (step_is_late(s) || program_blocks(p, i))
				await_waiting(&task[s->actor]);
			else if (s->kind == STEP_SPIN)
				arch_await_spin(env_vcpu(&env, s->vm, s->vcpu));
		}
	}
	/* readers first: others wait for them */
	for (int i = 0; i < MAX_ACTORS; i++)
		if (p->step[task[i].first].kind == STEP_MSRS)
			end_task(&env, task, i);
	for (int i = 0; i < MAX_ACTORS; i++)
		end_task(&env, task, i);
}

static int poll_again(struct pollfd *p, int ms)
{
	int r;

	do
		r = poll(p, 1, ms);
	while (r < 0 && errno == EINTR);
	return r;
}

int run_in_child(const struct machine *m, const struct program *p,
		 struct outcome *out, unsigned ms)
{
	enum { GRACE_MS = 5000 };
	static struct outcome *shared;
	const size_t size = MAX_STEPS * sizeof(*out);
	struct pollfd end = { .events = POLLIN };
	int status = -1;
	pid_t pid;

	if (!shared)
		shared = mmap(NULL, size, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		env_die(__FILE__, __LINE__, "mmap");
	memset(shared, 0, size);
	fflush(NULL);
	pid = must(fork());
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_program(m, p, shared, calloc(1, sizeof(struct race_log)),
			    ms / 2);
		_exit(0);
	}
	end.fd = must(syscall(SYS_pidfd_open, pid, 0));
	if (!poll_again(&end, ms)) {
		kill(pid, SIGKILL);
		poll_again(&end, GRACE_MS);
	}
	waitpid(pid, &status, WNOHANG);
	close(end.fd);
	memcpy(out, shared, size);
	return status;
}
