#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
exec "${BUILD:-build}/test/fuzzer" 20
