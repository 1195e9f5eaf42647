// SPDX-License-Identifier: GPL-2.0-only
/* A plan as text, as C for a VMM, and as JSON. */
#include "msrs.h"
#include "plan_cli.h"

static const char *flags_word(u32 flags)
{
	return flags == PLAN_READ ? "r" : flags == PLAN_WRITE ? "w" : "rw";
}

static bool allowed(const struct plan_range *r, u32 pos)
{
	return r->bitmap[pos / 8] >> pos % 8 & 1;
}

static void summary(FILE *f, const char *prefix, const struct plan *plan,
		    const struct plan_item *v, int n)
{
	int reads = 0, writes = 0;

	for (int i = 0; i < n; i++) {
		reads += (v[i].directions & PLAN_READ) != 0;
		writes += (v[i].directions & PLAN_WRITE) != 0;
	}
	fprintf(f, "%s%d MSR%s exit%s, %d on reads and %d on writes: %u of "
		"%d ranges, %s.\n", prefix, n, n == 1 ? "" : "s",
		n == 1 ? "s" : "", reads, writes, plan->nranges,
		MAX_RANGES, plan->minimal ? "the fewest there can be" :
		"perhaps not the fewest");
}

/* The words of the program text; a short list of bits where there is one. */
static void print_text(FILE *f, const struct plan *plan,
		       const struct plan_item *v, int n)
{
	char label[64];

	summary(f, "# ", plan, v, n);
	fprintf(f, "cap 0x%x\nfilter allow", PLAN_MASK);
	for (unsigned i = 0; i < plan->nranges; i++) {
		const struct plan_range *r = &plan->range[i];
		u32 denied = 0, but;

		for (u32 b = 0; b < r->nmsrs; b++)
			denied += !allowed(r, b);
		but = denied * 2 > r->nmsrs;
		fprintf(f, " range %s 0x%x+%u = %s", flags_word(r->flags),
			r->base, r->nmsrs, but ? "0" : "0xff");
		for (u32 b = 0, first = 1; b < r->nmsrs; b++) {
			if (allowed(r, b) != but)
				continue;
			fprintf(f, "%c%u", first ? '^' : ',', b);
			first = 0;
		}
	}
	fputc('\n', f);
	for (int i = 0; i < n && i < 16; i++)
		fprintf(f, "#  %-2s %s\n", flags_word(v[i].directions),
			msr_label(label, sizeof(label), v[i].index));
	if (n > 16)
		fprintf(f, "#  and %d more\n", n - 16);
}

static void print_c_bytes(FILE *f, const struct plan_range *r)
{
	for (u64 b = 0; b < bitmap_bytes(r->nmsrs); b++)
		fprintf(f, "%s0x%02x,", b % 8 ? " " : "\n\t\t", r->bitmap[b]);
}

static void print_c(FILE *f, const struct plan *plan, const struct plan_item *v,
		    int n)
{
	fputs("#include <linux/kvm.h>\n#include <sys/ioctl.h>\n\n", f);
	summary(f, "/* ", plan, v, n);
	fputs(" * The capability comes first: a denial before it is a #GP, not "
	      "an exit. */\n"
	      "static int set_exit_msrs(int vm)\n{\n", f);
	for (unsigned i = 0; i < plan->nranges; i++) {
		fprintf(f, "\tstatic __u8 bits%u[] = {", i);
		print_c_bytes(f, &plan->range[i]);
		fputs("\n\t};\n", f);
	}
	fputs("\tstruct kvm_enable_cap cap = {\n"
	      "\t\t.cap = KVM_CAP_X86_USER_SPACE_MSR,\n"
	      "\t\t.args = { KVM_MSR_EXIT_REASON_FILTER },\n\t};\n"
	      "\tstruct kvm_msr_filter filter = {\n"
	      "\t\t.flags = KVM_MSR_FILTER_DEFAULT_ALLOW,\n"
	      "\t\t.ranges = {\n", f);
	for (unsigned i = 0; i < plan->nranges; i++) {
		const struct plan_range *r = &plan->range[i];

		fprintf(f, "\t\t\t{ %s, %u, 0x%x, bits%u },\n",
			r->flags == PLAN_READ ? "KVM_MSR_FILTER_READ" :
			r->flags == PLAN_WRITE ? "KVM_MSR_FILTER_WRITE" :
			"KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE",
			r->nmsrs, r->base, i);
	}
	fputs("\t\t},\n\t};\n\n"
	      "\tif (ioctl(vm, KVM_ENABLE_CAP, &cap))\n\t\treturn -1;\n"
	      "\treturn ioctl(vm, KVM_X86_SET_MSR_FILTER, &filter);\n}\n", f);
}

static void print_json(FILE *f, const struct plan *plan)
{
	fprintf(f, "{\"mask\":%d,\"default\":\"allow\",\"minimal\":%s,"
		"\"ranges\":[", PLAN_MASK, plan->minimal ? "true" : "false");
	for (unsigned i = 0; i < plan->nranges; i++) {
		const struct plan_range *r = &plan->range[i];

		fprintf(f, "%s{\"flags\":%u,\"base\":%u,\"nmsrs\":%u,"
			"\"bitmap\":\"", i ? "," : "", r->flags, r->base,
			r->nmsrs);
		for (u64 b = 0; b < bitmap_bytes(r->nmsrs); b++)
			fprintf(f, "%02x", r->bitmap[b]);
		fputs("\"}", f);
	}
	fputs("]}\n", f);
}

void plan_print(FILE *f, enum plan_format format, const struct plan *plan,
		const struct plan_item *v, int n)
{
	if (format == PLAN_C)
		print_c(f, plan, v, n);
	else if (format == PLAN_JSON)
		print_json(f, plan);
	else
		print_text(f, plan, v, n);
}
