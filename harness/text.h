/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text form of a program: one step a line, readable in a mail, and the
 * same again when printed and parsed.
 *
 *	case filter/denied-read-exits
 *	rules exit_read match_bit_decides
 *	cap 0x4
 *	filter allow range rw 0xc0000082+1 = 0
 *	rdmsr 0xc0000082 -> exit filter
 *
 * A line is `[SCOPE:] WORD ARGUMENTS [&] [-> EXPECTATION]`; `#` at the start
 * of a line or before a space begins a comment.  SCOPE is one or more of vmN,
 * vcpuN and an actor (t1 t2 t3: threads, child: a forked process), joined by
 * dots; with int80 the ioctl comes by the 32-bit syscall entry.  `&` starts the step in its actor and goes on; `wait t1` collects it.
 * deflect list --words prints the words with their arguments.
 */
#ifndef DEFLECT_TEXT_H
#define DEFLECT_TEXT_H

#include "program.h"

enum { TEXT_MAX = 64 * 1024, TEXT_LINE_MAX = 2048 };

struct text_error {
	int line, column;
	char what[160];
};

/*
 * Parse @len bytes of @text into @p.  Returns false and fills @err at the
 * first thing that is not of the form; never reads past @len.
 */
bool text_parse(struct program *p, const char *text, size_t len,
		struct text_error *err);

/* Print the whole program; returns what snprintf() would. */
int text_print(char *buf, size_t size, const struct program *p);

/* Print one step, without its expectation and without a newline. */
int text_print_step(char *buf, size_t size, const struct step *s);

/* A short name for a step in messages: "rdmsr MSR_LSTAR (0xc0000082)". */
int text_step_label(char *buf, size_t size, const struct step *s);

/* ---- for words; generic ones in text.c, the rest in text_x86.c and text_arm64.c ---- */

struct cursor {
	const char *p, *end;	/* what is left of the input */
	const char *line_start;
	int line;
	struct text_error *err;
	struct program *prog;
};

struct out {
	char *buf;
	size_t size;
	int at;
};

struct word {
	const char *name;
	enum step_kind kind;
	const char *usage;	/* arguments, for `list --words` */
	bool (*parse)(struct cursor *c, struct step *s);
	void (*print)(struct out *o, const struct step *s);
};

extern const struct word text_words[];	/* ends with name NULL */
extern const struct word x86_words[];	/* ends with name NULL */
extern const struct word arm64_words[];	/* ends with name NULL */

/* Of a word that stands alone: its `parse` and `print`. */
#define TEXT_NOTHING text_parse_nothing, text_print_nothing
bool text_parse_nothing(struct cursor *c, struct step *s);
void text_print_nothing(struct out *o, const struct step *s);

bool text_fail(struct cursor *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The next token of the line; "" at its end.  @buf has room for 64 bytes. */
bool text_token(struct cursor *c, char buf[64]);
bool text_peek(struct cursor *c, char buf[64]);
/* The next token as a number of at most @max. */
bool text_number(struct cursor *c, u64 *v, u64 max);
/* @s as a number of at most @max; fails at the cursor. */
bool text_value(struct cursor *c, const char *s, u64 *v, u64 max);
/* Next token is `key=value`: copies both.  False, nothing consumed: it is not. */
bool text_option(struct cursor *c, char key[64], const char **value);
bool text_place(struct cursor *c, const char *s, struct place *at);
bool text_fd(struct cursor *c, const char *s, enum fd_kind *fd);
void text_out(struct out *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void text_out_place(struct out *o, const struct place *at);
void text_out_fd(struct out *o, enum fd_kind fd);

#endif
