# From every DISTEST_API prototype of the public headers:
#   -v mode=stubs   include/distest_stubs.c, what a package with LinkingTo compiles once
#   -v mode=table   src/callable.h, what init.c registers
# Every parameter must be named and be a plain declarator (function pointers by typedef).

/^DISTEST_API / { text = ""; reading = 1 }

reading {
  text = text (text == "" ? "" : " ") $0
  if ($0 ~ /;[ \t]*$/) { reading = 0; take(text) }
}

function refuse(why) {
  print "gen-stubs.awk: " why ": " text > "/dev/stderr"
  refused = 1
  exit 1
}

# returns[n] name[n] (takes[n]), and forwards[n], the names of the parameters
function take(text,    open, head, args, k, a, i, v) {
  gsub(/\/\*[^*]*\*\//, "", text)
  sub(/^DISTEST_API /, "", text)
  sub(/^DISTEST_STATUS /, "int ", text)
  gsub(/[ \t]+/, " ", text)
  sub(/ *;[ \t]*$/, "", text)
  open = index(text, "(")
  head = substr(text, 1, open - 1)
  args = substr(text, open + 1)
  sub(/^ /, "", args)
  sub(/\) *$/, "", args)
  if (!match(head, /distest_[a-z0-9_]+ *$/) || args ~ /[()]/) refuse("cannot read")
  n++
  name[n] = substr(head, RSTART)
  gsub(/ /, "", name[n])
  returns[n] = substr(head, 1, RSTART - 1)
  takes[n] = args
  forwards[n] = ""
  if (args == "void") return
  k = split(args, a, ",")
  for (i = 1; i <= k; i++) {
    sub(/ *\[[^]]*\] */, "", a[i])
    if (!match(a[i], /[A-Za-z_][A-Za-z0-9_]* *$/) || a[i] !~ /[A-Za-z0-9_*] *[ *]/) refuse("unnamed parameter")
    v = substr(a[i], RSTART)
    gsub(/ /, "", v)
    forwards[n] = forwards[n] (i > 1 ? ", " : "") v
  }
}

END {
  if (refused) exit 1
  print "/* Written by tools/gen-stubs.awk from the public headers; do not edit. */"
  if (mode == "table") {
    for (i = 1; i <= n; i++) printf "{\"%s\", (DL_FUNC)&%s},\n", name[i], name[i]
    exit
  }
  print "/* Compile this in one source file of a package that has LinkingTo: distest, with"
  print " * -DDISTEST_HIDDEN, and call distest_stubs_load() from R_init_<package>. All other"
  print " * files include <distest.h> as any C program does. */"
  print "#include <distest.h>\n"
  print "#include <R_ext/Error.h>\n#include <R_ext/Rdynload.h>\n"
  print "static struct {"
  for (i = 1; i <= n; i++) printf "    %s(*%s)(%s);\n", returns[i], name[i], takes[i]
  print "} distest_callable;\n"
  print "void distest_stubs_load(void);\n"
  print "void distest_stubs_load(void)\n{"
  print "    const int v = ((int (*)(void))R_GetCCallable(\"distest\", \"distest_version\"))();"
  print "    if (v / 10000 != DISTEST_VERSION_MAJOR || v < DISTEST_VERSION_NUMBER)"
  print "        Rf_error(\"built for distest %s, but %d.%d.%d is installed\","
  print "                 DISTEST_VERSION_STRING, v / 10000, v / 100 % 100, v % 100);"
  for (i = 1; i <= n; i++)
    printf "    distest_callable.%s =\n        (%s(*)(%s))R_GetCCallable(\"distest\", \"%s\");\n", name[i], returns[i], takes[i], name[i]
  print "}"
  for (i = 1; i <= n; i++)
    printf "\n%s%s(%s)\n{\n    %sdistest_callable.%s(%s);\n}\n", returns[i], name[i], takes[i], returns[i] ~ /^void *$/ ? "" : "return ", name[i], forwards[i]
}
