// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running a race.  Actors that change something go round as often as the race
 * says, with pauses from its seed; those that access MSRs go on until they are
 * done.  Judges nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "env.h"
#include "race.h"
#include "run.h"

/* More than srcutree.exp_holdoff: a change then costs 0.1 ms and not 8. */
enum { PAUSE_NS = 30000,
	LATE_NS = 10000000 };	/* within which a late actor makes its vCPUs */

struct racer {
	struct env *env;
	struct race_log *log;
	enum actor actor;
	int first, last;	/* steps of the whole race */
	bool writes, counts;
	u64 rng;
	atomic_int *writers;	/* that are not done; or readers, if no writer */
	pthread_t thread;
};

void race_clear(struct race_log *log)
{
	memset(log->noutcomes, 0, sizeof(log->noutcomes));
	for (int a = 0; a < MAX_ACTORS; a++)
		log->actor[a].n = 0;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	return !memcmp(a, b, sizeof(*a));
}

void race_note(struct race_log *log, enum actor actor, int step,
	       const struct outcome *o, u64 begin, u64 end)
{
	struct race_actor *a = &log->actor[actor];
	u8 what = 0;

	while (what < log->noutcomes[step] &&
	       !same(&log->outcome[step][what], o))
		what++;
	if (what == log->noutcomes[step] && what < RACE_OUTCOMES) {
		log->outcome[step][what] = *o;
		log->noutcomes[step]++;
	}
	a->event[a->n++] = (struct race_event){ begin, end, step, what };
}

static u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static unsigned random_below(struct racer *r, unsigned n)
{
	r->rng = r->rng * 6364136223846793005u + 1442695040888963407u;
	return (r->rng >> 33) % n;
}

static void pause_a_while(struct racer *r)
{
	struct timespec ts = { 0, PAUSE_NS + random_below(r, 4 * PAUSE_NS) };

	if (r->writes && !r->env->prog->step[r->first - 1].race.storm)
		nanosleep(&ts, NULL);
}

/* Once through the actor's steps; false: no room for more. */
static bool go_round(struct racer *r)
{
	const struct program *p = r->env->prog;

	for (int i = r->first; i <= r->last; i++) {
		struct outcome *o = &r->env->out[i];
		u64 begin;

		if (p->step[i].actor != r->actor)
			continue;
		if (r->log->actor[r->actor].n == RACE_EVENTS)
			return false;
		pause_a_while(r);
		memset(o, 0, sizeof(*o));
		begin = now();
		run_step(r->env, i);
		race_note(r->log, r->actor, i, o, begin, now());
	}
	return true;
}

/* The vCPUs of a late actor: made while the others are at work. */
static void make_vcpus(struct racer *r)
{
	const struct program *p = r->env->prog;
	struct timespec ts = { 0, random_below(r, LATE_NS) };

	nanosleep(&ts, NULL);
	for (int i = r->first; i <= r->last; i++)
		if (p->step[i].actor == r->actor && step_is_guest(&p->step[i]))
			env_vcpu(r->env, p->step[i].vm, p->step[i].vcpu);
}

static void *racer_main(void *arg)
{
	struct racer *r = arg;
	u32 rounds = r->env->prog->step[r->first - 1].race.rounds;
	u64 stop = now() + r->env->run_ms * 1000000ULL;

	if (r->env->prog->step[r->first - 1].race.late)
		make_vcpus(r);
	for (u32 i = 0; now() < stop; i++) {
		if (r->writes ? i >= rounds : !atomic_load(r->writers))
			break;
		if (!r->writes && i >= rounds && r->counts)
			break;
		if (!go_round(r))
			break;
	}
	if (r->writes)
		atomic_fetch_sub(r->writers, 1);
	env_thread_end();
	return NULL;
}

static void forget_scratch(struct env *e, int first, int last)
{
	memset(&e->out[first], 0, (last - first + 1) * sizeof(e->out[0]));
}

void race_run(struct env *e, int first, struct race_log *log)
{
	const struct program *p = e->prog;
	int last = race_end(p, first) - 1;
	struct racer racer[MAX_ACTORS] = { 0 };
	atomic_int writers = 0;
	bool no_writer;

	for (int i = first + 1; i <= last; i++) {
		const struct step *s = &p->step[i];

		/* made here, so that a thread never makes them */
		arch_slot(env_vm(e, s->vm));
		if (step_is_guest(s) && !p->step[first].race.late)
			env_vcpu(e, s->vm, s->vcpu);
		racer[s->actor].env = e;
		racer[s->actor].writes |= race_writes(s);
	}
	for (int a = 0; a < MAX_ACTORS; a++)
		atomic_fetch_add(&writers, racer[a].env && racer[a].writes);
	no_writer = !atomic_load(&writers);
	if (no_writer)
		atomic_store(&writers, 1);
	for (int a = 0; a < MAX_ACTORS; a++) {
		struct racer *r = &racer[a];

		if (!r->env)
			continue;
		r->log = log;
		r->actor = a;
		r->first = first + 1;
		r->last = last;
		r->counts = no_writer;
		r->rng = p->step[first].race.seed * 2654435761u + a;
		r->writers = &writers;
		errno = pthread_create(&r->thread, NULL, racer_main, r);
		if (errno)
			env_die(__FILE__, __LINE__, "pthread_create");
	}
	for (int a = 0; a < MAX_ACTORS; a++)
		if (racer[a].env)
			pthread_join(racer[a].thread, NULL);
	forget_scratch(e, first + 1, last);
}
