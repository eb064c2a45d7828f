# How a design prints.

#' @export
format.distest_rdd <- function(x, ...) {
  s <- x$settings
  method <- c(frechet = "Frechet", rearranged = "rearranged", pointwise = "pointwise")
  sprintf("Distribution-valued RD (%s): %s, order %d (bias %d), %s, %s",
    paste0(if (s$fuzzy) "fuzzy" else "sharp", if (s$deriv > 0) sprintf(", derivative %d",
      as.integer(s$deriv))),
    method[[s$method]], as.integer(s$p), as.integer(s$q), s$kernel, s$vce)
}

#' @rdname rdd_fit
#' @param digits Significant digits.
#' @export
print.distest_rdd <- function(x, digits = 3, ...) {
  write_lines(format(x))
  rdd_print_units(x)
  rdd_print_settings(x)
  if (x$settings$fuzzy) {
    f <- x$first_stage
    write_lines(sprintf("first stage %s (se %s, F = %s); effects are those on compliers",
      format_number(f$bc, 3), format_number(f$se_bc, 2), format_number(f$F, 3)),
    indent = 1)
  }
  at <- rdd_nearest(x$estimate$prob, c(0.1, 0.25, 0.5, 0.75, 0.9))
  rdd_print_table(x, at, digits)
  tests <- c(rdd_test_text(rdd_quick_tests(x)), rdd_inequality_text(x))
  if (length(tests)) write_block(" ", tests, "; ")
  p <- x$diagnostics$density_p
  notes <- c(rdd_notes(x), if (!is.na(p)) paste("density test p =", format_p(p)))
  if (length(notes)) write_lines("note: ", paste(notes, collapse = "; "), indent = 1)
  invisible(x)
}

# Nullity and homogeneity, where drawing again takes no time and no units and where bias
# needs no allowance; else summary() has them.
rdd_quick_tests <- function(x) {
  boot <- x$boot
  if (is.null(boot) || x$settings$inference == "honest") {
    return(NULL)
  }
  at_hand <- is.null(boot$xi) && boot$multiplier == "gaussian" || !is.null(x$scores)
  if (!at_hand || boot$draws * nrow(x$estimate) > 2e6) {
    return(NULL)
  }
  withCallingHandlers(rdd_test(x, c("nullity", "homogeneity")),
    distest_warning = \(w) invokeRestart("muffleWarning"))
}

rdd_test_text <- function(tests) {
  if (is.null(tests)) {
    return(NULL)
  }
  known <- tests[!is.na(tests$p_value), ]
  sprintf("%s p = %s", known$test, format_p(known$p_value))
}

rdd_functional_text <- function(f) {
  # 1e-16 beside 0.3 is 0
  size <- 1e-12 * pmax(abs(f$minus), abs(f$plus))
  cut <- \(x) format_number(ifelse(abs(x) < size, 0, x), 3)
  sprintf("%s %s -> %s (%s, se %s)", f$functional, cut(f$minus), cut(f$plus),
    format_number(f$difference, 2), format_number(f$se, 2))
}

# How unequal the average units on both sides are: Gini, or sd where outcomes are not
# positive.
rdd_inequality_text <- function(x) {
  curves <- x$functional
  s <- x$settings
  if (is.null(curves) || s$scalar || s$fuzzy || s$inference == "honest" ||
    length(curves$probs) < 9) {
    return(NULL)
  }
  positive <- min(curves$m_minus, curves$m_plus) > 0
  f <- withCallingHandlers(rdd_functionals(x, if (positive) "gini" else "sd"),
    distest_warning = \(w) invokeRestart("muffleWarning"))
  if (!is.na(f$difference)) rdd_functional_text(f)
}

rdd_print_units <- function(x) {
  n <- x$n
  s <- x$settings
  size <- x$diagnostics$n_i
  parts <- c(
    sprintf("units %s (left %s, right %s), in bandwidth %s + %s", format_count(n[[1]]),
      format_count(n[["left"]]), format_count(n[["right"]]),
      format_count(n[["h_left"]]), format_count(n[["h_right"]])),
    if (n[["dropped"]] > 0) paste(format_count(n[["dropped"]]), "dropped"),
    if (n[["clusters"]] > 0) paste(format_count(n[["clusters"]]), "clusters"),
    if (!is.null(size) && size[["max"]] > 1) rdd_size_text(size),
    if (s$weighted) "units weighted"
  )
  write_lines(paste(parts, collapse = "; "), indent = 1)
}

rdd_size_text <- function(size) {
  if (size[["min"]] == size[["max"]]) {
    return(paste(format_count(size[["min"]]), "individuals in each"))
  }
  sprintf("individuals %s (min/median/max)", paste(format_count(round(size)),
    collapse = " / "))
}

rdd_print_settings <- function(x) {
  s <- x$settings
  q <- x$estimate$prob
  write_lines("cutoff ", format_number(s$cutoff, 6), "; h ",
    rdd_side_text(x$bandwidths[, 1:2, drop = FALSE]), "; b ",
    rdd_side_text(x$bandwidths[, 3:4, drop = FALSE]), " (", x$bwselect, "); grid ",
    if (length(q) > 1) sprintf("%s ... %s (%d)", format(q[[1]]),
      format(q[[length(q)]]), length(q)) else format(q), indent = 1)
  band <- if (is.null(x$boot) || all(is.na(x$estimate$band_lower))) {
    sprintf("%s %% intervals, no band", format(100 * s$level))
  } else {
    sprintf("%s %% uniform band, %s draws, c = %s", format(100 * x$boot$level),
      format_count(x$boot$draws), format_number(x$crit, 3))
  }
  honest <- if (s$inference == "honest") {
    m <- range(x$smoothness)
    sprintf("; honest: |second derivative| <= %s assumed%s",
      if (m[[1]] == m[[2]]) format_number(m[[1]], 3) else paste(format_number(m, 3),
        collapse = " ... "), if (identical(s$smoothness,
        "rot")) " (rule of thumb)" else "")
  } else if (s$inference == "conventional") {
    "; conventional, not bias-corrected"
  }
  write_lines(band, honest, indent = 1)
}

# "0.21", "0.21 | 0.34" for sides, "0.2 ... 0.4" for bandwidths by quantile.
rdd_side_text <- function(m) {
  one <- \(v) {
    v <- unique(range(v))
    paste(format_number(v, 4), collapse = " ... ")
  }
  if (all(m[, 1] == m[, 2])) one(m[, 1]) else paste(one(m[, 1]), one(m[, 2]), sep = " | ")
}

rdd_print_table <- function(x, at, digits) {
  e <- x$estimate[at, ]
  band <- !all(is.na(e$band_lower))
  table <- cbind(control = e$m_minus, treated = e$m_plus, effect = e$tau, se = e$se,
    if (band) e$band_lower else e$ci_lower, if (band) e$band_upper else e$ci_upper)
  cells <- rdd_cells_text(table, e$se, digits)
  heads <- c("q", "control", "treated", "effect", "se",
    if (band) c("[uniform", "band]") else c("[inter", "val]"))
  cells <- rbind(heads, cbind(format(e$prob), cells))
  cat(apply(cells, 1, \(row) paste0(" ", formatC(row[[1]], width = 5), paste0(formatC(
    row[-1], width = max(nchar(cells[, -1])) + 2), collapse = ""))), sep = "\n")
}

# Numbers with as many decimals as their standard errors deserve, or in their own way
# where that would be long.
rdd_cells_text <- function(table, se, digits) {
  size <- stats::median(se[se > 0])
  decimals <- if (is.na(size)) digits else digits - 1 - floor(log10(size))
  if (decimals > 6 || max(abs(table), na.rm = TRUE) > 1e6) {
    return(array(format_number(table, digits), dim(table)))
  }
  array(formatC(table, format = "f", digits = max(0, decimals),
    decimal.mark = getOption("OutDec")), dim(table))
}

rdd_notes <- function(x) {
  d <- x$diagnostics
  c(
    if (isTRUE(d$moved > 0)) sprintf("%s moved %d of %d points (rms %s)",
      if (x$settings$method == "rearranged") "sorting" else "projection",
      as.integer(d$moved), 2L * nrow(x$estimate), format_number(d$projection, 2)),
    if (any(d$noise > 0.5, na.rm = TRUE)) sprintf(
      "sampling noise within units is up to %.0f %% of the variance between them",
      100 * min(1, max(d$noise, na.rm = TRUE))),
    if (x$settings$fuzzy) "control and treated are curves of the outcome at the cutoff"
  )
}

#' @rdname rdd_fit
#' @param object A fit.
#' @export
summary.distest_rdd <- function(object, ...) {
  check_dots_empty(...)
  check_rdd(object, "object")
  tests <- if (!is.null(object$boot)) {
    withCallingHandlers(rdd_test(object, c("nullity", "homogeneity")),
      distest_warning = \(w) invokeRestart("muffleWarning"))
  }
  wanted <- c("mean", "sd", "gini", "p90_p10")
  functionals <- if (!is.null(object$functional) && !object$settings$scalar &&
    (!object$settings$fuzzy || !is.null(object$quantiles))) {
    tryCatch(withCallingHandlers(rdd_functionals(object, wanted),
      distest_warning = \(w) invokeRestart("muffleWarning")), distest_error = \(e) NULL)
  }
  structure(class = "summary.distest_rdd", list(fit = object, tests = tests,
    functionals = functionals))
}

#' @export
print.summary.distest_rdd <- function(x, digits = 3, ...) {
  fit <- x$fit
  write_lines(format(fit))
  rdd_print_units(fit)
  rdd_print_settings(fit)
  rows <- unique(round(seq(1, nrow(fit$estimate),
    length.out = min(19, nrow(fit$estimate)))))
  rdd_print_table(fit, rows, digits)
  t <- x$tests
  if (!is.null(t)) {
    head <- if (fit$settings$inference == "honest") {
      " tests without allowance for bias: "
    } else {
      " tests: "
    }
    write_block(head, rdd_test_text(t), "; ")
  }
  f <- x$functionals[!is.na(x$functionals$difference), ]
  if (NROW(f)) {
    write_block(" at the cutoff: ", rdd_functional_text(f), "; ")
  }
  d <- fit$diagnostics
  write_block(" diagnostics: ", c(
    sprintf("density test p = %s", format_p(d$density_p)),
    sprintf("repeated x %.0f %% left, %.0f %% right", 100 * d$mass_points[[1]],
      100 * d$mass_points[[2]]),
    if (!is.null(d$noise)) sprintf("noise share at most %s",
      format_number(max(d$noise, na.rm = TRUE), 2)),
    rdd_notes(fit)
  ), "; ")
  invisible(x)
}
