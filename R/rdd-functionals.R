# Functionals of the average distribution on both sides of the cutoff.

# Name -> list(name, u, v, degree): degree says how the value scales with the outcome.
rdd_functional_names <- c(
  "mean", "variance", "sd", "gini", "theil", "mld", "p90_p10", "p90_p50", "p50_p10",
  "iqr", "median", "lorenz_0.1", "lorenz_0.4", "lorenz_0.9"
)

rdd_parse_functional <- function(name) {
  plain <- c(mean = 1, variance = 2, sd = 1, gini = 0, theil = 0, mld = 0, iqr = 1,
    median = 1)
  if (name %in% names(plain)) {
    return(list(label = name, name = name, levels = c(0.5, 0.5), degree = plain[[name]]))
  }
  number <- \(text) suppressWarnings(as.numeric(text))
  if (grepl("^(lorenz|quantile)_", name)) {
    u <- number(sub("^[a-z]+_", "", name))
    kind <- sub("_.*", "", name)
    if (!is.na(u) && u > 0 && u < 1) {
      return(list(label = name, name = kind, levels = c(u, u),
        degree = if (kind == "quantile") 1 else 0))
    }
  }
  if (grepl("^p[0-9.]+_p[0-9.]+$", name)) {
    ab <- number(strsplit(gsub("p", "", name), "_")[[1]]) / 100
    if (!anyNA(ab) && all(ab > 0 & ab < 1)) {
      return(list(label = name, name = "ratio", levels = ab, degree = 0))
    }
  }
  bad_argument("functionals", paste("must be among %s, or of the form \"quantile_u\",",
    "\"lorenz_u\" with u in (0, 1), \"pA_pB\" with percentages; not %s."),
  enumerate(rdd_functional_names, last = " or "), dQuote(name, FALSE), value = name)
}

rdd_value <- function(f, probs, m) {
  result_of(.Call(C_rdd_functional, f$name, as.double(f$levels), probs, m),
    c(name = "functionals", q = "probs", m = "fit"))
}

#' Functionals of the average distribution
#'
#' Did inequality change at the cutoff? The curves of a [rdd_fit()] are the quantile
#' functions of the average unit just left and just right of it; this gives Gini
#' coefficient, Theil index, ratios of percentiles, Lorenz shares, mean and variance of
#' both, and their differences with standard errors. In fuzzy designs the two
#' distributions are those of the compliers.
#'
#' @param fit A [rdd_fit()].
#' @param functionals Names: `"mean"`, `"variance"`, `"sd"`, `"gini"`, `"theil"`,
#'   `"mld"` (mean log deviation), `"iqr"`, `"median"`, `"p90_p10"` and other ratios of
#'   percentiles, `"lorenz_0.4"` (share of the lowest 40 percent) and other shares,
#'   `"quantile_0.3"`; all of the usual ones by default.
#' @param of `"average"`: the functional of the average distribution. `"unit"`: the
#'   effect on the average of each unit's functional, another estimand unless the
#'   functional is linear in the quantiles.
#' @param inference `"delta"`, or `"bootstrap"`: the curves are perturbed by the centred
#'   process.
#' @return A data frame: `functional`, `minus`, `plus`, `difference`, `se_minus`,
#'   `se_plus`, `se`, `ci_lower`, `ci_upper`, `p_value`.
#' @details Individual data: computed on the `functional_grid` midpoints that the fit
#'   keeps. Tables of quantiles: on their own grid, with a warning when it leaves out
#'   more than 2 percent of the distribution. The curves are increasing ones whatever
#'   `method` was, so that they are distributions. A functional that needs positive
#'   outcomes is `NA`, with a warning, where there are others.
#' @examples
#' d <- rdd_simulate("normal", n = 300, n_i = 50, delta = 1, seed = 1)
#' fit <- rdd_fit(d$y, d$x, d$unit, h = 0.5)
#' rdd_functionals(fit, c("mean", "sd", "quantile_0.9"))
#' @export
rdd_functionals <- function(fit, functionals = NULL, of = c("average", "unit"),
                            inference = c("delta", "bootstrap")) {
  check_rdd(fit)
  of <- check_choice(of, c("average", "unit"), "of")
  inference <- check_choice(inference, c("delta", "bootstrap"), "inference")
  if (is.null(functionals)) functionals <- rdd_functional_names
  if (!is.character(functionals)) {
    bad_argument("functionals", "must be names, not %s.", describe(functionals))
  }
  wanted <- lapply(functionals, rdd_parse_functional)
  if (fit$settings$deriv > 0) {
    distest_error("unsupported", paste("Functionals need curves of levels; this fit is",
      "of a derivative."), argument = "fit")
  }
  if (is.null(fit$functional)) {
    bad_argument("fit", "was made with functional_grid = 0; fit again with a grid.")
  }
  rdd_warn_cover(fit)
  out <- if (of == "unit") {
    rdd_unit_functionals(fit, wanted)
  } else {
    rdd_average_functionals(fit, wanted, inference)
  }
  out[] <- lapply(out, \(x) if (is.double(x)) replace(x, is.nan(x), NA) else x)
  lost <- out$functional[is.na(out$difference)]
  if (length(lost)) {
    distest_warning("approximation", sprintf(
      "%s: not defined for these outcomes (they must be positive); NA.",
      enumerate(lost)), "functionals", value = lost)
  }
  out
}

rdd_warn_cover <- function(fit) {
  q <- fit$functional$probs
  n <- length(q)
  cover <- if (n == 1) 0 else q[[n]] - q[[1]] + (q[[2]] - q[[1]]) / 2 +
    (q[[n]] - q[[n - 1]]) / 2
  if (fit$functional$own && cover < 0.98 - 1e-9) {
    distest_warning("approximation", sprintf(paste("The grid of quantiles covers %s",
      "percent of the distribution; functionals are those of that part."),
    format(100 * cover, digits = 3)), "fit", value = cover)
  }
}

rdd_average_functionals <- function(fit, wanted, inference) {
  curves <- if (fit$settings$fuzzy) rdd_fine_compliers(fit) else fit$functional
  unit <- 2^curves$scale
  v <- list(minus = curves$vcov_minus, plus = curves$vcov_plus, cross = curves$vcov_cross)
  level <- fit$settings$level
  draws <- if (inference == "bootstrap") rdd_fine_draws(fit, v)
  rows <- lapply(wanted, \(f) {
    m <- lapply(curves[c("m_minus", "m_plus")], \(x) x / unit)
    both <- lapply(m, \(x) rdd_value(f, curves$probs, x))
    g <- lapply(both, `[[`, "gradient")
    se <- sqrt(pmax(0, c(sum(g[[1]] * (v$minus %*% g[[1]])),
      sum(g[[2]] * (v$plus %*% g[[2]])))))
    joint <- sqrt(max(0, se[[1]]^2 + se[[2]]^2 - 2 * sum(g[[1]] * (v$cross %*% g[[2]]))))
    value <- c(both[[1]]$value, both[[2]]$value)
    reach <- stats::qnorm((1 + level) / 2) * joint
    p <- 2 * stats::pnorm(-abs(diff(value)) / joint)
    if (inference == "bootstrap" && !anyNA(value)) {
      t <- rdd_functional_draws(f, curves$probs, m, draws, value)
      joint <- stats::sd(t)
      count <- length(t)
      reach <- sort(abs(t))[[min(count, ceiling(level * (count + 1)))]]
      p <- (1 + sum(abs(t) >= abs(diff(value)))) / (count + 1)
    }
    rdd_functional_row(f$label, value, se, joint, reach, p, unit^f$degree)
  })
  do.call(rbind, rows)
}

rdd_functional_row <- function(label, value, se, joint, reach, p, size) {
  if (anyNA(value)) se <- joint <- reach <- p <- NA_real_
  d <- value[[2]] - value[[1]]
  data.frame(functional = label, minus = value[[1]] * size, plus = value[[2]] * size,
    difference = d * size, se_minus = se[[1]] * size, se_plus = se[[length(se)]] * size,
    se = joint * size, ci_lower = (d - reach) * size, ci_upper = (d + reach) * size,
    p_value = if (isTRUE(joint == 0)) NA_real_ else p, stringsAsFactors = FALSE)
}

# Draws of the two curves together: list(minus, plus), draws x grid.
rdd_fine_draws <- function(fit, v) {
  if (is.null(fit$boot)) {
    bad_argument("fit", "has no draws (boot = 0); rdd_bootstrap() adds them.")
  }
  n <- ncol(v$minus)
  joint <- rbind(cbind(v$minus, v$cross), cbind(t(v$cross), v$plus))
  draws <- list(level = fit$boot$level, draws = fit$boot$draws, studentized = TRUE,
    multiplier = "gaussian", process = TRUE, key = rdd_key(fit))
  z <- result_of(.Call(C_rdd_bands, rep(0, 2 * n), joint, draws, NULL, NULL),
    rdd_names)$process
  list(minus = z[, seq_len(n), drop = FALSE], plus = z[, n + seq_len(n), drop = FALSE])
}

# The key of the fit's draws; a fixed one where multipliers were given.
rdd_key <- function(fit) if (is.null(fit$boot$key)) c(0.25, 0.75) else fit$boot$key

rdd_functional_draws <- function(f, probs, m, draws, value) {
  moved <- \(side, b) rdd_value(f, probs, m[[side]] + draws[[side]][b, ])$value
  sides <- c("minus", "plus")
  t <- vapply(seq_len(nrow(draws$minus)), \(b) {
    (rdd_value(f, probs, m[[2]] + draws$plus[b, ])$value - value[[2]]) -
      (rdd_value(f, probs, m[[1]] + draws$minus[b, ])$value - value[[1]])
  }, 0)
  t[!is.na(t)]
}

# A scalar design on each unit's functional.
rdd_unit_functionals <- function(fit, wanted) {
  units <- rdd_units_of(fit, "of = \"unit\"")
  probs <- fit$functional$probs
  table <- fit$functional$quantiles
  unit <- 2^fit$functional$scale
  values <- vapply(wanted, \(f) {
    apply(table, 1, \(q) rdd_value(f, probs, sort(q) / unit)$value) * unit^f$degree
  }, numeric(nrow(table)))
  values <- matrix(values, nrow(table))
  whole <- !colSums(is.na(values)) > 0
  set <- fit$settings
  set$method <- "pointwise"
  rows <- lapply(seq_along(wanted), \(j) {
    label <- wanted[[j]]$label
    if (!whole[[j]]) {
      return(rdd_functional_row(label, c(NA_real_, NA_real_), NA, NA, NA, NA, 1))
    }
    view <- rdd_view(units, values[, j, drop = FALSE], 0.5)
    out <- rdd_run(units, set, fit$functional$h, fit$functional$b,
      c(rdd_curves, rdd_covariances(set)), view)
    se <- if (set$inference == "rbc") out$se_bc else out$se_cl
    row <- rdd_functional_row(label, c(out$m_minus, out$m_plus),
      c(out$se_minus, out$se_plus), se, stats::qnorm((1 + set$level) / 2) * se, NA, 1)
    if (set$fuzzy) {
      row$difference <- out$tau
      row$ci_lower <- out$tau - stats::qnorm((1 + set$level) / 2) * se
      row$ci_upper <- out$tau + stats::qnorm((1 + set$level) / 2) * se
    }
    row$p_value <- 2 * stats::pnorm(-abs(row$difference) / se)
    row
  })
  do.call(rbind, rows)
}

# Complier curves on the grid of functionals.
rdd_fine_compliers <- function(fit) {
  units <- rdd_units_of(fit, "Functionals of compliers")
  rdd_check_shares(units)
  fine <- fit$functional
  view <- rdd_view(units, fine$quantiles, fine$probs)
  out <- rdd_complier_curves(view, units, fit$settings, fine$h, fine$b)
  list(probs = fine$probs, scale = out$scale, m_minus = out$m0, m_plus = out$m1,
    vcov_minus = out$vcov0, vcov_plus = out$vcov1, vcov_cross = out$vcov01)
}

rdd_complier_curves <- function(view, units, set, h, b) {
  result_of(.Call(C_rdd_compliers, view, rdd_opts(set, units$cutoff, h, b), NULL, NULL),
    rdd_names)
}

rdd_check_shares <- function(units) {
  t <- units$treatment
  if (any(t < 0 | t > 1)) {
    bad_argument("fit", "has treatments outside 0 to 1: there are no compliers.")
  }
}

#' Distributions of the compliers
#'
#' In a fuzzy design, the average quantile functions without and with treatment of the
#' units whose treatment follows the cutoff. Their difference is the effect of the fit
#' before projection, exactly, for `fuzzy_bc = "ratio"`.
#'
#' @param fit A [rdd_fit()] with `treatment` between 0 and 1.
#' @return A data frame: `prob`, `m0`, `m1` (increasing), `se0`, `se1`, `m0_raw`,
#'   `m1_raw`.
#' @examples
#' d <- rdd_simulate("normal", n = 300, n_i = 30, delta = 1, seed = 1)
#' set.seed(2)
#' took <- as.numeric(runif(300) < 0.05 + 0.9 * (d$x[!duplicated(d$unit)] >= 0))
#' fit <- rdd_fit(d$y, d$x, d$unit, treatment = took[d$unit], h = 0.8)
#' rdd_compliers(fit)
#' @export
rdd_compliers <- function(fit) {
  check_rdd(fit)
  if (!fit$settings$fuzzy) {
    bad_argument("fit", "is a sharp design: every unit complies; give `treatment`.")
  }
  units <- rdd_units_of(fit, "rdd_compliers()")
  rdd_check_shares(units)
  out <- rdd_complier_curves(rdd_view(units), units, fit$settings, rdd_h(fit),
    rdd_b(fit))
  data.frame(prob = fit$estimate$prob, out[c("m0", "m1", "se0", "se1", "m0_raw",
    "m1_raw")])
}
