# Comparisons between covariate patterns: hazard ratios over time, standardised survival,
# the shape of the hazard. Standard errors from exact derivatives of each row's H and log
# h.

#' Contributions to the log-likelihood and their derivatives
#'
#' The value, gradient and Hessian of single rows in the four linear predictors
#' (log phi, log lambda, log gamma, log(kappa + 1)): an event at t gives
#' log h(t) - H(t) + H(entry), a right-censored row -H(t) + H(entry), a left-censored one
#' log(1 - exp(-H(upper))), an interval -H(lower) + log(1 - exp(-(H(upper) - H(lower)))) +
#' H(entry).
#'
#' @param type `"exact"`, `"right"`, `"left"` or `"interval"`, one for each row.
#' @param lower,upper Times; exact and right-censored rows have `lower` alone.
#' @param entry Times of delayed entry.
#' @param bhazard Background hazards at exact events.
#' @param eta A matrix with four columns, or four numbers for all rows.
#' @param phi_form `"time"` or `"power"`, see [surv_fit()].
#' @param kernel `"finite"`, or the limits `"inf"` and `"m1"` of kappa, under which the
#'   fourth column is not used.
#' @param threads See [surv_fit()].
#' @return A list with `value` (n), `gradient` (n x 4) and `hessian` (n x 4 x 4).
#' @examples
#' surv_terms("exact", lower = c(1, 2), eta = c(0, 0, 0.2, log(1.5)))$value
#' dapgw(c(1, 2), gamma = exp(0.2), kappa = 0.5, log = TRUE)
#' @export
surv_terms <- function(type, lower = NULL, upper = NULL, entry = 0, bhazard = 0, eta,
                       phi_form = c("time", "power"), kernel = c("finite", "inf", "m1"),
                       threads = getOption("distest.threads")) {
  phi_form <- check_choice(phi_form, c("time", "power"), "phi_form")
  kernel <- check_choice(kernel, c("finite", "inf", "m1"), "kernel")
  codes <- c(right = 0L, exact = 1L, left = 2L, interval = 3L)
  if (!is.character(type) || !all(type %in% names(codes))) {
    bad_argument("type", "must be some of %s.", enumerate(names(codes)))
  }
  eta <- if (is.matrix(eta)) eta else matrix(check_numbers(eta, "eta", length = 4), 1)
  if (!is.numeric(eta) || ncol(eta) != 4) bad_argument("eta", "must have 4 columns.")
  n <- max(length(type), length(lower), length(upper), nrow(eta))
  fill <- function(x, name) if (!is.null(x)) rep_len(check_numbers(x, name, na = TRUE), n)
  if (is.null(lower)) lower <- 0
  rows <- list(type = rep_len(unname(codes[type]), n), lower = fill(lower, "lower"),
    upper = fill(upper, "upper"), entry = fill(entry, "entry"),
    bhazard = fill(bhazard, "bhazard"))
  rows$lower[rows$type == 2L] <- 0
  eta <- eta[rep_len(seq_len(nrow(eta)), n), , drop = FALSE]
  storage.mode(eta) <- "double"
  set <- list(phi_form = match(phi_form, c("time", "power")) - 1L,
    kernel = match(kernel, c("finite", "inf", "m1")) - 1L, time_scale = 1)
  out <- result_of(.Call(C_surv_terms, rows, set, eta, threads_of(threads)))
  colnames(out$gradient) <- surv_parameters
  pair <- matrix(c(1, 2, 3, 4, 2, 5, 6, 7, 3, 6, 8, 9, 4, 7, 9, 10), 4)
  out$hessian <- array(out$hessian[, as.vector(pair)], c(n, 4, 4),
    list(NULL, surv_parameters, surv_parameters))
  out
}

# H and log h of rows (with designs) at times, and their gradients in eta: rows vary
# slowest. Lists of value (vector) and gradient (matrix with 4 columns).
surv_pieces <- function(object, designs, m, times, hazard = TRUE) {
  at <- rep(times, m)
  row <- rep(seq_len(m), each = length(times))
  eta <- surv_eta(object, designs, m)[row, , drop = FALSE]
  if (object$kernel > 0) eta[, 4] <- 0
  scaled <- at / object$time_scale
  call <- function(type) {
    surv_terms(type, scaled, eta = eta, phi_form = object$phi_form,
      kernel = c("finite", "inf", "m1")[[object$kernel + 1L]])
  }
  right <- call("right")
  H <- list(value = -right$value, gradient = -right$gradient)
  if (!hazard) {
    return(list(row = row, H = H))
  }
  event <- call("exact")
  list(row = row, H = H, logh = list(
    value = event$value - right$value - log(object$time_scale),
    gradient = event$gradient - right$gradient
  ))
}

# Gradients in eta times the designs: gradients in the coefficients, one column each.
surv_chain <- function(gradient, designs, row) {
  do.call(cbind, lapply(seq_along(surv_parameters), \(j) {
    x <- designs[[j]]$x
    if (!is.null(x)) gradient[, j] * x[row, , drop = FALSE]
  }))
}

# The covariance with 0 where a coefficient counts as known, without aliased ones.
surv_known_vcov <- function(object) {
  V <- object$vcov[!is.na(coef(object)), !is.na(coef(object)), drop = FALSE]
  V[is.na(V)] <- 0
  V
}

surv_quad <- function(G, V) sqrt(pmax(rowSums((G %*% V) * G), 0))

#' Hazard ratio over time
#'
#' The ratio of the hazards of two covariate patterns, with limits on the log scale from
#' exact derivatives, and the times where the hazards cross.
#'
#' @param object A [surv_fit()].
#' @param newdata Rows in the numerator.
#' @param reference The row in the denominator, or one for each row of `newdata`.
#' @param times Positive times.
#' @param level Confidence level.
#' @return A data frame with `time`, `row`, `hr`, `se_log`, `lower`, `upper`; attribute
#'   `crossings`: a data frame of `row` and `time` where the ratio is 1 between the first
#'   and the last of `times`.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' veteran <- transform(survival::veteran, trt = factor(trt))
#' fit <- surv_fit(survival::Surv(time, status) ~ trt, veteran, gamma = ~trt)
#' hr <- surv_hr(fit, data.frame(trt = "2"), data.frame(trt = "1"), c(10, 50, 100, 500))
#' hr
#' attr(hr, "crossings")
#' @export
surv_hr <- function(object, newdata, reference, times, level = 0.95) {
  surv_check_object(object)
  times <- surv_positive_times(times)
  level <- check_level(level)
  top <- surv_designs(object, newdata)
  bottom <- surv_designs(object, reference)
  m <- attr(top, "rows")
  if (!attr(bottom, "rows") %in% c(1, m)) {
    bad_argument("reference", "must have 1 row, or %d as `newdata`, not %d.", m,
      attr(bottom, "rows"))
  }
  surv_hr_table(object, top, bottom, times, level)
}

# `top`, `bottom`: designs of as many rows, or one row at the bottom.
surv_hr_table <- function(object, top, bottom, times, level) {
  q <- stats::qnorm((1 + level) / 2)
  m <- attr(top, "rows")
  bottom <- surv_some_rows(bottom, rep_len(seq_len(attr(bottom, "rows")), m))
  ratio <- function(times, gradient = FALSE) {
    a <- surv_pieces(object, top, m, times)
    b <- surv_pieces(object, bottom, m, times)
    out <- list(row = a$row, log = a$logh$value - b$logh$value)
    if (gradient) {
      G <- surv_chain(a$logh$gradient, top, a$row) - surv_chain(b$logh$gradient, bottom,
        b$row)
      out$se <- surv_quad(G, surv_known_vcov(object))
    }
    out
  }
  r <- ratio(times, gradient = TRUE)
  out <- data.frame(time = rep(times, m), row = r$row, hr = exp(r$log), se_log = r$se,
    lower = exp(r$log - q * r$se), upper = exp(r$log + q * r$se))
  attr(out, "crossings") <- surv_crossings(ratio, range(times), m)
  out
}

# Where the log ratio changes its sign, on a fine grid of log times, then by root finding.
surv_crossings <- function(ratio, range, m) {
  grid <- exp(seq(log(range[[1]]), log(range[[2]]), length.out = 200))
  r <- ratio(grid)
  found <- lapply(seq_len(m), \(i) {
    value <- r$log[r$row == i]
    at <- which(value[-1] * value[-length(value)] < 0)
    time <- vapply(at, \(k) {
      stats::uniroot(\(t) {
        one <- ratio(t)
        one$log[one$row == i]
      }, grid[k + 0:1], tol = 1e-10 * grid[[k]])$root
    }, 0)
    data.frame(row = rep(i, length(time)), time = time)
  })
  do.call(rbind, found)
}

surv_positive_times <- function(times) {
  times <- check_numbers(times, "times")
  if (!all(times > 0 & is.finite(times))) {
    bad_argument("times", "must be positive and finite.")
  }
  times
}

surv_check_object <- function(object) {
  if (!inherits(object, "distest_surv")) {
    bad_argument("object", "must be made by surv_fit(), not %s.", describe(object))
  }
  check_version(object)
}

surv_some_rows <- function(designs, rows) {
  out <- lapply(designs, \(d) if (is.null(d$x)) d else list(
    x = d$x[rows, , drop = FALSE], offset = d$offset[rows]))
  attr(out, "rows") <- length(rows)
  out
}

#' Standardised survival
#'
#' The mean over a population of the survival (or restricted mean, or hazard) each member
#' would have with some covariates set to given values: what the population would show if
#' everybody were treated, and if nobody were. Standard errors by the delta method, for
#' the
#' population as it is.
#'
#' @param object A [surv_fit()].
#' @param at A list of one or more covariates with the values to set,
#'   `list(hormon = 0:1)`; several are combined in every way.
#' @param newdata The population; the rows of the fit when missing, weighted as there.
#' @param times Times; for `"rmst"` horizons.
#' @param type `"survival"`, `"rmst"` or `"hazard"`, the hazard of the mean survival.
#' @param contrast Differences or ratios to the first of `at`?
#' @param level Confidence level. Limits on log(-log) for survival, log for hazards and
#'   ratios, log(r / (tau - r)) for restricted means; differences as they are.
#' @return A data frame with `time`, `at`, `estimate`, `std_error`, `lower`, `upper`.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' fit <- surv_fit(survival::Surv(rfstime, status) ~ hormon + age + nodes, survival::gbsg)
#' surv_standardize(fit, list(hormon = 0:1), times = 1000, contrast = "difference")
#' @export
surv_standardize <- function(object, at, newdata = NULL, times,
                             type = c("survival", "rmst", "hazard"),
                             contrast = c("none", "difference", "ratio"), level = 0.95) {
  surv_check_object(object)
  type <- check_choice(type, c("survival", "rmst", "hazard"), "type")
  contrast <- check_choice(contrast, c("none", "difference", "ratio"), "contrast")
  level <- check_level(level)
  times <- surv_positive_times(times)
  if (!is.list(at) || length(at) == 0 || is.null(names(at)) || any(names(at) == "")) {
    bad_argument("at", "must be a named list of covariates and their values.")
  }
  weights <- if (is.null(newdata)) weights(object)
  if (is.null(newdata)) newdata <- surv_population(object)
  if (is.null(weights)) weights <- rep(1, nrow(newdata))
  unknown <- setdiff(names(at), object$variables)
  if (length(unknown)) {
    bad_argument("at", "names %s, which the fit does not use.", enumerate(unknown, "`"))
  }
  cases <- expand.grid(at, stringsAsFactors = FALSE)
  labels <- do.call(paste, c(Map(\(n, v) paste0(n, "=", v), names(cases), cases),
    sep = ", "))
  each <- lapply(seq_len(nrow(cases)), \(i) {
    new <- newdata
    for (name in names(cases)) {
      old <- new[[name]]
      value <- rep(cases[[name]][[i]], nrow(new))
      new[[name]] <- if (is.factor(old)) factor(value, levels(old)) else value
    }
    surv_mean_of(object, new, weights / sum(weights), times, type)
  })
  rows <- Map(\(e, label) surv_standard_rows(e, label, times, type, level, object), each,
    labels)
  if (contrast != "none") {
    for (i in seq_along(each)[-1]) {
      rows <- c(rows, list(surv_contrast_rows(each[[1]], each[[i]], times, contrast,
        level,
        if (length(each) == 2) contrast else paste(contrast, labels[[i]]), object)))
    }
  }
  out <- do.call(rbind, unname(rows))
  out <- out[order(match(out$time, times)), ]
  rownames(out) <- NULL
  out
}

# The covariates of the rows of the fit, as a data frame of variables.
surv_population <- function(object) {
  frame <- surv_kept(object)$model
  missing <- setdiff(object$variables, names(frame))
  if (length(missing)) {
    bad_argument("newdata", "must be given: the fit keeps %s only inside of other terms.",
      enumerate(missing, "`"))
  }
  frame[object$variables]
}

# Means over the rows at each time and their gradients in the coefficients.
surv_mean_of <- function(object, newdata, w, times, type) {
  designs <- surv_designs(object, newdata)
  m <- attr(designs, "rows")
  if (type == "rmst") {
    return(surv_mean_rmst(object, designs, m, w, times))
  }
  parts <- lapply(times, \(t) {
    p <- surv_pieces(object, designs, m, t)
    S <- exp(-p$H$value) * w
    dS <- -S * surv_chain(p$H$gradient, designs, p$row)
    if (type == "survival") {
      return(list(value = sum(S), gradient = colSums(dS)))
    }
    h <- exp(p$logh$value)
    f <- sum(h * S)
    df <- colSums(h * (S * surv_chain(p$logh$gradient, designs, p$row) + dS))
    list(value = f / sum(S), gradient = df / sum(S) - f / sum(S)^2 * colSums(dS))
  })
  list(value = vapply(parts, `[[`, 0, "value"),
    gradient = do.call(rbind, lapply(parts, `[[`, "gradient")))
}

# int_0^tau of the mean survival and its gradient, by Gauss-Legendre between break points.
surv_mean_rmst <- function(object, designs, m, w, times) {
  nodes <- surv_legendre(20)
  parts <- lapply(times, \(tau) {
    cuts <- tau * c(0, 1e-3, 1e-2, 0.05, 0.2, 0.5, 1)
    t <- unlist(lapply(1:6, \(i) cuts[[i]] + (cuts[[i + 1]] - cuts[[i]]) * nodes$x))
    weight <- unlist(lapply(1:6, \(i) (cuts[[i + 1]] - cuts[[i]]) * nodes$w))
    value <- 0
    gradient <- 0
    for (k in seq_along(t)) {
      p <- surv_pieces(object, designs, m, t[[k]], hazard = FALSE)
      S <- exp(-p$H$value) * w
      value <- value + weight[[k]] * sum(S)
      gradient <- gradient - weight[[k]] * colSums(S * surv_chain(p$H$gradient, designs,
        p$row))
    }
    list(value = value, gradient = gradient)
  })
  list(value = vapply(parts, `[[`, 0, "value"),
    gradient = do.call(rbind, lapply(parts, `[[`, "gradient")))
}

# Nodes and weights on (0, 1) from the eigenvalues of the Jacobi matrix.
surv_legendre <- function(n) {
  k <- seq_len(n - 1)
  b <- k / sqrt(4 * k^2 - 1)
  J <- matrix(0, n, n)
  J[cbind(k, k + 1)] <- J[cbind(k + 1, k)] <- b
  e <- eigen(J, symmetric = TRUE)
  list(x = (e$values + 1) / 2, w = e$vectors[1, ]^2)
}

surv_standard_rows <- function(e, label, times, type, level, object) {
  se <- surv_quad(e$gradient, surv_known_vcov(object))
  q <- stats::qnorm((1 + level) / 2)
  v <- e$value
  limits <- switch(type,
    survival = {
      by <- exp(q * se / (v * abs(log(v))))
      cbind(v^by, v^(1 / by))
    },
    hazard = cbind(v * exp(-q * se / v), v * exp(q * se / v)),
    rmst = {
      odds <- v / (times - v)
      by <- exp(q * se * times / (v * (times - v)))
      cbind(times * odds / by / (1 + odds / by), times * odds * by / (1 + odds * by))
    }
  )
  data.frame(time = times, at = label, estimate = v, std_error = se, lower = limits[, 1],
    upper = limits[, 2])
}

surv_contrast_rows <- function(first, other, times, contrast, level, label, object) {
  q <- stats::qnorm((1 + level) / 2)
  V <- surv_known_vcov(object)
  if (contrast == "difference") {
    v <- other$value - first$value
    se <- surv_quad(other$gradient - first$gradient, V)
    return(data.frame(time = times, at = label, estimate = v, std_error = se,
      lower = v - q * se, upper = v + q * se))
  }
  v <- other$value / first$value
  se_log <- surv_quad(other$gradient / other$value - first$gradient / first$value, V)
  data.frame(time = times, at = label, estimate = v, std_error = v * se_log,
    lower = v * exp(-q * se_log), upper = v * exp(q * se_log))
}

#' The shape of the hazard
#'
#' With x = (phi t)^gamma the hazard rises or falls with the sign of
#' \eqn{(\gamma - 1)(\kappa + 1) + (\kappa\gamma - 1) x}: it is constant, increasing,
#' decreasing, up-then-down or down-then-up, and turns at most once.
#'
#' @param object A [surv_fit()].
#' @param newdata Rows; those of the fit, each pattern once, when missing.
#' @param level Level of the limits of the turning time, on the log scale.
#' @return A data frame with `row`, `phi`, `lambda`, `gamma`, `kappa`, `shape`,
#'   `turning_time` (missing where the hazard does not turn), `std_error`, `lower`,
#'   `upper`.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' veteran <- transform(survival::veteran, trt = factor(trt))
#' fit <- surv_fit(survival::Surv(time, status) ~ trt, veteran, gamma = ~trt)
#' surv_shape(fit, data.frame(trt = c("1", "2")))
#' @export
surv_shape <- function(object, newdata = NULL, level = 0.95) {
  surv_check_object(object)
  q <- stats::qnorm((1 + check_level(level)) / 2)
  designs <- surv_designs(object, newdata)
  m <- attr(designs, "rows")
  row <- seq_len(m)
  if (is.null(newdata)) {
    row <- which(!duplicated(surv_eta(object, designs, m)))
    designs <- surv_some_rows(designs, row)
    m <- length(row)
  }
  natural <- surv_natural(object, designs)
  shape <- surv_shape_of(natural$gamma, natural$kappa)
  t <- surv_time_of_x(object, shape$x, natural$phi, natural$gamma)
  G <- surv_chain(surv_turning_gradient(object, shape$x, natural), designs, seq_len(m))
  se_log <- surv_quad(G, surv_known_vcov(object))
  data.frame(row = row, natural, shape = shape$shape, turning_time = t,
    std_error = t * se_log, lower = t * exp(-q * se_log), upper = t * exp(q * se_log))
}

surv_time_of_x <- function(object, x, phi, gamma) {
  t <- if (object$phi_form == "time") x^(1 / gamma) / phi else (x / phi)^(1 / gamma)
  t * object$time_scale
}

# d log t* in eta, from log t* = log(x*) / gamma - eta_1 ("time"): x* depends on gamma and
# kappa by (gamma - 1) a / (1 - kappa gamma), (1 - gamma) / gamma, (gamma - 1) / (gamma +
# 1).
surv_turning_gradient <- function(object, x, natural) {
  g <- natural$gamma
  k <- natural$kappa
  a <- k + 1
  dlogx_g <- switch(object$kernel + 1L,
    g / (g - 1) + k * g / (1 - k * g),
    g / (g - 1) - 1,
    g / (g - 1) - g / (g + 1)
  )
  dlogx_k <- if (object$kernel > 0) 0 * g else 1 + a * g / (1 - k * g)
  z <- log(x)
  if (object$phi_form == "time") {
    cbind(-1, 0, (dlogx_g - z) / g, dlogx_k / g)
  } else {
    cbind(-1 / g, 0, (dlogx_g - (z - log(natural$phi))) / g, dlogx_k / g)
  }
}
