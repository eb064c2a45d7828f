# Designs: where to evaluate.

#' Points to evaluate at
#'
#' Draws a design of `n` points with weights for a space of dimension `m`. With
#' \eqn{k(x) = |\phi(x)|^2}{k(x) = |phi(x)|^2} and the optimal measure
#' \eqn{d\nu = (k/m) d\mu}{dnu = (k/m) dmu}:
#'
#' | `method` | points | coefficients unbiased |
#' | --- | --- | --- |
#' | `"mc"` | independent, from the law of the inputs | no |
#' | `"iid_optimal"` | independent, from the reference measure | no |
#' | `"stratified"` | the same number from each \eqn{\phi_j^2 d\mu}{phi_j^2 dmu} | no |
#' | `"dpp"` | a projection determinantal process, `n = m` | yes |
#' | `"volume"` | a DPP and `n - m` independent points: volume sampling | yes |
#' | `"volume_repeated"` | several volume samples | no |
#' | `"dpp_repeated"` | several DPPs | if `n = m` |
#' | `"boosted"` | at least three DPPs, pruned to `n` points | no |
#'
#' With `delta` designs are drawn again until \eqn{|G - I|}{|G - I|} (`"gram"`) or
#' \eqn{1 - \lambda_{min}}{1 - lambda_min} is at most `delta`; with `resample` each try
#' takes the best of several. The draws are exact, follow [set.seed()], and have the same
#' bits for any number of threads.
#'
#' @param space From [wls_space()] or its like.
#' @param n Number of points; `NULL`: `2 m`, for `"dpp"` `m`.
#' @param method See the table.
#' @param reference The measure of the independent points of `"iid_optimal"` and
#'   `"volume"`: the optimal one, the law of the inputs, or `alpha` of the latter and the
#'   rest of the former.
#' @param alpha Share of the law of the inputs in the mixture.
#' @param resample Designs per try.
#' @param delta Limit of the criterion, or `NULL` for none.
#' @param criterion `"gram"` or `"lambda_min"`.
#' @param prune Remove points greedily afterwards, as [wls_prune()] does with `delta` (0.9
#'   where it is `NULL`)?
#' @param n_min Points to keep when pruning; `NULL`: `m`.
#' @param max_tries Tries before giving up.
#' @param replace `FALSE`: different rows of a finite space with equal probabilities (for
#'   `"volume"`: \eqn{P(S) \propto \det(F_S'F_S)}{P(S) prop. to det(F_S'F_S)}, with
#'   weights 1).
#' @param threads,progress See [distest_threads()] and [distest].
#' @param points,index,weights Your own points (or rows of a finite space); weights are
#'   `m/k` where `NULL`.
#' @return An object of class `distest_wls_sample`: a list with `space`, `points`,
#'   `index`,
#'   `weights`, `n`, `m`, `method`, `reference`, `alpha`, the spectrum of \eqn{G}
#'   (`lambda_min`, `lambda_max`, `cond`, `delta`), `tries`, `accept_rate`, `proposals`,
#'   `resample`, `delta_target`, `pruned_from`, `kept`, `removed`, `removed_value`,
#'   `scale` (`weights` times \eqn{k}), `seed_key` (the 64-bit key of the random numbers
#'   in hexadecimal: `distest_wls_sample()` gives the same design in C, to the last bit,
#'   with the generator that `distest_wls_rng()` makes of this key; `NULL` for spaces
#'   whose features R evaluates).
#' @examples
#' set.seed(1)
#' s <- wls_space(wls_basis("legendre", 8), d = 2)
#' design <- wls_sample(s)
#' design
#' plot(design)
#' @export
wls_sample <- function(space, n = NULL, method = "dpp_repeated",
                       reference = c("optimal", "mu", "mixture"), alpha = 0.5,
                       resample = 1L, delta = NULL, criterion = c("gram", "lambda_min"),
                       prune = FALSE, n_min = NULL, max_tries = 1000L, replace = TRUE,
                       threads = getOption("distest.threads"),
                       progress = getOption("distest.progress", interactive())) {
  check_space(space)
  if (!check_flag(prune, "prune") && !is.null(n_min)) {
    bad_argument("n_min", "belongs to prune = TRUE.")
  }
  opts <- sample_options(method, reference, alpha, resample, delta, criterion, max_tries,
    replace)
  if (is.null(n)) n <- if (opts$method == "dpp") space$m else 2 * space$m
  n <- check_count(n, "n")
  if (is_lazy_space(space)) {
    sample <- lazy_sample(space, opts, n, progress_of(progress))
  } else {
    out <- result_of(.Call(C_wls_sample, space, opts, n, threads_of(threads),
      progress_of(progress)))
    sample <- new_sample(space, out$points, out$index, out$weights, opts, out$diag,
      out$scale, out$key)
  }
  if (prune) {
    sample <- wls_prune(sample, if (is.null(delta)) 0.9 else delta, opts$criterion, n_min)
  }
  sample
}

sample_options <- function(method = "dpp_repeated", reference = "optimal", alpha = 0.5,
                           resample = 1, delta = NULL, criterion = "gram",
                           max_tries = 1000, replace = TRUE) {
  list(
    method = check_choice(method, wls_methods, "method"),
    reference = check_choice(reference, c("optimal", "mu", "mixture"), "reference"),
    alpha = check_numbers(alpha, "alpha", length = 1),
    resample = check_count(resample, "resample"),
    delta = if (is.null(delta)) Inf else check_numbers(delta, "delta", length = 1),
    criterion = check_choice(criterion, c("gram", "lambda_min"), "criterion"),
    max_tries = check_count(max_tries, "max_tries"),
    replace = check_flag(replace, "replace")
  )
}

wls_methods <- c(
  "mc", "iid_optimal", "stratified", "dpp", "volume", "volume_repeated", "dpp_repeated",
  "boosted"
)

new_sample <- function(space, points, index, weights, opts, diag, scale = NULL,
                       key = NULL) {
  if (!is.null(index) && !is.null(space$points)) points <- space$points[index, ,
    drop = FALSE]
  if (!is.null(points)) colnames(points) <- space$names
  structure(
    list(space = space, points = points, index = index, weights = weights,
      n = length(weights), m = space$m, method = opts$method, reference = opts$reference,
      alpha = opts$alpha, lambda_min = diag[[1]], lambda_max = diag[[2]],
      cond = diag[[3]],
      delta = diag[[4]], tries = diag[[6]], accept_rate = 1 / max(diag[[6]], 1),
      proposals = diag[[5]], resample = opts$resample,
      delta_target = if (is.finite(opts$delta)) opts$delta, criterion = opts$criterion,
      pruned_from = NULL, kept = NULL, removed = NULL, removed_value = NULL,
      scale = scale, replace = opts$replace, seed_key = key, version = version_string()),
    class = "distest_wls_sample"
  )
}

#' @rdname wls_sample
#' @export
wls_as_sample <- function(space, points = NULL, index = NULL, weights = NULL) {
  check_space(space)
  finite <- is_finite_space(space) && is.null(space$f)
  if (finite) {
    if (is.null(index)) bad_argument("index", "must be given for a finite space.")
    x <- index <- space_points(space, index, "index")[, 1] + 1
    index <- as.integer(index)
  } else {
    if (is.null(points)) bad_argument("points", "must be given.")
    x <- points <- space_points(space, points, "points")
    check_support(space, points, "points")
    index <- NULL
  }
  logk <- wls_christoffel(space, x, log = TRUE)
  n <- NROW(x)
  scale <- if (is.null(weights)) rep(space$m, n)
  weights <- if (is.null(weights)) {
    pmax(exp(log(space$m) - logk), .Machine$double.xmin)
  } else {
    check_numbers(weights, "weights", length = n, na = TRUE)
  }
  if (any(!is.finite(weights) | weights <= 0)) {
    bad_argument("weights", "must be positive, but entry %d is %s.",
      which(!is.finite(weights) | weights <= 0)[[1]],
      format(weights[!is.finite(weights) | weights <= 0][[1]]))
  }
  if (is.null(scale)) scale <- exp(log(weights) + logk)
  diag <- result_of(.Call(C_wls_diagnose, sqrt(scale) * unit_features(space, x)))$diag
  opts <- list(method = "user", reference = "optimal", alpha = 0.5, resample = 1,
    delta = Inf, criterion = "gram", replace = TRUE)
  new_sample(space, if (!finite) points, index, weights, opts, diag, scale)
}

unit_features <- function(space, x) wls_features(space, x, normalize = TRUE)

# rows sqrt(w) phi of a design
sample_matrix <- function(sample) {
  x <- sample_x(sample)
  scale <- sample$scale
  if (is.null(scale)) {
    scale <- exp(log(sample$weights) + wls_christoffel(sample$space, x, log = TRUE))
  }
  sqrt(scale) * unit_features(sample$space, x)
}

# x for features: points, or rows of a finite space
sample_x <- function(sample) {
  if (is.null(sample$index) || !is.null(sample$space$f)) sample$points else sample$index
}

# Points outside the support are almost always a mistake of scale.
check_support <- function(space, x, argument) {
  if (!length(space$basis)) {
    return(invisible())
  }
  column <- result_of(.Call(C_wls_outside, space, x))
  if (any(column > 0)) {
    k <- min(column[column > 0])
    b <- space$basis[[k]]
    bad <- which(x[, k] < b$low | x[, k] > b$high)
    bad_argument(argument,
      paste("must lie in the support: column %d (%s) has %s outside [%s, %s], the first",
        "in row %d (%s)."),
      k, space$names[[k]], count_text(length(bad), "value"), format(b$low),
      format(b$high), bad[[1]], format(x[bad[[1]], k]), kind = "domain", value = bad)
  }
}

#' Remove points that are not needed
#'
#' Takes points out one by one, always the one whose removal leaves the best-conditioned
#' design, until the next removal would lift the criterion above `delta` or `n_min` points
#' are left. Weights stay.
#'
#' @param sample From [wls_sample()].
#' @param delta The limit; `Inf` prunes to `n_min` whatever happens.
#' @param criterion `"gram"`: \eqn{|G - I|}; `"lambda_min"`: \eqn{1 - \lambda_{min}}.
#' @param n_min At least the dimension of the space, the default.
#' @return The smaller sample, with `pruned_from`, `kept`, `removed`, `removed_value`.
#' @examples
#' set.seed(1)
#' s <- wls_space(wls_basis("legendre", 5))
#' wls_prune(wls_sample(s, 30), delta = 0.9)
#' @export
wls_prune <- function(sample, delta = 0.9, criterion = "gram", n_min = NULL) {
  if (!inherits(sample, "distest_wls_sample")) {
    bad_argument("sample", "must come from wls_sample(), not %s.", describe(sample))
  }
  criterion <- check_choice(criterion, c("gram", "lambda_min"), "criterion")
  delta <- check_numbers(delta, "delta", length = 1)
  n_min <- if (is.null(n_min)) sample$m else check_count(n_min, "n_min")
  A <- sample_matrix(sample)
  out <- result_of(.Call(C_wls_prune, A, criterion, delta, n_min, NULL, NULL))
  diag <- result_of(.Call(C_wls_diagnose, A[out$kept, , drop = FALSE]))$diag
  sample$pruned_from <- sample$n
  sample[c("points", "index")] <- list(sample$points[out$kept, , drop = FALSE],
    sample$index[out$kept])
  sample$weights <- sample$weights[out$kept]
  sample$scale <- sample$scale[out$kept]
  sample$n <- length(out$kept)
  sample[c("lambda_min", "lambda_max", "cond", "delta")] <- as.list(diag[1:4])
  sample[c("kept", "removed", "removed_value")] <- list(out$kept, out$removed, out$value)
  sample
}

#' @export
print.distest_wls_sample <- function(x, ...) {
  write_lines(sprintf("Design of %s for %s (%s)", count_text(x$n, "point"),
    space_text(x$space), x$method))
  write_lines(sprintf("Conditioning: lambda_min %s  lambda_max %s  cond %s  |G - I| %s",
    format_number(x$lambda_min, 3), format_number(x$lambda_max, 3), format_number(x$cond,
      3),
    format_number(x$delta, 3)))
  if (!is.null(x$delta_target)) {
    write_lines(sprintf("Drawn until %s <= %s: %s",
      if (x$criterion == "gram") "|G - I|" else "1 - lambda_min",
      format(x$delta_target), count_text(x$tries, "try", "tries")))
  }
  if (!is.null(x$pruned_from)) write_lines(sprintf("Pruned from %d points",
    as.integer(x$pruned_from)))
  invisible(x)
}

#' @export
as.data.frame.distest_wls_sample <- function(x, ...) {
  parts <- list(x$points, if (!is.null(x$index)) data.frame(index = x$index),
    data.frame(weight = x$weights))
  do.call(data.frame, c(Filter(Negate(is.null), parts), check.names = FALSE))
}
