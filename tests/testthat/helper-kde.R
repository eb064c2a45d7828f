# What the tests of kde share: reference files, and the definition in plain R.

kde_ref <- function(name) {
  as.matrix(unname(utils::read.csv(reference("kde", paste0(name, ".csv")), header = FALSE)))
}
kde_json <- function(name, simplify = FALSE) {
  skip_without_reference("kde")
  skip_if_not_installed("jsonlite")
  jsonlite::fromJSON(reference("kde", name), simplifyVector = simplify)
}
kde_num <- function(l) {
  vapply(l, \(v) if (is.character(v)) as.numeric(v) else if (is.null(v)) NaN else v, 0)
}
kde_table <- function(l) do.call(rbind, lapply(l, kde_num))
quiet_fit <- function(...) suppressMessages(kde_fit(..., progress = FALSE))

# |got - want| within the larger of rel |want| and abs
expect_within <- function(got, want, rel, abs, what) {
  ok <- got == want | abs(got - want) <= pmax(rel * abs(want), abs) | is.nan(want)
  expect_true(all(ok), label = what)
}

# log f by the definition: sums over differences. w: sums to 1; skip: left out
kde_direct <- function(x, at, h, w = rep(1 / nrow(x), nrow(x)), skip = FALSE) {
  vapply(seq_len(nrow(at)), \(j) {
    D <- rowSums((sweep(x, 2, at[j, ]) / h)^2)
    a <- log(w) - D / 2
    if (skip) a[j] <- -Inf
    M <- max(a)
    M + log(sum(exp(a - M))) - ncol(x) * (log(h) + log(2 * pi) / 2) -
      if (skip) log(sum(w[-j])) else 0
  }, 0)
}
