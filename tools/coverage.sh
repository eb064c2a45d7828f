#!/bin/sh
# What the C tests reached, by file, against 95 % of lines and 85 % of branches.
# Usage: coverage.sh folder-of-objects folder-of-tests
gcovr --root . --filter 'src/' --exclude-unreachable-branches --exclude-throw-branches \
  --json-summary "$1/summary.json" --json-summary-pretty --txt "$1/lines.txt" "$@" || exit 1
cat "$1/lines.txt"
awk '
  /^    "/ { gsub(/[",:]/, " "); v[$1] = $2 } # the totals; those of files stand deeper
  END {
    printf "coverage: lines %.1f %% (%d of %d), branches %.1f %% (%d of %d)\n", v["line_percent"],
      v["line_covered"], v["line_total"], v["branch_percent"], v["branch_covered"], v["branch_total"]
    exit v["line_percent"] < 95 || v["branch_percent"] < 85
  }' "$1/summary.json"
