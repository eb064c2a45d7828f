# Numbers and lines as print() shows them: plain text, 80 columns.

number_digits <- function() max(3L, getOption("digits") - 3L)

# One number at a time, so that a column of unlike numbers stays short.
format_number <- function(x, digits = number_digits()) {
  vapply(x, \(v) format(signif(v, digits), digits = digits), "", USE.NAMES = FALSE)
}

# A sentence or list, wrapped to the width of the terminal.
write_lines <- function(..., indent = 0, exdent = 2) {
  width <- min(80, getOption("width"))
  cat(strwrap(paste0(...), width = width, indent = indent, exdent = exdent), sep = "\n")
}

# The call as the user typed it.
write_call <- function(call) {
  cat(deparse(call, width.cutoff = 76), sep = "\n")
}

format_p <- function(p) format.pval(p, digits = 3, eps = 1e-4)
