#!/bin/sh
# R CMD check --as-cran of a tarball; every error, warning and note counts as a failure,
# but for the note that a submission is new. Ends with a line of counts.
# Usage: check-r.sh tarball [few]; few: with nothing but what is imported, where every test
# passes or is skipped, into the folder few.
set -u
tarball=$(basename "$1") few=${2-}
cd "$(dirname "$1")" || exit 1
export R_LIBS="$PWD/rlib${R_LIBS:+:$R_LIBS}"
export _R_CHECK_CRAN_INCOMING_REMOTE_=false _R_CHECK_SYSTEM_CLOCK_=0 _R_CHECK_LIMIT_CORES_=true
export _R_CHECK_FORCE_SUGGESTS_=true
# sizes without what the -g of R's own flags adds; symbols stay, for the check of them
export _R_SHLIB_STRIP_=true R_STRIP_SHARED_LIB='strip --strip-debug'
# what needs a newer R is only enhanced, and may be missing
export _R_CHECK_PACKAGE_DEPENDS_IGNORE_MISSING_ENHANCES_=true
options='--as-cran --no-manual' out=.
if [ -n "$few" ]; then
  export _R_CHECK_DEPENDS_ONLY_=true _R_CHECK_FORCE_SUGGESTS_=false
  options="$options --no-vignettes --ignore-vignettes" out=few
  rm -rf few && mkdir few
fi
# the options are separate words
# shellcheck disable=SC2086
R CMD check $options -o "$out" "$tarball" > "$out/check-r.log" 2>&1
log=$out/${tarball%%_*}.Rcheck/00check.log
[ -f "$log" ] || { cat "$out/check-r.log"; echo "check-r: 0 passed, 1 failed"; exit 1; }
tail -n 3 "$log"
# a new submission is a note of its own until the first release
new=$(grep -c 'New submission' "$log")
bad=$(grep -cE '\.\.\. (\[[0-9/s]*\] )?(ERROR|WARNING|NOTE)$' "$log")
[ "$bad" -eq 0 ] || grep -A 12 -E '\.\.\. (\[[0-9/s]*\] )?(ERROR|WARNING|NOTE)$' "$log"
[ "$new" -gt 0 ] && [ "$bad" -gt 0 ] && bad=$((bad - 1))
# what testthat counted
tests=$(sed -n 's/.*FAIL \([0-9]*\) | WARN \([0-9]*\) | SKIP \([0-9]*\) | PASS \([0-9]*\).*/\1 \3 \4/p' "${log%/*}"/tests/testthat.Rout* | tail -n 1)
failed=$(echo "$tests" | cut -d' ' -f1) skipped=$(echo "$tests" | cut -d' ' -f2) passed=$(echo "$tests" | cut -d' ' -f3)
echo "testthat: ${passed:-0} expectations hold, ${failed:-?} do not, ${skipped:-?} tests skipped"
[ -n "$passed" ] || { passed=0 failed=1; }
echo "check-r: $((passed + (bad == 0))) passed, $((failed + bad)) failed"
[ "$bad" -eq 0 ] && [ "$failed" -eq 0 ]
