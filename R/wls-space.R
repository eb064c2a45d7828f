# Spaces: tensor products, finite sets of candidates, functions of the user.

#' Spaces to approximate in
#'
#' `wls_space()` makes the span of products
#' \eqn{\phi_\alpha(x) = \prod_k p_{\alpha_k}(x_k)}{phi_alpha(x) = prod_k p_alpha_k(x_k)}
#' over a set of multi-indices ([wls_index_set()]). `wls_space_finite()` takes a finite
#' set
#' of candidates, one row of features each, and orthonormalises the features by QR.
#' `wls_space_function()` does so for features given as a function of points, on a cloud
#' of
#' reference points that stands for the measure.
#'
#' @param basis One [wls_basis()], or a list with one per input.
#' @param index The kind of index set.
#' @param degree Its limit; `NULL` takes the degree of the basis (with one input: all of
#'   it).
#' @param d Number of inputs, where `basis` is a single basis.
#' @param weights `wls_space()`: weights of the index set. `wls_space_function()`:
#'   probabilities of the reference points.
#' @param q,max_order See [wls_index_set()].
#' @param indices A matrix of local indices from 0 instead of a rule.
#' @param names Names of the inputs.
#' @param features A numeric matrix or data frame; a one-sided formula with `points` as
#'   its data; or a function of row numbers that returns their features, for candidates
#'   that do not fit into memory (their number is that of `prob`, of the rows of `points`,
#'   or `N`). Only numbers of size `m^2 + N` are kept.
#' @param prob Probabilities of the candidates, or `NULL` for equal ones.
#' @param points The candidates' coordinates, optional.
#' @param N Number of candidates, where `features` is a function.
#' @param tol Columns closer than this to the span of the others are an error.
#' @param f A function of a matrix of points that returns one row of features per point.
#' @param reference A matrix of reference points.
#' @param sampler `NULL`: designs take their points from `reference`. Or a function of n
#'   that returns n random points with the law of the inputs: then designs have points
#'   beyond `reference`, by exact rejection as long as no point has more than four times
#'   the largest leverage density on `reference` (an error otherwise).
#' @return An object of class `distest_wls_space`: a list with `basis`, `d`, `m` (its
#'   dimension), `indices`, `names`; finite ones also have the orthonormal features.
#' @examples
#' s <- wls_space(wls_basis("legendre", 6), d = 2)
#' s
#' wls_christoffel(s, cbind(c(0, 1), c(0, 1)))
#' f <- wls_space_finite(~ wt + hp, points = mtcars)
#' round(wls_inclusion(f), 2)
#' @export
wls_space <- function(basis, index = "total_degree", degree = NULL, d = NULL,
                      weights = NULL, q = 1, max_order = NULL, indices = NULL,
                      names = NULL) {
  if (inherits(basis, "distest_wls_basis")) {
    basis <- rep(list(basis), if (is.null(d)) 1 else check_count(d, "d"))
  }
  if (!is.list(basis) || length(basis) == 0) {
    bad_argument("basis", "must be a basis or a list of bases, not %s.", describe(basis))
  }
  for (b in basis) check_basis(b)
  if (!is.null(d) && d != length(basis)) {
    bad_argument("d", "must be %d, the number of bases, not %s.", length(basis),
      describe(d))
  }
  d <- length(basis)
  indices <- space_indices(basis, indices, if (missing(index) && any_cells(basis)) {
    "tensor"
  } else {
    index
  }, degree, weights, q, max_order)
  if (is.null(names)) names <- base::names(basis)
  if (is.null(names)) names <- paste0("x", seq_len(d))
  if (length(names) != d) bad_argument("names", "must have %d entries, not %d.", d,
    length(names))
  space <- structure(
    list(basis = unname(basis), d = d, m = nrow(indices), indices = indices,
      names = as.character(names), index = if (is.character(index)) index else "custom",
      version = version_string()),
    class = "distest_wls_space"
  )
  # the library checks the indices
  result_of(.Call(C_wls_integrals, space))
  space
}

any_cells <- function(basis) {
  any(vapply(basis, \(b) b$type %in% c("piecewise", "bspline"), NA))
}

# the multi-indices given, or those of a rule
space_indices <- function(basis, indices, index, degree, weights, q, max_order) {
  cells <- any_cells(basis)
  d <- length(basis)
  size <- vapply(basis, \(b) b$size, 0)
  if (!is.null(indices)) {
    indices <- check_points(indices, "indices", columns = d)
    if (any(indices != floor(indices))) bad_argument("indices", "must be whole numbers.")
    storage.mode(indices) <- "integer"
    dimnames(indices) <- NULL
  } else if (cells && identical(index, "tensor")) {
    indices <- wls_index_set(d, "tensor", size - 1, bases = basis)
  } else if (cells) {
    bad_argument("index",
      "must be \"tensor\" (or give `indices`) for piecewise and bspline bases.")
  } else if (d == 1 && is.null(degree)) {
    indices <- matrix(seq_len(size) - 1L)
  } else {
    if (is.null(degree)) degree <- vapply(basis, \(b) b$degree, 0)
    if (!identical(index, "tensor")) degree <- max(degree)
    indices <- wls_index_set(d, index, degree, weights, q, max_order, basis)
  }
  indices
}

#' @rdname wls_space
#' @export
wls_space_finite <- function(features, prob = NULL, points = NULL, tol = 1e-10, N = NULL,
                             threads = getOption("distest.threads"),
                             progress = getOption("distest.progress", interactive())) {
  if (is.function(features)) {
    return(chunked_space(features, prob, points, tol, N))
  }
  if (inherits(features, "formula")) {
    if (!is.data.frame(points)) {
      bad_argument("points",
        "must be a data frame where `features` is a formula, not %s.",
        describe(points))
    }
    frame <- stats::model.frame(features, points, na.action = stats::na.pass)
    features <- stats::model.matrix(stats::terms(frame), frame)
    numeric <- vapply(points, is.numeric, NA)
    points <- if (any(numeric)) points[numeric]
  }
  features <- check_points(features, "features", na = TRUE)
  prob <- check_numbers(prob, "prob", length = nrow(features), null = TRUE, na = TRUE)
  if (!is.null(points)) {
    points <- check_points(points, "points", na = TRUE)
    if (nrow(points) != nrow(features)) {
      bad_argument("points", "must have %d rows, not %d.", nrow(features), nrow(points))
    }
    if (is.null(colnames(points))) colnames(points) <- paste0("x", seq_len(ncol(points)))
    rownames(points) <- NULL
  }
  out <- result_of(.Call(C_wls_finite, features, prob, check_number(tol, "tol"),
    threads_of(threads), progress_of(progress)))
  p <- if (is.null(prob)) rep(1, nrow(features)) else prob
  terms <- colnames(features)
  structure(
    list(basis = list(), d = if (is.null(points)) 0 else ncol(points), m = ncol(features),
      indices = NULL, names = colnames(points), R = out$R, phi = out$phi,
      leverage = out$leverage, prob = p / sum(p), points = points,
      terms = if (is.null(terms)) paste0("f", seq_len(ncol(features))) else terms,
      version = version_string()),
    class = "distest_wls_space"
  )
}

#' @rdname wls_space
#' @param threads,progress See [distest_threads()] and [distest].
#' @export
wls_space_function <- function(f, reference, weights = NULL, sampler = NULL,
                               tol = 1e-10) {
  if (!is.function(f)) bad_argument("f", "must be a function of points, not %s.",
    describe(f))
  reference <- check_points(reference, "reference")
  features <- call_features(f, reference)
  space <- wls_space_finite(features, weights, reference, tol)
  space$f <- f
  if (!is.null(sampler)) {
    if (!is.function(sampler)) {
      bad_argument("sampler", "must be a function of n, not %s.", describe(sampler))
    }
    space$sampler <- sampler
    space$bound <- 4 * max((space$leverage / space$prob)[space$prob > 0])
    call_sampler(space, 2)
  }
  space
}

call_features <- function(f, x, argument = "f", rows = nrow(x), columns = NULL) {
  out <- f(x)
  if (is.data.frame(out)) out <- as.matrix(out)
  if (is.numeric(out) && is.null(dim(out)) && length(out) %% rows == 0) {
    out <- matrix(out, rows)
  }
  if (!is.numeric(out) || NROW(out) != rows || is.null(dim(out)) ||
    (!is.null(columns) && ncol(out) != columns)) {
    bad_argument(argument, "must return a numeric matrix with %d rows%s, not %s.",
      as.integer(rows), if (is.null(columns)) "" else sprintf(" and %d columns",
        as.integer(columns)), describe(out))
  }
  storage.mode(out) <- "double"
  out
}

# A finite space whose features are asked for in chunks, twice, and not kept.
chunked_space <- function(rows_of, prob, points, tol, N) {
  if (!is.null(points)) {
    points <- check_points(points, "points", na = TRUE)
    if (is.null(colnames(points))) colnames(points) <- paste0("x", seq_len(ncol(points)))
  }
  if (is.null(N)) N <- if (is.null(prob)) nrow(points) else length(prob)
  if (is.null(N)) {
    bad_argument("N", "must be given where `features` is a function.")
  }
  N <- check_count(N, "N")
  prob <- check_numbers(prob, "prob", length = N, null = TRUE, na = TRUE)
  if (!is.null(points) && nrow(points) != N) {
    bad_argument("points", "must have %d rows, not %d.", as.integer(N), nrow(points))
  }
  first <- call_features(rows_of, 1L, "features", 1)
  m <- ncol(first)
  handle <- result_of(.Call(C_wls_chunks, N, m, prob))
  for (pass in 1:2) {
    for (start in seq(1, N, by = 4096)) {
      rows <- as.integer(start:min(N, start + 4095))
      part <- call_features(rows_of, rows, "features", length(rows), m)
      result_of(.Call(C_wls_chunk, handle, start - 1, part))
    }
    out <- result_of(.Call(C_wls_ready, handle, check_number(tol, "tol")))
  }
  terms <- colnames(first)
  p <- if (is.null(prob)) rep(1, N) else prob
  structure(
    list(basis = list(), d = if (is.null(points)) 0 else ncol(points), m = m,
      indices = NULL, names = colnames(points), R = out$R, leverage = out$leverage,
      integrals = out$integrals, prob = p / sum(p), points = points, rows_of = rows_of,
      terms = if (is.null(terms)) paste0("f", seq_len(m)) else terms,
      version = version_string()),
    class = "distest_wls_space"
  )
}

is_finite_space <- function(space) !is.null(space$prob)
# designs are made in R, because the features are the user's to evaluate
is_lazy_space <- function(space) !is.null(space$rows_of) || !is.null(space$sampler)

# orthonormal features by the user's function: of row numbers, or of points
user_features <- function(space, x) {
  rows <- if (is.null(space$rows_of)) {
    call_features(space$f, x, "f", columns = space$m)
  } else {
    call_features(space$rows_of, as.integer(x), "features", length(x), space$m)
  }
  result_of(.Call(C_wls_orthonormalise, space, rows))
}

check_space <- function(space, argument = "space") {
  if (!inherits(space, "distest_wls_space")) {
    bad_argument(argument, "must be made by wls_space() or its like, not %s.",
      describe(space))
  }
  space
}

space_text <- function(space) {
  if (is_finite_space(space)) {
    return(sprintf("%s, %s", count_text(space$m, "feature"),
      count_text(length(space$prob), "candidate")))
  }
  degree <- max(rowSums(space$indices))
  types <- vapply(space$basis, \(b) b$type, "")
  types <- if (length(types) <= 3) {
    paste(types, collapse = " x ")
  } else {
    paste(sprintf("%d x %s", as.integer(table(types)), names(table(types))),
      collapse = ", ")
  }
  kind <- gsub("_", " ", space$index)
  sprintf("%s functions (%s, %s)", format(space$m),
    if (kind == "total degree") sprintf("total degree %d",
      degree) else sprintf("%s, degree %d", kind, degree), types)
}

#' @export
print.distest_wls_space <- function(x, ...) {
  write_lines("Approximation space: m = ", space_text(x))
  if (!is_finite_space(x)) write_lines("Inputs: ", paste(x$names, collapse = ", "))
  invisible(x)
}

# Names of the basis functions: "1", "x1[2]", "x1[1]*x2[3]".
space_terms <- function(space) {
  if (is_finite_space(space)) {
    return(space$terms)
  }
  vapply(seq_len(space$m), \(j) {
    a <- space$indices[j, ]
    use <- which(a > 0)
    if (length(use)) paste0(space$names[use], "[", a[use], "]", collapse = "*") else "1"
  }, "")
}

# Points of a space as C wants them: coordinates, or row numbers from 0.
space_points <- function(space, x, argument = "x") {
  if (is_finite_space(space) && is.null(space$f)) {
    rows <- check_numbers(as.vector(x), argument)
    if (any(rows < 1 | rows > length(space$prob) | rows != floor(rows))) {
      bad_argument(argument, "must be row numbers between 1 and %d.", length(space$prob))
    }
    return(matrix(rows - 1))
  }
  if (space$d == 1 && is.numeric(x) && is.null(dim(x))) x <- matrix(x, ncol = 1)
  if (is.null(dim(x)) && length(x) == space$d) x <- matrix(x, 1)
  check_points(unname_if(x, space$names), argument, columns = space$d,
    names = if (is.data.frame(x) || !is.null(colnames(x))) space$names)
}

# a matrix whose column names are none of ours counts by position
unname_if <- function(x, names) {
  if (is.matrix(x) && !is.null(colnames(x)) &&
    !any(colnames(x) %in% names)) colnames(x) <- NULL
  x
}

#' Features, leverage and inclusion probabilities
#'
#' @param space From [wls_space()] or its like.
#' @param x Points, one to a row; row numbers for a finite space.
#' @param deriv Also derivatives with respect to the inputs?
#' @param normalize Divide each row by its length?
#' @param log The logarithm, which does not overflow?
#' @return `wls_features()`: a matrix with a row per point and a column per function, or
#'   with
#'   `deriv` a list of it and an array (points x functions x inputs). `wls_christoffel()`:
#'   \eqn{k(x) = |\phi(x)|^2}{k(x) = |phi(x)|^2}. `wls_inclusion()`: the probability of
#'   each
#'   candidate to be in a projection DPP; they sum to \eqn{m}.
#' @examples
#' s <- wls_space(wls_basis("legendre", 4))
#' wls_features(s, c(-1, 0, 1))
#' wls_christoffel(s, c(-1, 0, 1))
#' @export
wls_features <- function(space, x, deriv = FALSE, normalize = FALSE) {
  check_space(space)
  check_flag(deriv, "deriv")
  check_flag(normalize, "normalize")
  if (!is.null(space$f) || !is.null(space$rows_of)) {
    if (deriv) unsupported("wls_features", space, "derivatives need wls_space()")
    x <- space_points(space, x)
    phi <- user_features(space, if (is.null(space$rows_of)) x else x[, 1] + 1)
    return(if (normalize) phi / sqrt(rowSums(phi^2)) else phi)
  }
  x <- space_points(space, x)
  out <- result_of(.Call(C_wls_features, space, x, normalize, 0L, deriv, NULL),
    map = c(grad = "deriv"))
  if (!deriv) {
    return(out$phi)
  }
  list(value = out$phi, deriv = array(out$grad, c(nrow(x), space$m, space$d)))
}

#' @rdname wls_features
#' @export
wls_christoffel <- function(space, x, log = FALSE) {
  check_space(space)
  check_flag(log, "log")
  if (!is.null(space$f) || !is.null(space$rows_of)) {
    k <- rowSums(wls_features(space, x)^2)
    return(if (log) base::log(k) else k)
  }
  out <- result_of(.Call(C_wls_features, space, space_points(space, x), FALSE, 2L, FALSE,
    NULL))
  if (log) out$logk else exp(out$logk)
}

#' @rdname wls_features
#' @export
wls_inclusion <- function(space) {
  check_space(space)
  if (!is_finite_space(space)) {
    unsupported("wls_inclusion", space,
      "inclusion probabilities belong to finite spaces; use wls_christoffel()")
  }
  space$leverage
}
