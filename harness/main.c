// SPDX-License-Identifier: GPL-2.0-only
/* The command line. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "baseline.h"
#include "bench.h"
#include "check.h"
#include "config.h"
#include "collect.h"
#include "diff.h"
#include "gate.h"
#include "init.h"
#include "list.h"
#include "page.h"
#include "plan_cli.h"
#include "record.h"
#include "repro.h"
#include "runner.h"
#include "stored.h"
#include "sweep.h"
#include "text.h"

enum { EXIT_USAGE = 2, EXIT_ENVIRONMENT = 3, EXIT_BISECT_SKIP = 125 };

static const char usage[] =
"deflect: does KVM's userspace-MSR ABI behave as documented?\n"
"\n"
"  deflect run [PATTERN...]   run cases on /dev/kvm; a PATTERN is a glob over\n"
"                             names, their first part, a rule or its id;\n"
"                             '!PATTERN' leaves out\n"
"  deflect list [--cases|--rules|--msrs|--fixes|--words]\n"
"               [--json] [PATTERN...]\n"
"  deflect explain NAME       a rule or a case: what it says, where from\n"
"  deflect replay FILE        run a program in its text form (- for stdin)\n"
"  deflect repro NAME|FILE    a case or program as one C file, for a mail\n"
"  deflect plan [--reads|--writes] MSR...   the filter that makes just these\n"
"                             MSRs exit; plan --check FILE: is one odd?\n"
"  deflect sweep [--from INDEX --to INDEX] [--reads|--writes] [--deny|--allow]\n"
"                             one access to each index of the whole space\n"
"  deflect bench [--quick]    what the engine costs beside bare ioctls; quick:\n"
"                             without the whole suite\n"
"  deflect check [PATTERN]    the suites against the model, without KVM\n"
"  deflect collect            turn a machine's stream on stdin into results\n"
"  deflect summary DIR...     one table of result folders\n"
"  deflect report [DIR...]    result folders as one HTML page; the word newest,\n"
"                             or none: the newest of results/\n"
"  deflect record DIR         what a run with --observe saw, as text to keep;\n"
"                             a record can stand for a result folder\n"
"  deflect diff A B           what two runs or records answer in different ways,\n"
"                             in words; A@CONFIGURATION: its cases\n"
"  deflect gate OLD NEW       is NEW worse than OLD, or than the known\n"
"  deflect gate NEW baseline  deviations? For CI: the exit status says it\n"
"  deflect --version\n"
"\n"
"  --jobs N       cases at a time (16)     --timeout S    for a case (20)\n"
"  --format F     tap, ktap or json        --results DIR  keep results.json\n"
"  --era LINE     rules of that kernel line: 5.10, 6.1, 6.12, 7.2\n"
"  --baseline DIR known deviations         --cases-from FILE  names to run\n"
"  --skip-from FILE  names to leave out    --machine NAME, --emulator TEXT\n"
"  --repeat N     run each case so often, and say which are flaky\n"
"  --output FILE  of report and record: not to stdout\n"
"  --observe      keep what every step did, also of cases that pass\n"
"  --resume       go on with the run whose results the folder has\n"
"  --seed N       run the cases in another order   -q, -v  less, more\n"
"  --sample N     of those selected, N cases for each rule they name\n"
"  --bisect       exit 125 for all but 0 and 1; gone deviations are none\n"
"  --kernel REL   what collect calls the kernel of a machine that says nothing\n"
"  --nearest      plan what can be had     --verify   try the plan on /dev/kvm\n"
"      --format also: text, c, json\n"
"  --mask N       of a sweep, 0: a #GP instead of an exit (7)\n"
"  --value N      that it writes (0)       --state FILE   where to go on from\n"
"  --reload 'kvm.ignore_msrs=1'  as PID 1: load KVM again with parameters\n"
"  deflect exec FILE [ARG...]    as PID 1: run another program instead\n"
"\n"
"Exit status: 0 nothing unexpected, 1 an unexpected failure, 2 usage,\n"
"3 an error that is not the kernel's, 4 everything skipped.\n";

static struct machine machine;
static struct report report;
static bool resume;
static struct run_options run_opt = { .jobs = 16, .timeout_ms = 20000 };
static struct sweep_options sweep_opt = { .to = UINT32_MAX, .mask = 7 };
static const char *cases_from, *skip_from;
static unsigned long seed, sample;
static const char *output;
static bool list_json;
static enum list_what list_what = LIST_CASES;
static struct plan_options plan_opt;
static bool bench_quick;
static bool plan_checks, plan_verifies;

/* What git bisect understands, where that is asked for. */
static int exit_status(int st)
{
	return report.bisect && st > 1 ? EXIT_BISECT_SKIP : st;
}

static int bad_usage(const char *fmt, const char *arg)
{
	fputs("deflect: ", stderr);
	fprintf(stderr, fmt, arg);
	fputs("; see deflect --help\n", stderr);
	return EXIT_USAGE;
}

static bool in_list(char **names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* One name a line; -1 with a line on stderr. */
static int read_names(const char *path, char ***names)
{
	FILE *f = fopen(path, "re");
	char line[MAX_NAME + 2];
	int n = 0;

	*names = NULL;
	if (!f) {
		fprintf(stderr, "deflect: cannot read %s: %s\n", path,
			strerror(errno));
		return -1;
	}
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		*names = realloc(*names, (n + 1) * sizeof(**names));
		(*names)[n++] = strdup(line);
	}
	fclose(f);
	return n;
}

/* Another order, the same for the same seed: no case may depend on it. */
static void shuffle(const struct test_case **v, int n)
{
	u64 x = seed;

	for (int i = n - 1; i > 0; i--) {
		const struct test_case *t = v[i];
		int j;

		x = x * 6364136223846793005u + 1442695040888963407u;
		j = (x >> 33) % (i + 1);
		v[i] = v[j];
		v[j] = t;
	}
}

/* The first @sample cases of each rule, in their order; returns how many. */
static int thin(const struct test_case **v, int n)
{
	static unsigned long taken[NR_RULES];
	int kept = 0;

	for (int i = 0; i < n; i++) {
		bool wanted = false;

		for (int r = 0; r < v[i]->nrules; r++)
			wanted |= taken[v[i]->rules[r]] < sample;
		for (int r = 0; wanted && r < v[i]->nrules; r++)
			taken[v[i]->rules[r]]++;
		if (wanted)
			v[kept++] = v[i];
	}
	return kept;
}

/* The cases that the patterns and the files of names select. */
static const struct test_case **select_cases(const struct case_list *l,
					     char **patterns, int npatterns,
					     int *n)
{
	const struct test_case **v = calloc(l->n + 1, sizeof(*v));
	char **only = NULL, **not = NULL;
	int nonly = 0, nnot = 0;

	if (cases_from && (nonly = read_names(cases_from, &only)) < 0)
		exit(exit_status(EXIT_ENVIRONMENT));
	if (skip_from && (nnot = read_names(skip_from, &not)) < 0)
		exit(exit_status(EXIT_ENVIRONMENT));
	for (int i = 0; i < npatterns; i++) {
		int hit = 0;

		for (int c = 0; c < l->n && !hit; c++)
			hit = case_matches(&l->v[c], patterns[i] +
					   (*patterns[i] == '!'));
		if (!hit)
			exit(exit_status(bad_usage("no case matches '%s': "
				"deflect list shows their names", patterns[i])));
	}
	*n = 0;
	for (int c = 0; c < l->n; c++) {
		/* configurations are for emulated machines to load */
		bool take = case_selected(&l->v[c], patterns, npatterns,
					  !l->v[c].config || getpid() == 1);

		if (cases_from && !in_list(only, nonly, l->v[c].name))
			take = false;
		if (in_list(not, nnot, l->v[c].name))
			take = false;
		if (take)
			v[(*n)++] = &l->v[c];
	}
	if (sample)
		*n = thin(v, *n);
	if (seed)
		shuffle(v, *n);
	return v;
}

static void dress(void)
{
	const char *no = getenv("NO_COLOR");

	report.color = isatty(1) && !(no && *no);
	report.progress = isatty(2) && report.format != FORMAT_JSON;
}

static int probe(void)
{
	char why[256];

	if (machine_probe(&machine, why, sizeof(why))) {
		fprintf(stderr, "deflect: %s\n", why);
		return EXIT_ENVIRONMENT;
	}
	return 0;
}

/* Leave out what the results folder has; -1 with one line on stderr. */
static int take_up(const struct test_case **v, int *n)
{
	int left = 0;

	if (!report.dir) {
		fputs("deflect: --resume goes on with a folder: give it with "
		      "--results\n", stderr);
		return -1;
	}
	report.nresumed = stored_resume(report.dir, &machine, &report.resumed);
	if (report.nresumed < 0)
		return -1;
	for (int i = 0; i < *n; i++) {
		bool done = false;

		for (int k = 0; k < report.nresumed && !done; k++)
			done = !strcmp(report.resumed[k].name, v[i]->name);
		if (!done)
			v[left++] = v[i];
	}
	*n = left;
	return 0;
}

/* Without those whose configuration is another vendor's. */
static int drop_foreign(const struct test_case **v, int n)
{
	int kept = 0;

	for (int i = 0; i < n; i++)
		if (config_concerns(&machine, v[i]->config))
			v[kept++] = v[i];
	return kept;
}

static int cmd_run(int argc, char **argv)
{
	struct case_list l;
	const struct test_case **v;
	int n;

	if (cases_load(&l))
		return EXIT_ENVIRONMENT;
	v = select_cases(&l, argv, argc, &n);
	if (probe())
		return EXIT_ENVIRONMENT;
	if (!argc)
		n = drop_foreign(v, n);
	if (resume && take_up(v, &n))
		return EXIT_ENVIRONMENT;
	dress();
	return run_cases(&machine, v, n, &run_opt, &report);
}

/* A program in its text form, from a file or stdin; 0 or an exit status. */
static int read_program(const char *path, struct test_case *c,
			struct program *p)
{
	static char text[TEXT_MAX + 1];
	struct text_error err;
	FILE *f;

	f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!f) {
		fprintf(stderr, "deflect: cannot read %s: %s\n", path,
			strerror(errno));
		return EXIT_ENVIRONMENT;
	}
	c->file = path;
	c->text = text;
	c->len = fread(text, 1, sizeof(text), f);
	if (ferror(f)) {
		fprintf(stderr, "deflect: cannot read %s: %s\n", path,
			strerror(errno));
		return EXIT_ENVIRONMENT;
	}
	if (!text_parse(p, text, c->len, &err)) {
		fprintf(stderr, "%s:%d:%d: %s\n", path, err.line, err.column,
			err.what);
		return EXIT_USAGE;
	}
	snprintf(c->name, sizeof(c->name), "%s", p->name[0] ? p->name : path);
	return 0;
}

static int cmd_replay(int argc, char **argv)
{
	static struct program p;
	struct test_case c = { 0 };
	const struct test_case *v = &c;
	int st;

	if (argc != 1)
		return bad_usage("replay takes one file%s", "");
	st = read_program(argv[0], &c, &p);
	if (st)
		return st;
	c.needs = program_needs(&p);
	c.nrules = p.nrules;
	memcpy(c.rules, p.rules, sizeof(c.rules));
	if (probe())
		return EXIT_ENVIRONMENT;
	dress();
	return run_cases(&machine, &v, 1, &run_opt, &report);
}

static int cmd_repro(int argc, char **argv)
{
	static struct program p;
	struct case_list l;
	const struct test_case *known;
	struct test_case c = { 0 };
	char why[256];
	int st;

	if (argc != 1)
		return bad_usage("repro takes the name of a case or a file%s",
				 "");
	if (cases_load(&l))
		return EXIT_ENVIRONMENT;
	known = case_by_name(&l, argv[0]);
	if (known) {
		case_program(known, &p);
	} else {
		if (strcmp(argv[0], "-") && access(argv[0], F_OK))
			return bad_usage("no case and no file '%s'", argv[0]);
		st = read_program(argv[0], &c, &p);
		if (st)
			return st;
	}
	/* what it needs of /dev/kvm is what the model asks of it */
	return repro_print(stdout, &machine, &p,
			   !machine_probe(&machine, why, sizeof(why)));
}

static bool is_case(const char *name)
{
	static struct case_list l;

	if (!l.n)
		cases_load(&l);
	return case_by_name(&l, name) != NULL;
}

static int cmd_check(int argc, char **argv)
{
	struct case_list l;

	if (cases_load(&l))
		return 1;
	if (baseline_check(report.baseline, is_case))
		return 1;
	return check_suites(&l, argc ? argv[0] : NULL) ? 1 : 0;
}

static int cmd_list(int argc, char **argv)
{
	struct case_list l;

	if (cases_load(&l))
		return EXIT_ENVIRONMENT;
	return list_print(&l, list_what, list_json, argv, argc);
}

static int cmd_explain(int argc, char **argv)
{
	struct case_list l;

	if (argc != 1)
		return bad_usage("explain takes the name of a rule or case%s",
				 "");
	if (cases_load(&l))
		return EXIT_ENVIRONMENT;
	if (!list_explain(&l, argv[0]))
		return bad_usage("no rule and no case '%s'", argv[0]);
	return 0;
}

static int cmd_collect(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	dress();
	return collect(&report, &machine);
}

static int cmd_gate(int argc, char **argv)
{
	if (argc != 2)
		return bad_usage("gate takes two result folders, or one and "
				 "the word baseline%s", "");
	if (!strcmp(argv[1], "baseline"))
		return gate(NULL, argv[0]);
	return gate(argv[0], argv[1]);
}

static int cmd_summary(int argc, char **argv)
{
	if (!argc)
		return bad_usage("summary takes result folders%s", "");
	return summary(argv, argc);
}

static int cmd_report(int argc, char **argv)
{
	struct case_list l;

	if (cases_load(&l))
		return EXIT_ENVIRONMENT;
	return page(&l, argv, argc, output);
}

static int cmd_record(int argc, char **argv)
{
	if (argc != 1)
		return bad_usage("record takes one result folder%s", "");
	return record_print(argv[0], output);
}

static int cmd_diff(int argc, char **argv)
{
	struct case_list l;

	if (argc != 2)
		return bad_usage("diff takes two result folders or records%s",
				 "");
	if (cases_load(&l))
		return EXIT_ENVIRONMENT;
	return diff(&l, argv[0], argv[1]);
}

static int cmd_plan(int argc, char **argv)
{
	static struct program p;
	struct test_case c = { 0 };
	int st;

	if (plan_verifies) {
		if (probe())
			return EXIT_ENVIRONMENT;
		plan_opt.verify = &machine;
	}
	if (!plan_checks)
		return argc ? plan_command(&plan_opt, argv, argc) :
			      bad_usage("plan takes a list of MSRs%s", "");
	if (argc != 1)
		return bad_usage("plan --check takes one program%s", "");
	st = read_program(argv[0], &c, &p);
	return st ? st : plan_check(argv[0], &p) != 0;
}

static int cmd_bench(int argc, char **argv)
{
	struct case_list l;

	if (argc)
		return bad_usage("bench takes no '%s'", argv[0]);
	if (cases_load(&l) || probe())
		return EXIT_ENVIRONMENT;
	return bench(&machine, &l, bench_quick);
}

static int cmd_sweep(int argc, char **argv)
{
	if (argc)
		return bad_usage("sweep takes no '%s'", argv[0]);
	if (sweep_opt.from > sweep_opt.to)
		return bad_usage("--from is behind --to%s", "");
	if (plan_opt.directions == PLAN_BOTH)
		return bad_usage("sweep takes --reads or --writes%s", "");
	sweep_opt.writes = plan_opt.directions == PLAN_WRITE;
	if (!sweep_opt.jobs)
		sweep_opt.jobs = sysconf(_SC_NPROCESSORS_ONLN);
	if (probe())
		return EXIT_ENVIRONMENT;
	return sweep(&machine, &sweep_opt);
}

enum {
	OPT_JOBS = 256, OPT_TIMEOUT, OPT_FORMAT, OPT_RESULTS, OPT_ERA,
	OPT_BASELINE, OPT_CASES_FROM, OPT_SKIP_FROM, OPT_MACHINE,
	OPT_EMULATOR, OPT_SEED, OPT_VERSION, OPT_HELP, OPT_JSON, OPT_CASES,
	OPT_RULES, OPT_MSRS, OPT_WORDS, OPT_FIXES, OPT_REPEAT, OPT_RELOAD, OPT_READS, OPT_WRITES, OPT_NEAREST, OPT_CHECK,
	OPT_VERIFY, OPT_RESUME, OPT_OBSERVE, OPT_OUTPUT,
	OPT_FROM, OPT_TO, OPT_DENY, OPT_ALLOW, OPT_MASK, OPT_VALUE, OPT_STATE,
	OPT_SAMPLE, OPT_BISECT, OPT_KERNEL,
	OPT_QUICK,
};

static const struct option options[] = {
	{ "jobs", 1, 0, OPT_JOBS },
	{ "timeout", 1, 0, OPT_TIMEOUT },
	{ "format", 1, 0, OPT_FORMAT },
	{ "results", 1, 0, OPT_RESULTS },
	{ "era", 1, 0, OPT_ERA },
	{ "baseline", 1, 0, OPT_BASELINE },
	{ "cases-from", 1, 0, OPT_CASES_FROM },
	{ "skip-from", 1, 0, OPT_SKIP_FROM },
	{ "machine", 1, 0, OPT_MACHINE },
	{ "emulator", 1, 0, OPT_EMULATOR },
	{ "seed", 1, 0, OPT_SEED },
	{ "repeat", 1, 0, OPT_REPEAT },
	{ "version", 0, 0, OPT_VERSION },
	{ "help", 0, 0, OPT_HELP },
	{ "json", 0, 0, OPT_JSON },
	{ "cases", 0, 0, OPT_CASES },
	{ "rules", 0, 0, OPT_RULES },
	{ "msrs", 0, 0, OPT_MSRS },
	{ "words", 0, 0, OPT_WORDS },
	{ "fixes", 0, 0, OPT_FIXES },
	{ "reload", 1, 0, OPT_RELOAD },
	{ "sample", 1, 0, OPT_SAMPLE },
	{ "output", 1, 0, OPT_OUTPUT },
	{ "observe", 0, 0, OPT_OBSERVE },
	{ "bisect", 0, 0, OPT_BISECT },
	{ "kernel", 1, 0, OPT_KERNEL },
	{ "reads", 0, 0, OPT_READS },
	{ "writes", 0, 0, OPT_WRITES },
	{ "nearest", 0, 0, OPT_NEAREST },
	{ "check", 0, 0, OPT_CHECK },
	{ "verify", 0, 0, OPT_VERIFY },
	{ "resume", 0, 0, OPT_RESUME },
	{ "from", 1, 0, OPT_FROM },
	{ "to", 1, 0, OPT_TO },
	{ "deny", 0, 0, OPT_DENY },
	{ "allow", 0, 0, OPT_ALLOW },
	{ "mask", 1, 0, OPT_MASK },
	{ "value", 1, 0, OPT_VALUE },
	{ "state", 1, 0, OPT_STATE },
	{ "quick", 0, 0, OPT_QUICK },
	{ 0 },
};

static bool number(const char *s, unsigned long max, unsigned long *v)
{
	char *end;

	errno = 0;
	*v = strtoul(s, &end, 0);
	return *s && !*end && !errno && *v <= max && *s != '-';
}

/* Of results and of plans; either has a first one that nobody need ask for. */
static bool take_format(const char *name)
{
	static const char *const results[] = { "tap", "ktap", "json" };
	static const char *const plans[] = { "text", "c", "json" };
	bool known = false;

	for (int i = 0; i < 3; i++) {
		if (!strcmp(name, results[i])) {
			report.format = i;
			known = true;
		}
		if (!strcmp(name, plans[i])) {
			plan_opt.format = i;
			known = true;
		}
	}
	return known;
}

/* 0 to go on, else an exit status plus one. */
static int take_option(int opt)
{
	unsigned long v = 0;

	switch (opt) {
	case OPT_JOBS:
		if (!number(optarg, 64, &v) || !v)
			return 1 + bad_usage("--jobs is 1 to 64, not '%s'",
					     optarg);
		run_opt.jobs = sweep_opt.jobs = v;
		break;
	case OPT_TIMEOUT:
		if (!number(optarg, 3600, &v) || !v)
			return 1 + bad_usage("--timeout is 1 to 3600 seconds, "
					     "not '%s'", optarg);
		run_opt.timeout_ms = v * 1000;
		break;
	case OPT_REPEAT:
		if (!number(optarg, 100000, &v) || !v)
			return 1 + bad_usage("--repeat is 1 to 100000, not "
					     "'%s'", optarg);
		run_opt.repeat = v;
		break;
	case OPT_SEED:
		if (!number(optarg, ~0UL, &seed))
			return 1 + bad_usage("'%s' is no seed", optarg);
		break;
	case OPT_SAMPLE:
		if (!number(optarg, 10000, &sample) || !sample)
			return 1 + bad_usage("--sample is 1 to 10000, not '%s'",
					     optarg);
		break;
	case OPT_OUTPUT:
		output = optarg;
		break;
	case OPT_OBSERVE:
		run_opt.observe = true;
		break;
	case OPT_BISECT:
		report.bisect = true;
		break;
	case OPT_KERNEL:
		snprintf(machine.release, sizeof(machine.release), "%s",
			 optarg);
		break;
	case OPT_FORMAT:
		if (!take_format(optarg))
			return 1 + bad_usage("--format is tap, ktap or json "
					     "(plan: text, c or json), not "
					     "'%s'", optarg);
		break;
	case OPT_RESULTS:
		report.dir = optarg;
		break;
	case OPT_ERA:
		machine.eras = machine_eras(optarg);
		if (!machine.eras)
			return 1 + bad_usage("no kernel line '%s' (5.10, 6.1, "
					     "6.12, 7.2)", optarg);
		break;
	case OPT_BASELINE:
		report.baseline = optarg;
		break;
	case OPT_CASES_FROM:
		cases_from = optarg;
		break;
	case OPT_SKIP_FROM:
		skip_from = optarg;
		break;
	case OPT_MACHINE:
		snprintf(machine.name, sizeof(machine.name), "%s", optarg);
		break;
	case OPT_EMULATOR:
		snprintf(machine.emulator, sizeof(machine.emulator), "%s",
			 optarg);
		break;
	case OPT_JSON:
		list_json = true;
		break;
	case OPT_CASES:
		list_what = LIST_CASES;
		break;
	case OPT_RULES:
		list_what = LIST_RULES;
		break;
	case OPT_MSRS:
		list_what = LIST_MSRS;
		break;
	case OPT_FIXES:
		list_what = LIST_FIXES;
		break;
	case OPT_WORDS:
		list_what = LIST_WORDS;
		break;
	case OPT_RELOAD:
		if (!init_ran())
			return 1 + bad_usage("--reload %s is for PID 1 of an "
					     "emulated machine only", optarg);
		if (init_reload_modules(optarg)) {
			fprintf(stderr, "deflect: KVM does not load with %s\n",
				optarg);
			return 1 + EXIT_ENVIRONMENT;
		}
		break;
	case OPT_READS:
		plan_opt.directions |= PLAN_READ;
		break;
	case OPT_WRITES:
		plan_opt.directions |= PLAN_WRITE;
		break;
	case OPT_NEAREST:
		plan_opt.nearest = true;
		break;
	case OPT_CHECK:
		plan_checks = true;
		break;
	case OPT_RESUME:
		resume = true;
		break;
	case OPT_VERIFY:
		plan_verifies = true;
		break;
	case OPT_FROM:
	case OPT_TO:
		if (!number(optarg, UINT32_MAX, &v))
			return 1 + bad_usage("'%s' is no index", optarg);
		*(opt == OPT_FROM ? &sweep_opt.from : &sweep_opt.to) = v;
		break;
	case OPT_DENY:
	case OPT_ALLOW:
		sweep_opt.allow = opt == OPT_ALLOW;
		break;
	case OPT_MASK:
		if (!number(optarg, 7, &v))
			return 1 + bad_usage("--mask is 0 to 7, not '%s'",
					     optarg);
		sweep_opt.mask = v;
		break;
	case OPT_VALUE:
		if (!number(optarg, ~0UL, &v))
			return 1 + bad_usage("'%s' is no value", optarg);
		sweep_opt.value = v;
		break;
	case OPT_QUICK:
		bench_quick = true;
		break;
	case OPT_STATE:
		sweep_opt.state = optarg;
		break;
	case OPT_VERSION:
		printf("deflect %s\n", DEFLECT_VERSION);
		return 1;
	case OPT_HELP:
		fputs(usage, stdout);
		return 1;
	case 'q':
		report.quiet = true;
		break;
	case 'v':
		report.verbose = true;
		break;
	default:
		fputs("deflect: see deflect --help\n", stderr);
		return 1 + EXIT_USAGE;
	}
	return 0;
}

static int cmd_exec(int argc, char **argv)
{
	if (!init_ran() || !argc)
		return bad_usage("exec FILE [ARG...] is for PID 1 of an "
				 "emulated machine only%s", "");
	return init_exec(argv);
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "run", cmd_run },	    { "list", cmd_list },
	{ "explain", cmd_explain }, { "replay", cmd_replay },
	{ "repro", cmd_repro },	    { "check", cmd_check },
	{ "collect", cmd_collect }, { "summary", cmd_summary },
	{ "plan", cmd_plan },	    { "sweep", cmd_sweep },
	{ "gate", cmd_gate },	    { "report", cmd_report },
	{ "record", cmd_record },   { "diff", cmd_diff },
	{ "bench", cmd_bench },	    { "exec", cmd_exec },
};

static int command(int argc, char **argv)
{
	int opt, st;

	while ((opt = getopt_long(argc, argv, "qv", options, NULL)) != -1) {
		st = take_option(opt);
		if (st)
			return st - 1;
	}
	argc -= optind;
	argv += optind;
	if (!argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[0], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return bad_usage("no command '%s'", argv[0]);
}

static int deflect(int argc, char **argv)
{
	return exit_status(command(argc, argv));
}

/* PID 1 must never exit, whichever line wants to. */
static void power_off(int status, void *arg)
{
	(void)arg;
	if (getpid() == 1)
		init_power_off(status);
}

int main(int argc, char **argv)
{
	int st;

	/* a file size limit is a full disk, not a reason to die */
	signal(SIGXFSZ, SIG_IGN);
	if (getpid() != 1)
		return deflect(argc, argv);
	on_exit(power_off, NULL);
	init_setup(&argc, &argv);
	st = init_jobs(deflect);
	return st < 0 ? deflect(argc, argv) : st;
}
