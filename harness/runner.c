// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool of children.  First the controls that the selected cases ask for,
 * each once; then the cases; last, alone, the suspects of a kernel report and
 * those that did not end in time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "baseline.h"
#include "config.h"
#include "cover.h"
#include "init.h"
#include "keep.h"
#include "klog.h"
#include "kmemleak.h"
#include "run.h"
#include "runner.h"
#include "seen.h"
#include "text.h"
#include "trace.h"

enum { MAX_TRACES = 5,	/* failures of a run that are traced */
	MAX_JOBS = 64, GRACE_MS = 5000, STDERR_MAX = 1024,
	MAX_LOST = 8,	/* children that a host may keep */
	MAX_LATE = 2 };	/* of a run that are run again */

/* A control program, shared by the cases whose questions are the same. */
struct control_run {
	const char *asker;	/* the first case that asks for it */
	char *text;
	struct program *prog;	/* cut behind its last step, */
	size_t size;		/* to this many bytes */
	struct outcome *seen;	/* of its steps; NULL: it did not end well, */
	char *why;		/* but like this */
	struct control_run *next;
};

/* One thing to run. */
struct work {
	const struct test_case *c;	/* NULL: a control */
	struct control_run *ctl;
	s8 map[MAX_STEPS];
	bool suspect, late;
	unsigned runs, bad;	/* with --repeat: so far */
	struct result *worst;	/* of them */
};

struct job {
	pid_t pid;		/* 0: free */
	struct work *work;
	double began, deadline;
	bool killed, lost;
	struct outcome *out;	/* shared with the child, */
	struct race_log *log;	/* as this */
	int err;		/* its stderr: a memfd */
};

struct pool {
	const struct machine *m;
	const struct run_options *opt;
	struct report *report;
	struct work *work;	/* the cases */
	int nwork;
	struct job job[MAX_JOBS];
	int running;
	struct control_run *controls;
	char splat[4096];	/* a kernel report not yet attributed */
	bool alone;		/* rerunning suspects */
	int traces;
	struct cover cover;	/* with opt->cover */
	int nlost;		/* children that cannot be killed */
	int nlate;		/* that did not end in time, and may do so alone */
	bool over;		/* the disk is full, or too many of these */
};

static volatile sig_atomic_t stop;

static void on_stop(int sig)
{
	stop = sig;
}

static void on_child(int sig)
{
	(void)sig;
}

/* ---- one child ---- */

static void child_main(const struct pool *pool, struct job *j,
		       const struct program *p)
{
	char name[16];
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);	/* the parent ends us */
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* a serial line is slow: what runs must be known if it ends all */
	if (pool->report->format == FORMAT_JSON)
		tcdrain(1);
	if (j->work->c) {
		snprintf(name, sizeof(name), "case-%d",
			 (int)(j->work - pool->work));
		prctl(PR_SET_NAME, name);
	}
	dup2(j->err, 2);
	run_program(pool->m, p, j->out, j->log,
		    pool->opt->timeout_ms / 2);
	_exit(0);
}

static void start_job(struct pool *pool, struct job *j, struct work *w)
{
	static struct program p;	/* the child has no kept memory */
	size_t size = MAX_STEPS * sizeof(struct outcome);

	if (w->c)
		case_program(w->c, &p);
	else
		memcpy(&p, w->ctl->prog, w->ctl->size);
	if (!j->out) {
		j->out = mmap(NULL, size, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		j->err = memfd_create("stderr", MFD_CLOEXEC);
		j->log = mmap(NULL, sizeof(*j->log), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (j->out == MAP_FAILED || j->log == MAP_FAILED || j->err < 0) {
			perror("deflect: no memory for a child");
			exit(3);
		}
	}
	memset(j->out, 0, p.nsteps * sizeof(*j->out));
	race_clear(j->log);
	if (ftruncate(j->err, 0) || lseek(j->err, 0, SEEK_SET))
		perror("deflect: memfd");
	if (w->c)
		report_start(pool->report, w->c->name);
	else
		report_control(pool->report, w->ctl->asker, false);
	fflush(stdout);
	j->work = w;
	j->killed = false;
	j->began = now_seconds();
	j->deadline = j->began + pool->opt->timeout_ms / 1000.0;
	j->pid = fork();
	if (j->pid < 0) {
		perror("deflect: fork");
		exit(3);
	}
	if (!j->pid)
		child_main(pool, j, &p);
	pool->running++;
}

/* The step a case was at: the first without an outcome. */
static int unfinished(const struct program *p, const struct outcome *out)
{
	for (int i = 0; i < p->nsteps; i++)
		if (!outcome_has(&out[i], F_RET) && !outcome_has(&out[i], F_END))
			return i;
	return p->nsteps - 1;
}

/* How a child ended that did not end well: its own words, if it has any. */
static void say_end(struct job *j, int status, char *buf, size_t size)
{
	char line[STDERR_MAX];
	ssize_t n = pread(j->err, line, sizeof(line) - 1, 0);

	line[n > 0 ? n : 0] = 0;
	line[strcspn(line, "\n")] = 0;
	if (j->killed || j->lost)
		snprintf(buf, size, "did not end in time");
	else if (WIFSIGNALED(status))
		snprintf(buf, size, "signal %d %s", WTERMSIG(status), line);
	else
		snprintf(buf, size, "%s", line);
}

static void fail_to_judge(struct result *res, const char *what, const char *why)
{
	res->verdict = V_ERROR;
	memset(&res->covered, 0, sizeof(res->covered));
	append(res->reason, sizeof(res->reason), 0, "%s%s", what, why);
	append(res->message, sizeof(res->message), 0, "%s\n%s%s\n", res->name,
	       what, why);
}

static void fail_whole(const struct pool *pool, struct result *res,
		       const struct program *p, const struct job *j,
		       const char *what)
{
	int step = unfinished(p, j->out), at = 0;
	char label[256];

	res->verdict = V_FAIL;
	res->step = step + 1;
	res->rule = RULE_NONE;
	text_step_label(label, sizeof(label), &p->step[step]);
	snprintf(res->want, sizeof(res->want), "the case ends");
	snprintf(res->got, sizeof(res->got), "%s", what);
	at = append(res->message, sizeof(res->message), at,
		    "%s\n%s, in step %d: %s\nmachine: linux %s, %s, %s\n",
		    res->name, what, step + 1, label, pool->m->release,
		    pool->m->module,
		    pool->m->emulator[0] ? pool->m->emulator : "host");
	append(res->message, sizeof(res->message), at,
	       "rerun: deflect run %s\n", res->name);
}

/* What became of a case, from how its child ended and what it saw. */
static void judge_job(struct pool *pool, struct job *j, int status,
		      struct result *res)
{
	static struct program p;
	static struct control ctl;
	const struct work *w = j->work;
	struct rule_set wanted;
	char what[STDERR_MAX + 64];

	case_program(w->c, &p);
	if (j->lost) {
		fail_whole(pool, res, &p, j,
			   "hangs in the kernel and cannot be killed");
	} else if (j->killed) {
		snprintf(what, sizeof(what), "did not end within %u ms",
			 pool->opt->timeout_ms);
		fail_whole(pool, res, &p, j, what);
	} else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
		fail_whole(pool, res, &p, j, "was killed by the kernel (oops "
			   "or out of memory: see the kernel log)");
	} else if (WIFSIGNALED(status) || WEXITSTATUS(status)) {
		say_end(j, status, what, sizeof(what));
		fail_to_judge(res, "", what);
	} else {
		if (pool->opt->observe)
			res->seen = seen_text(&p, j->out);
		/* flip what the case is evidence for and nobody proved yet */
		memset(&wanted, 0, sizeof(wanted));
		for (int i = 0; i < w->c->nrules; i++)
			if (!rule_set_has(&pool->report->covered,
					  w->c->rules[i]))
				rule_set_add(&wanted, w->c->rules[i]);
		memset(&ctl, 0, sizeof(ctl));
		if (w->ctl && w->ctl->seen)
			control_fill(&ctl, w->map, p.nsteps, w->ctl->seen);
		judge(pool->m, &p, &ctl, j->out, j->log, &wanted, res);
		/* right, as far as anything could be said without it */
		if (w->ctl && !w->ctl->seen && res->verdict == V_PASS)
			fail_to_judge(res, "its control did not end well: ",
				      w->ctl->why);
	}
}

static void blame_kernel_log(struct pool *pool, struct result *res)
{
	int at = strlen(res->message);

	res->verdict = V_FAIL;
	snprintf(res->want, sizeof(res->want), "no kernel report");
	snprintf(res->got, sizeof(res->got), "%.400s", pool->splat);
	res->got[strcspn(res->got, "\n")] = 0;
	append(res->message, sizeof(res->message), at,
	       "%s\nkernel log while it ran:\n%s", res->name, pool->splat);
	pool->splat[0] = 0;
}

/*
 * What KVM did, to the message of a failure that nobody expects, by running it
 * once more.  The other jobs go on meanwhile; they are reaped later.
 */
static void trace_failure(struct pool *pool, const struct test_case *c,
			  struct result *res)
{
	static struct program p;
	static struct result listed;
	char text[6144];

	if (res->verdict != V_FAIL || pool->traces == MAX_TRACES)
		return;
	listed = *res;
	baseline_apply(pool->report->baseline, pool->m, &listed);
	if (listed.note == NOTE_KNOWN || listed.note == NOTE_EMULATOR)
		return;
	pool->traces++;
	case_program(c, &p);
	trace_program(pool->m, &p, pool->opt->timeout_ms, text, sizeof(text));
	append(res->message, sizeof(res->message), strlen(res->message), "%s",
	       text);
}

/*
 * One of several runs of a case; false until it is the last.  Then @res is the
 * worst of them, and says if they were not alike.
 */
static bool repeated(const struct pool *pool, struct work *w, bool lost,
		     struct result *res)
{
	unsigned runs = pool->opt->repeat;
	bool bad = res->verdict == V_FAIL || res->verdict == V_ERROR;

	if (runs < 2 || pool->alone)
		return true;
	if (!w->worst || (bad && !w->bad)) {
		w->worst = w->worst ?: calloc(1, sizeof(*res));
		if (!w->worst)
			abort();
		free(w->worst->seen);
		*w->worst = *res;
		res->seen = NULL;
	}
	rule_set_merge(&w->worst->covered, &res->covered);
	w->bad += bad;
	if (++w->runs < runs && !lost)
		return false;
	*res = *w->worst;
	free(w->worst);
	if (w->bad && w->bad < w->runs) {
		res->note = NOTE_FLAKY;
		snprintf(res->reason, sizeof(res->reason),
			 "failed in %u of %u runs", w->bad, w->runs);
		append(res->message, sizeof(res->message),
		       strlen(res->message), "flaky: %s\n", res->reason);
	}
	return true;
}

static void end_job(struct pool *pool, struct job *j, int status)
{
	struct work *w = j->work;
	struct result res = { .rule = RULE_NONE };
	char why[STDERR_MAX + 64];
	size_t size;

	pool->running--;
	j->pid = 0;
	if (!w->c) {
		report_control(pool->report, w->ctl->asker, true);
		if (!status && !j->lost) {
			size = w->ctl->prog->nsteps * sizeof(*w->ctl->seen);
			w->ctl->seen = keep_copy(j->out, size);
		} else {
			say_end(j, status, why, sizeof(why));
			w->ctl->why = keep_copy(why, strlen(why) + 1);
		}
		return;
	}
	snprintf(res.name, sizeof(res.name), "%s", w->c->name);
	res.ms = (now_seconds() - j->began) * 1000;
	if (stop || pool->over)
		return;		/* cut short by us, not a result */
	if (!pool->splat[0])
		klog_poll(pool->splat, sizeof(pool->splat));
	if (pool->splat[0] && !pool->alone) {
		/* one of those that run now; each again, alone, later */
		w->suspect = true;
		for (int i = 0; i < pool->opt->jobs; i++)
			if (pool->job[i].pid)
				pool->job[i].work->suspect = true;
	}
	/* a busy machine is no reason to fail */
	if (j->killed && !j->lost && !pool->alone && pool->opt->repeat < 2 &&
	    pool->nlate < MAX_LATE) {
		w->late = true;
		pool->nlate++;
	}
	if ((w->suspect || w->late) && !pool->alone)
		return;
	judge_job(pool, j, status, &res);
	if (pool->splat[0])
		blame_kernel_log(pool, &res);
	if (!j->lost)
		trace_failure(pool, w->c, &res);
	if (repeated(pool, w, j->lost, &res) && report_result(pool->report, &res))
		pool->over = true;
	free(res.seen);
	/* each time: what a machine that dies has reached is not lost */
	if (pool->opt->cover)
		cover_tell(&pool->cover, stdout);
}

/* ---- the pool ---- */

static void reap(struct pool *pool)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < MAX_JOBS; i++)
			if (pool->job[i].pid == pid)
				end_job(pool, &pool->job[i], status);
}

/*
 * What hangs in the kernel may hold what every case after it waits for, a grace
 * period above all.  A machine of ours ends with it, to be booted again for the
 * rest; a host is given up after some.
 */
static void count_lost(struct pool *pool)
{
	pool->nlost++;
	if (init_ran()) {
		fprintf(stderr, "deflect: a case hangs in the kernel: no other "
			"is run in this boot\n");
		init_power_off(3);
	}
	if (pool->nlost < MAX_LOST)
		return;
	fprintf(stderr, "deflect: %d cases hang in the kernel and cannot be "
		"killed: the rest is not run; restart the machine and go on "
		"with --resume\n", pool->nlost);
	pool->over = true;
}

static void enforce_deadlines(struct pool *pool)
{
	double now = now_seconds();

	for (int i = 0; i < pool->opt->jobs; i++) {
		struct job *j = &pool->job[i];

		if (!j->pid || now < j->deadline)
			continue;
		if (!j->killed) {
			kill(j->pid, SIGKILL);
			j->killed = true;
			j->deadline = now + GRACE_MS / 1000.0;
		} else if (!j->lost) {
			/* stuck in the kernel: give its place up */
			struct job gone = *j;

			gone.lost = true;
			end_job(pool, &gone, 0);
			memset(j, 0, sizeof(*j));
			count_lost(pool);
		}
	}
}

static void wait_for_children(struct pool *pool)
{
	struct timespec ts = { 0, 50 * 1000 * 1000 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigtimedwait(&set, NULL, &ts);
	reap(pool);
	enforce_deadlines(pool);
}

static void run_all(struct pool *pool, struct work *work, int n)
{
	int next = 0;

	while ((next < n || pool->running) && !stop && !pool->over) {
		for (int i = 0; i < pool->opt->jobs && next < n; i++)
			if (!pool->job[i].pid)
				start_job(pool, &pool->job[i], &work[next++]);
		wait_for_children(pool);
	}
	for (int i = 0; i < MAX_JOBS; i++)
		if (pool->job[i].pid)
			kill(pool->job[i].pid, SIGKILL);
	for (int i = 0; i < 100 && pool->running; i++)
		wait_for_children(pool);
}

/* What in @p would take the emulated machine with it; NULL: nothing known. */
static const char *dies_of(const struct machine *m, const struct program *p,
			   const struct prediction *pred)
{
	for (int i = 0; m->dies_of_tf && i < p->nsteps; i++) {
		const struct step *s = &p->step[i];

		if ((s->kind == STEP_RDMSR || s->kind == STEP_WRMSR) &&
		    s->access.tf && !s->access.forced)
			return "an intercepted access under TF";
	}
	for (int i = 0; m->dies_of_shutdown && i < pred->nedges; i++)
		if (pred->edge[i].want.val[F_END] == END_SHUTDOWN)
			return "a guest that shuts down";
	return NULL;
}

/* The control a case asks for, made once for all that ask the same. */
static void find_control(struct pool *pool, struct work *w,
			 const struct program *p, const struct prediction *pred)
{
	static struct program c;
	static char text[TEXT_MAX];
	struct control_run *r;

	if (!control_program(pool->m, p, pred, &c, w->map))
		return;
	text_print(text, sizeof(text), &c);
	for (r = pool->controls; r; r = r->next)
		if (!strcmp(r->text, text))
			break;
	if (!r) {
		r = keep(sizeof(*r));
		r->asker = w->c->name;
		r->text = keep_copy(text, strlen(text) + 1);
		r->size = offsetof(struct program, step) +
			  c.nsteps * sizeof(c.step[0]);
		r->prog = keep_copy(&c, r->size);
		r->next = pool->controls;
		pool->controls = r;
	}
	w->ctl = r;
}

static void run_controls(struct pool *pool)
{
	struct control_run *r;
	struct work *w;
	int n = 0;

	for (r = pool->controls; r; r = r->next)
		n++;
	w = calloc(n + 1, sizeof(*w));
	n = 0;
	for (r = pool->controls; r; r = r->next)
		w[n++].ctl = r;
	if (pool->report->verbose)
		fprintf(stderr, "deflect: %d controls\n", n);
	run_all(pool, w, n);
	/* a busy machine is no reason to know less */
	for (int i = 0; i < n && !stop; i++)
		if (!w[i].ctl->seen)
			run_all(pool, &w[i], 1);
	free(w);
}

/*
 * What no single case did: a report of the kernel's that did not come again,
 * memory it lost.  Still a failure of the run.
 */
static void report_loose(struct pool *pool, const char *name, const char *got,
			 const char *text)
{
	struct result res = { .rule = RULE_NONE, .verdict = V_FAIL };

	snprintf(res.name, sizeof(res.name), "%s", name);
	snprintf(res.want, sizeof(res.want), "no kernel report");
	snprintf(res.got, sizeof(res.got), "%.*s", (int)strcspn(got, "\n"),
		 got);
	snprintf(res.message, sizeof(res.message), "%s\n%s", name, text);
	report_result(pool->report, &res);
}

static void rerun_alone(struct pool *pool, struct work *work, int n)
{
	struct run_options alone = *pool->opt;
	const struct run_options *opt = pool->opt;
	char first[sizeof(pool->splat)], text[6000];
	int suspects = 0, before = pool->report->count[V_FAIL], at = 0;

	memcpy(first, pool->splat, sizeof(first));
	pool->splat[0] = 0;
	alone.jobs = 1;
	alone.timeout_ms *= 2;
	pool->opt = &alone;
	pool->alone = true;
	for (int i = 0; i < n && !stop; i++)
		if (work[i].suspect || work[i].late) {
			suspects += work[i].suspect;
			klog_rearm();
			run_all(pool, &work[i], 1);
		}
	pool->opt = opt;
	pool->alone = false;
	if (!suspects || pool->report->count[V_FAIL] != before || stop)
		return;
	/* Seen once and not again, e.g. WARN_ONCE: nobody's, but a failure. */
	at = append(text, sizeof(text), 0, "kernel report that did not come "
		    "again when its suspects ran alone:\n%ssuspects:", first);
	for (int i = 0; i < n; i++)
		if (work[i].suspect)
			at = append(text, sizeof(text), at, " %s",
				    work[i].c->name);
	append(text, sizeof(text), at, "\n");
	report_loose(pool, "kernel-log", first, text);
}

/* Who lost memory: kmemleak tells the name of the thread, case-NUMBER. */
static void report_lost_memory(struct pool *pool)
{
	char lost[4000], text[6000];
	const char *p;
	int at, i;

	if (!kmemleak_end(lost, sizeof(lost)))
		return;
	at = append(text, sizeof(text), 0, "memory that the kernel lost during "
		    "the run, by:");
	for (p = lost; (p = strstr(p, "comm \"case-")); p++)
		if (sscanf(p, "comm \"case-%d\"", &i) == 1 && i >= 0 &&
		    i < pool->nwork && at < 1500)
			at = append(text, sizeof(text), at, " %s",
				    pool->work[i].c->name);
	append(text, sizeof(text), at, "\n%s", lost);
	report_loose(pool, "kernel-memory", lost, text);
}

/* Those that must be alone go last, one by one. */
static void run_together(struct pool *pool, struct work *work, int n)
{
	int together = 0;

	for (int i = 0; i < n; i++)
		if (!(work[i].c->needs & NEED_ALONE)) {
			struct work w = work[i];

			work[i] = work[together];
			work[together++] = w;
		}
	for (unsigned r = 0; !r || r < pool->opt->repeat; r++) {
		run_all(pool, work, together);
		for (int i = together; i < n && !stop && !pool->over; i++)
			run_all(pool, &work[i], 1);
	}
}

static void skip(struct pool *pool, const struct test_case *c,
		 const char *why, const char *what)
{
	struct result res = { .rule = RULE_NONE, .verdict = V_SKIP };

	snprintf(res.name, sizeof(res.name), "%s", c->name);
	snprintf(res.reason, sizeof(res.reason), "%s %s", why, what);
	report_result(pool->report, &res);
}

/* The cases of one way to load KVM, which is loaded already. */
static void run_group(struct pool *pool, const struct test_case *const *cases,
		      int n)
{
	static struct program p;
	struct work *work = calloc(n + 1, sizeof(*work));
	struct prediction *pred = malloc(sizeof(*pred));
	int nwork = 0;
	bool tells_leaks;

	pool->work = work;
	pool->controls = NULL;
	tells_leaks = !pool->opt->no_klog && kmemleak_begin();
	for (int i = 0; i < n && !pool->over; i++) {
		const char *what = machine_lacks(pool->m, cases[i]->needs);

		if (what) {
			skip(pool, cases[i], "needs", what);
			continue;
		}
		case_program(cases[i], &p);
		predict(pool->m, &p, NULL, RULE_NONE, pred);
		what = dies_of(pool->m, &p, pred);
		if (what) {
			skip(pool, cases[i], "this emulator dies of", what);
			continue;
		}
		work[nwork].c = cases[i];
		find_control(pool, &work[nwork], &p, pred);
		nwork++;
	}
	pool->nwork = nwork;
	run_controls(pool);
	run_together(pool, work, nwork);
	rerun_alone(pool, work, nwork);
	if (tells_leaks && !stop && !pool->over)
		report_lost_memory(pool);
	pool->work = NULL;
	pool->nwork = 0;
	free(pred);
	free(work);
}

/* The same after loading it, or skipped because that cannot be. */
static void run_config(struct pool *pool, struct machine *m, int config,
		       const struct test_case *const *cases, int n)
{
	char why[256];

	if (config_load(m, config, why, sizeof(why))) {
		for (int i = 0; i < n; i++)
			skip(pool, cases[i], "needs", why);
		return;
	}
	run_group(pool, cases, n);
}

int run_cases(struct machine *m, const struct test_case *const *cases, int n,
	      const struct run_options *opt, struct report *report)
{
	static struct pool pool;
	const struct test_case **group = calloc(n + 1, sizeof(*group));
	struct sigaction sa = { .sa_handler = on_stop };
	sigset_t set;

	pool = (struct pool){ .m = m, .opt = opt, .report = report };
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = on_child;
	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);

	if (opt->cover && (cover_open(&pool.cover) ||
			   cover_start_all(&pool.cover))) {
		fprintf(stderr, "deflect: --cover: %s: it takes modules made "
			"with make kvm-modules COVERAGE=1\n", strerror(errno));
		return 3;
	}
	if (report_begin(report, m, report->nresumed + n + opt->elsewhere))
		return 3;
	if (!opt->no_klog && !klog_open())
		fprintf(stderr, "deflect: the kernel log cannot be read here: "
			"kernel reports will go unnoticed\n");
	for (int c = 0; configs[c].name && !stop && !pool.over; c++) {
		int in = 0;

		for (int i = 0; i < n; i++)
			if (cases[i]->config == c)
				group[in++] = cases[i];
		if (in && c)
			run_config(&pool, m, c, group, in);
		else if (in)
			run_group(&pool, group, in);
	}
	free(group);
	if (opt->cover) {
		cover_tell(&pool.cover, stdout);
		cover_close(&pool.cover);
	}
	if (pool.over) {
		report_end(report, true);
		return 3;
	}
	return report_end(report, stop != 0);
}
