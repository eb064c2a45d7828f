#!/bin/sh
# Installs into an empty place; compiles one program as C, as C++ and statically through
# pkg-config; compares what they print; uninstalls, and nothing is left.
set -u
make=${MAKE:-make}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0
claim() { # title, then a command that holds
  title=$1
  shift
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "not so: $title"; fi
}
$make --no-print-directory install PREFIX="$tmp/usr" >"$tmp/log" 2>&1 || cat "$tmp/log"
export PKG_CONFIG_PATH="$tmp/usr/lib/pkgconfig" LD_LIBRARY_PATH="$tmp/usr/lib"
claim "distest.pc has the version of DESCRIPTION" test "$(pkg-config --modversion distest)" = "$VERSION"
claim "the header has the version of DESCRIPTION" grep -q "DISTEST_VERSION_STRING \"$VERSION\"" "$tmp/usr/include/distest/version.h"
claim "NEWS.md begins with the version of DESCRIPTION" grep -q "^# distest $VERSION" NEWS.md
# flags are separate words
# shellcheck disable=SC2046
build() { # output, compiler, source, further flags
  out=$1 compiler=$2 source=$3
  shift 3
  $compiler "$source" -o "$out" $(pkg-config "$@" distest)
}
cp tests/install/fit.c "$tmp/fit.cpp"
claim "C through pkg-config" build "$tmp/c" "${CC:-cc} -std=c99" tests/install/fit.c --cflags --libs
claim "C++ through pkg-config" build "$tmp/cpp" "${CXX:-c++} -std=c++11" "$tmp/fit.cpp" --cflags --libs
mkdir "$tmp/static"
cp "$tmp/usr/lib/libdistest.a" "$tmp/static/"
claim "C with the static library" build "$tmp/s" "${CC:-cc} -L$tmp/static -Wl,-Bstatic -ldistest -Wl,-Bdynamic" tests/install/fit.c --static --cflags --libs
want=$("$tmp/c")
echo "$want"
claim "the program fits" test -n "$want"
claim "C++ gives the same bits" test "$("$tmp/cpp")" = "$want"
claim "the static program gives the same bits" test "$("$tmp/s")" = "$want"
echo "$want" > _build/install-fit.txt
claim "a program that reads numbers" build "$tmp/v" "${CC:-cc} -std=c99" tests/install/verdict.c --cflags --libs
awk 'BEGIN { for (i = 1; i <= 40; i++) print i * i / 16 + 0.5 }' | "$tmp/v" > _build/install-verdict.txt
claim "its verdict" grep -q '^not enough: n = 40, needed [0-9]*$' _build/install-verdict.txt
echo -1 | "$tmp/v" > "$tmp/none" 2> "$tmp/message"
claim "its message names the value" grep -q 'positive\|support' "$tmp/message"
claim "and nothing is printed then" test ! -s "$tmp/none"
claim "a program for a cutoff" build "$tmp/d" "${CC:-cc} -std=c99" tests/install/cutoff.c --cflags --libs
awk 'BEGIN { for (k = 0; k < 25; k++) for (u = 1; u <= 80; u++) {
  x = (2 * u - 81) / 64
  printf "%d %.7f %.7f\n", u, x, x / 2 + (x >= 0) * (1 + k / 32) + (k * k + 29 * u * u % 97) / 64
} }' > _build/install-rows.txt
"$tmp/d" < _build/install-rows.txt > _build/install-cutoff.txt
claim "it finds the effect, on every decile" test "$(grep -c '^0\.[1-9]: *[01]\.' _build/install-cutoff.txt)" -eq 9
claim "and says so" grep -q 'no effect: p = 0\.0' _build/install-cutoff.txt
echo "1 2 nan" | "$tmp/d" 2> "$tmp/message"
claim "its message names the row" grep -q 'must be finite.*row 1' "$tmp/message"
$make --no-print-directory uninstall PREFIX="$tmp/usr" >/dev/null 2>&1
claim "uninstall leaves nothing" test -z "$(find "$tmp/usr" -type f -o -type l)"
echo "install: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
