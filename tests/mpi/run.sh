#!/bin/sh
# The pooled fit of pooled.c on 1, 2 and 3 ranks: one line, the same to the last bit.
# Usage: run.sh library.a "flags and libraries". Where there is no MPI it says so.
set -u
command -v mpicc >/dev/null && command -v mpirun >/dev/null || {
  echo "no MPI here; mpi: 0 passed, 0 failed"
  exit 0
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# flags are separate words
# shellcheck disable=SC2086
mpicc -std=c99 -Wall -Wextra -Iinclude tests/mpi/pooled.c "$1" $2 -o "$tmp/pooled" || exit 1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
passed=0 failed=0
for ranks in 1 2 3; do
  got=$(mpirun --oversubscribe -np $ranks "$tmp/pooled" 2>"$tmp/log")
  [ "$ranks" -gt 1 ] || want=$got
  case $got in
    "20000 rows, "*) [ "$got" = "$want" ] && passed=$((passed + 1)) && continue ;;
  esac
  cat "$tmp/log"
  echo "$ranks ranks: $got, not $want"
  failed=$((failed + 1))
done
echo "mpi: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
