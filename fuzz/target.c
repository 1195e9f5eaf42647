// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../harness/compare.h"
#include "../harness/control.h"
#include "../harness/cover.h"
#include "../harness/env.h"
#include "../harness/klog.h"
#include "../harness/msrs.h"
#include "../harness/race.h"
#include "../harness/run.h"
#include "../harness/text.h"
#include "known.h"
#include "stock.h"
#include "target.h"

enum {
	RUN_MS = 2000,		/* of one KVM_RUN */
	NOWHERE = 0xdeadbe00,	/* an MSR that no KVM knows */
};

bool target_uses_stock, target_counts_paths = true;

static struct machine machine;
static struct outcome *seen;	/* shared: a step may be a forked child's */
static struct race_log race_log;

/* ---- what is not under test and fails ---- */

static sigjmp_buf died;
static pthread_t runner;
static pid_t runner_pid;
static char death[512];
static volatile bool actor_died;	/* one that is a thread */

static void on_death(const char *line)
{
	if (getpid() != runner_pid || stock_thread())
		return;		/* the process ends */
	snprintf(death, sizeof(death), "%s", line);
	if (pthread_equal(pthread_self(), runner))
		siglongjmp(died, 1);
	actor_died = true;
	pthread_exit(NULL);
}

/* False: it failed, `death` says how. */
static bool run_here(const struct program *p, struct outcome *out)
{
	bool good = !sigsetjmp(died, 1);

	runner = pthread_self();
	runner_pid = getpid();
	env_died = on_death;
	actor_died = false;
	if (target_uses_stock)
		stock_begin(&machine);
	if (good)
		run_program(&machine, p, out, &race_log, RUN_MS);
	env_died = NULL;
	run_end();
	return good && !actor_died;
}

bool target_use(const struct machine *m)
{
	if (m != &machine)
		machine = *m;
	klog_open();
	seen = mmap(NULL, MAX_STEPS * sizeof(*seen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen != MAP_FAILED)
		return true;
	perror("fuzz: mmap");
	return false;
}

const struct machine *target_begin(void)
{
	const char *name = getenv("DEFLECT_MACHINE");
	const char *emulator = getenv("DEFLECT_EMULATOR");
	const char *era = getenv("DEFLECT_ERA");
	char why[256];

	snprintf(machine.name, sizeof(machine.name), "%s", name ?: "");
	snprintf(machine.emulator, sizeof(machine.emulator), "%s",
		 emulator ?: "");
	if (era)
		machine.eras = machine_eras(era);
	if (machine_probe(&machine, why, sizeof(why))) {
		fprintf(stderr, "fuzz: %s\n", why);
		return NULL;
	}
	return target_use(&machine) ? &machine : NULL;
}

/* ---- what a program may have here ---- */

/* Steps about an access that is not over, and those that there must be none. */
static bool wants_held(enum step_kind kind)
{
	switch (kind) {
	case STEP_RESUME:
	case STEP_SET_REGS:
	case STEP_REGS:
	case STEP_EVENTS:
	case STEP_INJECT:
	case STEP_NMI:
	case STEP_DEBUG:
	case STEP_IDT:
	case STEP_COPY:
		return true;
	default:
		return false;
	}
}

static bool wants_free(enum step_kind kind)
{
	return kind == STEP_VCPU || kind == STEP_NATIVE ||
	       kind == STEP_NESTED || kind == STEP_INIT ||
	       kind == STEP_NESTED_STATE;
}

/* Of the program that was fitted last: predict() costs as much as a few exits. */
static struct prediction pred;
static const struct program *predicted;

/* How step @i ends by every state of the model; NR_ENDS: open. */
static enum end sure_end(int i)
{
	enum end end = NR_ENDS;

	for (int e = 0; e < pred.nedges; e++) {
		const struct outcome *o = &pred.edge[e].want;

		if (pred.edge[e].step != i)
			continue;
		if (!outcome_has(o, F_END) ||
		    (end != NR_ENDS && end != o->val[F_END]))
			return NR_ENDS;
		end = o->val[F_END];
	}
	return end;
}

static bool may_end(int i, enum end end)
{
	for (int e = 0; e < pred.nedges; e++)
		if (pred.edge[e].step == i &&
		    pred.edge[e].want.val[F_END] == end)
			return true;
	return false;
}

/* Where a vCPU is before a step. */
struct place_of_vcpu {
	bool held;	/* amid an access, */
	bool completed;	/* which KVM has completed */
	bool tf;	/* which ends with a #DB */
	bool dirty;	/* its registers come with the next KVM_RUN */
	bool spoilt;	/* whoever runs next is debugged, or has no IDT */
};

/*
 * The first step that does not go with that, as far as the model can tell it
 * beforehand; -1: none.
 */
static int misplaced(const struct program *p)
{
	struct place_of_vcpu at[MAX_VMS][MAX_VCPUS] = { 0 };

	for (int i = 0; i < p->nsteps; i++) {
		const struct step *s = &p->step[i];
		struct place_of_vcpu *v = &at[s->vm][s->vcpu];

		if ((wants_held(s->kind) && !v->held) ||
		    (wants_free(s->kind) && v->held) ||
		    (step_is_guest(s) && v->spoilt))
			return i;
		/* the model knows of no code there that is run, no other
		 * MSR the second time, and no registers that are set twice,
		 * of which the first win */
		if (s->kind == STEP_SET_REGS &&
		    (v->dirty || (s->regs.set & (SET_RIP | SET_RCX) &&
				  v->completed)))
			return i;
		/* which of two exceptions wins */
		if (s->kind == STEP_INJECT && v->tf)
			return i;
		/* where an exception leads one by single steps is for a
		 * vendor module of unknown make to say */
		if (s->kind == STEP_DEBUG && machine.vendor == VENDOR_OTHER)
			return i;
		v->dirty |= s->kind == STEP_SET_REGS && s->regs.dirty;
		if (s->kind == STEP_DEBUG || s->kind == STEP_IDT)
			v->spoilt = true;
		if (step_is_guest(s) && !v->held) {
			v->held = sure_end(i) == END_HELD;
			v->tf = s->kind != STEP_CODE && s->access.tf;
		}
		if (s->kind == STEP_RESUME)
			v->held = v->completed =
				sure_end(i) == END_ERRNO;
		if (s->kind == STEP_CLOSE)
			memset(at[s->vm], 0, sizeof(at[s->vm]));
		if ((step_is_guest(s) || s->kind == STEP_RESUME) &&
		    may_end(i, END_SHUTDOWN))
			*v = (struct place_of_vcpu){ .spoilt = true };
		if (!v->held)
			v->completed = v->dirty = false;
	}
	return -1;
}

static void fit_step(struct program *p, int i)
{
	struct step *s = &p->step[i];
	const struct msr_info *info;
	bool access = s->kind == STEP_RDMSR || s->kind == STEP_WRMSR;

	if (!(machine.needs & NEED_INT80))
		s->int80 = false;
	if (!access)
		return;
	/* a race has room for few different outcomes, and values in order */
	info = msr_find(s->access.index);
	if (race_of(p, i) >= 0 && info &&
	    (info->traits & MOVES ||
	     (s->kind == STEP_WRMSR && info->read != VERDICT_UNKNOWN)))
		s->access.index = NOWHERE;
	/* QEMU takes a base that no CPU does, and VMRUN then cuts it down */
	if (machine.any_address && s->kind == STEP_WRMSR &&
	    s->access.index >= 0xc0000100 && s->access.index <= 0xc0000102)
		s->access.value = (s64)(s->access.value << 16) >> 16;
	if (machine.dies_of_tf && !s->access.forced)
		s->access.tf = false;
	/* of L2's accesses the emulator would ask VMX's intercepts, and gives up */
	if (s->l2 && machine.vendor == VENDOR_INTEL)
		s->access.forced = false;
}

void target_fit(struct program *p)
{
	int i;

	for (i = 0; i < p->nsteps; i++)
		fit_step(p, i);
	for (i = 0; i < p->nsteps;) {
		struct step one = p->step[i];
		struct program alone = { .nsteps = 1 };

		alone.step[0] = one;
		if (machine_lacks(&machine, program_needs(&alone)) ||
		    (one.kind == STEP_NATIVE && !(machine.needs & NEED_STATS)))
			codec_drop(p, i);
		else
			i++;
	}
	codec_repair(p);
	for (;;) {
		predict(&machine, p, NULL, RULE_NONE, &pred);
		i = misplaced(p);
		if (i < 0)
			break;
		codec_drop(p, i);
		codec_repair(p);
	}
	predicted = p;
}

/* Why this machine had better not run it; NULL: it may. */
static const char *unfit(const struct program *p)
{
	if (!p->nsteps)
		return "nothing is left of it";
	if (pred.overflow)
		return "the model allows more than it can hold";
	for (int i = 0; i < pred.nedges && machine.dies_of_shutdown; i++)
		if (pred.edge[i].want.val[F_END] == END_SHUTDOWN)
			return "this emulator dies of a guest that shuts down";
	return machine_lacks(&machine, program_needs(p));
}

/* ---- KVM's own verdicts, asked once ---- */

enum { CONTROLS = 1024 };

static struct cached {
	u64 hash;
	bool good;
	struct outcome *seen;
} controls[CONTROLS];

static u64 hash_bytes(u64 h, const void *data, size_t n)
{
	const u8 *b = data;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3ULL;
	return h ^ h >> 29;
}

/*
 * NULL: not asked. A control costs as much as its program; with @seldom one
 * program of so many has it, which one is a matter of the program.
 */
static const struct cached *control_of(const struct program *c, bool seldom)
{
	enum { ASKED = 4 };
	size_t n = c->nsteps * sizeof(c->step[0]);
	u64 hash = hash_bytes(c->nsteps, c->step, n);
	struct cached *k = &controls[hash % CONTROLS];

	if (k->seen && k->hash == hash)
		return k;
	if (seldom && hash / CONTROLS % ASKED)
		return NULL;
	k->seen = realloc(k->seen, c->nsteps * sizeof(*k->seen));
	if (!k->seen)
		abort();
	memset(seen, 0, c->nsteps * sizeof(*seen));
	k->good = run_here(c, seen);
	k->hash = hash;
	memcpy(k->seen, seen, c->nsteps * sizeof(*k->seen));
	return k;
}

/* ---- what an engine is told ---- */

static void count(u8 *map, u64 a, u64 b, u64 c)
{
	u64 h = (a * 31 + b) * 0x9e3779b97f4a7c15ULL + c;

	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ULL;
	/* whether, not how often: else almost every input is news */
	map[(h ^ h >> 32) % FUZZ_MAP] = 1;
}

/* What a step did, as far as it is of another kind. */
static u64 class_of(const struct outcome *o)
{
	return o->val[F_END] | o->val[F_VECTOR] << 5 | o->val[F_EXITS] << 13 |
	       o->val[F_X_REASON] << 16 | o->val[F_ERRNO] << 20 |
	       o->val[F_RUN_ERRNO] << 30 | (u64)!!o->val[F_X_EVENTS] << 40 |
	       (u64)(o->val[F_RIP] & 0x1f) << 41;
}

/* Rules that were looked at, and the path: rule that decided and outcome. */
static void count_model(u8 *map, const struct program *p)
{
	u64 before = 0;
	int e = 0;

	for (int r = 0; r < NR_RULES; r++)
		if (rule_set_has(&pred.rules, r))
			count(map, 1, r, 0);
	for (int i = 0; i < p->nsteps; i++) {
		u64 rule = RULE_NONE, now;

		for (; e < pred.nedges && pred.edge[e].step == i; e++)
			if (outcome_differs(&pred.edge[e].want, &seen[i]) ==
			    NR_FIELDS)
				rule = pred.edge[e].rule;
		now = rule << 48 ^ class_of(&seen[i]) ^
		      (u64)p->step[i].kind << 56;
		count(map, 2, now, 0);
		if (target_counts_paths)
			count(map, 3, now, before);
		before = now;
	}
}

static struct cover cover;
static pid_t covered;		/* the process that asked for it */
static bool has_cover;

/* KVM's own edges, if it is built to tell them. */
static void cover_here(void)
{
	if (covered == getpid())
		return;
	covered = getpid();
	has_cover = !cover_open(&cover);
}

static void count_kvm(u8 *map)
{
	const u64 *words = (const void *)cover.map;

	for (int i = 0; i < COVER_MAP / 8; i++)
		for (int k = 0; words[i] && k < 8; k++)
			map[(i * 8 + k) % FUZZ_MAP] |= !!cover.map[i * 8 + k];
}

/* ---- findings ---- */

static void name_bucket(struct fuzz_result *res, enum field f,
			const struct outcome *o)
{
	const char *rule = res->rule < NR_RULES ? rule_info[res->rule].name :
			   "kernel-report";
	size_t size = sizeof(res->bucket);
	int at = append(res->bucket, size, 0, "%s", rule);

	if (f < NR_FIELDS)
		at = append(res->bucket, size, at, ".%s", field_name(f));
	if (!o)
		return;
	if (outcome_has(o, F_RET))
		append(res->bucket, size, at, ".%s", o->val[F_ERRNO] ?
		       errno_name(o->val[F_ERRNO]) : "ok");
	else if (outcome_has(o, F_END))
		append(res->bucket, size, at, ".exits-%llu.%s",
		       (unsigned long long)o->val[F_EXITS],
		       end_name(o->val[F_END]));
}

static void found(const struct program *p, const struct mismatch *why,
		  struct fuzz_result *res)
{
	char want[1024], got[1024], label[512];
	int at;

	res->known = known_deviation(&machine, p, why);
	res->verdict = res->known ? FUZZ_KNOWN : FUZZ_FINDING;
	res->rule = why->rule;
	res->step = why->step;
	name_bucket(res, why->field, &seen[why->step]);
	outcome_print(want, sizeof(want), &why->want->want, NULL);
	outcome_print(got, sizeof(got), &seen[why->step], &why->want->want);
	text_step_label(label, sizeof(label), &p->step[why->step]);
	at = append(res->text, sizeof(res->text), 0, "step %d: %s\n",
		    why->step + 1, label);
	append(res->text, sizeof(res->text), at,
	       "want: %s\ngot:  %s\nfirst difference: %s\n", want, got,
	       why->field < NR_FIELDS ? field_name(why->field) : "none");
}

static void judge_here(const struct program *p, const struct control *ctl,
		       struct fuzz_result *res)
{
	struct race_misfit misfit;
	struct mismatch why;

	if (!race_explained(&machine, p, ctl, &race_log, RULE_NONE, &misfit)) {
		res->verdict = FUZZ_FINDING;
		res->rule = RULE_race_old_or_new_filter;
		name_bucket(res, NR_FIELDS, NULL);
		snprintf(res->text, sizeof(res->text), "step %d\ngot:  %s\n%s",
			 misfit.step + 1, misfit.got, misfit.text);
		why.step = p->nsteps - 1;
		res->known = known_deviation(&machine, p, &why);
		if (res->known)
			res->verdict = FUZZ_KNOWN;
	} else if (!compare(p, &pred, seen, &why)) {
		found(p, &why, res);
	}
}

static void judge_kernel(struct fuzz_result *res)
{
	char report[4096];

	if (!klog_poll(report, sizeof(report)))
		return;
	res->verdict = FUZZ_FINDING;
	res->known = NULL;
	res->rule = RULE_NONE;
	res->step = -1;
	snprintf(res->text, sizeof(res->text), "kernel log:\n%s", report);
	name_bucket(res, NR_FIELDS, NULL);
}

/*
 * Where a vCPU is held or not as KVM's verdict has it, that must be asked; and
 * what the catalogue says of real MSRs binds no vendor module of unknown make.
 */
static bool depends_on_verdict(const struct program *p)
{
	if (machine.vendor == VENDOR_OTHER)
		return true;
	for (int i = 0; i < p->nsteps; i++)
		if (step_holds(&p->step[i]) && pred.asks[i] &&
		    sure_end(i) == NR_ENDS)
			return true;
	return false;
}

void target_run(struct program *p, u8 *map, struct fuzz_result *res)
{
	static struct control ctl;
	static struct program c;
	const struct cached *k = NULL;
	const char *why;
	s8 ask[MAX_STEPS];
	bool good;

	*res = (struct fuzz_result){ .rule = RULE_NONE, .step = -1 };
	if (map)	/* AFL++ takes an input without any for an error */
		count(map, 0, 0, 0);
	if (predicted != p)
		predict(&machine, p, NULL, RULE_NONE, &pred);
	predicted = NULL;
	why = unfit(p);
	if (why) {
		res->verdict = FUZZ_UNFIT;
		snprintf(res->text, sizeof(res->text), "%s\n", why);
		return;
	}
	memset(&ctl.have, 0, sizeof(ctl.have));
	if (control_program(&machine, p, &pred, &c, ask)) {
		k = control_of(&c, map && !depends_on_verdict(p));
		if (k && k->good)
			control_fill(&ctl, ask, p->nsteps, k->seen);
	}
	memset(seen, 0, p->nsteps * sizeof(*seen));
	race_clear(&race_log);
	if (map)
		cover_here();
	if (map && has_cover)
		has_cover = !cover_start(&cover);
	good = (!k || k->good) && run_here(p, seen);
	if (map && has_cover) {
		cover_stop(&cover);
		count_kvm(map);
	}
	if (!good) {
		res->verdict = FUZZ_ERROR;
		snprintf(res->bucket, sizeof(res->bucket), "error");
		snprintf(res->text, sizeof(res->text), "%s\n", death);
		return;
	}
	if (k)
		predict(&machine, p, &ctl, RULE_NONE, &pred);
	judge_here(p, &ctl, res);
	judge_kernel(res);
	if (map)
		count_model(map, p);
}

void target_print(const struct program *p, const struct fuzz_result *res,
		  char *buf, size_t size)
{
	int at = 0;

	if (res->rule < NR_RULES)
		at = append(buf, size, at, "# rule %s (%s): %s\n",
			    rule_info[res->rule].name, rule_info[res->rule].spec,
			    rule_info[res->rule].statement);
	for (const char *l = res->text; *l; l += strcspn(l, "\n"), l += *l == '\n')
		at = append(buf, size, at, "# %.*s\n", (int)strcspn(l, "\n"), l);
	at = append(buf, size, at, "# machine: linux %s, %s, %s\n",
		    machine.release, machine.module,
		    machine.emulator[0] ? machine.emulator : "host");
	text_print(buf + at, (size_t)at < size ? size - at : 0, p);
}
