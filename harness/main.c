// SPDX-License-Identifier: GPL-2.0-only
/* The command line. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
#include "select.h"
#include "stored.h"
#include "sweep.h"
#include "text.h"

enum { EXIT_USAGE = 2, EXIT_ENVIRONMENT = 3, EXIT_BISECT_SKIP = 125 };

/* About MSRs: a program for another architecture is linked without them. */
#pragma weak bench
#pragma weak plan_command
#pragma weak plan_check
#pragma weak repro_print
#pragma weak sweep

static struct machine machine;
static struct report report;
static struct selection selection;
static struct run_options run_opt;
static struct plan_options plan_opt;
static struct sweep_options sweep_opt;
static u64 jobs, timeout = 20, repeat, first, last = UINT32_MAX, mask = 7, value;
static const char *output;
static int list_what = LIST_CASES, sweep_allow;
static bool resume, names_only, list_json, reads, writes, plan_checks;
static bool plan_verifies, bench_quick, wants_help, wants_version;

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

static void dress(void)
{
	const char *no = getenv("NO_COLOR");

	report.color = isatty(1) && !(no && *no);
	report.progress = isatty(2) && report.format != FORMAT_JSON;
}

static int run(const struct test_case **v, int n)
{
	dress();
	run_opt.jobs = jobs ? jobs : 16;
	run_opt.timeout_ms = timeout * 1000;
	run_opt.repeat = repeat;
	return run_cases(&machine, v, n, &run_opt, &report);
}

static unsigned directions(void)
{
	return (reads ? PLAN_READ : 0) | (writes ? PLAN_WRITE : 0);
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
	int n, all;

	if (cases_load(&l))
		return EXIT_ENVIRONMENT;
	v = calloc(l.n + 1, sizeof(*v));
	n = select_cases(&selection, &l, argv, argc, v);
	if (n < 0)
		return -n;
	if (names_only) {
		for (int i = 0; i < n; i++)
			puts(v[i]->name);
		return 0;
	}
	if (probe())
		return EXIT_ENVIRONMENT;
	if (!argc)
		n = drop_foreign(v, n);
	all = n;
	n = select_left(&selection, v, n);
	if (n < 0)
		return -n;
	run_opt.elsewhere = selection.parts ? all - n : 0;
	if (resume && take_up(v, &n))
		return EXIT_ENVIRONMENT;
	return run(v, n);
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
	return run(&v, 1);
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

static struct case_list checked;

static bool is_case(const char *name)
{
	return case_by_name(&checked, name) != NULL;
}

static int cmd_check(int argc, char **argv)
{
	if (cases_load(&checked))
		return 1;
	if (baseline_check(report.baseline, is_case))
		return 1;
	if (argc && !cases_match(&checked, argv[0]))
		return bad_usage("no case matches '%s'", argv[0]);
	return check_suites(&checked, argc ? argv[0] : NULL) ? 1 : 0;
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
	if (argc > MAX_STREAMS)
		return bad_usage("collect takes 16 streams at most%s", "");
	dress();
	return collect(&report, &machine, argv, argc);
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

	plan_opt.directions = directions();
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
	if (first > last)
		return bad_usage("--from is behind --to%s", "");
	if (reads && writes)
		return bad_usage("sweep takes --reads or --writes%s", "");
	sweep_opt.from = first;
	sweep_opt.to = last;
	sweep_opt.writes = writes;
	sweep_opt.allow = sweep_allow;
	sweep_opt.mask = mask;
	sweep_opt.value = value;
	sweep_opt.jobs = jobs ? (int)jobs : sysconf(_SC_NPROCESSORS_ONLN);
	if (probe())
		return EXIT_ENVIRONMENT;
	return sweep(&machine, &sweep_opt);
}

static int cmd_exec(int argc, char **argv)
{
	if (!init_ran() || !argc)
		return bad_usage("exec FILE [ARG...] is for PID 1 of an "
				 "emulated machine only%s", "");
	return init_exec(argv);
}

/* ---- options and commands ---- */

/* Of results and of plans; either has a first one that nobody need ask for. */
static int take_format(const char *name)
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
	return known ? 0 : bad_usage("--format is tap, ktap or json (plan: "
				     "text, c or json), not '%s'", name);
}

static int take_era(const char *line)
{
	machine.eras = machine_eras(line);
	return machine.eras ? 0 : bad_usage("no kernel line '%s' (5.10, 6.1, "
					    "6.12, 7.2)", line);
}

static int take_part(const char *text)
{
	unsigned *part = &selection.part, *parts = &selection.parts;
	char end;

	if (sscanf(text, "%u/%u%c", part, parts, &end) == 2 && *part &&
	    *part <= *parts)
		return 0;
	return bad_usage("--part is I/N, as 1/2, not '%s'", text);
}

static int take_reload(const char *params)
{
	if (!init_ran())
		return bad_usage("--reload %s is for PID 1 of an emulated "
				 "machine only", params);
	if (!init_reload_modules(params))
		return 0;
	fprintf(stderr, "deflect: KVM does not load with %s\n", params);
	return EXIT_ENVIRONMENT;
}

/* One line makes an option: who looks at it, where it goes, its help. */
static const struct setting {
	const char *name, *arg;		/* arg: NULL if it takes none */
	const char *of;			/* commands */
	const char *help;
	bool *flag;			/* and the one of these that is set */
	u64 *number, least, most;
	const char **word;
	char *text;
	size_t size;
	int *choice, chosen;
	int (*take)(const char *arg);	/* 0, or an exit status */
} settings[] = {
#define FLAG(name, of, to, help) { name, NULL, of, help, .flag = &to }
#define CHOICE(name, of, to, value, help) \
	{ name, NULL, of, help, .choice = &to, .chosen = value }
#define NUMBER(name, arg, of, to, least_, most_, help) \
	{ name, arg, of, help, .number = &to, .least = least_, .most = most_ }
#define WORD(name, arg, of, to, help) { name, arg, of, help, .word = &to }
#define TEXT(name, arg, of, to, help) \
	{ name, arg, of, help, .text = to, .size = sizeof(to) }
#define TAKE(name, arg, of, by, help) { name, arg, of, help, .take = by }
	NUMBER("jobs", "N", "run replay sweep", jobs, 1, 64,
	       "cases at a time (16), or parts of a sweep (CPUs)"),
	NUMBER("timeout", "S", "run replay", timeout, 1, 3600,
	       "seconds for a case (20)"),
	NUMBER("repeat", "N", "run replay", repeat, 1, 100000,
	       "run each case so often, and say which are flaky"),
	NUMBER("sample", "N", "run", selection.sample, 1, 10000,
	       "of those selected, N cases for each rule they name"),
	NUMBER("seed", "N", "run", selection.seed, 0, UINT64_MAX,
	       "run the cases in another order"),
	WORD("cases-from", "FILE", "run", selection.from, "names to run"),
	WORD("skip-from", "FILE", "run", selection.skip, "names to leave out"),
	TAKE("part", "I/N", "run", take_part,
	     "with --format json: one of N parts of the cases"),
	FLAG("names", "run", names_only,
	     "print the names of the selected cases and run none"),
	FLAG("observe", "run replay", run_opt.observe,
	     "keep what every step did, also of cases that pass"),
	FLAG("cover", "run", run_opt.cover,
	     "with --format json: where KVM, rebuilt for it, has been"),
	FLAG("resume", "run", resume,
	     "go on with the run whose results the folder has"),
	TAKE("format", "F", "run replay collect plan", take_format,
	     "tap, ktap or json; of a plan text, c or json"),
	WORD("results", "DIR", "run replay collect", report.dir,
	     "keep results.json"),
	WORD("baseline", "DIR", "run replay collect check", report.baseline,
	     "known deviations"),
	FLAG("bisect", "run replay collect", report.bisect,
	     "exit 125 for all but 0 and 1; gone deviations are none"),
	TAKE("era", "LINE", "run replay repro sweep bench", take_era,
	     "rules of that kernel line: 5.10, 6.1, 6.12, 7.2"),
	TEXT("machine", "NAME", "run replay collect", machine.name,
	     "what the machine is called"),
	TEXT("emulator", "TEXT", "run replay collect", machine.emulator,
	     "what emulates it"),
	TEXT("kernel", "REL", "collect", machine.release,
	     "the kernel of a machine that says nothing"),
	TAKE("reload", "PARAMS", "run replay", take_reload,
	     "as PID 1: load KVM again, with 'kvm.ignore_msrs=1'"),
	CHOICE("cases", "list", list_what, LIST_CASES, "list the cases"),
	CHOICE("rules", "list", list_what, LIST_RULES, "the rules"),
	CHOICE("msrs", "list", list_what, LIST_MSRS, "the MSRs"),
	CHOICE("fixes", "list", list_what, LIST_FIXES, "fixed bugs"),
	CHOICE("words", "list", list_what, LIST_WORDS,
	       "the vocabulary of programs"),
	FLAG("json", "list", list_json, "as JSON"),
	WORD("output", "FILE", "report record", output, "not to stdout"),
	FLAG("reads", "plan sweep", reads, "reads only"),
	FLAG("writes", "plan sweep", writes, "writes only"),
	FLAG("nearest", "plan", plan_opt.nearest, "plan what can be had"),
	FLAG("verify", "plan", plan_verifies, "try the plan on /dev/kvm"),
	FLAG("check", "plan", plan_checks, "is the filter of a program odd?"),
	NUMBER("from", "INDEX", "sweep", first, 0, UINT32_MAX, "first index"),
	NUMBER("to", "INDEX", "sweep", last, 0, UINT32_MAX, "last index"),
	CHOICE("deny", "sweep", sweep_allow, false, "each access (the default)"),
	CHOICE("allow", "sweep", sweep_allow, true, "each access"),
	NUMBER("mask", "N", "sweep", mask, 0, 7,
	       "0: a #GP instead of an exit (7)"),
	NUMBER("value", "N", "sweep", value, 0, UINT64_MAX,
	       "that it writes (0)"),
	WORD("state", "FILE", "sweep", sweep_opt.state, "where to go on from"),
	FLAG("quick", "bench", bench_quick, "without the whole suite"),
	FLAG("version", "", wants_version, "which deflect this is"),
	FLAG("help", "", wants_help, "this; COMMAND --help: that of one"),
};

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "run", cmd_run,
"  deflect run [PATTERN...]   run cases on /dev/kvm; a PATTERN is a glob over\n"
"                             names, their first part, a rule or its id;\n"
"                             '!PATTERN' leaves out\n" },
	{ "list", cmd_list,
"  deflect list [--cases|--rules|--msrs|--fixes|--words]\n"
"               [--json] [PATTERN...]\n" },
	{ "explain", cmd_explain,
"  deflect explain NAME       a rule or a case: what it says, where from\n" },
	{ "replay", cmd_replay,
"  deflect replay FILE        run a program in its text form (- for stdin)\n" },
	{ "repro", cmd_repro,
"  deflect repro NAME|FILE    a case or program as one C file, for a mail\n" },
	{ "plan", cmd_plan,
"  deflect plan [--reads|--writes] MSR...   the filter that makes just these\n"
"                             MSRs exit; plan --check FILE: is one odd?\n" },
	{ "sweep", cmd_sweep,
"  deflect sweep [--from INDEX --to INDEX] [--reads|--writes] [--deny|--allow]\n"
"                             one access to each index of the whole space\n" },
	{ "bench", cmd_bench,
"  deflect bench [--quick]    what the engine costs beside bare ioctls; quick:\n"
"                             without the whole suite\n" },
	{ "check", cmd_check,
"  deflect check [PATTERN]    the suites against the model, without KVM\n" },
	{ "collect", cmd_collect,
"  deflect collect [FILE...]  turn a machine's stream into results (stdin), or\n"
"                             those of machines that share the cases\n" },
	{ "summary", cmd_summary,
"  deflect summary DIR...     one table of result folders\n" },
	{ "report", cmd_report,
"  deflect report [DIR...]    result folders as one HTML page; the word newest,\n"
"                             or none: the newest of results/\n" },
	{ "record", cmd_record,
"  deflect record DIR         what a run with --observe saw, as text to keep;\n"
"                             a record can stand for a result folder\n" },
	{ "diff", cmd_diff,
"  deflect diff A B           what two runs or records answer in different ways,\n"
"                             in words; A@CONFIGURATION: its cases, A@forced:\n"
"                             what KVM emulates as if the CPU had done it\n" },
	{ "gate", cmd_gate,
"  deflect gate OLD NEW       is NEW worse than OLD, or than the known\n"
"  deflect gate NEW baseline  deviations? For CI: the exit status says it\n" },
	{ "exec", cmd_exec,
"  deflect exec FILE [ARG...]    as PID 1: run another program instead\n" },
};

static bool concerns(const struct setting *s, const char *command)
{
	size_t n = strlen(command);

	for (const char *p = s->of; (p = strstr(p, command)); p += n)
		if ((p == s->of || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

/* Of one command, or of all. */
static void print_help(FILE *f, const char *command)
{
	if (!command)
		fputs("deflect: does KVM's userspace-MSR ABI behave as "
		      "documented?\n\n", f);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!command || !strcmp(command, commands[i].name))
			fputs(commands[i].help, f);
	putc('\n', f);
	for (const struct setting *s = settings;
	     s < settings + ARRAY_SIZE(settings); s++) {
		char head[64];

		if (command && !concerns(s, command))
			continue;
		snprintf(head, sizeof(head), "%s %s", s->name,
			 s->arg ? s->arg : "");
		fprintf(f, "  --%-16s %s\n", head, s->help);
	}
	if (!command)
		fputs("  -q, -v             less, more\n"
		      "\n"
		      "Exit status: 0 nothing unexpected, 1 an unexpected "
		      "failure, 2 usage,\n"
		      "3 an error that is not the kernel's, 4 everything "
		      "skipped.\n", f);
}

static bool number(const char *s, u64 max, u64 *v)
{
	char *end;

	errno = 0;
	*v = strtoul(s, &end, 0);
	return *s && !*end && !errno && *v <= max && *s != '-';
}

/* 0, or an exit status. */
static int take(const struct setting *s, const char *arg)
{
	if (s->flag)
		*s->flag = true;
	if (s->choice)
		*s->choice = s->chosen;
	if (s->word)
		*s->word = arg;
	if (s->text)
		snprintf(s->text, s->size, "%s", arg);
	if (s->take)
		return s->take(arg);
	if (!s->number || (number(arg, s->most, s->number) &&
			   *s->number >= s->least))
		return 0;
	fprintf(stderr, s->most > 1000000 ?
		"deflect: --%s is %#llx to %#llx, not '%s'; see deflect --help\n" :
		"deflect: --%s is %llu to %llu, not '%s'; see deflect --help\n",
		s->name, (unsigned long long)s->least,
		(unsigned long long)s->most, arg);
	return EXIT_USAGE;
}

/* Sets @given[i] where settings[i] is among the arguments. */
static int take_all(int argc, char **argv, bool *given)
{
	enum { FIRST_LONG = 256 };
	struct option options[ARRAY_SIZE(settings) + 1] = { 0 };
	int opt, st = 0;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		options[i] = (struct option){ settings[i].name,
					      settings[i].arg != NULL, NULL,
					      FIRST_LONG + i };
	while (!st && (opt = getopt_long(argc, argv, "qv", options, NULL)) != -1)
		if (opt >= FIRST_LONG) {
			given[opt - FIRST_LONG] = true;
			st = take(&settings[opt - FIRST_LONG], optarg);
		} else if (opt == 'q') {
			report.quiet = true;
		} else if (opt == 'v') {
			report.verbose = true;
		} else {
			st = EXIT_USAGE;
		}
	if (opt == '?')
		fputs("deflect: see deflect --help\n", stderr);
	return st;
}

static int command(int argc, char **argv)
{
	const struct command *c = commands;
	bool given[ARRAY_SIZE(settings)] = { 0 };
	int st = take_all(argc, argv, given);

	if (st)
		return st;
	if (wants_version) {
		printf("deflect %s\n", DEFLECT_VERSION);
		return 0;
	}
	argc -= optind;
	argv += optind;
	if (!argc) {
		print_help(wants_help ? stdout : stderr, NULL);
		return wants_help ? 0 : EXIT_USAGE;
	}
	while (c < commands + ARRAY_SIZE(commands) && strcmp(argv[0], c->name))
		c++;
	if (c == commands + ARRAY_SIZE(commands))
		return bad_usage("no command '%s'", argv[0]);
	if (wants_help) {
		print_help(stdout, c->name);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (given[i] && !concerns(&settings[i], c->name)) {
			fprintf(stderr, "deflect: %s takes no --%s; see deflect "
				"%s --help\n", c->name, settings[i].name, c->name);
			return EXIT_USAGE;
		}
	if (run_opt.cover && report.format != FORMAT_JSON)
		return bad_usage("--cover is for --format json%s", "");
	if (selection.parts && report.format != FORMAT_JSON)
		return bad_usage("--part is for --format json%s", "");
	return c->run(argc - 1, argv + 1);
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
