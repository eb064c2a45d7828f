#!/bin/sh
# Every test, one part after the other whatever comes of the others. Ends with a line
# "N passed, N failed", the sum over the parts.
set -u
cd "$(dirname "$0")/.." || exit 1
mkdir -p _build
passed=0 failed=0

# part name command...: its last line "...: N passed, N failed" is added up
part() {
  name=$1
  shift
  begun=$(date +%s)
  echo "== $name"
  "$@" > "_build/part-$name.log" 2>&1
  status=$?
  counts=$(grep -E '[0-9]+ passed, [0-9]+ failed$' "_build/part-$name.log" | tail -n 1)
  p=$(echo "$counts" | sed -n 's/.* \([0-9]*\) passed, \([0-9]*\) failed$/\1/p')
  f=$(echo "$counts" | sed -n 's/.* \([0-9]*\) passed, \([0-9]*\) failed$/\2/p')
  [ -n "$p" ] || { p=0 f=1; }
  [ "$status" -ne 0 ] && [ "$f" -eq 0 ] && f=1
  [ "$f" -eq 0 ] || tail -n 60 "_build/part-$name.log"
  passed=$((passed + p)) failed=$((failed + f))
  echo "   $name: $p passed, $f failed, $(($(date +%s) - begun)) s"
}

make=${MAKE:-make}
part c $make --no-print-directory -j2 check-c SAN=asan WERROR=-Werror
part headers $make --no-print-directory headers
part symbols $make --no-print-directory symbols
part install $make --no-print-directory check-install
part linkingto $make --no-print-directory check-linkingto
part r $make --no-print-directory check-r
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
