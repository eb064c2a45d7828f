#!/bin/sh
# clang-tidy with the checks of .clang-tidy. Usage: tidy.sh "flags" source ...
flags=$1 files=0 findings=0
shift
for f in "$@"; do
  # flags are several words
  # shellcheck disable=SC2086
  out=$(clang-tidy -quiet "$f" -- $flags 2>/dev/null)
  files=$((files + 1))
  findings=$((findings + $(echo "$out" | grep -c ': \(warning\|error\): ')))
  echo "$out" | grep ': \(warning\|error\): ' | sed "s|^$PWD/||"
done
echo "tidy: $files files, $findings findings"
[ "$findings" -eq 0 ]
