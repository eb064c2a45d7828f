# Univariate orthonormal families, their induced measures, index sets.

wls_parameters <- list(
  legendre = c(min = -1, max = 1), chebyshev = c(min = -1, max = 1),
  jacobi = c(shape1 = 1, shape2 = 1, min = 0, max = 1), hermite = c(mean = 0, sd = 1),
  laguerre = c(shape = 1, rate = 1), empirical = NULL, fourier = c(min = 0, max = 1),
  haar = c(min = 0, max = 1), piecewise = NULL, bspline = NULL
)

#' Orthonormal bases of one variable
#'
#' A family of functions that are orthonormal for the law of one input,
#' \eqn{\int p_i p_j \, d\mu = \delta_{ij}}{integral of p_i p_j dmu = 1 if i = j, else 0}.
#'
#' | `type` | law of the input | parameters and defaults |
#' | --- | --- | --- |
#' | `"legendre"` | uniform | `min = -1, max = 1` |
#' | `"chebyshev"` | arcsine | `min = -1, max = 1` |
#' | `"jacobi"` | beta | `shape1 = 1, shape2 = 1, min = 0, max = 1` |
#' | `"hermite"` | normal | `mean = 0, sd = 1` |
#' | `"laguerre"` | gamma | `shape = 1, rate = 1` |
#' | `"empirical"` | a sample | `nodes`, `prob` (equal) |
#' | `"fourier"` | uniform, periodic functions | `min = 0, max = 1` |
#' | `"haar"` | uniform | `min = 0, max = 1` |
#' | `"piecewise"` | uniform; polynomials on cells | `breaks` |
#' | `"bspline"` | uniform; smooth splines | `breaks` |
#'
#' An input with another law is mapped first: `log(x)` of a lognormal one is normal.
#'
#' @param type The family.
#' @param degree The highest degree; for `"haar"` the number of levels.
#' @param ... Parameters of the law, by name.
#' @return An object of class `distest_wls_basis`: a list with `type`, `degree`, `par`,
#'   `size` (the number of functions), `low` and `high` (the support).
#' @examples
#' b <- wls_basis("hermite", 5, mean = 1, sd = 2)
#' wls_basis_eval(b, c(0, 1, 2))
#' wls_induced_quantile(b, 3, c(0.1, 0.5, 0.9))
#' @export
wls_basis <- function(type, degree, ...) {
  type <- check_choice(type, names(wls_parameters), "type")
  degree <- check_numbers(degree, "degree", length = 1, na = TRUE)
  given <- list(...)
  known <- switch(type, empirical = c("nodes", "prob"), piecewise = , bspline = "breaks",
    names(wls_parameters[[type]]))
  extra <- setdiff(names(given), known)
  if (length(extra) || (length(given) &&
    (is.null(names(given)) || any(!nzchar(names(given)))))) {
    distest_error("invalid", sprintf("A %s basis takes %s, by name%s.", type,
      enumerate(known, quote = "`"),
      if (length(extra)) sprintf("; not `%s`", extra[[1]]) else ""),
      argument = if (length(extra)) extra[[1]])
  }
  if (type == "empirical") {
    nodes <- check_numbers(given$nodes, "nodes", na = TRUE)
    prob <- if (is.null(given$prob)) rep(1, length(nodes)) else given$prob
    par <- c(nodes, check_numbers(prob, "prob", length = length(nodes), na = TRUE))
  } else if (type %in% c("piecewise", "bspline")) {
    par <- check_numbers(if (is.null(given$breaks)) c(0, 1) else given$breaks, "breaks",
      na = TRUE)
  } else {
    par <- wls_parameters[[type]]
    for (name in names(given)) {
      par[[name]] <- check_numbers(given[[name]], name, length = 1, na = TRUE)
    }
  }
  basis <- list(type = type, degree = degree, par = par)
  info <- result_of(.Call(C_wls_basis, basis))
  structure(c(basis, list(size = info[[1]], low = info[[2]], high = info[[3]])),
    class = "distest_wls_basis")
}

#' @export
print.distest_wls_basis <- function(x, ...) {
  par <- if (x$type %in% names(Filter(Negate(is.null), wls_parameters))) {
    paste(names(x$par), "=", format_number(x$par), collapse = ", ")
  } else {
    sprintf("%d numbers from %s to %s", length(x$par), format_number(x$low),
      format_number(x$high))
  }
  write_lines(sprintf("Orthonormal basis: %s, degree %d, %s (%s)", x$type,
    as.integer(x$degree), count_text(x$size, "function"), par))
  invisible(x)
}

check_basis <- function(basis, argument = "basis") {
  if (!inherits(basis, "distest_wls_basis")) {
    bad_argument(argument, "must be made by wls_basis(), not %s.", describe(basis))
  }
  basis
}

#' Values and induced measures of a basis
#'
#' `wls_basis_eval()` gives the functions at points. The *induced* measure of function
#' \eqn{p_n} is \eqn{p_n^2 d\mu}; its distribution function has a closed form for every
#' family, its quantiles come from safeguarded Newton steps, its random points from exact
#' rejection or inversion.
#'
#' @param basis From [wls_basis()].
#' @param x Points.
#' @param deriv Also the derivatives?
#' @param index Which function, counted from 0.
#' @param u Probabilities.
#' @param n How many random points.
#' @return `wls_basis_eval()`: a matrix, one row per point and one column per function, or
#'   a list of two such matrices `value` and `deriv`. The others: a vector.
#' @examples
#' b <- wls_basis("legendre", 4)
#' curve(wls_induced_cdf(b, 4, x), -1, 1)
#' wls_induced_sample(b, 4, 3)
#' @export
wls_basis_eval <- function(basis, x, deriv = FALSE) {
  check_basis(basis)
  x <- check_numbers(x, "x", na = TRUE)
  out <- result_of(.Call(C_wls_basis_eval, basis, x, check_flag(deriv, "deriv")))
  if (deriv) out else out$value
}

#' @rdname wls_basis_eval
#' @export
wls_induced_cdf <- function(basis, index, x) {
  check_basis(basis)
  index <- check_count(index, "index", at_least = 0)
  result_of(.Call(C_wls_induced, basis, 0L, index, check_numbers(x, "x", na = TRUE)))
}

#' @rdname wls_basis_eval
#' @export
wls_induced_quantile <- function(basis, index, u) {
  check_basis(basis)
  index <- check_count(index, "index", at_least = 0)
  result_of(.Call(C_wls_induced, basis, 1L, index, check_numbers(u, "u", na = TRUE)))
}

#' @rdname wls_basis_eval
#' @export
wls_induced_sample <- function(basis, index, n) {
  check_basis(basis)
  index <- check_count(index, "index", at_least = 0)
  result_of(.Call(C_wls_induced, basis, 2L, index, numeric(check_count(n, "n", 0))))
}

#' Sets of multi-indices
#'
#' Which products of univariate functions make a space. With levels \eqn{l_k} (degrees)
#' and
#' weights \eqn{g_k}: `"tensor"` \eqn{l_k \le p_k}{l_k <= p_k}; `"total_degree"`
#' \eqn{\sum g_k l_k \le p}{sum g_k l_k <= p}; `"hyperbolic_cross"`
#' \eqn{\prod (l_k + 1)^{g_k} \le p + 1}{prod (l_k + 1)^g_k <= p + 1}; `"qnorm"`
#' \eqn{(\sum (g_k l_k)^q)^{1/q} \le p}{(sum (g_k l_k)^q)^(1/q) <= p}.
#'
#' @param d Number of inputs.
#' @param kind The rule.
#' @param degree The limit \eqn{p}; one number, for `"tensor"` also one per input.
#' @param weights Positive weights \eqn{g}, or `NULL` for 1.
#' @param q Exponent of `"qnorm"`.
#' @param max_order At most this many inputs in a product; `NULL`: no limit.
#' @param bases A list of [wls_basis()] that limits the degrees and gives the levels.
#' @return An integer matrix with a row per index, by sum and then lexicographically
#'   decreasing; entries count from 0.
#' @examples
#' wls_index_set(2, "total_degree", 2)
#' nrow(wls_index_set(20, "total_degree", 5))
#' @export
wls_index_set <- function(d, kind = "total_degree", degree, weights = NULL, q = 1,
                          max_order = NULL, bases = NULL) {
  d <- check_count(d, "d")
  degree <- check_numbers(degree, "degree", na = TRUE)
  if (!length(degree) %in% c(1, d)) {
    bad_argument("degree", "must have 1 or %d entries, not %d.", as.integer(d),
      length(degree))
  }
  weights <- check_numbers(weights, "weights", length = d, null = TRUE)
  q <- check_number(q, "q")
  order <- if (is.null(max_order)) 0 else check_count(max_order, "max_order")
  if (inherits(bases, "distest_wls_basis")) bases <- rep(list(bases), d)
  if (!is.null(bases) && length(bases) != d) {
    bad_argument("bases", "must have %d entries, not %d.", as.integer(d), length(bases))
  }
  for (b in bases) check_basis(b, "bases")
  if (!is.character(kind) || length(kind) != 1) {
    bad_argument("index", "must name a rule, not be %s.", describe(kind))
  }
  result_of(.Call(C_wls_index, kind, d, rep_len(degree, d), weights, q, order, bases))
}
