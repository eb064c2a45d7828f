#!/bin/sh
# Every test, one part after the other whatever comes of the others; the parts in C beside
# those in R. Ends with a line "N passed, N failed", the sum over the parts.
set -u
cd "$(dirname "$0")/.." || exit 1
mkdir -p _build
rm -f _build/part-*.counts

# part name command...: its last line "...: N passed, N failed" is added up
part() {
  name=$1
  shift
  begun=$(date +%s)
  "$@" > "_build/part-$name.log" 2>&1
  status=$?
  counts=$(grep -E '[0-9]+ passed, [0-9]+ failed$' "_build/part-$name.log" | tail -n 1)
  p=$(echo "$counts" | sed -n 's/.* \([0-9]*\) passed, \([0-9]*\) failed$/\1/p')
  f=$(echo "$counts" | sed -n 's/.* \([0-9]*\) passed, \([0-9]*\) failed$/\2/p')
  [ -n "$p" ] || { p=0 f=1; }
  [ "$status" -ne 0 ] && [ "$f" -eq 0 ] && f=1
  [ "$f" -eq 0 ] || tail -n 60 "_build/part-$name.log"
  echo "$p $f" > "_build/part-$name.counts"
  echo "$name: $p passed, $f failed, $(($(date +%s) - begun)) s"
}

make=${MAKE:-make}
make="$make --no-print-directory"

# The tarball first: R CMD build copies the tree, which must hold still.
$make rapi && $make pkg > _build/pkg.log 2>&1 || {
  cat _build/pkg.log
  echo "0 passed, 1 failed"
  exit 1
}
{
  $make rinstall > _build/rinstall.log 2>&1
  part r sh tools/check-r.sh "$(ls _build/distest_*.tar.gz)"
} &
part c $make -j2 check-c SAN=asan WERROR=-Werror
part headers $make headers
part symbols $make symbols
part install $make check-install
wait
part linkingto $make check-linkingto # compares with the program of the part before
awk '{ p += $1; f += $2; n++ } END { if (n < 6) f += 6 - n; print p + 0 " passed, " f + 0 " failed"; exit f > 0 }' \
  _build/part-*.counts
