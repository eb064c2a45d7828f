#!/bin/sh
# Each public header compiles alone as C99, C11, C2x and C++11, without a warning.
# Usage: check-headers.sh "flags for GSL"
passed=0 failed=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for h in include/distest.h include/distest/*.h; do
  name=${h#include/}
  printf '#include <%s>\n#include <%s>\nint only_this;\n' "$name" "$name" > "$tmp/t.c"
  cp "$tmp/t.c" "$tmp/t.cpp"
  for mode in c99 c11 c2x c++11; do
    case $mode in
      c++11) compiler="${CXX:-c++} -Wno-unused" source=$tmp/t.cpp ;;
      *) compiler="${CC:-cc}" source=$tmp/t.c ;;
    esac
    # shellcheck disable=SC2086
    if $compiler -std=$mode -Wall -Wextra -Wpedantic -Werror -Iinclude $1 -fsyntax-only "$source"; then
      passed=$((passed + 1))
    else
      echo "$name does not compile as $mode"
      failed=$((failed + 1))
    fi
  done
done
echo "headers: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
