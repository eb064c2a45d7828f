# Tables with the columns that broom made customary: data frames without row names.

# One row for each estimate. `before`: columns that stand after `term`.
tidy_table <- function(term, estimate, std.error, conf.int = FALSE, conf.level = 0.95,
                       exponentiate = FALSE, df = Inf, before = NULL, limits = NULL) {
  estimate <- unname(estimate)
  std.error <- unname(std.error)
  check_flag(conf.int, "conf.int")
  check_level(conf.level, "conf.level")
  scale <- if (check_flag(exponentiate, "exponentiate")) exp else identity
  out <- c(list(term = term), before, list(estimate = scale(estimate),
    std.error = std.error, statistic = estimate / std.error))
  out$p.value <- 2 * stats::pt(-abs(out$statistic), df)
  if (conf.int) {
    if (is.null(limits)) limits <- wald_limits(estimate, std.error, conf.level, df)
    out$conf.low <- unname(scale(limits[, 1]))
    out$conf.high <- unname(scale(limits[, 2]))
  }
  data.frame(out, check.names = FALSE, stringsAsFactors = FALSE)
}

wald_limits <- function(estimate, se, level, df = Inf) {
  reach <- stats::qt((1 + level) / 2, df) * se
  cbind(estimate - reach, estimate + reach)
}

# confint(): rows as coef(), columns "2.5 %" and "97.5 %".
confint_table <- function(estimate, se, parm = NULL, level = 0.95, df = Inf) {
  check_level(level)
  out <- wald_limits(estimate, se, level, df)
  dimnames(out) <- list(names(estimate), level_names(level))
  if (is.null(parm)) out else out[check_parm(parm, names(estimate)), , drop = FALSE]
}

level_names <- function(level) {
  paste(format(100 * (1 + c(-1, 1) * level) / 2, trim = TRUE, scientific = FALSE,
    digits = 3), "%")
}

# Names or numbers of coefficients, as numbers.
check_parm <- function(parm, names) {
  at <- if (is.character(parm)) match(parm, names) else parm
  if (!is.numeric(at) || anyNA(at) || any(at < 1 | at > length(names))) {
    unknown <- if (is.character(parm)) setdiff(parm, names)
    bad_argument("parm", "must name coefficients (%s)%s.", enumerate(names),
      if (length(unknown)) paste(", not", enumerate(unknown)) else "", value = parm)
  }
  at
}

# One row; what is NULL is left out.
glance_table <- function(...) {
  columns <- list(...)
  data.frame(columns[!vapply(columns, is.null, NA)], stringsAsFactors = FALSE)
}

# The data with columns after them, all of the same number of rows.
augment_table <- function(data, ..., argument = "data") {
  out <- as.data.frame(data, stringsAsFactors = FALSE)
  columns <- list(...)
  for (name in names(columns)) {
    column <- columns[[name]]
    if (is.null(column)) next
    if (length(column) != nrow(out)) {
      bad_argument(argument, "has %s, but the fit used %d.", count_text(nrow(out), "row"),
        length(column))
    }
    out[[name]] <- unname(column)
  }
  row.names(out) <- NULL
  out
}
