# Columns that depend on others, and those without events, where no one place holds all
# rows: parts exchange the triangular factors of their designs and some counts once,
# before the fit.

# R of X = QR, X all coded columns of a part side by side: R'R is X'X, without its loss of
# digits. `rows`: those that count.
surv_span <- function(par, rows) {
  surv_factor(do.call(cbind, lapply(par, `[[`, "x"))[rows, , drop = FALSE])
}

# Of each column of phi and lambda: rows that are neither 0 nor 1, that are 1, that are 0,
# and events where it is 1.
surv_binary <- function(design, code) {
  event <- code$rows$type != 0L
  x <- do.call(cbind, lapply(code$par, `[[`, "x"))
  scale <- surv_parameter_of(design$columns) %in% c("phi", "lambda")
  vapply(seq_along(scale), \(k) {
    if (!scale[[k]]) {
      return(c(1, 0, 0, 0))
    }
    v <- surv_uncoded(design, x, k)
    one <- abs(v - 1) < 1e-9
    zero <- abs(v) < 1e-9
    as.double(c(sum(!one & !zero), sum(one), sum(zero), sum(one & event)))
  }, numeric(4))
}

surv_uncoded <- function(design, x, k) {
  x[, k] * design$coding$scale[[k]] + design$coding$centre[[k]]
}

# Columns of 0 and 1 without an event where they are 1: their coefficients are -Inf.
surv_binary_monotone <- function(counts) {
  counts[1, ] == 0 & counts[2, ] > 0 & counts[3, ] > 0 & counts[4, ] == 0
}

# Rows in which one of the columns `monotone` is 1: they say nothing more.
surv_set_aside <- function(design, code, monotone) {
  out <- logical(length(code$rows$type))
  x <- do.call(cbind, lapply(code$par, `[[`, "x"))
  for (k in which(monotone)) out <- out | surv_uncoded(design, x, k) > 0.5
  lost <- which(out & code$rows$type != 0L)
  if (length(lost)) {
    bad_argument("coef", "has -Inf for %s, but there are events where it is 1: %s.",
      design$columns[monotone][[1]], name_rows(lost))
  }
  out
}

surv_factor <- function(x) {
  if (nrow(x) == 0) {
    return(x)
  }
  q <- qr(x, LAPACK = TRUE)
  out <- qr.R(q)[, order(q$pivot), drop = FALSE]
  dimnames(out) <- NULL
  out
}

# That of all parts; NULL as soon as one has none.
surv_merge_spans <- function(parts) {
  spans <- lapply(parts, `[[`, "span")
  if (!any(vapply(spans, is.null, NA))) surv_factor(do.call(rbind, spans))
}

# Which of the columns `own` of n rows depend on those before them, as lm() has it.
surv_dependent <- function(span, own, n) {
  out <- logical(length(own))
  basis <- matrix(0, nrow(span), 0)
  for (k in seq_along(own)) {
    rest <- span[, own[[k]]]
    size <- sqrt(sum(rest^2))
    for (again in 1:2) rest <- rest - drop(basis %*% crossprod(basis, rest))
    left <- sqrt(sum(rest^2))
    # a constant besides the intercept is centred to rounding errors
    out[[k]] <- left <= 1e-7 * size || size <= 1e-12 * sqrt(n)
    if (!out[[k]]) basis <- cbind(basis, rest / left)
  }
  out
}

# The columns of a design that depend on others of their parameter; those of `skip` are
# not there.
surv_span_aliased <- function(design, span, n, skip) {
  parameter <- surv_parameter_of(design$columns)
  aliased <- logical(length(parameter))
  for (name in unique(parameter)) {
    own <- which(parameter == name & !skip)
    aliased[own] <- surv_dependent(span, own, n)
  }
  if (any(aliased)) surv_say_aliased(design$columns[aliased])
  if (surv_one_scale(design)) {
    phi <- which(parameter == "phi" & !aliased & !skip)
    lambda <- which(parameter == "lambda" & !aliased & !skip)
    both <- surv_dependent(span, c(phi, lambda), n)
    if (any(both)) {
      distest_error("singular", sprintf(paste(
        "With kappa = 1 and one gamma, `phi` and `lambda` cannot be told apart:",
        "%s depends on columns of `phi`."
      ), c(design$columns[phi], design$columns[lambda])[both][[1]]), argument = "lambda")
    }
  }
  aliased
}

# With kappa = 1 and one gamma, phi^gamma lambda is all that there is.
surv_one_scale <- function(design) {
  offset <- vapply(design$terms, \(t) !is.null(attr(t, "offset")), NA)
  gamma <- design$coding$p[[3]]
  identical(unname(design$held[["kappa"]]), 1) && !any(offset[3:4]) &&
    (gamma == 0 || (gamma == 1 && design$coding$intercept[[3]] == 0))
}

surv_say_aliased <- function(columns) {
  distest_message(sprintf("%s set to NA: they depend on the columns before them.",
    paste(columns, collapse = ", ")))
}
