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

# Pieces after a label, on as many lines as they need, none of them broken.
write_block <- function(label, pieces, gap = "  ") {
  room <- min(80, getOption("width"))
  line <- label
  for (i in seq_along(pieces)) {
    piece <- if (i == 1) pieces[[i]] else paste0(gap, pieces[[i]])
    if (i > 1 && nchar(line) + nchar(piece) > room) {
      cat(line, "\n", sep = "")
      line <- strrep(" ", nchar(label))
      piece <- pieces[[i]]
    }
    line <- paste0(line, piece)
  }
  cat(line, "\n", sep = "")
}

# The call as the user typed it. deparse() breaks lines where it likes, so it is given
# less room until they fit.
write_call <- function(call) {
  for (room in seq(76, 20, by = -4)) {
    lines <- deparse(call, width.cutoff = room)
    if (max(nchar(lines)) <= 80) break
  }
  cat(lines, sep = "\n")
}

# Whole numbers without an exponent: 200,000.
format_count <- function(n) {
  mark <- if (getOption("OutDec") == ",") "" else ","
  vapply(n, format, "", big.mark = mark, trim = TRUE, scientific = FALSE, digits = 15)
}

format_p <- function(p) {
  ifelse(is.na(p), "NA", ifelse(p < 1e-4, "<0.0001",
    formatC(p, format = "f", digits = 4)))
}

# A matrix of estimates as aligned columns; missing numbers are blank.
print_coefficients <- function(table, digits = number_digits(), indent = 2) {
  columns <- lapply(seq_len(ncol(table)), \(j) {
    ifelse(is.na(table[, j]), "", format_number(table[, j], digits))
  })
  cells <- rbind(colnames(table), do.call(cbind, columns))
  labels <- c("", rownames(table))
  widths <- apply(nchar(cells), 2, max)
  lines <- vapply(seq_len(nrow(cells)), \(i) {
    paste0(strrep(" ", indent), formatC(labels[[i]], width = -max(nchar(labels))), "  ",
      paste0(strrep(" ", widths - nchar(cells[i, ])), cells[i, ], collapse = "  "))
  }, "")
  cat(sub(" +$", "", lines), sep = "\n")
}
