#!/bin/sh
# Small errors, put in one at a time: does a test notice? Operators are flipped and
# constants changed in C files; each mutant is compiled under the address sanitizer,
# linked in place of its original and run with its test program (test_<file>, or those
# of its folder). A mutant that no test notices either shows a gap or changes nothing.
# Usage: COMPILE="cc ..." LINK="-l..." mutants.sh how-many objects-folder source ...
set -u
want=$1 objects=$2
shift 2
dir=_build/mutants
rm -rf "$dir" && mkdir -p "$dir"

# Lines as file:line:column:from:to, the same sample on every run
for f in "$@"; do awk -f tools/mutants.awk "$f"; done |
  awk -v want="$want" 'BEGIN { srand(1) } { printf "%.9f\t%s\n", rand(), $0 }' |
  sort | head -n "$want" | cut -f 2- | sort > "$dir/list"

tests_of() { # source: its test programs
  name=$(basename "$1" .c) folder=$(basename "$(dirname "$1")")
  if [ -f "tests/c/test_$name.c" ]; then echo "tests/c/test_$name.c"; return; fi
  ls tests/c/test_"$folder"_*.c 2>/dev/null
}

made=0 noticed=0
while IFS='	' read -r file line column from to; do
  tests=$(tests_of "$file")
  [ -n "$tests" ] || continue
  object=$objects/$(echo "$file" | sed 's|^src/||; s|c$|o|')
  awk -v n="$line" -v c="$column" -v from="$from" -v to="$to" '
    NR == n { $0 = substr($0, 1, c - 1) to substr($0, c + length(from)) } 1' "$file" > "$dir/mutant.c"
  # commands with their options
  # shellcheck disable=SC2086
  $COMPILE -I"$(dirname "$file")" -c "$dir/mutant.c" -o "$dir/mutant.o" 2>/dev/null || continue
  others=$(find "$objects" -name '*.o' ! -path "$object")
  seen=no
  for t in $tests; do
    # shellcheck disable=SC2086
    $COMPILE "$t" "$dir/mutant.o" $others -o "$dir/test" $LINK 2>/dev/null || { seen=unlinked; break; }
    OMP_NUM_THREADS=2 timeout "${TEST_SECONDS:-60}" "$dir/test" > "$dir/out" 2>&1 || { seen=yes; break; }
  done
  [ "$seen" = unlinked ] && continue
  made=$((made + 1))
  if [ "$seen" = yes ]; then
    noticed=$((noticed + 1))
  else
    printf '%s:%s: `%s` as `%s` goes unnoticed:%s\n' "$file" "$line" "$from" "$to" "$(sed -n "${line}p" "$file")"
  fi
done < "$dir/list"
echo "mutants: $noticed of $made noticed"
[ "$made" -gt 0 ] && [ $((100 * noticed)) -ge $((85 * made)) ]
