// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_ENABLE_CAP, KVM_X86_SET_MSR_FILTER and other ioctls of a VM in a
 * reproducer, with their objects where the program has them in memory.
 */
#include <string.h>

#include "abi.h"
#include "repro_x86.h"

enum { CAP_SIZE = 104, FILTER_SIZE = 392, BITS_SIZE = 0x600 };

/* ---- objects in memory ---- */

/* What the kernel is given for @content of @size bytes at a place. */
static void object(struct repro *r, const struct step *s, char buf[160],
		   const struct place *at, const char *content, u32 size)
{
	char n[32];

	if (*content != '&')
		snprintf(n, sizeof(n), size < 10 ? "%u" : "0x%x", size);
	else
		snprintf(n, sizeof(n), "sizeof(%s)", content + 1);
	if (at->kind == PLACE_READABLE && at->readable < size)
		snprintf(n, sizeof(n), "%u", at->readable);
	switch (at->kind) {
	case PLACE_NULL:
		strcpy(buf, "NULL");
		return;
	case PLACE_HOLE:
		strcpy(buf, "(void *)0x200000000000");
		return;
	case PLACE_KERNEL:
		strcpy(buf, "(void *)0xffff888000001000");
		return;
	case PLACE_NONCANON:
		strcpy(buf, "(void *)0x8000000000000000");
		return;
	case PLACE_LAST:
		strcpy(buf, "(void *)~0UL");
		return;
	case PLACE_GUEST:
		repro_use(r, USE_in_guest);
		snprintf(buf, 160, "in_guest(%s, %s, %s)",
			 repro_mem(r, s->vm), content, n);
		return;
	case PLACE_ODD:
	case PLACE_FILE:
		snprintf(buf, 160, "object_at(%s, %s, %s)", content, n,
			 at->kind == PLACE_ODD ? "1, false" : "0, true");
		break;
	case PLACE_NOACCESS:
	case PLACE_RDONLY:
		repro_use(r, USE_protect);
		snprintf(buf, 160, "protect(object(%s, %s), %s)", content, n,
			 at->kind == PLACE_RDONLY ? "PROT_READ" : "PROT_NONE");
		break;
	default:
		snprintf(buf, 160, "object(%s, %s)", content, n);
	}
	repro_use(r, USE_object);
}

static void release(struct repro *r, bool unmap)
{
	if (repro_uses(r, USE_filter))
		repro_line(r, "release(%s);", !repro_uses(r, USE_unmap) ? "" :
			   unmap ? "true" : "false");
}

/* ---- calls ---- */

static const char *cap_name(char buf[16], u32 nr)
{
	if (nr == CAP_X86_USER_SPACE_MSR)
		return "KVM_CAP_X86_USER_SPACE_MSR";
	if (nr == CAP_X86_MSR_FILTER)
		return "KVM_CAP_X86_MSR_FILTER";
	snprintf(buf, 16, "%u", nr);
	return buf;
}

static const char *mask_name(char buf[120], u64 mask)
{
	static const char *const names[] = { "INVAL", "UNKNOWN", "FILTER" };
	int n = 0;

	if (!mask || mask & ~(u64)REASON_ALL) {
		snprintf(buf, 120, mask ? "0x%llx" : "0",
			 (unsigned long long)mask);
		return buf;
	}
	for (int i = 0; i < 3; i++)
		if (mask >> i & 1)
			n = append(buf, 120, n, "%sKVM_MSR_EXIT_REASON_%s",
				   n ? " | " : "", names[i]);
	return buf;
}

static void fill_cap(struct repro *r, const struct step_cap *k)
{
	char nr[16], mask[120];

	repro_local(r, LOCAL_CAP);
	repro_line(r, "cap = (struct kvm_enable_cap){");
	repro_line(r, "\t.cap = %s,", cap_name(nr, k->nr));
	if (k->flags)
		repro_line(r, "\t.flags = 0x%x,", k->flags);
	if (k->rest)
		repro_line(r, "\t.args = { %s, 0x%llx, 0x%llx, 0x%llx },",
			   mask_name(mask, k->arg),
			   (unsigned long long)k->rest,
			   (unsigned long long)k->rest,
			   (unsigned long long)k->rest);
	else
		repro_line(r, "\t.args[0] = %s,",
			   mask_name(mask, k->arg));
	repro_line(r, "};");
	if (k->pad)
		repro_line(r, "memset(cap.pad, 0x%x, sizeof(cap.pad));",
			   k->pad);
}

static void put_cap(struct repro *r, const struct step *s)
{
	const struct step_cap *k = &s->cap;
	char at[160], call[256];

	object(r, s, at, &k->at, "&cap", CAP_SIZE);
	if (strstr(at, "&cap"))
		fill_cap(r, k);
	snprintf(call, sizeof(call), "ioctl(%s, KVM_ENABLE_CAP, %s)",
		 repro_fd(r, s, k->fd), at);
	repro_ret(r, call);
	release(r, false);
}

static const char *range_flags(char buf[64], u32 flags)
{
	static const char *const names[] = {
		[RANGE_READ] = "KVM_MSR_FILTER_READ",
		[RANGE_WRITE] = "KVM_MSR_FILTER_WRITE",
		[RANGE_READ | RANGE_WRITE] =
			"KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE",
	};

	if (flags && flags <= 3)
		return names[flags];
	snprintf(buf, 64, flags ? "0x%x" : "0", flags);
	return buf;
}

/* `bits` as the range has them. */
static void put_bits(struct repro *r, const struct bitmap *b, u32 bytes)
{
	repro_local(r, LOCAL_BITS);
	if (!bytes)
		return;
	repro_line(r, b->fill ? "memset(bits, 0x%02x, %u);" :
		   "memset(bits, %u, %u);", b->fill, bytes);
	for (int i = 0; i < b->nflips; i++)
		if (b->flip[i] / 8u < bytes)
			repro_line(r, "bits[%u] ^= 1 << %u;", b->flip[i] / 8,
				   b->flip[i] % 8);
}

/* Returns whether the range has a buffer of its own. */
static bool put_range(struct repro *r, const struct step *s, unsigned i,
		      int first)
{
	const struct range *g = &s->filter.range[i];
	const struct place *at = &g->bits.at;
	u64 bytes = bitmap_bytes(g->nmsrs);
	char flags[64], where[160] = "";
	bool own = true;

	if (bytes > BITS_SIZE)
		bytes = BITS_SIZE;
	if (!g->nmsrs && (at->kind == PLACE_PAGE_END ||
			  at->kind == PLACE_FIRST)) {
		own = false;
	} else if (at->kind == PLACE_FIRST && first >= 0) {
		snprintf(where, sizeof(where), "filter.ranges[%d].bitmap",
			 first);
		own = false;
	} else {
		object(r, s, where, at, "bits", bytes);
	}
	if (!own && !*where && !g->flags && !g->base && !g->nmsrs)
		return false;
	if (strstr(where, "bits,"))
		put_bits(r, &g->bits, bytes);
	repro_line(r, "filter.ranges[%u] = (struct kvm_msr_filter_range){", i);
	repro_line(r, "\t.flags = %s,", range_flags(flags, g->flags));
	repro_line(r, "\t.base = 0x%x,", g->base);
	repro_line(r, "\t.nmsrs = %u,", g->nmsrs);
	if (*where)
		repro_line(r, "\t.bitmap = %s,", where);
	repro_line(r, "};");
	return own && g->nmsrs;
}

static void put_padding(struct repro *r, u8 pad)
{
	repro_line(r, "memset((char *)&filter + 4, 0x%x, 4);", pad);
	repro_line(r, "for (int i = 0; i < KVM_MSR_FILTER_MAX_RANGES; i++)");
	repro_line(r, "\tmemset((char *)&filter.ranges[i] + 12, 0x%x, 4);",
		   pad);
}

static void fill_filter(struct repro *r, const struct step *s)
{
	const struct step_filter *f = &s->filter;
	int first = -1;

	repro_local(r, LOCAL_FILTER);
	repro_line(r, "memset(&filter, 0, sizeof(filter));");
	if (f->flags == FILTER_DEFAULT_DENY)
		repro_line(r, "filter.flags = KVM_MSR_FILTER_DEFAULT_DENY;");
	else if (f->flags)
		repro_line(r, "filter.flags = 0x%x;", f->flags);
	else
		repro_line(r, "filter.flags = KVM_MSR_FILTER_DEFAULT_ALLOW;");
	for (int i = 0; i < MAX_RANGES; i++)
		if (put_range(r, s, i, first) && first < 0)
			first = i;
	if (f->pad)
		put_padding(r, f->pad);
}

static void put_filter(struct repro *r, const struct step *s)
{
	const struct step_filter *f = &s->filter;
	char at[160], call[320], request[32] = "KVM_X86_SET_MSR_FILTER";

	object(r, s, at, &f->at, "&filter", FILTER_SIZE);
	if (strstr(at, "&filter"))
		fill_filter(r, s);
	if (f->request)
		snprintf(request, sizeof(request), "0x%x", f->request);
	snprintf(call, sizeof(call), "ioctl(%s, %s, %s)",
		 repro_fd(r, s, f->fd), request, at);
	repro_ret(r, call);
	repro_line(r, "got.wrote = release(%s);",
		   !repro_uses(r, USE_unmap) ? "" :
		   f->after == AFTER_UNMAP ? "true" : "false");
}

static void put_words(struct repro *r, const struct step_ioctl *k)
{
	repro_local(r, LOCAL_WORDS);
	repro_line(r, "memset(words, 0, sizeof(words));");
	for (int i = 0; i < k->ndata; i++)
		if (k->data[i])
			repro_line(r, "words[%d] = 0x%llx;", i,
				   (unsigned long long)k->data[i]);
}

static void put_ioctl(struct repro *r, const struct step *s)
{
	const char *content = s->ioctl.ndata ? "words" : "zero";
	u32 size = s->ioctl.request >> 16 & 0x3fff;
	char at[160], call[256];

	if (s->ioctl.has_value) {
		snprintf(at, sizeof(at), "0x%llx",
			 (unsigned long long)s->ioctl.value);
	} else {
		if (!size || size > 1600)
			size = 512;
		object(r, s, at, &s->ioctl.at, content, size);
		if (strstr(at, "zero,"))
			repro_local(r, LOCAL_ZERO);
		if (strstr(at, "words,"))
			put_words(r, &s->ioctl);
	}
	snprintf(call, sizeof(call), "ioctl(%s, 0x%x, %s)",
		 repro_fd(r, s, s->ioctl.fd), s->ioctl.request, at);
	repro_ret(r, call);
	if (strstr(at, "zero,") || strstr(at, "words,"))
		release(r, false);
}

static void put_check_cap(struct repro *r, const struct step *s)
{
	char nr[16], call[128];

	snprintf(call, sizeof(call), "ioctl(%s, KVM_CHECK_EXTENSION, %s)",
		 repro_fd(r, s, s->cap.fd), cap_name(nr, s->cap.nr));
	repro_ret(r, call);
}

static void put_irqchip(struct repro *r, const struct step *s)
{
	char call[64];

	if (s->irqchip == IRQCHIP_FULL) {
		snprintf(call, sizeof(call), "ioctl(%s, KVM_CREATE_IRQCHIP, 0)",
			 repro_vm(r, s->vm));
	} else {
		repro_local(r, LOCAL_CAP);
		repro_line(r, "cap = (struct kvm_enable_cap){");
		repro_line(r, "\t.cap = KVM_CAP_SPLIT_IRQCHIP,");
		repro_line(r, "\t.args[0] = 24,");
		repro_line(r, "};");
		snprintf(call, sizeof(call), "ioctl(%s, KVM_ENABLE_CAP, &cap)",
			 repro_vm(r, s->vm));
	}
	repro_ret(r, call);
}

bool repro_config_step(struct repro *r, const struct step *s)
{
	switch (s->kind) {
	case STEP_CHECK_CAP:
		put_check_cap(r, s);
		return true;
	case STEP_CAP:
		put_cap(r, s);
		return true;
	case STEP_FILTER:
		put_filter(r, s);
		return true;
	case STEP_IOCTL:
		put_ioctl(r, s);
		return true;
	case STEP_IRQCHIP:
		put_irqchip(r, s);
		return true;
	default:
		return false;
	}
}
