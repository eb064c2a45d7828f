#!/bin/sh
# What the shared library exports, and what its objects call.
# Usage: check-symbols.sh library object ...
library=$1
shift
passed=0 failed=0
verdict() { # title, offending lines
  if [ -z "$2" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf '%s\n%s\n' "$1" "$2"
  fi
}
exported=$(nm -D --defined-only "$library" | awk '{ print $3 }')
verdict "exported, but not distest_*:" "$(echo "$exported" | grep -v '^distest_')"
called=$(nm -u "$@" | awk '{ print $NF }' | sort -u)
forbidden='exit|_exit|abort|__assert_fail|printf|__printf_chk|puts|putchar|fprintf|__fprintf_chk|stdout|stderr|rand|srand|random|time|lgamma|Rf_error|Rprintf'
verdict "called, but forbidden:" "$(echo "$called" | grep -wE "$forbidden")"
verdict "called, but CBLAS:" "$(echo "$called" | grep '^cblas_')"
allocating=$(for o in "$@"; do
  case $o in */core/memory.o) ;; *) nm -u "$o" | grep -wE 'malloc|calloc|realloc|free' | sed "s|^|$o|" ;; esac
done)
verdict "memory taken outside core/memory.c:" "$allocating"
declared=$(awk '/^DISTEST_API/ { on = 1 } on && match($0, /distest_[a-z0-9_]+\(/) { print substr($0, RSTART, RLENGTH - 1); on = 0 }' include/distest/*.h | sort -u)
verdict "declared, but not exported:" "$(echo "$declared" | while read -r f; do echo "$exported" | grep -qx "$f" || echo "$f"; done)"
verdict "exported, but not declared:" "$(echo "$exported" | while read -r f; do echo "$declared" | grep -qx "$f" || echo "$f"; done)"
echo "symbols: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
