#!/bin/sh
# Runs fuzz targets one after the other. What they find lies in _build/fuzz/found-*; the
# inputs worth keeping in _build/fuzz/corpus-*, from where the next run goes on.
# Usage: fuzz.sh seconds program ...
seconds=$1 targets=0 runs=0 findings=0
shift
for t in "$@"; do
  name=${t##*/fuzz_}
  mkdir -p "${t%/*}/corpus-$name"
  if ! "$t" -max_total_time="$seconds" -max_len=512 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="${t%/*}/found-$name-" "${t%/*}/corpus-$name" > "$t.log" 2>&1; then
    findings=$((findings + 1))
    grep -vE '^#|^INFO|^MS:' "$t.log" | head -n 40
  fi
  n=$(sed -n 's/^stat::number_of_executed_units: *//p' "$t.log")
  targets=$((targets + 1)) runs=$((runs + ${n:-0}))
  echo "  $name: ${n:-0} runs"
done
echo "fuzz: $targets targets, $runs runs, $findings findings"
[ "$findings" -eq 0 ]
