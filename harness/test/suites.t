#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The suites against the model: expectations, round trips, flipped rules.
exec "${BUILD:-build}/deflect" check
