// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz-guard [NAME=VALUE...] libfuzzer|afl TARGET SECONDS JOBS DIR
 * fuzz-guard [NAME=VALUE...] triage DIR TIMES
 * fuzz-guard replay TARGET BUNDLE
 * fuzz-guard minimise TARGET BUNDLE
 * fuzz-guard seeds TARGET DIR
 *
 * Runs JOBS processes of an engine in DIR for so long, starts one that ends
 * again, and tells what they find (guard.h).  DIR/bundle, if there, has the
 * corpus to begin with as lines of that stream.  The engines lie beside this
 * program.  With DEFLECT_FIRST set the first finding ends it.  A process that
 * ends by itself, or a report in the kernel log, is a finding with the input it
 * was at.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../harness/cases.h"
#include "../harness/klog.h"
#include "../harness/text.h"
#include "engine.h"
#include "guard.h"

enum { MAX_ENGINES = 16, INPUT_SECONDS = 10, STATUS_SECONDS = 5 };

static enum fuzz_target target;
static bool afl;
static char here[PATH_MAX - 64];	/* where the engines lie */
static int njobs;
static pid_t engines[MAX_ENGINES];
static double began;
static unsigned ninputs, nfindings, nrestarts;

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- the stream ---- */

void guard_tell(const char *what, const char *name, const void *data,
		size_t size)
{
	const u8 *b = data;

	printf("%s %s ", what, name);
	for (size_t i = 0; i < size; i++)
		printf("%02x", b[i]);
	putchar('\n');
	fflush(stdout);
}

u8 *guard_read(const char *path, size_t *size)
{
	FILE *f = fopen(path, "re");
	u8 *buf = malloc(TEXT_MAX);

	if (!f || !buf) {
		if (f)
			fclose(f);
		free(buf);
		return NULL;
	}
	*size = fread(buf, 1, TEXT_MAX, f);
	fclose(f);
	return buf;
}

static u64 hash(const u8 *data, size_t size)
{
	u64 h = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		h = (h ^ data[i]) * 0x100000001b3;
	return h;
}

/* ---- what was told already ---- */

static u64 *told;
static unsigned ntold, room;

static bool first_time(u64 h)
{
	for (unsigned i = 0; i < ntold; i++)
		if (told[i] == h)
			return false;
	if (ntold == room) {
		room = room ? 2 * room : 1024;
		told = realloc(told, room * sizeof(*told));
		if (!told)
			abort();
	}
	told[ntold++] = h;
	return true;
}

/* Every file of a directory that is new, by its name and then its content. */
static void tell_new(const char *dir, const char *what, unsigned *count)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[PATH_MAX], name[32];
		size_t size;
		u8 *data;
		u64 h;

		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_name[0] == '.' || strstr(e->d_name, ".new") ||
		    strstr(e->d_name, ".state") ||
		    !first_time(hash((u8 *)path, strlen(path))))
			continue;
		data = guard_read(path, &size);
		if (!data)
			continue;
		h = hash(data, size);
		if (first_time(h)) {
			snprintf(name, sizeof(name), "%016llx",
				 (unsigned long long)h);
			guard_tell(what, strcmp(what, "finding") ? name :
				   e->d_name, data, size);
			*count += strncmp(e->d_name, "known-", 6) != 0;
		}
		free(data);
	}
	if (d)
		closedir(d);
}

/* ---- engines ---- */

static void exec_libfuzzer(double left)
{
	char program[PATH_MAX], time[48];

	snprintf(program, sizeof(program), "%s/fuzz-libfuzzer", here);
	snprintf(time, sizeof(time), "-max_total_time=%d", (int)left);
	execl(program, program, time, "-timeout=10", "-max_len=2048",
	      "-len_control=0", "-reload=1", "-rss_limit_mb=0", "-entropic=0",
	      "-artifact_prefix=ended/", "corpus", NULL);
}

static void exec_afl(int job, double left)
{
	char afl_fuzz[PATH_MAX], program[PATH_MAX], mutator[PATH_MAX];
	char time[32], name[32];

	snprintf(afl_fuzz, sizeof(afl_fuzz), "%s/afl-fuzz", here);
	snprintf(program, sizeof(program), "%s/fuzz-afl", here);
	snprintf(mutator, sizeof(mutator), "%s/mutator.so", here);
	snprintf(time, sizeof(time), "%d", (int)left);
	snprintf(name, sizeof(name), job ? "secondary%d" : "main", job);
	setenv("AFL_CUSTOM_MUTATOR_LIBRARY", mutator, 1);
	setenv("AFL_CUSTOM_MUTATOR_ONLY", "1", 1);
	setenv("AFL_NO_UI", "1", 1);
	setenv("AFL_FAST_CAL", "1", 1);
	setenv("AFL_SKIP_CPUFREQ", "1", 1);
	setenv("AFL_NO_AFFINITY", "1", 1);
	setenv("AFL_FORKSRV_INIT_TMOUT", "60000", 1);
	setenv("AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "1", 1);
	setenv("AFL_IGNORE_PROBLEMS", "1", 1);
	setenv("AFL_AUTORESUME", "1", 1);
	setenv("AFL_IMPORT_FIRST", "1", 1);
	execlp(access(afl_fuzz, X_OK) ? "afl-fuzz" : afl_fuzz, "afl-fuzz",
	       job ? "-S" : "-M", name, "-V", time, "-t", "10000", "-i",
	       "corpus", "-o", "out", "--", program, NULL);
}

static void start(int job, double left)
{
	char log[32];
	int fd;

	engines[job] = fork();
	if (engines[job])
		return;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	snprintf(log, sizeof(log), "log.%d", job);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	dup2(fd, 1);
	dup2(fd, 2);
	if (afl)
		exec_afl(job, left);
	else
		exec_libfuzzer(left);
	perror("exec");
	_exit(127);
}

/* ---- what a process was at ---- */

static void sum(struct fuzz_shared *all, struct fuzz_shared *last)
{
	DIR *d = opendir("state");
	struct dirent *e;
	time_t newest = 0;

	memset(all, 0, sizeof(*all));
	memset(last, 0, sizeof(*last));
	while (d && (e = readdir(d))) {
		char path[300];
		struct stat st;
		size_t size = 0;
		u8 *data;

		snprintf(path, sizeof(path), "state/%s", e->d_name);
		data = e->d_name[0] == '.' ? NULL : guard_read(path, &size);
		if (data && size >= sizeof(*all) && !stat(path, &st)) {
			const struct fuzz_shared *s = (void *)data;

			for (int i = 0; i <= FUZZ_ERROR; i++)
				all->ended[i] += s->ended[i];
			if (st.st_mtime >= newest) {
				newest = st.st_mtime;
				*last = *s;
			}
		}
		free(data);
	}
	if (d)
		closedir(d);
}

/* A finding that the engine's process could not write itself. */
static void tell_report(const char *what, const char *report)
{
	static struct program p;
	static char text[TEXT_MAX];
	static struct fuzz_shared all, last;
	char name[64];
	int at = 0;

	sum(&all, &last);
	codec_decode(target, last.input, last.size, &p, NULL);
	for (const char *l = report; *l; l += strcspn(l, "\n"), l += *l == '\n')
		at = append(text, sizeof(text), at, "# %.*s\n",
			    (int)strcspn(l, "\n"), l);
	text_print(text + at, sizeof(text) - at, &p);
	snprintf(name, sizeof(name), "%s-%u.prog", what, ++nfindings);
	guard_tell("finding", name, text, strlen(text));
}

static unsigned long number_after(const char *text, const char *key)
{
	const char *last = NULL;

	for (const char *p = text; (p = strstr(p, key)); p++)
		last = p;
	return last ? strtoul(last + strlen(key), NULL, 10) : 0;
}

/* The edges, or features, that the engine knows of. */
static unsigned long covered(void)
{
	size_t size;
	u8 *log = NULL;
	FILE *f;
	unsigned long n = 0;

	if (afl) {
		log = guard_read("out/main/fuzzer_stats", &size);
		if (log) {
			log[size < TEXT_MAX ? size : size - 1] = 0;
			n = strtoul(strchrnul(strstr((char *)log, "edges_found") ?:
					      "", ':') + 1, NULL, 10);
		}
		free(log);
		return n;
	}
	f = fopen("log.0", "re");
	log = calloc(1, 4097);
	if (f && log) {
		fseek(f, -4096, SEEK_END);
		log[fread(log, 1, 4096, f)] = 0;
		n = number_after((char *)log, "ft: ");
	}
	if (f)
		fclose(f);
	free(log);
	return n;
}

static void tell_status(void)
{
	static struct fuzz_shared all, last;
	static double before;
	static u64 ran_before;
	double now = seconds() - began;
	u64 ran;

	sum(&all, &last);
	ran = all.ended[FUZZ_PASS] + all.ended[FUZZ_KNOWN] +
	      all.ended[FUZZ_FINDING] + all.ended[FUZZ_ERROR];
	printf("status time=%d execs=%llu speed=%.0f corpus=%u edges=%lu "
	       "findings=%u known=%llu unfit=%llu errors=%llu restarts=%u\n",
	       (int)now, (unsigned long long)ran,
	       now > before ? (ran - ran_before) / (now - before) : 0, ninputs,
	       covered(), nfindings, (unsigned long long)all.ended[FUZZ_KNOWN],
	       (unsigned long long)all.ended[FUZZ_UNFIT],
	       (unsigned long long)all.ended[FUZZ_ERROR], nrestarts);
	fflush(stdout);
	before = now;
	ran_before = ran;
}

/* ---- the campaign ---- */

static int nibble(int c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Call @use with each line of a bundle; false: it cannot be read. */
static bool each_line(const char *bundle,
		      void (*use)(const char *what, const char *name,
				  const u8 *data, size_t size))
{
	FILE *f = fopen(bundle, "re");
	char *line = NULL, what[16], name[200];
	size_t room_of_line = 0;
	int hex;

	if (!f)
		return false;
	while (getline(&line, &room_of_line, f) > 0) {
		u8 *data = (u8 *)line;
		size_t n = 0;

		if (sscanf(line, "%15s %199s %n", what, name, &hex) < 2 ||
		    strchr(name, '/'))
			continue;
		for (char *p = line + hex; p[0] > ' ' && p[1] > ' '; p += 2)
			data[n++] = nibble(p[0]) << 4 | nibble(p[1]);
		use(what, name, data, n);
	}
	free(line);
	fclose(f);
	return true;
}

static void unpack_one(const char *what, const char *name, const u8 *data,
		       size_t size)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s",
		 strcmp(what, "finding") ? "corpus" : "findings", name);
	f = fopen(path, "we");
	if (!f)
		return;
	fwrite(data, 1, size, f);
	fclose(f);
}

static unsigned nreplayed, nbad;
static bool minimises;

/* Something in @map that no input before had. */
static bool adds(const u8 *map)
{
	static bool had[FUZZ_MAP];
	bool any = false;

	for (int i = 0; i < FUZZ_MAP; i++) {
		any |= map[i] && !had[i];
		had[i] |= map[i];
	}
	return any;
}

static void replay_one(const char *what, const char *name, const u8 *data,
		       size_t size)
{
	static char text[TEXT_MAX];
	static struct fuzz_result res;
	static struct program p;
	static u8 map[FUZZ_MAP];

	if (strcmp(what, "input"))
		return;
	codec_decode(target, data, size, &p, NULL);
	target_fit(&p);
	memset(map, 0, sizeof(map));
	target_run(&p, minimises ? map : NULL, &res);
	nreplayed++;
	if (minimises && res.verdict == FUZZ_PASS && adds(map))
		guard_tell("input", name, data, size);
	if (res.verdict < FUZZ_FINDING)
		return;
	nbad++;
	target_print(&p, &res, text, sizeof(text));
	printf("# input %s\n%s", name, text);
}

/*
 * A corpus once more: 1 if any input of it is a finding. Minimised, those of it
 * that have a rule decide or an outcome come that none before them had.
 */
static int replay(const char *of, const char *bundle, bool minimise)
{
	minimises = minimise;
	target_counts_paths = false;
	target = fuzz_target_by_name(of);
	target_uses_stock = true;
	if (target == NR_FUZZ_TARGETS || !target_begin())
		return 3;
	if (!each_line(bundle, replay_one)) {
		perror(bundle);
		return 3;
	}
	printf("# %u inputs of %s, %u findings\n", nreplayed, of, nbad);
	return nbad != 0;
}

static void make_dirs(void)
{
	mkdir("corpus", 0755);
	mkdir("findings", 0755);
	mkdir("state", 0755);
	mkdir("ended", 0755);
	each_line("bundle", unpack_one);
}

static void tell_all(void)
{
	char dir[300], report[4096];

	tell_new("corpus", "input", &ninputs);
	for (int i = 0; afl && i < njobs; i++) {
		snprintf(dir, sizeof(dir),
			 i ? "out/secondary%d/queue" : "out/main/queue", i);
		tell_new(dir, "input", &ninputs);
	}
	tell_new("findings", "finding", &nfindings);
	if (klog_poll(report, sizeof(report)))
		tell_report("kernel-report", report);
}

static void reap(double end)
{
	int status;
	char what[128];

	for (int i = 0; i < njobs; i++) {
		if (waitpid(engines[i], &status, WNOHANG) != engines[i])
			continue;
		/* killed by the kernel, or by its engine for taking too long */
		if (WIFSIGNALED(status) ||
		    (WEXITSTATUS(status) && WEXITSTATUS(status) != 1)) {
			snprintf(what, sizeof(what), "the engine's process "
				 "ended with %s %d\n", WIFSIGNALED(status) ?
				 "signal" : "status", WIFSIGNALED(status) ?
				 WTERMSIG(status) : WEXITSTATUS(status));
			tell_report("ended", what);
		}
		nrestarts++;
		if (end - seconds() > 2)
			start(i, end - seconds());
	}
}

/* An engine that cannot begin says why in its log. */
static int failed(void)
{
	size_t size = 0;
	u8 *log = guard_read("log.0", &size);

	fprintf(stderr, "fuzz-guard: the engine does not run: %.*s\n",
		log ? (int)(size > 300 ? 300 : size) : 0,
		log ? (char *)log + (size > 300 ? size - 300 : 0) : "");
	free(log);
	return 3;
}

static int campaign(char **argv)
{
	double next = 0, end;

	target = fuzz_target_by_name(argv[1]);
	afl = !strcmp(argv[0], "afl");
	njobs = atoi(argv[3]);
	if (target == NR_FUZZ_TARGETS || njobs < 1 || njobs > MAX_ENGINES ||
	    (!afl && strcmp(argv[0], "libfuzzer"))) {
		fprintf(stderr, "fuzz-guard: an engine is libfuzzer or afl, a "
			"target filter, reply, sequence or race, 1 to %d jobs\n",
			MAX_ENGINES);
		return 2;
	}
	if (chdir(argv[4])) {
		perror(argv[4]);
		return 3;
	}
	make_dirs();
	setenv("DEFLECT_FUZZ", argv[1], 1);
	setenv("DEFLECT_FINDINGS", realpath("findings", NULL), 1);
	setenv("DEFLECT_STATE", realpath("state", NULL), 1);
	/* AFL++ wants one that is not empty */
	close(open("corpus/first", O_WRONLY | O_CREAT, 0644));
	if (truncate("corpus/first", 1))
		return 3;
	klog_open();
	began = seconds();
	end = began + atoi(argv[2]);
	for (int i = 0; i < njobs; i++)
		start(i, end - began);
	while (seconds() < end) {
		usleep(500000);
		tell_all();
		reap(end);
		if (nrestarts > 20 && seconds() - began < nrestarts)
			return failed();
		if (getenv("DEFLECT_FIRST") && nfindings)
			break;
		if (seconds() < next)
			continue;
		tell_status();
		next = seconds() + STATUS_SECONDS;
	}
	for (int i = 0; i < njobs; i++)
		kill(engines[i], SIGTERM);
	for (int i = 0; i < njobs; i++)
		waitpid(engines[i], NULL, 0);
	tell_all();
	tell_status();
	puts("over");
	return 0;
}

/* The suites' own cases, as inputs of a target. */
static int seeds(const char *of, const char *dir)
{
	static struct case_list l;
	static struct program p;
	u8 buf[FUZZ_BYTES];
	char path[PATH_MAX];
	ssize_t n;

	target = fuzz_target_by_name(of);
	if (target == NR_FUZZ_TARGETS || cases_load(&l))
		return 2;
	for (int i = 0; i < l.n; i++) {
		FILE *f;

		case_program(&l.v[i], &p);
		n = codec_encode(target, &p, buf);
		if (n <= 0)
			continue;
		snprintf(path, sizeof(path), "%s/%016llx", dir,
			 (unsigned long long)hash(buf, n));
		f = fopen(path, "we");
		if (!f) {
			perror(path);
			return 3;
		}
		fwrite(buf, 1, n, f);
		fclose(f);
	}
	return 0;
}

int main(int argc, char **argv)
{
	ssize_t n = readlink("/proc/self/exe", here, sizeof(here) - 1);

	here[n > 0 ? n : 0] = 0;
	dirname(here);
	prctl(PR_SET_PDEATHSIG, SIGTERM);	/* as the engines with us */
	/* where there is no shell that would set them */
	while (argc > 1 && strchr(argv[1], '=')) {
		putenv(argv[1]);
		argc--;
		argv++;
	}
	if (argc == 6)
		return campaign(argv + 1);
	if (argc == 4 && !strcmp(argv[1], "triage")) {
		if (chdir(argv[2])) {
			perror(argv[2]);
			return 3;
		}
		make_dirs();
		return triage("findings", atoi(argv[3]));
	}
	if (argc == 4 && !strcmp(argv[1], "replay"))
		return replay(argv[2], argv[3], false);
	if (argc == 4 && !strcmp(argv[1], "minimise"))
		return replay(argv[2], argv[3], true);
	if (argc == 4 && !strcmp(argv[1], "seeds"))
		return seeds(argv[2], argv[3]);
	fprintf(stderr, "usage: fuzz-guard libfuzzer|afl TARGET SECONDS JOBS "
		"DIR, triage DIR TIMES, replay|minimise TARGET BUNDLE, "
		"seeds TARGET DIR\n");
	return 2;
}
