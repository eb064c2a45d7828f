#!/bin/sh
# clang-format, cppcheck, lintr and gcc's analyzer, as far as they are installed.
# Usage: lint.sh "compiler and flags" source ...
compile=$1
shift
findings=0 looked=0
count() { findings=$((findings + $1)); looked=$((looked + 1)); }
if command -v clang-format >/dev/null; then
  n=0
  for f in src/*.c src/*/*.[ch] include/*.h include/distest/*.h tests/c/*.[ch]; do
    case $f in include/distest_stubs.c | src/callable.h) continue ;; esac
    clang-format --dry-run -Werror "$f" >/dev/null 2>&1 || { echo "$f: not formatted"; n=$((n + 1)); }
  done
  count "$n"
fi
# log(0) is -Inf, and meant
if command -v cppcheck >/dev/null; then
  # invalidFunctionArg takes the value of a sum before its loop for that after it
  out=$(cppcheck --enable=warning,performance,portability --std=c11 -q --inline-suppr \
    --suppress=missingIncludeSystem --suppress=invalidFunctionArg -Iinclude -Isrc/core "$@" 2>&1)
  [ -z "$out" ] || echo "$out"
  count "$(echo "$out" | grep -c ': \(error\|warning\|performance\|portability\)')"
fi
if Rscript --vanilla -e 'quit(status = !requireNamespace("lintr", quietly = TRUE))' 2>/dev/null; then
  out=$(Rscript --vanilla -e 'for (l in lintr::lint_dir("R")) cat(sprintf("%s:%d: warning: %s\n", l$filename, l$line_number, l$message))' 2>&1)
  [ -z "$out" ] || echo "$out"
  count "$(echo "$out" | grep -c ': warning:')"
fi
out=$(for f in "$@"; do $compile -O1 -fanalyzer -c "$f" -o /dev/null 2>&1; done | grep -E 'warning:')
[ -z "$out" ] || echo "$out"
count "$(echo "$out" | grep -c 'warning:')"
echo "lint: $looked tools, $findings findings"
[ "$findings" -eq 0 ]
