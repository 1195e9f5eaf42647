# SPDX-License-Identifier: GPL-2.0-only
# Every entry point of the project; `make help` lists them.

# What the program runs on. `make ARCH=arm64` on another host is a cross build.
HOST_ARCH	:= $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(shell uname -m)))
ARCH		?= $(HOST_ARCH)
B		?= build$(if $(filter-out $(HOST_ARCH),$(ARCH)),/$(ARCH))
ifneq ($(ARCH),$(HOST_ARCH))
include harness/$(ARCH)/cross.mk
else ifeq ($(origin CC),default)
CC		:= gcc
endif
# a file of that name is in the tarballs of `make dist`
VERSION		:= $(shell cat harness/version 2>/dev/null || \
		     git describe --always --dirty 2>/dev/null || echo unknown)
CFLAGS		?= -O2 -g
WARN		:= -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes
override CFLAGS += -std=gnu11 $(WARN) -pthread -DDEFLECT_VERSION='"$(VERSION)"'
LDFLAGS		?= -static

# The suites, words and models of every architecture are in each program, what
# needs the CPU only in that for it.
SRC		:= $(sort $(wildcard harness/*.c harness/*/model*.c \
		     harness/*/text_*.c harness/*/seen.c harness/$(ARCH)/*.c suites/*.c suites/arm64/*.c))
OBJ		= $(SRC:%.c=$(B)/%.o) $(B)/guest/blob.o $(PAYLOAD_OBJ)
ifeq ($(ARCH),x86)
PAYLOADS	:= $(patsubst guest/%.S,$(B)/guest/%.bin, \
		     $(filter-out guest/arm64.S guest/blob.S guest/x86.S, \
		     $(wildcard guest/*.S)))
PAYLOAD_OBJ	:= $(B)/guest/x86.o
# what runs one program in this process, for `bench`
SRC		+= $(addprefix fuzz/,codec.c known.c stock.c target.c)
else
PAYLOAD_OBJ	:= $(B)/guest/$(ARCH).o
# commands about MSRs
SRC		:= $(filter-out harness/bench.c harness/plan%.c \
		     harness/repro%.c harness/sweep.c,$(SRC))
endif

# What a command needs is built on every CPU; the command itself is one thing
# after the other.
BUILD		= $(MAKE) --no-print-directory -s \
		  $(if $(findstring j,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: all help
all: $(B)/deflect	## build the program: build/deflect

help:			## this list
	@sed -n 's|^\([a-z0-9-]*\):[^#]*## \(.*\)|\1\t\2|p' Makefile | \
		awk -F'\t' '{ printf "  make %-14s %s\n", $$1, $$2 }'

$(B)/deflect: $(OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -ljson-c

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/guest/%.bin: guest/%.S guest/layout.h
	@mkdir -p $(@D)
	$(CC) -c -o $(B)/guest/$*.o $<
	ld -Ttext=$(if $(filter nested_%,$*),0x39000,0x7000) --oformat binary \
		-e _start -o $@ $(B)/guest/$*.o

$(B)/guest/%.o: guest/%.S
	@mkdir -p $(@D)
	$(CC) -I$(B) -I. -c -o $@ $<

$(B)/guest/x86.o: $(PAYLOADS) $(wildcard harness/x86/repro/*.c.in)
$(B)/guest/arm64.o: guest/arm64.h
$(B)/guest/blob.o: $(wildcard results/baseline/*.txt) harness/page.html \
		$(B)/regress.txt

# What fuzzing found, one program after the other; in the order of their names.
REGRESS		:= $(sort $(wildcard suites/regress/*.prog))
$(B)/regress.txt: suites/regress $(REGRESS)
	@mkdir -p $(@D)
	cat /dev/null $(REGRESS) >$@

-include $(wildcard $(B)/harness/*.d $(B)/harness/*/*.d $(B)/suites/*.d \
	$(B)/suites/*/*.d)

# ---- the main job, and the project's own tests ----

# The machine arm64 is asked for by name, and part of the matrix.
ARM64		:= $(filter arm64,$(or $(MACHINES), \
		     $(if $(filter matrix,$(MAKECMDGOALS)),arm64)))

.PHONY: conform report matrix debug-kernel test check packages
.PHONY: arm64 packages-arm64
arm64:			## the program for arm64 beside this one: build/arm64/deflect
	@+$(BUILD) ARCH=arm64 all

packages-arm64:
	$(if $(ARM64),@harness/boot/packages.sh install arm64)

conform: packages packages-arm64	## the main job: this host's KVM, and real kvm_amd and kvm_intel emulated
	@+$(BUILD) all $(ARM64)
	@harness/boot/conform.sh

matrix: packages packages-arm64	## every stock kernel on every machine; goes on where it was killed
	@+$(BUILD) all $(ARM64)
	@harness/boot/conform.sh matrix

report: all		## the newest results [and DIRS=] as one page: results/report.html
	@mkdir -p results
	@$(B)/deflect report --output results/report.html newest $(DIRS)
	@echo results/report.html

debug-kernel:		## a kernel with KASAN, lockdep and kmemleak: make conform KERNEL=debug
	@harness/boot/packages.sh install build amd kmod fetch
	@harness/boot/debug.sh

test: packages-test	## the project's own tests, then a conformance run
	@+$(BUILD) tests
	prove --merge --timer harness/test/*.t harness/boot/test.sh \
		fuzz/kmod/test.sh fuzz/kmod/test-mutants.sh \
		fuzz/kmod/test-coverage.sh
	@harness/boot/conform.sh

check: all		## the suites against the model, without KVM: seconds
	@$(B)/deflect check >$(B)/check.tap || { grep -v '^ok' $(B)/check.tap; exit 1; }
	@tail -n 1 $(B)/check.tap

# Of the machines asked for; the archive only where the kernel is not one's own.
NEEDS		:= build $(or $(filter amd intel,$(VENDOR)),amd intel) \
		     $(if $(wildcard $(KERNEL)),,fetch)
packages:
	@harness/boot/packages.sh install $(NEEDS)

packages-test:
	@harness/boot/packages.sh install build amd intel fetch test fuzz

# Everything a second time with clang, and the parser under ASan and UBSan.
.PHONY: tests packages-test
tests: all $(B)/test/printer $(B)/test/parser $(B)/test/planner $(B)/test/oracle $(B)/test/fuzzer fuzzers
	@+$(BUILD) B=$(B)/clang CC=clang all

NOMAIN		:= $(filter-out harness/main.c,$(SRC))
$(B)/test/printer $(B)/test/oracle: $(B)/test/%: harness/test/%.c harness/test/tap.h $(OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< \
		$(filter-out $(B)/harness/main.o,$(OBJ)) -ljson-c

$(B)/test/parser: harness/test/parser.c harness/test/tap.h $(NOMAIN) $(wildcard harness/*.h) \
		$(B)/guest/blob.o $(PAYLOAD_OBJ)
	@mkdir -p $(@D)
	clang -std=gnu11 -g -O1 -fsanitize=address,undefined \
		-fno-sanitize-recover=all -DDEFLECT_VERSION='"test"' -pthread -o $@ $< \
		$(NOMAIN) $(B)/guest/blob.o $(PAYLOAD_OBJ) -ljson-c

$(B)/test/fuzzer: harness/test/fuzzer.c harness/test/tap.h $(NOMAIN) fuzz/mutate.c $(wildcard harness/*.h fuzz/*.h) \
		$(B)/guest/blob.o $(PAYLOAD_OBJ)
	@mkdir -p $(@D)
	clang -std=gnu11 -g -O1 -fsanitize=address,undefined \
		-fno-sanitize-recover=all -DDEFLECT_VERSION='"test"' -pthread -o $@ \
		$(filter %.c,$^) $(B)/guest/blob.o $(PAYLOAD_OBJ) -ljson-c

$(B)/test/planner: harness/test/planner.c harness/plan.c harness/plan.h harness/test/tap.h
	@mkdir -p $(@D)
	clang -std=gnu11 -g -O1 -fsanitize=address,undefined \
		-fno-sanitize-recover=all -o $@ $< harness/plan.c

# ---- KVM rebuilt: with coverage, or with a deliberate mistake ----

.PHONY: kvm-modules packages-kmod
kvm-modules: packages-kmod	## rebuild KVM for KERNEL=6.1 [EDIT=file.mut] [COVERAGE=1]; prints where
	@fuzz/kmod/modules.sh $(if $(COVERAGE),-c) $(if $(EDIT),-e $(EDIT)) $(or $(KERNEL),6.1)

.PHONY: coverage test-cover
coverage: packages-kmod	## which lines of KVM's MSR ABI the suites reach: KERNEL= MACHINES= PATTERN=
	@+$(BUILD) all
	@fuzz/kmod/coverage.sh

test-cover: packages-kmod	## the tests of what traces KVM for it, on an emulated machine
	@+$(BUILD) all
	@fuzz/kmod/test-cover.sh amd $(or $(KERNEL),6.1)

.PHONY: mutants mutants-ci mutants-arm64
mutants: packages-kmod	## which deliberate mistakes do the suites notice? KERNEL= ONLY= MACHINES= ASIDE=1
	@+$(BUILD) all
	@fuzz/kmod/mutants.sh

mutants-ci: packages-kmod	## a few of them, each with the cases that must notice: minutes
	@+$(BUILD) all
	@SUBSET=ci MACHINES=amd fuzz/kmod/mutants.sh

mutants-arm64: packages-kmod arm64	## the same of the arm64 suites: each mutant is a kernel
	@harness/boot/packages.sh install arm64
	@+$(BUILD) all
	@fuzz/kmod/arm64.sh

packages-kmod:
	@harness/boot/packages.sh install build amd kmod

# ---- the fuzzer: one entry point, two engines ----

.PHONY: fuzzers fuzz triage packages-fuzz
fuzz: packages-fuzz	## fuzz KVM: TARGET= ENGINE=libfuzzer|afl MACHINE=host|amd|amd2|intel TIME= JOBS= KERNEL=
	@+$(BUILD) all fuzzers
	@fuzz/campaign.sh

triage: fuzzers		## replay, shrink and sort what a campaign found: TARGET= MACHINE=
	@fuzz/triage.sh

packages-fuzz:
	@harness/boot/packages.sh install build fuzz \
		$(if $(filter-out host,$(or $(MACHINE),host)),amd intel kmod)

fuzzers: all $(B)/fuzz/fuzz-guard $(B)/fuzz/fuzz-libfuzzer \
	$(if $(shell command -v afl-clang-fast),$(B)/fuzz/fuzz-afl $(B)/fuzz/mutator.so)

FUZZ		:= $(B)/fuzz/mutate.o
HARNESS		:= $(filter-out $(B)/harness/main.o,$(OBJ))

# Not by -fsanitize=fuzzer, which adds a runtime that cannot be linked statically.
LIBFUZZER	= $(shell clang -print-resource-dir)/lib/linux/libclang_rt.fuzzer-x86_64.a

$(B)/fuzz/fuzz-libfuzzer: $(FUZZ) $(B)/fuzz/entry.o $(B)/fuzz/libfuzzer.o $(HARNESS)
	clang $(CFLAGS) -static -o $@ $^ $(LIBFUZZER) -ljson-c -lstdc++ -lm

$(B)/fuzz/fuzz-guard: $(FUZZ) $(B)/fuzz/guard.o $(B)/fuzz/triage.o $(HARNESS)
	$(CC) $(CFLAGS) -static -o $@ $^ -ljson-c

$(B)/fuzz/fuzz-afl: $(FUZZ) $(B)/fuzz/entry.o $(B)/fuzz/afl.o $(HARNESS)
	AFL_QUIET=1 afl-clang-fast -static -fsanitize=fuzzer -pthread -o $@ $^ -ljson-c -lm

$(B)/fuzz/mutator.so: fuzz/afl_mutator.c fuzz/codec.c fuzz/mutate.c \
		harness/program.c harness/arm64/model_insn.c $(wildcard fuzz/*.h harness/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -fPIC -shared -Wl,-z,defs -o $@ $(filter %.c,$^)

-include $(wildcard $(B)/fuzz/*.d)

# ---- packaging ----

PREFIX		?= /usr/local
INSTALL		= install -D -m
SHARE		= $(DESTDIR)$(PREFIX)/share

.PHONY: install dist
install: all		## the program, its manual and its completion: PREFIX=/usr/local DESTDIR=
	$(INSTALL) 755 $(B)/deflect $(DESTDIR)$(PREFIX)/bin/deflect
	$(INSTALL) 644 harness/deflect.1 $(SHARE)/man/man1/deflect.1
	$(INSTALL) 644 harness/deflect.bash $(SHARE)/bash-completion/completions/deflect

DIST		= deflect-$(shell git describe --always)
dist:			## the committed source as a tarball: build/deflect-VERSION.tar.gz
	@mkdir -p $(B)
	git archive --prefix=$(DIST)/ -o $(B)/$(DIST).tar.gz \
		--add-virtual-file=$(DIST)/harness/version:$(DIST:deflect-%=%) HEAD

.PHONY: clean
clean:			## remove what was built; the kernel cache stays
	@find $(B) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +
