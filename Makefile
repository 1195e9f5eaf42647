# SPDX-License-Identifier: GPL-2.0-only
# Every entry point of the project; `make help` lists them.

B		?= build
ifeq ($(origin CC),default)
CC		:= gcc
endif
VERSION		:= $(shell git describe --always --dirty 2>/dev/null || echo unknown)
CFLAGS		?= -O2 -g
WARN		:= -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes
override CFLAGS += -std=gnu11 $(WARN) -pthread -DDEFLECT_VERSION='"$(VERSION)"'
LDFLAGS		?= -static

SRC		:= $(wildcard harness/*.c harness/x86/*.c suites/*.c)
OBJ		:= $(SRC:%.c=$(B)/%.o) $(B)/guest/blob.o
PAYLOADS	:= $(patsubst guest/%.S,$(B)/guest/%.bin, \
		     $(filter-out guest/blob.S,$(wildcard guest/*.S)))

.PHONY: all help
all: $(B)/deflect	## build the program: build/deflect

help:			## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | \
		awk -F'|' '{ printf "  make %-14s %s\n", $$1, $$2 }'

$(B)/deflect: $(OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -ljson-c

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/guest/%.bin: guest/%.S guest/layout.h
	@mkdir -p $(@D)
	$(CC) -c -o $(B)/guest/$*.o $<
	ld -Ttext=0x7000 --oformat binary -e _start -o $@ $(B)/guest/$*.o

$(B)/guest/blob.o: guest/blob.S $(PAYLOADS)
	$(CC) -I$(B) -c -o $@ $<

-include $(wildcard $(B)/harness/*.d $(B)/harness/x86/*.d $(B)/suites/*.d)
