// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm-cover: where KVM's code, built with -fsanitize-coverage=trace-pc, reports
 * the edges it takes. The task that opened /dev/kvm-cover is traced, no other,
 * and only KVM's own code is instrumented, so that there is no noise. The
 * device maps as COVER_SIZE counters, one byte each, indexed by a hash of the
 * edge: the map that AFL++ and libFuzzer want. User space clears it. Addresses
 * are taken from this module's own, so an edge keeps its counter as long as the
 * modules stay loaded.
 */
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#define COVER_BITS	16
#define COVER_SIZE	(1u << COVER_BITS)

static u8 *map;
static struct task_struct *traced;
static u32 before;		/* the block the traced task came from */

void __sanitizer_cov_trace_pc(void);
__attribute__((no_sanitize_coverage)) notrace
void __sanitizer_cov_trace_pc(void)
{
	unsigned long pc = _RET_IP_ - (unsigned long)&__sanitizer_cov_trace_pc;
	u32 here;

	if (current != READ_ONCE(traced) || !in_task())
		return;
	here = hash_32(pc, COVER_BITS);
	map[(here ^ before) & (COVER_SIZE - 1)]++;
	before = here >> 1;
}
EXPORT_SYMBOL_GPL(__sanitizer_cov_trace_pc);

/* Not instrumented, so that what they do is not in the map either. */
#define quiet __attribute__((no_sanitize_coverage))

quiet static int cover_open(struct inode *inode, struct file *file)
{
	if (cmpxchg(&traced, NULL, current))
		return -EBUSY;
	before = 0;
	return 0;
}

quiet static int cover_release(struct inode *inode, struct file *file)
{
	WRITE_ONCE(traced, NULL);
	return 0;
}

quiet static int cover_mmap(struct file *file, struct vm_area_struct *vma)
{
	return remap_vmalloc_range(vma, map, vma->vm_pgoff);
}

static const struct file_operations cover_fops = {
	.owner = THIS_MODULE,
	.open = cover_open,
	.release = cover_release,
	.mmap = cover_mmap,
};

static struct miscdevice cover_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kvm-cover",
	.fops = &cover_fops,
	.mode = 0600,
};

quiet static int __init cover_init(void)
{
	int r;

	map = vmalloc_user(COVER_SIZE);
	if (!map)
		return -ENOMEM;
	r = misc_register(&cover_device);
	if (r)
		vfree(map);
	return r;
}
module_init(cover_init);

quiet static void __exit cover_exit(void)
{
	misc_deregister(&cover_device);
	vfree(map);
}
module_exit(cover_exit);

MODULE_DESCRIPTION("KVM's edge coverage for a fuzzer");
MODULE_LICENSE("GPL");
