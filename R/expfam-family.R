# Families as R users name them, and what each column of x and each statistic is called.

# a setting without a default
needed <- structure(list(), class = "distest_needed")

# name, settings and their defaults, how they go to C, names of the usual parameters
expfam_table <- list(
  normal = list(formals = list(mean = NULL, variance = NULL)),
  lognormal = list(usual = c("meanlog", "sdlog"), stats = c("log(x)", "log(x)^2")),
  exponential = list(usual = "rate", stats = "x"),
  rayleigh = list(usual = "scale", stats = "x^2"),
  gamma = list(formals = list(shape = NULL)),
  weibull = list(formals = list(shape = needed), usual = "scale"),
  laplace = list(formals = list(location = needed), usual = "scale"),
  pareto = list(formals = list(minimum = needed), usual = "shape", stats = "log(x)"),
  inverse_gaussian = list(usual = c("mean", "shape"), stats = c("x", "1/x")),
  gig = list(usual = c("lambda", "chi", "psi"), stats = c("log(x)", "x", "1/x")),
  beta = list(usual = c("shape1", "shape2"), stats = c("log(x)", "log(1-x)")),
  dirichlet = list(formals = list(d = NULL)),
  von_mises = list(usual = c("mu", "kappa"), stats = c("cos(x)", "sin(x)")),
  von_mises_fisher = list(formals = list(d = NULL)),
  poisson = list(usual = "rate", stats = "x"),
  bernoulli = list(usual = "prob", stats = "x"),
  binomial = list(formals = list(size = needed), usual = "prob", stats = "x"),
  geometric = list(usual = "prob", stats = "x"),
  negative_binomial = list(formals = list(size = needed), usual = "prob", stats = "x"),
  com_poisson = list(usual = c("lambda", "nu"), stats = c("x", "log(x!)")),
  categorical = list(formals = list(levels = needed)),
  loglinear = list(formals = list(margins = needed)),
  mvnormal = list(formals = list(d = NULL, structure = "full", mean = NULL)),
  ggm = list(formals = list(graph = needed, d = NULL)),
  ising = list(formals = list(graph = NULL, coding = "01", d = NULL)),
  polynomial = list(formals = list(degree = needed, lower = needed, upper = needed)),
  trigonometric = list(formals = list(order = needed, lower = needed, upper = needed)),
  spline = list(formals = list(knots = NULL, df = NULL, lower = needed, upper = needed)),
  pairwise = list(formals = list(data = needed, base = "beta", main_effects = FALSE,
    scores = NULL))
)

#' Exponential families
#'
#' Names a family with density
#' \deqn{g(x; \theta) = \exp\{\theta'\xi(x) - \Psi(\theta)\}\, h(x)}
#' for [expfam_fit()] and its relatives.
#'
#' On the line: `"normal"` (`mean` or `variance` may be known), `"lognormal"`,
#' `"exponential"`, `"rayleigh"`, `"gamma"` (`shape` may be known), `"weibull"` (`shape`
#' known), `"laplace"` (`location` known), `"pareto"` (`minimum` known),
#' `"inverse_gaussian"`, `"gig"` (generalised inverse Gaussian), `"beta"`, `"von_mises"`
#' (angles in radians); counts: `"poisson"`, `"bernoulli"`, `"binomial"` (`size`),
#' `"geometric"`, `"negative_binomial"` (`size` known), `"com_poisson"`; classes:
#' `"categorical"` (`levels`, a number or names).
#'
#' Log-densities on an interval: `"polynomial"` (`degree`, `lower`, `upper`),
#' `"trigonometric"` (`order`, `lower`, `upper`), `"spline"` (cubic B-splines with
#' `knots` inside the interval, or `df` of them at equal distances).
#'
#' In several dimensions: `"mvnormal"` (`structure` `"full"`, `"diagonal"` or
#' `"spherical"`, `mean` known or not), `"ggm"` (`graph`: a two-column matrix of edges),
#' `"dirichlet"` and `"von_mises_fisher"` (rows on the unit sphere) of up to 1024 columns,
#' `"ising"` (`graph` as for ggm or `NULL` for all pairs, `coding` `"01"` or `"pm1"`;
#' exact up to 22 variables and, by variable elimination, for any number of them on a
#' sparse graph such as a chain, a tree or a lattice up to 18 wide; by Markov chains
#' beyond),
#' `"loglinear"` (`margins`, a list of the variables of each term; terms below them are
#' added; treatment coding).
#' `"pairwise"` is a model of mixed variables with products as statistics: `data` fixes
#' the
#' variables, their scaling and the base measure. Numeric columns are continuous, divided
#' by their maximum, with independent beta laws as `base` that match mean and variance (or
#' `"uniform"`); factors are discrete with observed frequencies and values 1, 2, ...
#' (`scores`: a named list of others). Statistics are products of continuous variables,
#' then of each factor with the continuous ones, then of factors, `main_effects` last. Its
#' log partition is intractable; [expfam_fit()] runs Markov chains. With the same rows as
#' are fitted the estimation of the base is not part of the risk.
#'
#' The dimension `d` is taken from the data when fitting and needed for [expfam_model()].
#'
#' @param name The family, see Details.
#' @param ... Its settings, by name.
#' @return An object of class `distest_expfam_family`.
#' @seealso [expfam_custom()] for statistics of your own.
#' @examples
#' expfam_family("gamma")
#' expfam_family("binomial", size = 8)
#' expfam_family("polynomial", degree = 4, lower = 0, upper = 1)
#' @export
expfam_family <- function(name, ...) {
  name <- check_choice(name, names(expfam_table), "name")
  row <- expfam_table[[name]]
  set <- family_settings(name, row$formals, list(...))
  f <- family_parts(name, set)
  f$family <- name
  f$settings <- set[names(set) != "data"] # what data taught is in the parts
  f$stat_names <- f$stat_names %||% row$stats
  f$usual_names <- f$usual_names %||% row$usual
  complete_family(f)
}

`%||%` <- function(a, b) if (is.null(a)) b else a

family_settings <- function(name, formals, given) {
  unknown <- setdiff(names(given), names(formals))
  if (length(given) && is.null(names(given)) || any(names(given) == "") ||
    length(unknown)) {
    distest_error("invalid", sprintf(
      "The family %s takes %s%s.", name,
      if (length(formals)) paste("the arguments", enumerate(names(formals), "`"))
      else "no arguments",
      if (length(unknown)) sprintf(", not `%s`", unknown[[1]]) else ", by name"
    ), argument = if (length(unknown)) unknown[[1]] else "...")
  }
  for (arg in names(formals)) {
    if (!arg %in% names(given)) {
      if (identical(formals[[arg]], needed)) {
        distest_error("invalid", sprintf(
          "`%s` is missing: %s is an exponential family only when it is known.", arg, name
        ), argument = arg)
      }
      given[arg] <- list(formals[[arg]])
    }
  }
  given
}

family_parts <- function(name, set) {
  one <- function(arg, ...) check_number(set[[arg]], arg, ...)
  switch(name,
    normal = normal_parts(set),
    gamma = if (is.null(set$shape)) {
      list(usual_names = c("shape", "rate"), stat_names = c("log(x)", "x"))
    } else {
      list(cname = "gamma_known_shape", par = one("shape", above = 0),
        usual_names = "rate", stat_names = "x")
    },
    weibull = list(par = one("shape", above = 0),
      stat_names = sprintf("x^%s", format(set$shape))),
    laplace = list(par = one("location"),
      stat_names = sprintf("abs(x-%s)", format(set$location))),
    pareto = list(par = one("minimum", above = 0)),
    binomial = list(par = check_count(set$size, "size")),
    negative_binomial = list(par = one("size", above = 0)),
    dirichlet = , von_mises_fisher = dimension_parts(name, set$d),
    categorical = categorical_parts(set$levels),
    loglinear = list(margins = set$margins),
    mvnormal = mvnormal_parts(set),
    ggm = graph_parts("ggm", set$graph, set$d, NULL),
    ising = graph_parts("ising", set$graph, set$d,
      match(check_choice(set$coding, c("01", "pm1"), "coding"), c("01", "pm1")) - 1),
    polynomial = {
      degree <- check_count(set$degree, "degree")
      list(par = check_interval(set), ipar = degree,
        stat_names = c("x", if (degree > 1) paste0("x^", seq(2, degree))))
    },
    trigonometric = {
      k <- seq_len(check_count(set$order, "order"))
      list(par = check_interval(set), ipar = length(k),
        stat_names = as.vector(rbind(paste0("cos", k), paste0("sin", k))))
    },
    spline = spline_parts(set),
    pairwise = pairwise_parts(set),
    list()
  )
}

check_interval <- function(set) {
  lower <- check_number(set$lower, "lower")
  upper <- check_number(set$upper, "upper")
  if (lower >= upper) {
    bad_argument("lower", "must be below `upper`; they are %s and %s.", format(lower),
      format(upper))
  }
  c(lower, upper)
}

normal_parts <- function(set) {
  if (!is.null(set$mean) && !is.null(set$variance)) {
    bad_argument("mean", "and `variance` cannot both be known.")
  }
  if (!is.null(set$mean)) {
    return(list(cname = "normal_known_mean", par = check_number(set$mean, "mean"),
      usual_names = "variance", stat_names = "(x-mean)^2"))
  }
  if (!is.null(set$variance)) {
    return(list(cname = "normal_known_variance",
      par = check_number(set$variance, "variance", above = 0), usual_names = "mean",
      stat_names = "x"))
  }
  list(usual_names = c("mean", "variance"), stat_names = c("x", "x^2"))
}

dimension_parts <- function(name, d) {
  if (is.null(d)) {
    return(list(needs_d = TRUE))
  }
  d <- check_count(d, "d", at_least = 2)
  k <- seq_len(d)
  if (name == "dirichlet") {
    list(ipar = d, stat_names = sprintf("log(x%d)", k), usual_names = paste0("alpha", k))
  } else {
    list(ipar = d, stat_names = paste0("x", k), usual_names = c(paste0("mu", k), "kappa"))
  }
}

categorical_parts <- function(levels) {
  labels <- if (is.numeric(levels) && length(levels) == 1) {
    as.character(seq_len(check_count(levels, "levels", at_least = 2)))
  } else {
    as.character(levels)
  }
  list(ipar = length(labels), levels = labels, stat_names = labels[-1],
    usual_names = labels)
}

mvnormal_parts <- function(set) {
  structures <- c("full", "diagonal", "spherical")
  structure <- check_choice(set$structure, structures, "structure")
  mean <- check_numbers(set$mean, "mean", null = TRUE)
  d <- set$d %||% if (length(mean)) length(mean)
  if (is.null(d)) {
    return(list(needs_d = TRUE))
  }
  d <- check_count(d, "d")
  i <- seq_len(d)
  pairs <- if (structure == "full" && d > 1) utils::combn(d, 2)
  quadratic <- if (structure == "spherical") "sum(x^2)" else c(
    sprintf("x%d^2", i), if (length(pairs)) sprintf("x%d:x%d", pairs[1, ], pairs[2, ])
  )
  list(ipar = c(d, match(structure, structures) - 1), par = mean,
    stat_names = c(if (is.null(mean)) paste0("x", i), quadratic),
    usual_names = c(paste0("mean", i), outer(i, i, \(a, b) sprintf("cov%d%d", a, b))))
}

# edges i < j, each once, in lexicographic order
sorted_edges <- function(graph) {
  if (is.list(graph) && !is.data.frame(graph)) graph <- do.call(rbind, graph)
  graph <- as.matrix(graph)
  good <- is.numeric(graph) && ncol(graph) == 2 && all(is.finite(graph)) &&
    all(graph >= 1 & graph == floor(graph)) && all(graph[, 1] != graph[, 2])
  if (!good) {
    bad_argument("graph",
      "must be a matrix of two columns, each row two variables by number.")
  }
  graph <- unique(cbind(pmin(graph[, 1], graph[, 2]), pmax(graph[, 1], graph[, 2])))
  graph[order(graph[, 1], graph[, 2]), , drop = FALSE]
}

# settings of the models on a graph; edges are counted from 0 for C
graph_parts <- function(name, graph, d, coding) {
  if (!is.null(graph)) graph <- sorted_edges(graph)
  if (is.null(d)) {
    return(list(needs_d = TRUE))
  }
  d <- check_count(d, "d")
  if (is.null(graph)) graph <- if (d > 1) t(utils::combn(d, 2)) else matrix(0, 0, 2)
  if (length(graph) && max(graph) > d) {
    bad_argument("graph", "names variable %d, but there are %d.", max(graph), d)
  }
  i <- seq_len(d)
  edges <- if (nrow(graph)) sprintf("x%d:x%d", graph[, 1], graph[, 2])
  list(ipar = c(d, coding, t(graph) - 1),
    stat_names = c(paste0("x", i), if (name == "ggm") sprintf("x%d^2", i), edges),
    usual_names = if (name == "ggm") {
      c(paste0("mean", i), outer(i, i, \(a, b) sprintf("cov%d%d", a, b)))
    })
}

spline_parts <- function(set) {
  ends <- check_interval(set)
  knots <- set$knots
  if (is.null(knots)) {
    df <- check_count(set$df %||% 8, "df", at_least = 3)
    knots <- seq(ends[[1]], ends[[2]], length.out = df - 1)[-c(1, df - 1)]
  }
  knots <- sort(check_numbers(knots, "knots"))
  if (length(knots) && (min(knots) <= ends[[1]] || max(knots) >= ends[[2]])) {
    bad_argument("knots", "must lie inside the interval.")
  }
  list(par = c(ends, knots), stat_names = paste0("B", seq_len(length(knots) + 3) + 1))
}

# sizes from C, unless the dimension is still open
complete_family <- function(f) {
  f$cname <- f$cname %||% f$family
  class(f) <- "distest_expfam_family"
  if (isTRUE(f$needs_d) || f$cname == "loglinear") {
    return(f)
  }
  f$par <- as.double(f$par)
  f$ipar <- as.double(f$ipar)
  sizes <- .Call(C_expfam_sizes, f)
  if (f$cname == "ising" && inherits(sizes, "distest_failure") && sizes$status == 1L) {
    return(ising_pairs(f)) # neither states nor cliques can be summed over
  }
  sizes <- result_of(sizes, map = c(par = "...", ipar = "..."))
  f$p <- sizes[[1]]
  f$d <- sizes[[2]]
  f$usual <- sizes[[3]]
  f
}

# The family with its dimension, once data or parameters tell it.
family_for <- function(f, columns) {
  if (!isTRUE(f$needs_d)) {
    return(f)
  }
  if (f$family %in% c("dirichlet", "von_mises_fisher") && columns < 2) {
    bad_argument("x", "must have at least 2 columns.")
  }
  set <- f$settings
  set$d <- columns
  do.call(expfam_family, c(list(f$family), set[!vapply(set, is.null, NA)]))
}

#' @export
print.distest_expfam_family <- function(x, ...) {
  check_dots_empty(...)
  cat(format(x), "\n", sep = "")
  shown <- utils::head(x$stat_names, if (length(x$stat_names) > 12) 8 else 12)
  if (length(shown)) {
    write_lines("statistics: ", paste(shown, collapse = ", "),
      if (length(shown) < length(x$stat_names)) {
        sprintf(", ... (%d in all)", length(x$stat_names))
      }, indent = 2, exdent = 4)
  }
  invisible(x)
}

#' @export
format.distest_expfam_family <- function(x, ...) {
  set <- x$settings[!vapply(x$settings, is.null, NA)]
  shown <- vapply(set, \(v) if (is.list(v) || length(v) > 4) "..." else
    paste(format(v), collapse = ", "), "")
  sprintf("Exponential family: %s%s%s", x$family,
    if (length(set)) sprintf(" (%s)", paste(names(set), shown, sep = " = ",
      collapse = ", "))
    else "", if (is.null(x$p)) "" else sprintf(", p = %d", as.integer(x$p)))
}
