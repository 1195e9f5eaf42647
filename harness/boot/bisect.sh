#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# bisect.sh [PATTERN...]: for `git bisect run` in a kernel tree: builds it there
# and runs the cases on it. From the environment:
#   VENDOR   amd (the default: several times faster) or intel
#   BUILD    how to build (make olddefconfig, then make)
#   PARAMS, CMDLINE  as for conform.sh
# Exit: 0 good; 1 a case fails; 125 this commit says nothing: it does not build
# or boot, or a tool is missing; 130 interrupted, which ends the bisection.
set -u

boot=$(dirname "$(realpath "$0")")
log=$(mktemp -d) || exit 125
trap 'rm -rf "$log"' EXIT
trap 'exit 130' INT TERM HUP

bash -c "${BUILD:-make olddefconfig && make -j$(nproc)}" >"$log/build" 2>&1 || {
	tail -n 5 "$log/build"
	echo "bisect.sh: it does not build; skipped"
	exit 125
}
"$boot/run.sh" -b -a "${CMDLINE:-} ${PARAMS:-}" "${VENDOR:-amd}" . "$log/results" \
	-q "$@"
st=$?
case $st in 0|1|130) exit $st ;; 143) exit 130 ;; esac
echo "bisect.sh: no verdict (status $st); skipped"
exit 125
