#!/bin/sh
# clang-format, cppcheck, lintr and gcc's analyzer, as far as they are installed; on the
# glue, too, where R is, but for init.c, whose table casts as R wants it. A tool that
# itself fails is a finding.
# Usage: lint.sh "compiler and flags" source ...
compile=$1
shift
findings=0 looked=0 glue=
if command -v R >/dev/null; then
  glue=$(echo src/r/*.c)
  compile="$compile -isystem $(Rscript --vanilla -e 'cat(R.home("include"))')"
fi
count() { findings=$((findings + $1)); looked=$((looked + 1)); }
if command -v clang-format >/dev/null; then
  n=0
  for f in src/*.c src/*/*.[ch] include/*.h include/distest/*.h tests/c/*.[ch]; do
    case $f in include/distest_stubs.c | src/callable.h) continue ;; esac
    clang-format --dry-run -Werror "$f" >/dev/null 2>&1 || { echo "$f: not formatted"; n=$((n + 1)); }
  done
  count "$n"
fi
# in R the second of two functions of one name takes the place of the first
twice=$(cat R/*.R | grep -oE '^[A-Za-z_.][A-Za-z0-9_.]* <- function' | sort | uniq -d)
[ -z "$twice" ] || echo "defined twice: $twice"
count "$(printf '%s' "$twice" | grep -c .)"
# log(0) is -Inf, and meant
if command -v cppcheck >/dev/null; then
  # invalidFunctionArg takes the value of a sum before its loop for that after it
  # shellcheck disable=SC2086
  out=$(cppcheck --enable=warning,performance,portability --std=c11 -q --inline-suppr \
    --suppress=missingIncludeSystem --suppress=invalidFunctionArg -Iinclude -Isrc/core "$@" $glue 2>&1) || out="cppcheck: error: ended with status $?
$out"
  [ -z "$out" ] || echo "$out"
  count "$(echo "$out" | grep -c ': \(error\|warning\|performance\|portability\)')"
fi
if Rscript --vanilla -e 'quit(status = !requireNamespace("lintr", quietly = TRUE))' 2>/dev/null; then
  out=$(Rscript --vanilla -e 'for (l in lintr::lint_dir("R")) cat(sprintf("%s:%d: warning: %s\n", l$filename, l$line_number, l$message))' 2>&1) || out="lintr: warning: ended with status $?
$out"
  [ -z "$out" ] || echo "$out"
  count "$(echo "$out" | grep -c ': warning:')"
fi
# shellcheck disable=SC2086
out=$(for f in "$@" $glue; do $compile -O1 -fanalyzer -c "$f" -o /dev/null 2>&1; done | grep -E '(warning|error):')
[ -z "$out" ] || echo "$out"
count "$(echo "$out" | grep -cE '(warning|error):')"
echo "lint: $looked tools, $findings findings"
[ "$findings" -eq 0 ]
