# Spaces chosen from the data.

#' A space that grows where the function needs it
#'
#' Starts from the constant and linear functions, evaluates the runs that are missing, and
#' adds the indices of the reduced margin with the largest part of the leave-one-out
#' residual, until the relative error is below `tol` or `max_runs` are spent. Runs are
#' reused
#' throughout. Runs where `f` fails or returns NA are replaced; none already made is lost.
#'
#' @param f A function of a matrix with a row per run (a vector for one input).
#' @param basis One [wls_basis()] or a list; its degree limits the space.
#' @param d Number of inputs, where `basis` is a single one.
#' @param tol Relative error, from the corrected leave-one-out estimate.
#' @param max_runs Runs to spend at most.
#' @param per_function Runs per basis function.
#' @param index_max Largest local index per input, or `NULL` for that of the basis.
#' @param verbose Report each step?
#' @return A fit with extra elements `runs`, `error_estimate`, `history` (a data frame
#'   `step`,
#'   `m`, `runs`, `loo`), `design`.
#' @examples
#' set.seed(1)
#' fit <- wls_adapt(function(x) exp(x[, 1] + 0.1 * x[, 2]), wls_basis("legendre", 8), d =
#' 2)
#' fit$history
#' @export
wls_adapt <- function(f, basis, d = NULL, tol = 1e-3, max_runs = 500L, per_function = 2L,
                      index_max = NULL, verbose = FALSE) {
  if (!is.function(f)) bad_argument("f", "must be a function, not %s.", describe(f))
  if (inherits(basis, "distest_wls_basis")) basis <- rep(list(basis),
    if (is.null(d)) 1 else check_count(d, "d"))
  tol <- check_number(tol, "tol", above = 0)
  max_runs <- check_count(max_runs, "max_runs")
  check_flag(verbose, "verbose")
  d <- length(basis)
  limit <- vapply(basis, \(b) check_basis(b)$size - 1, 0)
  if (!is.null(index_max)) limit <- pmin(limit,
    rep_len(check_numbers(index_max, "index_max"), d))
  limit <- as.integer(limit)
  start <- rbind(0L, diag(1L, d))
  start <- start[rowSums(start > rep(limit, each = nrow(start))) == 0, , drop = FALSE]
  design <- wls_design(wls_space(basis, indices = start), per_function)
  age <- rep(0L, nrow(start))
  history <- NULL
  best <- NULL
  for (step in 1:1000) {
    run_missing(design, f, max_runs)
    result <- tryCatch(wls_result(design), distest_error_invalid = \(e) NULL)
    if (is.null(result)) break
    fit <- wls_fit(design$space, result$sample, result$y)
    scale <- colMeans(fit$weights * fit$y^2)
    error <- sqrt(max(fit$loo_corrected / ifelse(scale > 0, scale, 1)))
    runs <- sum(design$state != "pending")
    history <- rbind(history, data.frame(step = step, m = fit$m, runs = runs,
      loo = mean(fit$loo)))
    if (verbose) message(sprintf("step %d: m = %d, %d runs, relative error %.2e", step,
      as.integer(fit$m), runs, error))
    if (is.null(best) || is.na(best$error) ||
      isTRUE(error < best$error)) best <- list(fit = fit, error = error)
    rising <- nrow(history) > 2 && isTRUE(all(utils::tail(history$loo,
      2) > 4 * history$loo[nrow(history) - 2:1]))
    if (isTRUE(error <= tol) || rising || runs >= max_runs) break
    more <- add_indices(fit, design$space$indices, limit, step)
    if (is.null(more)) break
    room <- floor((max_runs - runs) / per_function)
    if (room < 1) break
    more <- utils::head(more, room)
    wls_grow(design, wls_space(basis, indices = rbind(design$space$indices, more)))
  }
  if (is.null(best)) {
    distest_error("convergence", "Too few runs succeeded for a first fit.",
      argument = "f", design = design)
  }
  fit <- best$fit
  fit$runs <- sum(design$state != "pending")
  fit$error_estimate <- best$error
  fit$history <- history
  fit$design <- design
  fit$call <- match.call()
  fit
}

# Evaluates what the design asks for, row by row where a call for all rows fails.
run_missing <- function(design, f, max_runs) {
  repeat {
    runs <- wls_ask(design)
    room <- max_runs - sum(design$state != "pending")
    runs <- utils::head(runs, max(room, 0))
    if (nrow(runs) == 0) {
      return(invisible(design))
    }
    x <- as.matrix(runs[-1])
    q <- if (is.null(design$y)) NULL else ncol(design$y)
    one <- \(i) tryCatch(check_outputs(call_target(f, x[i, , drop = FALSE]), length(i)),
      error = \(e) e)
    y <- one(seq_len(nrow(x)))
    if (inherits(y, "error")) {
      rows <- lapply(seq_len(nrow(x)), one)
      good <- which(!vapply(rows, inherits, NA, "error"))
      if (!length(good)) {
        distest_error("invalid", paste0("`f` failed at every point: ",
          conditionMessage(y)),
          argument = "f", design = design, parent = y)
      }
      if (is.null(q)) q <- ncol(rows[[good[[1]]]])
      y <- do.call(rbind, lapply(rows, \(r) if (inherits(r, "error")) rep(NA_real_,
        q) else r))
    }
    wls_tell(design, runs$id, y)
  }
}

# The smallest part of the reduced margin with 60 % of the squared score; every fifth step
# the candidates of lowest degree.
add_indices <- function(fit, indices, limit, step) {
  margin <- .Call(C_wls_margin, indices, limit)
  margin <- result_of(margin)
  if (nrow(margin) == 0) {
    return(NULL)
  }
  most <- max(1, floor(0.25 * nrow(indices)))
  if (step %% 5 == 0) {
    return(utils::head(margin[order(rowSums(margin)), , drop = FALSE], 1))
  }
  phi <- wls_features(wls_space(fit$space$basis, indices = margin), fit_x(fit))
  r <- fit$residuals / (1 - pmin(fit$leverage, 1 - 1e-10))
  scale <- apply(fit$y, 2, stats::var)
  score <- rowSums(sweep((crossprod(phi, fit$weights * r) / fit$n)^2, 2,
    ifelse(scale > 0, scale, 1), `/`))
  order <- order(-score)
  take <- which(cumsum(score[order]) >= 0.6 * sum(score))
  take <- if (length(take)) min(take[[1]], most) else 1
  margin[order[seq_len(take)], , drop = FALSE]
}

#' Choose a space by leave-one-out error
#'
#' `"degree"` fits the nested subspaces of total degree 0, 1, ... and keeps the one with
#' the
#' smallest corrected leave-one-out error. `"omp"`, orthogonal matching pursuit, adds one
#' function at a time and also works with fewer points than functions.
#'
#' @param space The largest space, a tensor space.
#' @param sample A design, from [wls_sample()] for instance.
#' @param y One output.
#' @param method See above.
#' @param ... Passed to [wls_fit()].
#' @return A fit on the space chosen, with an element `path` (a data frame `m`, `loo`, and
#'   for `"degree"` `degree`).
#' @examples
#' set.seed(1)
#' s <- wls_space(wls_basis("legendre", 10))
#' design <- wls_sample(s, 30)
#' wls_select(s, design, exp(design$points[, 1]))$path
#' @export
wls_select <- function(space, sample, y, method = c("degree", "omp"), ...) {
  check_space(space)
  method <- check_choice(method, c("degree", "omp"), "method")
  if (is_finite_space(space)) unsupported("wls_select", space, "use a tensor space")
  if (!inherits(sample, "distest_wls_sample")) bad_argument("sample",
    "must come from wls_sample(), not %s.", describe(sample))
  y <- check_outputs(y, sample$n)
  subspace <- \(rows) wls_space(space$basis,
    indices = space$indices[rows, , drop = FALSE], names = space$names)
  refit <- \(rows) {
    s <- sample
    s$adaptive <- TRUE
    wls_fit(subspace(rows), s, y, ...)
  }
  if (method == "degree") {
    total <- rowSums(space$indices)
    sets <- lapply(sort(unique(total)), \(p) which(total <= p))
    sets <- sets[lengths(sets) < sample$n]
    if (!length(sets)) bad_argument("y", "has too few values for any subspace.")
    fits <- lapply(sets, refit)
    loo <- vapply(fits, \(f) mean(f$loo_corrected), 0)
    fit <- fits[[which.min(loo)]]
    fit$path <- data.frame(degree = sort(unique(total))[seq_along(sets)],
      m = lengths(sets), loo = loo)
    return(fit)
  }
  if (ncol(y) > 1) bad_argument("y", "must be one output for \"omp\".")
  n <- sample$n
  w <- sqrt(sample$weights / n)
  A <- w * wls_features(space, sample_x(sample))
  b <- w * y[, 1]
  length <- sqrt(colSums(A^2))
  chosen <- integer()
  loo <- numeric()
  r <- b
  while (length(chosen) < min(n - 1, space$m)) {
    score <- abs(crossprod(A, r)) / length
    score[chosen] <- -1
    chosen <- c(chosen, which.max(score))
    q <- qr(A[, chosen, drop = FALSE])
    if (q$rank < length(chosen)) break
    r <- qr.resid(q, b)
    h <- rowSums(qr.Q(q)^2)
    k <- length(chosen)
    loo <- c(loo, sum((r / (1 - pmin(h, 1 - 1e-12)))^2) * n / (n - k))
    if (k > 10 && all(utils::tail(loo, 5) > 2 * min(loo))) break
  }
  fit <- refit(chosen[seq_len(which.min(loo))])
  fit$path <- data.frame(m = seq_along(loo), loo = loo)
  fit
}
