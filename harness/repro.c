// SPDX-License-Identifier: GPL-2.0-only
/* A program as C source: the frame, main(), and what is wanted of each step. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "msrs.h"
#include "repro.h"
#include "run.h"
#include "text.h"

enum { CONTROL_MS = 20000 };

/* ---- names ---- */

static bool several_vms(const struct program *p)
{
	for (int i = 0; i < p->nsteps; i++)
		if (p->step[i].vm || p->step[i].kind == STEP_COPY)
			return true;
	return false;
}

static bool several_vcpus(const struct program *p)
{
	for (int i = 0; i < p->nsteps; i++)
		if (p->step[i].vcpu)
			return true;
	return false;
}

static const char *name(const char *fmt, unsigned a, unsigned b)
{
	static char ring[8][32];
	static int n;
	char *buf = ring[n++ % 8];

	snprintf(buf, sizeof(ring[0]), fmt, a, b);
	return buf;
}

const char *repro_vm(struct repro *r, unsigned vm)
{
	return several_vms(r->p) ? name("vm%u", vm, 0) : "vm";
}

const char *repro_mem(struct repro *r, unsigned vm)
{
	return several_vms(r->p) ? name("mem%u", vm, 0) : "mem";
}

const char *repro_vcpu(struct repro *r, unsigned vm, unsigned vcpu)
{
	if (several_vms(r->p))
		return name(several_vcpus(r->p) ? "vm%u_vcpu%u" : "vm%u_vcpu",
			    vm, vcpu);
	return several_vcpus(r->p) ? name("vcpu%u", vcpu, 0) : "vcpu";
}

/* ---- what is wanted ---- */

enum { MAX_ALTERNATIVES = 8 };

static bool says_nothing(const struct outcome *o)
{
	for (int f = 0; f < NR_FIELDS; f++)
		if (o->mask[f])
			return false;
	return true;
}

/* Nobody knows what the step will show: the vCPU's state, or KVM's answer. */
static bool in_the_dark(const struct repro *r, int i)
{
	const struct step *s = &r->p->step[i];

	if (r->open[s->vm][s->vcpu] &&
	    (step_is_guest(s) || s->kind == STEP_RESUME ||
	     s->kind == STEP_REGS || s->kind == STEP_EVENTS))
		return true;
	/* what the catalogue says need not hold for a module of unknown make */
	return !r->have_kvm && r->m->vendor == VENDOR_OTHER &&
	       r->pred->asks[i];
}

/* Outcomes that are allowed; 0 if that is anything. */
static int alternatives(const struct repro *r, int i,
			const struct outcome *v[MAX_ALTERNATIVES])
{
	int n = 0;

	if (in_the_dark(r, i))
		return 0;
	for (int e = 0; e < r->pred->nedges; e++) {
		const struct outcome *o = &r->pred->edge[e].want;
		bool twin = false;

		if (r->pred->edge[e].step != i)
			continue;
		if (says_nothing(o) || n == MAX_ALTERNATIVES)
			return 0;
		for (int k = 0; k < n; k++)
			twin |= !memcmp(v[k], o, sizeof(*o));
		if (!twin)
			v[n++] = o;
	}
	return n;
}

static bool skipped(const struct repro *r, int i)
{
	const struct outcome *v[MAX_ALTERNATIVES];
	int n = alternatives(r, i, v);

	for (int k = 0; k < n; k++)
		if (!outcome_has(v[k], F_END) || v[k]->val[F_END] != END_SKIPPED)
			return false;
	return n;
}

/* Where the vCPU is after the step. */
static void follow(struct repro *r, int i)
{
	const struct step *s = &r->p->step[i];
	const struct outcome *v[MAX_ALTERNATIVES];
	int n = alternatives(r, i, v);
	u64 end = n && outcome_has(v[0], F_END) ? v[0]->val[F_END] : NR_ENDS;
	bool access = s->kind == STEP_RDMSR || s->kind == STEP_WRMSR;

	if (s->kind == STEP_CLOSE) {
		memset(r->at[s->vm], 0, sizeof(r->at[s->vm]));
		memset(r->open[s->vm], 0, sizeof(r->open[s->vm]));
		memset(r->uninitialized[s->vm], 0,
		       sizeof(r->uninitialized[s->vm]));
	} else if (s->kind == STEP_COPY) {
		r->at[s->count][s->vcpu] = r->at[s->vm][s->vcpu] ?
					   VCPU_PAUSED : VCPU_FREE;
		r->open[s->count][s->vcpu] = r->open[s->vm][s->vcpu];
	} else if (access && s->access.hold) {
		if (end == NR_ENDS)
			r->open[s->vm][s->vcpu] = true;
		if (end == NR_ENDS || end == END_HELD)
			r->at[s->vm][s->vcpu] = VCPU_HELD;
	} else if (s->kind == STEP_MP_STATE) {
		r->uninitialized[s->vm][s->vcpu] =
			s->count == KVM_MP_STATE_UNINITIALIZED;
	} else if (s->kind == STEP_RESUME) {
		if (end == END_OTHER ||
		    (end == END_ERRNO && v[0]->val[F_RUN_ERRNO] == EINTR &&
		     !r->uninitialized[s->vm][s->vcpu]))
			r->at[s->vm][s->vcpu] = VCPU_PAUSED;
		else if (end != END_ERRNO)
			r->at[s->vm][s->vcpu] = VCPU_FREE;
	}
}

/* As judge() calls it. */
static void step_label(char *buf, size_t size, const struct step *s)
{
	bool access = s->kind == STEP_RDMSR || s->kind == STEP_WRMSR;
	const struct msr_info *msr = access ? msr_find(s->access.index) : NULL;

	text_step_label(buf, size, s);
	if (msr)
		append(buf, size, strlen(buf), " (%s)", msr->name);
}

static void put_want(struct repro *r, int i)
{
	const struct outcome *v[MAX_ALTERNATIVES];
	int n = alternatives(r, i, v), column = 8 * r->indent;
	char label[256], text[1024];

	if (!n) {
		repro_line(r, "/* nothing is known of what it shows */");
		return;
	}
	repro_use(r, USE_want);
	for (int k = 0; k < n; k++)
		repro_forget(r, i, v[k]);
	for (int k = 0; k < n - 1; k++) {
		repro_use(r, USE_alternatives);
		outcome_print(text, sizeof(text), v[k], NULL);
		repro_indent(r->out, column);
		fputs(k ? "    !shows(" : "if (!shows(", r->out);
		repro_put_string(r->out, column + 11, text, k < n - 2 ? ") &&" : "))");
	}
	if (n > 1)
		column += 8;
	step_label(label, sizeof(label), &r->p->step[i]);
	outcome_print(text, sizeof(text), v[n - 1], NULL);
	repro_indent(r->out, column);
	if (column + strlen(label) + strlen(text) + 20 <= REPRO_WIDTH) {
		fprintf(r->out, "want(%d, \"%s\", \"%s\");\n", i + 1, label,
			text);
		return;
	}
	fprintf(r->out, "want(%d, ", i + 1);
	repro_put_string(r->out, column + 7 + (i > 8), label, ",");
	repro_indent(r->out, column + 5);
	repro_put_string(r->out, column + 5, text, ");");
}

/* ---- functions ---- */

struct function {
	char *text;
	size_t size;
};

static void begin(struct repro *r, struct function *f)
{
	r->out = open_memstream(&f->text, &f->size);
	r->indent = 1;
	r->locals = 0;
	r->gap = false;
}

static void put_locals(FILE *f, u32 locals)
{
	for (int l = 0; l < NR_LOCALS; l++)
		if (locals >> l & 1)
			repro_put_line(f, 8, repro_locals[l]);
}

static void step_comment(FILE *f, int indent, const struct step *s, int i)
{
	char text[4096];
	int n = snprintf(text, sizeof(text), "step %d: ", i + 1);

	text_print_step(text + n, sizeof(text) - n, s);
	repro_put_comment(f, indent, text);
}

static void put_step(struct repro *r, int i)
{
	if (skipped(r, i)) {
		repro_line(r, "/* not executed: the vCPU is not free */");
		return;
	}
	repro_step(r, i);
	if (r->p->step[i].kind != STEP_VCPU)
		put_want(r, i);
}

/* The step of another actor: a function of its own, called from main(). */
static void actor_step(struct repro *r, int i, FILE *functions,
		       bool started[MAX_ACTORS])
{
	const struct step *s = &r->p->step[i];
	const char *vcpu = repro_vcpu(r, s->vm, s->vcpu);
	struct function f;
	FILE *out = r->out;
	u32 locals = r->locals;

	begin(r, &f);
	put_step(r, i);
	fclose(r->out);
	step_comment(functions, 0, s, i);
	fprintf(functions, "static void *step%d(void *unused)\n{\n", i + 1);
	put_locals(functions, r->locals);
	fprintf(functions, "%s%s\treturn NULL;\n}\n\n", r->locals ? "\n" : "",
		f.text);
	free(f.text);
	r->out = out;
	r->indent = 1;
	r->locals = locals;

	if (s->actor == ACTOR_CHILD) {
		repro_use(r, USE_child);
		repro_line(r, "in_child(step%d);", i + 1);
		return;
	}
	repro_use(r, USE_threads);
	if (started[s->actor])
		repro_line(r, "must(-pthread_join(t%d, NULL));", s->actor);
	started[s->actor] = s->async;
	if (!s->async) {
		repro_use(r, USE_in_thread);
		repro_line(r, "in_thread(step%d);", i + 1);
		return;
	}
	if (s->kind == STEP_SPIN)
		repro_line(r, "put(&%s, SPIN_RUNS, 0);", vcpu);
	repro_line(r, "must(-pthread_create(&t%d, NULL, step%d, NULL));",
		   s->actor, i + 1);
	if (s->kind == STEP_SPIN) {
		repro_use(r, USE_await);
		repro_line(r, "await_spin(&%s);", vcpu);
	}
}

static void put_steps(struct repro *r, FILE *functions)
{
	bool started[MAX_ACTORS] = { false };

	for (int i = 0; i < r->p->nsteps; i++) {
		const struct step *s = &r->p->step[i];

		r->gap = i > 0;
		if (!skipped(r, i))
			repro_create(r, i);
		fputc('\n', r->out);
		r->gap = false;
		step_comment(r->out, 1, s, i);
		if (s->kind == STEP_WAIT) {
			if (started[s->wait])
				repro_line(r, "must(-pthread_join(t%d, NULL));",
					   s->wait);
			started[s->wait] = false;
		} else if (s->actor == ACTOR_MAIN) {
			put_step(r, i);
		} else {
			actor_step(r, i, functions, started);
		}
		follow(r, i);
	}
	for (int a = 0; a < MAX_ACTORS; a++)
		if (started[a])
			repro_line(r, "must(-pthread_join(t%d, NULL));", a);
}

/* ---- the file ---- */

static bool other_actors(const struct program *p)
{
	for (int i = 0; i < p->nsteps; i++)
		if (p->step[i].actor != ACTOR_MAIN)
			return true;
	return false;
}

static void put_variables(struct repro *r, FILE *f, const char *before)
{
	const char *type = repro_uses(r, USE_mem) ? "struct vcpu" : "int";
	char list[512];
	int n, any = 0;

	if (!repro_uses(r, USE_kvm))
		return;		/* and so no VM */
	n = snprintf(list, sizeof(list), "%sint kvm", before);
	for (int i = 0; i < MAX_VMS; i++)
		if (r->vm_ever[i])
			n = append(list, sizeof(list), n, ", %s",
				   repro_vm(r, i));
	append(list, sizeof(list), n, ";");
	repro_put_line(f, *before ? 0 : 8, list);
	n = snprintf(list, sizeof(list), "%s__u8", before);
	for (int i = 0; i < MAX_VMS; i++)
		if (r->mem_ever[i])
			n = append(list, sizeof(list), n, "%s *%s",
				   any++ ? "," : "", repro_mem(r, i));
	append(list, sizeof(list), n, ";");
	if (any)
		repro_put_line(f, *before ? 0 : 8, list);
	any = 0;
	n = snprintf(list, sizeof(list), "%s%s", before, type);
	for (int i = 0; i < MAX_VMS; i++)
		for (int k = 0; k < MAX_VCPUS; k++)
			if (r->vcpu_ever[i][k])
				n = append(list, sizeof(list), n, "%s %s",
					   any++ ? "," : "",
					   repro_vcpu(r, i, k));
	append(list, sizeof(list), n, ";");
	if (any)
		repro_put_line(f, *before ? 0 : 8, list);
}

static void put_threads(struct repro *r, FILE *f)
{
	bool any[MAX_ACTORS] = { false };

	for (int i = 0; i < r->p->nsteps; i++)
		if (r->p->step[i].async)
			any[r->p->step[i].actor] = true;
	for (int a = 0; a < MAX_ACTORS; a++)
		if (any[a])
			fprintf(f, "\tpthread_t t%d;\n", a);
}

static void put_header(const struct repro *r, FILE *f)
{
	const struct program *p = r->p;
	char text[1024];

	fputs("// SPDX-License-Identifier: GPL-2.0-only\n/*\n", f);
	repro_put_paragraph(f, 0, p->name[0] ? p->name : "a program");
	fputs(" *\n", f);
	for (int i = 0; i < p->nrules; i++) {
		const struct rule_info *info = &rule_info[p->rules[i]];

		snprintf(text, sizeof(text), "%s (%s): %s", info->name,
			 info->spec, info->statement);
		repro_put_paragraph(f, 0, text);
		if (info->source && info->source[0]) {
			snprintf(text, sizeof(text), "Source: %s",
				 info->source);
			repro_put_paragraph(f, 0, text);
		}
		fputs(" *\n", f);
	}
	snprintf(text, sizeof(text), "Printed by deflect %s on linux %s, %s.  "
		 "Wanted is what the rules allow there%s.", DEFLECT_VERSION,
		 r->m->release, r->m->module, r->have_kvm ? "" :
		 "; without /dev/kvm, so what depends on KVM's own answers is "
		 "not checked");
	repro_put_paragraph(f, 0, text);
	fprintf(f, " *\n *\tgcc -static%s -o x x.c && ./x\n *\n",
		repro_uses(r, USE_threads) ? " -pthread" : "");
	repro_put_paragraph(f, 0, "Exit status: 0 all as wanted, 1 a step is not, 3 "
		      "the environment.");
	fputs(" */\n", f);
}

static void put_main(struct repro *r, FILE *f, const char *body, u32 locals)
{
	static const struct {
		enum need need;
		const char *check;
	} needs[] = {
		{ NEED_IRQCHIP, "if (ioctl(kvm, KVM_CHECK_EXTENSION, "
		  "KVM_CAP_IRQCHIP) <= 0)" },
		{ NEED_ROOT, "if (geteuid())" },
	};

	fputs("int main(void)\n{\n", f);
	put_locals(f, locals);
	if (!other_actors(r->p))
		put_variables(r, f, "");
	put_threads(r, f);
	fputs("\n\tsetvbuf(stdout, NULL, _IOLBF, 0);\n", f);
	if (repro_uses(r, USE_hangs))
		fputs("\tsignal(SIGALRM, hung);\n\talarm(20);\n", f);
	fprintf(f, "\t%smust(open(\"/dev/kvm\", O_RDWR));\n",
		repro_uses(r, USE_kvm) ? "kvm = " : "");
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (r->p->needs & needs[i].need)
			fprintf(f, "\t%s\n\t\texit(3);\n", needs[i].check);
	fprintf(f, "%s\n\tputs(\"PASS\");\n\treturn 0;\n}\n", body);
}

/* ---- the control, as the runner has it ---- */

static void predict_program(const struct machine *m, const struct program *p,
			    bool have_kvm, struct prediction *pred)
{
	static struct outcome seen[MAX_STEPS];
	static struct program c;
	static struct control ctl;
	s8 map[MAX_STEPS];

	predict(m, p, NULL, RULE_NONE, pred);
	if (!have_kvm)
		return;
	memset(&ctl, 0, sizeof(ctl));
	if (control_program(m, p, pred, &c, map) &&
	    !run_in_child(m, &c, seen, CONTROL_MS))
		control_fill(&ctl, map, p->nsteps, seen);
	predict(m, p, &ctl, RULE_NONE, pred);
}

static void scan_wants(struct repro *r)
{
	for (int e = 0; e < r->pred->nedges; e++)
		if (!says_nothing(&r->pred->edge[e].want))
			repro_scan_want(r, r->pred->edge[e].step,
					&r->pred->edge[e].want);
}

/* What parts of the fixed text need of each other. */
static void infer_uses(struct repro *r)
{
	bool access = repro_uses(r, USE_access);
	bool exit = repro_uses(r, USE_exit);
	bool registers = repro_uses(r, USE_registers);

	if (repro_uses(r, USE_debug))
		registers = true, repro_use(r, USE_registers);
	if (access || repro_uses(r, USE_run_once))
		repro_use(r, USE_guest);
	if (repro_uses(r, USE_ret) || repro_uses(r, USE_guest) ||
	    repro_uses(r, USE_want))
		repro_use(r, USE_results);
	if ((access && (exit || registers)) ||
	    (repro_uses(r, USE_regs) && registers))
		repro_use(r, USE_changed);
	if (exit || registers || repro_uses(r, USE_get_msr) ||
	    repro_uses(r, USE_events))
		repro_use(r, USE_named);
	if (exit || registers || repro_uses(r, USE_filter))
		repro_use(r, USE_odd);
}

int repro_print(FILE *f, const struct machine *m, const struct program *p,
		bool have_kvm)
{
	static struct prediction pred;
	struct repro r = { .m = m, .p = p, .pred = &pred,
			   .have_kvm = have_kvm };
	struct function body, functions;
	FILE *fn;
	char label[256];

	if (program_needs(p) & NEED_ARM64) {
		fprintf(stderr, "deflect: %s is for arm64: there are "
			"reproducers for x86 only; mail the program\n", p->name);
		return 2;
	}
	for (int i = 0; i < p->nsteps; i++) {
		if (repro_can(&p->step[i]))
			continue;
		text_step_label(label, sizeof(label), &p->step[i]);
		fprintf(stderr, "deflect: no reproducer for step %d: %s\n",
			i + 1, label);
		return 2;
	}
	predict_program(m, p, have_kvm, &pred);
	if (pred.overflow) {
		fprintf(stderr, "deflect: the model allows more outcomes than "
			"it can hold\n");
		return 3;
	}
	if (p->needs & NEED_IRQCHIP)
		repro_use(&r, USE_kvm);
	repro_scan(&r);
	scan_wants(&r);
	fn = open_memstream(&functions.text, &functions.size);
	begin(&r, &body);
	put_steps(&r, fn);
	fclose(r.out);
	fclose(fn);

	infer_uses(&r);
	put_header(&r, f);
	repro_put_text(&r, f);
	if (other_actors(p)) {
		put_variables(&r, f, "static ");
		fprintf(f, "\n%s", functions.text);
	}
	put_main(&r, f, body.text, r.locals);
	free(body.text);
	free(functions.text);
	return fflush(f) || ferror(f) ? 3 : 0;
}
