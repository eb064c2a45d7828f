# Where a C file could be wrong: file, line, column, text, other text, separated by tabs.
# Comments, strings, preprocessor lines and declarations of messages are left alone.

BEGIN {
  OFS = "\t"
  n = split("<= >= == != && || < > + - * /", operator, " ")
  split("< > != == || && <= >= - + / *", other, " ")
}

/^[ \t]*#/ { next }

{
  line = $0
  for (c = 1; c <= length(line); c++) {
    two = substr(line, c, 2)
    one = substr(line, c, 1)
    if (comment) {
      if (two == "*/") { comment = 0; c++ }
      continue
    }
    if (two == "/*") { comment = 1; c++; continue }
    if (two == "//") break
    if (one == "\"" || one == "'") { # to its end
      for (c++; c <= length(line) && substr(line, c, 1) != one; c++)
        if (substr(line, c, 1) == "\\") c++
      continue
    }
    if (two ~ /^(->|\+\+|--|<<|>>|\+=|-=|\*=|\/=)$/) {
      if (two == "+=") print FILENAME, FNR, c, "+=", "-="
      if (two == "-=") print FILENAME, FNR, c, "-=", "+="
      c++
      continue
    }
    # operators stand between blanks in this code; a pointer's star does not
    for (i = 1; i <= n; i++)
      if (substr(line, c - 1, length(operator[i]) + 2) == " " operator[i] " ") {
        print FILENAME, FNR, c, operator[i], other[i]
        c += length(operator[i]) - 1
        break
      }
    if (i <= n) continue
    # numbers that are not part of a name
    if (one ~ /[0-9]/ && substr(line, c - 1, 1) !~ /[A-Za-z0-9_.]/) {
      match(substr(line, c), /^[0-9.]+(e-?[0-9]+)?/)
      number = substr(line, c, RLENGTH)
      print FILENAME, FNR, c, number, number == "0" ? "1" : number == "1" ? "2" : "(" number " + 1)"
      c += RLENGTH - 1
    }
  }
}
