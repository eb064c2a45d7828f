# Columns that depend on others, where no one place holds all rows: parts exchange the
# triangular factors of their designs once, before the fit.

# R of X = QR, X all coded columns of a part side by side: R'R is X'X, without its loss of
# digits.
surv_span <- function(par) {
  surv_factor(do.call(cbind, lapply(par, `[[`, "x")))
}

surv_factor <- function(x) {
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

# The columns of a design that depend on others of their parameter.
surv_span_aliased <- function(design, span, n) {
  parameter <- surv_parameter_of(design$columns)
  aliased <- logical(length(parameter))
  for (name in unique(parameter)) {
    own <- which(parameter == name)
    aliased[own] <- surv_dependent(span, own, n)
  }
  if (any(aliased)) surv_say_aliased(design$columns[aliased])
  if (surv_one_scale(design)) {
    phi <- which(parameter == "phi" & !aliased)
    lambda <- which(parameter == "lambda" & !aliased)
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
