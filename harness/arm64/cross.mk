# SPDX-License-Identifier: GPL-2.0-only
# Building for arm64 on another host: clang and lld, since Debian's gcc for it
# conflicts with gcc -m32; libjson-c from the arm64 archive, see cross.sh.
CROSS		:= $(shell harness/boot/cross.sh)
$(if $(CROSS),,$(error no libjson-c for arm64: see above))
CC		:= clang --target=aarch64-linux-gnu
CFLAGS		?= -O2 -g
override CFLAGS	+= -I$(CROSS)/usr/include
LDFLAGS		?= -static -fuse-ld=lld -L$(CROSS)/usr/lib/aarch64-linux-gnu
