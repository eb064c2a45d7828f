# Printed output and summaries of survival fits.

# The first line: what was fitted.
surv_title <- function(x) {
  name <- c(
    apgw = "APGW", exponential = "exponential", weibull = "Weibull",
    loglogistic = "log-logistic", burr12 = "Burr XII", gompertz = "Gompertz",
    ptloglogistic = "promotion time log-logistic"
  )[[x$dist]]
  sprintf("Flexible parametric survival regression (%s, %s effects)", name,
    if (x$effect == "aft") "AFT" else "PH")
}

surv_data_lines <- function(x) {
  dropped <- length(x$na.action)
  c(
    sprintf("n = %s%s, events = %s%s", format_count(x$nobs),
      if (dropped) sprintf(" (%d with missing values dropped)", dropped) else "",
      format_count(x$nevent),
      if (!is.null(x$vcov_robust)) sprintf(", %g clusters", x$n_cluster) else ""),
    sprintf("log-likelihood = %s on %g df, AIC = %s, BIC = %s",
      formatC(x$loglik, format = "f", digits = 4), x$df,
      formatC(stats::AIC(x), format = "f", digits = 2),
      formatC(stats::BIC(x), format = "f", digits = 2))
  )
}

surv_held_line <- function(x) {
  held <- x$fixed[!is.na(x$fixed)]
  if (length(held) == 0) {
    return(NULL)
  }
  paste("Held:", paste(names(held), "=", format_number(held), collapse = ", "))
}

surv_notes <- function(x) {
  c(
    if (x$boundary == "kappa=Inf")
      "kappa is at its upper limit, Inf: the hazard grows like exp(x).",
    if (x$boundary == "kappa=-1") paste("kappa is at its lower limit, -1: phi and lambda",
      "are those of H = lambda y / (1 + y)."),
    if (x$boundary == "phi=0") paste("The hazard does not rise with time: phi is at 0,",
      "and the exponential is shown."),
    if (x$boundary ==
      "gamma=Inf") "The likelihood is unbounded in gamma: do not use the numbers.",
    if (!x$converged &&
      x$boundary != "gamma=Inf") "Not converged: do not use the numbers.",
    if (x$flat) "The likelihood is nearly flat: see `distest_surv_flat` in ?surv_fit."
  )
}

#' @export
print.distest_surv <- function(x, digits = number_digits(), ...) {
  cat(surv_title(x), "\n", sep = "")
  write_call(x$call)
  for (line in surv_data_lines(x)) write_lines(line)
  held <- surv_held_line(x)
  if (!is.null(held)) write_lines(held)
  se <- surv_se(x)
  for (name in intersect(surv_parameters, surv_parameter_of(names(coef(x))))) {
    at <- which(surv_parameter_of(names(coef(x))) == name)
    b <- x$coefficients[at]
    each <- sprintf("%s %s (%s)", surv_term_of(names(b)), format_number(b, digits),
      format_number(se[at], digits))
    if (name == "kappa" && length(b) == 1 && is.finite(b)) {
      each <- paste0(each, ", kappa = ", format_number(expm1(b), 3))
    }
    write_block(sprintf("%-7s%-18s", name, surv_meaning[[name]]), each)
  }
  for (line in c(surv_frailty_line(x), surv_shape_line(x))) write_lines(line)
  for (note in surv_notes(x)) write_lines("Note: ", note)
  invisible(x)
}

# Shape of the hazard from gamma and kappa, and its turning point in x.
surv_shape_of <- function(gamma, kappa) {
  product <- gamma * kappa
  shape <- ifelse(gamma == 1 & kappa == 1, "constant",
    ifelse(gamma >= 1 & product >= 1, "increasing",
      ifelse(gamma <= 1 & product <= 1, "decreasing",
        ifelse(gamma > 1, "up-then-down", "down-then-up"))))
  a <- kappa + 1
  x <- ifelse(kappa == Inf, (1 - gamma) / gamma, (gamma - 1) * a / (1 - product))
  # the kernel of kappa = -1 has y = x / a of its own
  x <- ifelse(kappa == -1, (gamma - 1) / (gamma + 1), x)
  turns <- shape %in% c("up-then-down", "down-then-up")
  data.frame(shape = shape, x = ifelse(turns, x, NA))
}

# Natural parameters of the rows of the fit.
surv_natural <- function(object, designs) {
  eta <- surv_eta(object, designs, attr(designs, "rows"))
  out <- as.data.frame(exp(eta))
  out$kappa <- switch(object$kernel + 1L, expm1(eta[, "kappa"]), Inf, -1)
  out
}

surv_shape_line <- function(x) {
  if (is.null(x$rows)) {
    return(NULL)
  }
  natural <- unique(surv_natural(x, surv_designs(x, NULL)))
  natural <- natural[natural$phi > 0 & natural$lambda > 0, , drop = FALSE]
  shape <- surv_shape_of(natural$gamma, natural$kappa)
  t <- surv_time_of_x(x, shape$x, natural$phi, natural$gamma)
  parts <- lapply(unique(shape$shape), \(s) {
    turns <- t[shape$shape == s]
    where <- if (!anyNA(turns)) {
      limits <- unique(format_number(range(turns), 4))
      sprintf(", turning at t = %s", paste(limits, collapse = " to "))
    }
    paste0(s, where)
  })
  paste0("Hazard: ", paste(parts, collapse = "; or, by covariates, "), ".",
    surv_crossing_text(x))
}

# Two patterns of covariates: do their hazards cross within the times of the data?
surv_crossing_text <- function(x) {
  designs <- surv_designs(x, NULL)
  eta <- surv_eta(x, designs, attr(designs, "rows"))
  row <- which(!duplicated(eta))
  if (length(row) != 2 || diff(eta[row, 3]) == 0 || !all(is.finite(eta[row, ]))) {
    return("")
  }
  range <- range(surv_time(x)[surv_time(x) > 0])
  if (range[[1]] == range[[2]]) {
    return("")
  }
  at <- attr(surv_hr_table(x, surv_some_rows(designs, row[[2]]),
    surv_some_rows(designs, row[[1]]), range, 0.95), "crossings")$time
  if (length(at) == 0) {
    return("")
  }
  sprintf(" The hazards cross at t = %s.", paste(format_number(at, 4), collapse = ", "))
}

#' Summary of a survival fit
#'
#' The coefficient table with z statistics; Wald tests of each term in all parameters at
#' once; what the coefficients mean on the natural scale where all covariates are 0 or at
#' their first level; cured fraction for kappa < 0; and, for kappa < 1, the coefficient of
#' variation \eqn{\sqrt{(1 - \kappa) / ((1 + \kappa) \lambda)}} of the unobserved
#' heterogeneity that would turn a Weibull into the fitted model.
#'
#' @param object A [surv_fit()].
#' @param level Confidence level of the natural parameters.
#' @param ... Not used.
#' @return An object of class `summary.distest_surv`: a list with `coefficients` (matrix),
#'   `tests` and `natural` (data frames), `cure`, `frailty_cv`, and the fit.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' summary(surv_fit(survival::Surv(time, status) ~ karno, survival::veteran))
#' @export
summary.distest_surv <- function(object, level = 0.95, ...) {
  check_dots_empty(...)
  level <- check_level(level)
  b <- object$coefficients
  se <- surv_se(object)
  z <- b / se
  table <- cbind(
    Estimate = b, `Std. Error` = se, `z value` = z,
    `Pr(>|z|)` = 2 * stats::pnorm(-abs(z)), `exp(coef)` = exp(b)
  )
  at <- paste0(surv_parameters, ":(Intercept)")
  q <- stats::qnorm((1 + level) / 2)
  natural <- data.frame(
    parameter = surv_parameters,
    estimate = ifelse(is.na(object$fixed), exp(b[at]), object$fixed),
    lower = exp(b[at] - q * se[at]), upper = exp(b[at] + q * se[at])
  )
  kappa <- natural$parameter == "kappa" & is.na(object$fixed)
  natural[kappa, -1] <- natural[kappa, -1] - 1
  rownames(natural) <- NULL
  k <- natural$estimate[[4]]
  lambda <- natural$estimate[[2]]
  cure <- if (is.na(k) || k >= 0) NULL else if (k ==
    -1) exp(-lambda) else exp(-lambda * (k + 1) / -k)
  structure(class = "summary.distest_surv", list(
    fit = object, coefficients = table, tests = surv_wald(object), natural = natural,
    level = level, cure = cure,
    frailty_cv = if (!is.na(k) && k < 1 && k > -1) sqrt((1 - k) / ((1 + k) * lambda))
  ))
}

# Joint Wald tests of each term over the parameters it stands in.
surv_wald <- function(object) {
  assign <- unlist(lapply(surv_parameters, \(name) {
    tt <- object$terms[[name]]
    if (is.null(tt)) {
      return(NULL)
    }
    columns <- surv_term_of(names(coef(object))[surv_parameter_of(names(coef(object))) ==
      name])
    surv_assign(tt, columns, object$xlevels[[name]])
  }))
  labels <- setdiff(unique(assign), "(Intercept)")
  rows <- lapply(labels, \(label) {
    at <- which(assign == label & is.finite(coef(object)) & is.finite(surv_se(object)))
    if (length(at) == 0) {
      return(NULL)
    }
    b <- coef(object)[at]
    stat <- tryCatch(sum(b * solve(object$vcov[at, at, drop = FALSE], b)),
      error = \(e) NA)
    data.frame(term = label, parameters = paste(unique(surv_parameter_of(names(b))),
      collapse = ", "), chisq = stat, df = length(at),
    p_value = stats::pchisq(stat, length(at), lower.tail = FALSE))
  })
  do.call(rbind, rows)
}

# Which term each design column belongs to.
surv_assign <- function(tt, columns, xlevels) {
  labels <- attr(tt, "term.labels")
  vapply(columns, \(column) {
    if (column == "(Intercept)") {
      return(column)
    }
    parts <- strsplit(column, ":", fixed = TRUE)[[1]]
    fits <- vapply(labels, \(label) {
      pieces <- strsplit(label, ":", fixed = TRUE)[[1]]
      length(pieces) == length(parts) && all(startsWith(parts, pieces))
    }, NA)
    hits <- labels[fits]
    if (length(hits)) hits[[which.max(nchar(hits))]] else column
  }, "")
}

#' @export
print.summary.distest_surv <- function(x, digits = number_digits(), ...) {
  fit <- x$fit
  cat(surv_title(fit), "\n", sep = "")
  write_call(fit$call)
  for (line in surv_data_lines(fit)) write_lines(line)
  held <- surv_held_line(fit)
  if (!is.null(held)) write_lines(held)
  frailty <- surv_frailty_line(fit)
  if (!is.null(frailty)) write_lines(frailty)
  cat(sprintf("\nCoefficients (link scale%s)\n",
    if (is.null(fit$vcov_robust)) "" else ", robust standard errors"))
  table <- as.data.frame(x$coefficients)
  out <- data.frame(
    format_number(table[[1]], digits), format_number(table[[2]], digits),
    formatC(table[[3]], format = "f", digits = 2), format_p(table[[4]]),
    format_number(table[[5]], digits), row.names = rownames(x$coefficients)
  )
  names(out) <- colnames(x$coefficients)
  print(out)
  if (!is.null(x$tests)) {
    cat("\nWald tests by term, over the parameters it stands in\n")
    tests <- x$tests
    tests$chisq <- formatC(tests$chisq, format = "f", digits = 2)
    tests$p_value <- format_p(tests$p_value)
    print(tests, row.names = FALSE)
  }
  cat(sprintf("\nParameters, covariates 0 or at their first level (%g %% limits)\n",
    100 * x$level))
  natural <- x$natural
  held <- !is.na(fit$fixed)
  natural$estimate <- format_number(natural$estimate, digits)
  natural$lower <- ifelse(held, "held", format_number(natural$lower, digits))
  natural$upper <- ifelse(held, "", format_number(natural$upper, digits))
  print(natural, row.names = FALSE)
  cat("\n")
  shapes <- surv_shape_line(fit)
  if (!is.null(shapes)) write_lines(shapes)
  if (!is.null(x$cure)) write_lines("Cured fraction there: ",
    format_number(x$cure, digits), ".")
  if (!is.null(x$frailty_cv)) {
    write_lines("Reads as a Weibull with unobserved heterogeneity between subjects, ",
      "coefficient of variation ", format_number(x$frailty_cv, digits), ".")
  }
  if (fit$effect == "ph" && !is.na(fit$fixed[["phi"]]) && is.na(fit$fixed[["kappa"]])) {
    write_lines("With phi held and kappa estimated the fit depends on the unit of time",
      if (fit$time_scale != 1) sprintf(" (here %s)", format_number(fit$time_scale)), ".")
  }
  for (note in surv_notes(fit)) write_lines("Note: ", note)
  invisible(x)
}

#' @export
format.distest_surv <- function(x, ...) {
  paste(c(surv_title(x), surv_data_lines(x)), collapse = "; ")
}
