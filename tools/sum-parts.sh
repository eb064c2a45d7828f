#!/bin/sh
# Runs commands one after the other whatever comes of them, and adds up what the last
# line of each counts ("...: N passed, N failed"). Usage: sum-parts.sh title command ...
title=$1 passed=0 failed=0
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for command in "$@"; do
  # a command is several words
  # shellcheck disable=SC2086
  $command > "$log" 2>&1
  status=$?
  cat "$log"
  p=$(sed -n 's/.*: \([0-9]*\) passed, \([0-9]*\) failed$/\1/p' "$log" | tail -n 1)
  f=$(sed -n 's/.*: \([0-9]*\) passed, \([0-9]*\) failed$/\2/p' "$log" | tail -n 1)
  [ "$status" -ne 0 ] && [ "${f:-0}" -eq 0 ] && f=1
  passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0}))
done
echo "$title: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
