# The settings of rdd_fit(), checked: what kind of value each is. Whether numbers make
# sense is for the library to say.

rdd_kernels <- c("triangular", "epanechnikov", "uniform")
rdd_methods <- c("frechet", "rearranged", "pointwise")
rdd_multipliers <- c("gaussian", "rademacher", "mammen")
rdd_vces <- c("nn", "hc0", "hc1", "hc2", "hc3", "cr1", "cr3")
rdd_rules <- c(
  "imserd", "imsetwo", "imsesum", "mserd", "msetwo", "msesum", "icerrd", "icertwo",
  "icersum", "cerrd", "certwo", "cersum", "plugin", "plugin_pointwise"
)
rdd_inferences <- c("rbc", "conventional", "honest")

# Settings that do not depend on the data.
rdd_settings <- function(method = rdd_methods, p = 1, q = p + 1, deriv = 0,
                         kernel = rdd_kernels, h = NULL, b = NULL, rho = NULL,
                         h_treatment = NULL, b_treatment = NULL, bwselect = "imserd",
                         scaleregul = 1, imse_weights = "uniform", vce = NULL,
                         nnmatch = 3, cluster_sides = c("joint", "separate"),
                         quantile_type = 7, within = c("none", "halfsample"), donut = 0,
                         masspoints = c("adjust", "check", "off"), bwcheck = NULL,
                         fuzzy_bc = c("ratio", "linear"), inference = rdd_inferences,
                         smoothness = "rot", smoothness_treatment = "rot", level = 0.95,
                         boot = 5000, multiplier = rdd_multipliers, xi = NULL,
                         band = c("studentized", "constant"), seed = NULL,
                         functional_grid = 200, keep_data = TRUE, keep_scores = FALSE,
                         threads = NULL) {
  set <- list(
    method = check_choice(method, rdd_methods, "method"),
    p = check_count(p, "p", 0), q = check_count(q, "q", 0),
    deriv = check_count(deriv, "deriv", 0),
    kernel = check_choice(kernel, rdd_kernels, "kernel"),
    bwselect = check_choice(bwselect, rdd_rules, "bwselect"),
    scaleregul = check_number(scaleregul, "scaleregul", at_least = 0),
    nnmatch = check_count(nnmatch, "nnmatch"),
    cluster_sides = check_choice(cluster_sides, c("joint", "separate"), "cluster_sides"),
    within = check_choice(within, c("none", "halfsample"), "within"),
    masspoints = check_choice(masspoints, c("adjust", "check", "off"), "masspoints"),
    fuzzy_bc = check_choice(fuzzy_bc, c("ratio", "linear"), "fuzzy_bc"),
    inference = check_choice(inference, rdd_inferences, "inference"),
    level = check_level(level), boot = check_count(boot, "boot", 0),
    multiplier = check_choice(multiplier, rdd_multipliers, "multiplier"),
    band = check_choice(band, c("studentized", "constant"), "band"),
    functional_grid = check_count(functional_grid, "functional_grid", 0),
    keep_data = check_flag(keep_data, "keep_data"),
    keep_scores = check_flag(keep_scores, "keep_scores"),
    threads = threads
  )
  set$vce <- if (!is.null(vce)) check_choice(vce, rdd_vces, "vce")
  set$quantile_type <- rdd_check_type(quantile_type)
  set$bwcheck <- if (!is.null(bwcheck)) check_count(bwcheck, "bwcheck", 1)
  set$seed <- if (!is.null(seed)) check_seed(seed)
  set$xi <- xi
  set$donut <- rdd_check_donut(donut)
  set$imse_weights <- imse_weights
  set$smoothness <- smoothness
  set$smoothness_treatment <- smoothness_treatment
  set[c("h", "b", "rho")] <- list(h, b, rho)
  set[c("h_treatment", "b_treatment")] <- list(h_treatment, b_treatment)
  rdd_check_orders(set)
  rdd_check_boot(set$boot, set$level)
  set
}

rdd_check_type <- function(type) {
  good <- is.numeric(type) && length(type) == 1 && type %in% c(1, 2, 4:9)
  if (!good) {
    bad_argument("quantile_type", "must be 1, 2, 4, 5, 6, 7, 8 or 9, not %s.",
      describe(type), value = type)
  }
  as.integer(type)
}

rdd_check_donut <- function(donut) {
  donut <- check_numbers(donut, "donut")
  if (!length(donut) %in% 1:2 || any(donut < 0 | !is.finite(donut))) {
    bad_argument("donut", "must be one or two (left, right) numbers of at least 0.",
      value = donut)
  }
  rep_len(donut, 2)
}

rdd_check_orders <- function(set) {
  if (set$p > 20) {
    bad_argument("p", "must be a whole number from 0 to 20, not %d.", as.integer(set$p))
  }
  if (set$q <= set$p) {
    bad_argument("q", "must be larger than p = %d, not %d.", as.integer(set$p),
      as.integer(set$q))
  }
  if (set$q > 21) {
    bad_argument("q", "must be at most 21, not %d.", as.integer(set$q))
  }
  if (set$deriv > set$p) {
    bad_argument("deriv", "must be at most p = %d, not %d.", as.integer(set$p),
      as.integer(set$deriv))
  }
  if (set$deriv > 0 && set$method != "pointwise") {
    bad_argument("method", paste("= \"%s\" is for levels, not derivatives (deriv = %d);",
      "use method = \"pointwise\"."), set$method, as.integer(set$deriv))
  }
  if (set$inference == "honest" && (set$deriv > 0 || set$p < 1)) {
    bad_argument("inference", "= \"honest\" needs deriv = 0 and p of at least 1.")
  }
}

rdd_check_boot <- function(boot, level) {
  least <- ceiling(1 / (1 - level) - 1 - 1e-9)
  if (boot >= 1 && boot < least) {
    bad_argument("boot", "must be 0 (no bands) or at least %s for level %s, not %s.",
      format_count(least), format(level), format_count(boot), value = boot)
  }
}

# Bandwidths as a matrix with columns left, right and one row or one per quantile.
rdd_check_bandwidth <- function(h, argument, probs) {
  if (is.null(h)) {
    return(NULL)
  }
  if (is.data.frame(h)) h <- as.matrix(h)
  if (!is.numeric(h)) bad_argument(argument, "must be numeric, not %s.", describe(h))
  if (is.matrix(h)) {
    if (ncol(h) != 2 || !nrow(h) %in% c(1, probs)) {
      bad_argument(argument,
        "must have two columns (left, right) and one row or %d, not %d x %d.",
        as.integer(probs), nrow(h), ncol(h))
    }
  } else if (length(h) %in% 1:2) {
    h <- matrix(rep_len(h, 2), 1)
  } else {
    bad_argument(argument, paste("must be a number, two (left, right), or a matrix with",
      "a row per quantile, not %s."), describe(h))
  }
  bad <- which(!is.finite(h) | h <= 0)
  if (length(bad)) {
    bad_argument(argument, "must be positive and finite, not %s.", format(h[bad[[1]]]),
      value = h[bad])
  }
  storage.mode(h) <- "double"
  unname(h)
}

# Settings that depend on the data: bandwidths given, variance rule, weights of quantiles.
rdd_complete_settings <- function(set, units) {
  q <- length(units$probs)
  set$vce <- rdd_check_vce(set, !is.null(units$cluster))
  # whole names: h is also the beginning of h_treatment, and NULL must stay
  set["h"] <- list(rdd_check_bandwidth(set[["h"]], "h", q))
  set["b"] <- list(rdd_check_bandwidth(set[["b"]], "b", q))
  if (!is.null(set$rho)) {
    set$rho <- check_number(set$rho, "rho", above = 0)
    if (!is.null(set[["b"]])) bad_argument("rho", "and `b` both give the bias bandwidth.")
  }
  if (is.null(set[["h"]]) && !is.null(set[["b"]])) {
    bad_argument("b", "needs `h`; without it both are selected.")
  }
  if (is.null(set[["h"]]) && length(units$x) < 20) {
    bad_argument("h", "must be given for fewer than 20 units; there are %d.",
      length(units$x))
  }
  set <- rdd_first_stage(set, !is.null(units$treatment))
  set$imse_weights <- rdd_imse_weights(set$imse_weights, q)
  set
}

rdd_check_vce <- function(set, clustered) {
  if (is.null(set$vce)) {
    if (clustered) {
      return("cr3")
    }
    return(if (set$inference == "honest") "nn" else "hc3")
  }
  kind <- substr(set$vce, 1, 2)
  if (kind == if (clustered) "hc" else "cr") {
    bad_argument("vce", "= \"%s\" is for data %s clusters; %s.", set$vce,
      if (clustered) "without" else "with",
      if (clustered) "use \"cr1\" or \"cr3\"" else "give `cluster`", value = set$vce)
  }
  set$vce
}

# Bandwidths of the treatment, two numbers each.
rdd_first_stage <- function(set, fuzzy) {
  for (name in c("h_treatment", "b_treatment")) {
    if (!is.null(set[[name]]) && !fuzzy) {
      bad_argument(name, "is for fuzzy designs; give `treatment`.")
    }
    value <- rdd_check_bandwidth(set[[name]], name, 1)
    if (!is.null(value)) set[[name]] <- value
  }
  if (is.null(set$h_treatment) && !is.null(set$b_treatment)) {
    bad_argument("b_treatment", "needs `h_treatment`.")
  }
  if (!is.null(set$h_treatment) && is.null(set$b_treatment)) {
    set$b_treatment <- set$h_treatment
  }
  set
}

rdd_imse_weights <- function(weights, probs) {
  if (is.character(weights)) {
    return(check_choice(weights, c("uniform", "variance"), "imse_weights"))
  }
  weights <- check_numbers(weights, "imse_weights", probs)
  if (any(weights < 0 | !is.finite(weights)) || sum(weights) == 0) {
    bad_argument("imse_weights", "must be finite, not negative and not all 0.")
  }
  weights
}

# The part of the settings that C knows by the name of distest_rdd_opts.
rdd_opts <- function(set, cutoff, h, b, ...) {
  opts <- list(
    cutoff = cutoff, p = as.integer(set$p), q = as.integer(set$q),
    deriv = as.integer(set$deriv), kernel = set$kernel, method = set$method,
    vce = set$vce, nnmatch = set$nnmatch, joint = set$cluster_sides == "joint",
    linear = set$fuzzy_bc == "linear", donut = set$donut, h = h, b = b,
    h_treatment = set$h_treatment, b_treatment = set$b_treatment,
    conventional = set$inference != "rbc"
  )
  utils::modifyList(opts, list(...), keep.null = TRUE)
}

# The part of the units that C sees; codes of clusters count from 0 there.
rdd_view <- function(units, quantiles = units$quantiles, probs = units$probs,
                     treatment = units$treatment, z = units$z) {
  list(probs = probs, quantiles = quantiles, x = units$x, treatment = treatment,
    weights = units$weights, clusters = length(units$clusters), z = z,
    cluster = if (!is.null(units$cluster)) units$cluster - 1L)
}

# How C's names for arguments are spelt here, in a fit and where rows become quantiles.
rdd_names <- c(
  units = "y", quantiles = "y", weights = "unit_weights", z = "covariates",
  rule = "bwselect", linear_fuzzy = "fuzzy_bc", joint_clusters = "cluster_sides",
  draws = "boot", scores = "xi"
)
rdd_row_names <- c(
  type = "quantile_type", halfsample = "within", q = "probs", rows = "y",
  list = "y", list_weights = "weights"
)
