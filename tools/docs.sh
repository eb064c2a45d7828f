#!/bin/sh
# The C interface as HTML. Every file, function and type must be documented, every
# parameter under its name; a field or a macro may speak for itself.
mkdir -p _build/doc
{ cat Doxyfile; echo "PROJECT_NUMBER = ${VERSION-}"; } | doxygen - > _build/doc/log 2>&1
warnings=$(grep -E 'warning:|error:' _build/doc/log |
  grep -vE 'Member .* \((variable|macro definition|enumvalue)\) of .* is not documented')
[ -z "$warnings" ] || echo "$warnings"
n=$(printf '%s' "$warnings" | grep -c .)
[ -f _build/doc/html/index.html ] || n=$((n + 1))
echo "docs: $(ls include/distest/*.h | wc -l) headers, $n warnings"
[ "$n" -eq 0 ]
