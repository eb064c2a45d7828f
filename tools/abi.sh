#!/bin/sh
# Compares the shared library with the one of the last release, a tag v<version>. A change
# that breaks programs needs a new SOVERSION. Usage: abi.sh library
set -u
now=$1
tag=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null)
if [ -z "$tag" ]; then
  echo "abi: 0 releases to compare with"
  exit 0
fi
old=_build/abi-$tag
${MAKE:-make} --no-print-directory lib > /dev/null || exit 1
if [ ! -f "$old/Makefile" ]; then
  mkdir -p "$old" && git archive "$tag" | tar -x -C "$old" || exit 1
fi
${MAKE:-make} --no-print-directory -C "$old" lib > /dev/null || exit 1
was=$(ls "$old"/_build/lib/libdistest.so.*.*.*)
abidiff --headers-dir1 "$old/include" --headers-dir2 include "$was" "$now"
verdict=$? # bit 3 of the status: incompatible
broken=$((verdict / 8 % 2))
soversion=$(sed -n 's/^SOVERSION := *//p' "$old/Makefile")
[ "$soversion" = "$SOVERSION" ] || broken=0
echo "abi: 1 release compared, $broken incompatible changes without a new SOVERSION"
[ "$verdict" -lt 1 ] || [ $((verdict % 4)) -eq 0 ] && [ "$broken" -eq 0 ]
