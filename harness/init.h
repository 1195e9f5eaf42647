/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deflect as PID 1 of an emulated machine: mounts what it needs, loads the
 * modules it was given, opens the stream, and tells what to run.
 */
#ifndef DEFLECT_INIT_H
#define DEFLECT_INIT_H

#include <stdbool.h>

/*
 * Set the machine up.  The arguments of /args (one a line) replace @argc and
 * @argv; stdout becomes the stream (the serial port named by deflect.stream=
 * on the kernel's command line).  Problems are said on the console and end the
 * machine.
 */
void init_setup(int *argc, char ***argv);

/* Flush, say the exit status on the console and power off; never returns. */
void init_power_off(int status) __attribute__((noreturn));

/* Unload the KVM modules and load them again with @params ("kvm.x=1 ..."). */
int init_reload_modules(const char *params);

/*
 * Run another program, @argv with its path first, as a child whose output goes
 * to the stream, and print {"exec":PATH,"status":its exit status, or 128 and
 * the signal that ended it}. Returns 0, or 3 when it cannot be run.
 */
int init_exec(char **argv);

/* Whether this process, or the one it is a child of, set the machine up. */
bool init_ran(void);

/*
 * Several runs in one boot, where a boot is costly. Each line of /jobs is NAME
 * and arguments for @run, with tabs between them. KVM's modules are loaded anew
 * for it, those in /sets/NAME from there, and it runs in a child between the
 * records {"job":NAME} and {"job":"","status":N}. A job that leaves the kernel
 * tainted is the last one of its boot. Returns the exit status, or -1 without
 * /jobs.
 */
int init_jobs(int (*run)(int argc, char **argv));

#endif
