// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser under ASan and UBSan: every case prints and parses back to
 * itself, and any damage to its text ends in an error with a place, never in
 * a crash.  Deterministic: the damage follows from a fixed seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cases.h"
#include "../text.h"
#include "tap.h"

/* A copy without a terminating byte, so that a read past it is caught. */
static bool parse_exact(const char *text, size_t len, struct text_error *err)
{
	static struct program p;
	char *copy = malloc(len ? len : 1);
	bool good;

	memcpy(copy, text, len);
	good = text_parse(&p, copy, len, err);
	free(copy);
	return good;
}

static void damage(char *text, size_t *len)
{
	static const char bytes[] = "\0\n\xff 09azAZ:=+-^,.&>#%x";

	for (unsigned i = 0; i <= random_below(4); i++) {
		unsigned at = random_below(*len + 1);

		switch (random_below(4)) {
		case 0:		/* cut */
			*len = at;
			break;
		case 1:		/* replace */
			if (at < *len)
				text[at] = bytes[random_below(sizeof(bytes))];
			break;
		case 2:		/* insert */
			memmove(text + at + 1, text + at, *len - at);
			text[at] = bytes[random_below(sizeof(bytes))];
			++*len;
			break;
		default:	/* drop a stretch */
			if (at < *len) {
				unsigned n = random_below(*len - at);

				memmove(text + at, text + at + n,
					*len - at - n);
				*len -= n;
			}
		}
	}
}

static void refuses(const char *text, size_t len, const char *needle)
{
	struct text_error err;
	char what[256];

	snprintf(what, sizeof(what), "refused: %s", needle);
	ok(!parse_exact(text, len, &err) && strstr(err.what, needle) &&
	   err.line > 0 && err.column > 0, what);
}

int main(void)
{
	static char text[TEXT_MAX + 4096], print[TEXT_MAX];
	static struct case_list l;
	struct text_error err;
	int unplaced = 0, parsed = 0;

	if (cases_load(&l))
		return 1;
	for (int i = 0; i < l.n; i++)
		for (int k = 0; k < 40; k++) {
			size_t len = l.v[i].len;

			memcpy(text, l.v[i].text, len);
			damage(text, &len);
			if (parse_exact(text, len, &err))
				parsed++;
			else if (!err.what[0] || err.line < 1 || err.column < 1)
				unplaced++;
		}
	ok(!unplaced, "every refusal names line and column");
	ok(parsed > 0, "some damage still parses");
	for (int i = 0; i < l.n; i++) {
		struct program *p = malloc(sizeof(*p));

		case_program(&l.v[i], p);
		/* a buffer of any size is enough not to overflow */
		text_print(print, random_below(sizeof(print)) + 1, p);
		text_print(NULL, 0, p);
		free(p);
	}
	ok(1, "printing into short buffers");

	refuses("", 0, "ends before the first step");
	refuses("case x\n", 7, "ends before the first step");
	refuses("rdmsr", 5, "number is missing");
	refuses("rdmsr 0x10\nfrob 1\n", 18, "no word 'frob'");
	refuses("rdmsr 0x1ffffffff\n", 18, "more than");
	refuses("rdmsr \x01\n", 8, "not text");
	refuses("filter allow range rw 0x10 = 0\n", 31, "BASE+COUNT");
	refuses("filter allow range rw 0x10+1 = 7\n", 33, "bits are");
	refuses("rules no_such_rule\nrdmsr 1\n", 27, "no rule");
	refuses("sweep x 0x10..0x20\n", 19, "sweep r or sweep w");
	refuses("sweep r 0x10\n", 13, "FIRST..LAST");
	refuses("sweep r 0x20..0x10\n", 19, "is empty");
	refuses("sweep w 0x10..0x20\n", 19, "number is missing");
	refuses("sweep r 0x10..0x20 -> held\n", 27, "ok or a fault");
	refuses("range rw 0x10+1 = 0\n", 20, "without a filter");
	refuses("rdmsr 0x10 & \n", 14, "only a thread");
	refuses("t1: filter allow range rw 0x10+1 = 0 at=late\nrdmsr 1\n",
		53, "for a thread with &");
	refuses("t1: filter allow range rw 0x10+1 = 0 at=late &\nrdmsr 1\n",
		55, "is not waited for");
	refuses("t1: filter allow range rw 0x10+1 = 0 at=late &\nt1: rdmsr 1\n",
		59, "waited for first");
	refuses("t1: filter allow range rw 0x10+1 = 0 at=late &\nclose\n",
		53, "no close while");
	refuses("t1: msrs set 1=0 at=late &\nrdmsr 1\n",
		35, "is for msrs get");
	refuses("t1: msrs get 1 at=late\nrdmsr 1\n",
		31, "for a thread with &");
	refuses("rdmsr 1\nt1.vcpu1: msrs get 1 at=late &\nfilter allow\nrdmsr 1\n",
		60, "for a thread with &");
	refuses("rdmsr 1\nt1.vcpu1: msrs get 1 at=late &\nt2: filter allow &\nwait t2\n",
		66, "the reader has to be");
	refuses("rdmsr 1\nt1.vcpu1: msrs get 1 at=late &\nvcpu1: rdmsr 1\n",
		54, "in the reader's call");
	refuses("rdmsr 1\nt1.vcpu1: msrs get 1 at=late &\nvcpu2: rdmsr 1\n",
		54, "there before a reader");
	refuses("rdmsr 1\nt1.vcpu1: msrs get 1 at=late &\ncap 0x4\n",
		47, "while KVM reads an array");
	refuses("rdmsr 1\nt1.vcpu1: msrs get 1 at=late &\nt2: filter allow range rw 1+1 = 0 at=late &\nwait t1\n",
		91, "a late bitmap");
	refuses("cap 0x1 at=late\n",
		16, "is no place");
	refuses("wrmsr 1 2 over=3\n", 17, "over is for rdmsr");
	refuses("native 0x10\n", 12, "native r INDEX");
	refuses("native w 0x10\n", 14, "number is missing");
	refuses("each set known\n", 15, "each rdmsr, each wrmsr");
	refuses("each get all\n", 13, "no set of MSRs");
	refuses("each wrmsr known\n", 17, "number is missing");
	refuses("each get known -> ok\n", 21, "filter, #GP, unchanged");
	refuses("native r 0x10 -> ok\n", 20, "native, intercepted");
	refuses("vm9: rdmsr 0x10\n", 16, "no VM, vCPU, actor, int80 or l2");
	memset(text, 'a', TEXT_LINE_MAX + 10);
	refuses(text, TEXT_LINE_MAX + 10, "line of more than");
	memset(text, '\n', sizeof(text));
	refuses(text, TEXT_MAX + 1, "longer than");
	memcpy(text, "rdmsr ", 6);
	memset(text + 6, '1', 100);
	refuses(text, 106, "more than 63");
	print[0] = 0;
	for (int i = 0; i < MAX_STEPS + 1; i++)
		strcat(print, "rdmsr 1\n");
	refuses(print, strlen(print), "more than 72 steps");
	return finish();
}
