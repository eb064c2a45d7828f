#!/bin/sh
# Runs C test programs from the top of the tree and adds up what they report. A program
# that crashes, hangs or says nothing counts as one failure.
# Usage: run-c-tests.sh program ...   (WRAP="valgrind -q" goes in front of each)
passed=0 failed=0
for t in "$@"; do
  # WRAP is a command with its options
  # shellcheck disable=SC2086
  out=$(timeout "${TEST_SECONDS:-300}" ${WRAP-} "$t" 2>&1)
  status=$?
  echo "$out"
  claims=$(echo "$out" | sed -n '$s/.* \([0-9]*\) claims, \([0-9]*\) broken$/\1/p')
  broken=$(echo "$out" | sed -n '$s/.* \([0-9]*\) claims, \([0-9]*\) broken$/\2/p')
  if [ -z "$claims" ]; then
    echo "$t: ended with status $status and no report"
    failed=$((failed + 1))
    continue
  fi
  [ "$status" -ne 0 ] && [ "$broken" -eq 0 ] && broken=1
  passed=$((passed + claims - broken))
  failed=$((failed + broken))
done
echo "check-c: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
