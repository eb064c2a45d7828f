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
#' @param design A design to go on with, from [wls_design()], an earlier fit's `design` or
#'   an error's: its runs are used, new ones are told to it, also when the call is
#'   interrupted.
#' @param workers Processes to run `f` in; see [surv_grid()].
#' @param progress See [distest].
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
                      index_max = NULL, verbose = FALSE, design = NULL, workers = NULL,
                      progress = getOption("distest.progress", interactive())) {
  if (!is.function(f)) bad_argument("f", "must be a function, not %s.", describe(f))
  if (!is.null(design)) basis <- check_design(design)$space$basis
  if (inherits(basis, "distest_wls_basis")) {
    basis <- rep(list(basis), if (is.null(d)) 1 else check_count(d, "d"))
  }
  tol <- check_number(tol, "tol", above = 0)
  max_runs <- check_count(max_runs, "max_runs")
  check_flag(verbose, "verbose")
  d <- length(basis)
  limit <- index_limits(basis, index_max)
  if (is.null(design)) {
    start <- rbind(0L, diag(1L, d))
    start <- start[rowSums(start > rep(limit, each = nrow(start))) == 0, , drop = FALSE]
    design <- wls_design(wls_space(basis, indices = start), per_function)
  }
  bar <- progress_of(progress)
  evaluate <- \(x) evaluate_runs(f, x, workers)
  grown <- grow_space(design, evaluate, limit, tol, max_runs, verbose, bar)
  if (is.null(grown$best)) {
    distest_error("convergence", "Too few runs succeeded for a first fit.",
      argument = "f", design = design)
  }
  fit <- grown$best$fit
  fit$runs <- sum(design$state != "pending")
  fit$error_estimate <- grown$best$error
  fit$history <- grown$history
  fit$design <- design
  fit$call <- match.call()
  fit
}

# the largest local index of each input
index_limits <- function(basis, index_max) {
  d <- length(basis)
  limit <- vapply(basis, \(b) check_basis(b)$size - 1, 0)
  if (any(vapply(basis, \(b) b$type %in% c("piecewise", "bspline"), NA))) {
    bad_argument("basis",
      "must have degrees to grow by: piecewise and bspline bases have none.")
  }
  if (!is.null(index_max)) {
    index_max <- check_numbers(index_max, "index_max")
    if (!length(index_max) %in% c(1, d) || any(index_max < 0)) {
      bad_argument("index_max", "must be one number, or %d, of at least 0.", d)
    }
    limit <- pmin(limit, rep_len(index_max, d))
  }
  as.integer(limit)
}

# in pieces over workers; the same runs, whoever makes them
evaluate_runs <- function(f, x, workers = NULL) {
  if (is.null(workers)) {
    return(evaluate_target(f, x))
  }
  count <- if (inherits(workers, "cluster")) length(workers) else workers
  pieces <- split(seq_len(nrow(x)), cut(seq_len(nrow(x)), min(count, nrow(x)) + 1e-9,
    labels = FALSE))
  if (nrow(x) == 1) pieces <- list(1L)
  out <- over_workers(lapply(pieces, \(i) x[i, , drop = FALSE]), evaluate_piece,
    workers, f)
  failed <- vapply(out, inherits, NA, "error")
  if (all(failed)) stop(out[[1]])
  q <- ncol(out[[which(!failed)[[1]]]])
  do.call(rbind, Map(\(o, i) if (inherits(o, "error")) matrix(NA_real_, length(i), q) else
    o, out, pieces))
}

evaluate_piece <- function(job, shared) {
  tryCatch(evaluate_target(shared, job), error = identity)
}

grow_space <- function(design, evaluate, limit, tol, max_runs, verbose, bar) {
  history <- NULL
  best <- NULL
  seen <- integer() # the step at which an index came into the margin
  for (step in 1:1000) {
    run_missing(design, evaluate, max_runs)
    result <- tryCatch(wls_result(design), distest_error_invalid = \(e) NULL)
    if (is.null(result)) break
    fit <- tryCatch(wls_fit(design$space, result$sample, result$y),
      distest_error_singular = \(e) NULL)
    if (is.null(fit)) break
    error <- relative_error(fit)
    runs <- sum(design$state != "pending")
    history <- rbind(history, data.frame(step = step, m = fit$m, runs = runs,
      loo = mean(fit$loo)))
    if (verbose) message(sprintf("step %d: m = %d, %d runs, relative error %.2e", step,
      as.integer(fit$m), runs, error))
    if (!is.null(bar)) bar(min(1, runs / max_runs), "runs")
    best <- better_of(best, list(fit = fit, error = error))
    if (isTRUE(error <= tol) || is_rising(history$loo) || runs >= max_runs) break
    margin <- result_of(.Call(C_wls_margin, design$space$indices, limit))
    new <- setdiff(component_key(margin), names(seen))
    seen <- c(seen, stats::setNames(rep(step, length(new)), new))
    more <- add_indices(fit, margin, seen, step)
    if (is.null(more)) break
    room <- floor((max_runs - runs) / design$per_function)
    if (room < 1) break
    more <- utils::head(more, room)
    wls_grow(design, wls_space(fit$space$basis,
      indices = rbind(design$space$indices, more)))
  }
  list(best = best, history = history)
}

better_of <- function(best, new) {
  if (is.null(best) || is.na(best$error) || isTRUE(new$error < best$error)) new else best
}

relative_error <- function(fit) {
  scale <- colMeans(fit$weights * fit$y^2)
  sqrt(max(fit$loo_corrected / ifelse(scale > 0, scale, 1)))
}

# twice in a row by more than a factor of four
is_rising <- function(loo) {
  n <- length(loo)
  n > 2 && isTRUE(all(loo[n - 1:0] > 4 * loo[n - 2:1]))
}

# Evaluates what the design asks for; what was told before stays told.
run_missing <- function(design, evaluate, max_runs) {
  repeat {
    runs <- wls_ask(design)
    room <- max_runs - sum(design$state != "pending")
    runs <- utils::head(runs, max(room, 0))
    if (nrow(runs) == 0) {
      return(invisible(design))
    }
    x <- as.matrix(runs[-1])
    y <- tryCatch(evaluate(x), error = \(e) {
      if (any(design$state == "done")) {
        return(matrix(NA_real_, nrow(x), ncol(design$y)))
      }
      distest_error("invalid", conditionMessage(e), argument = "f", design = design,
        parent = e)
    })
    if (!is.null(design$y) && ncol(y) != ncol(design$y)) {
      y <- matrix(NA_real_, nrow(x), ncol(design$y)) # another shape: failed runs
    }
    wls_tell(design, runs$id, y)
  }
}

# The smallest part of the margin with 60 % of the squared score, at most a quarter of
# the space; every fifth step the index that has waited longest.
add_indices <- function(fit, margin, seen, step) {
  if (nrow(margin) == 0) {
    return(NULL)
  }
  if (step %% 5 == 0) {
    return(margin[which.min(seen[component_key(margin)]), , drop = FALSE])
  }
  most <- max(1, floor(0.25 * fit$m))
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
  path <- pursue(sqrt(sample$weights / sample$n) * wls_features(space,
    sample_x(sample)), sqrt(sample$weights / sample$n) * y[, 1])
  chosen <- path$chosen
  loo <- path$loo
  fit <- refit(chosen[seq_len(which.min(loo))])
  fit$path <- data.frame(m = seq_along(loo), loo = loo)
  fit
}

# Orthogonal matching pursuit: the column most correlated with the residual joins an
# orthonormal basis of those chosen, until leave-one-out errors have doubled.
pursue <- function(A, b) {
  n <- nrow(A)
  length <- sqrt(colSums(A^2))
  free <- length > 0
  Q <- matrix(0, n, min(n - 1, ncol(A)))
  chosen <- integer()
  loo <- numeric()
  r <- b
  h <- numeric(n)
  k <- 0
  while (k < ncol(Q) && any(free)) {
    score <- as.vector(abs(crossprod(A, r))) / length
    score[!free] <- -1
    j <- which.max(score)
    free[[j]] <- FALSE
    v <- A[, j]
    for (twice in 1:2) {
      v <- v - Q[, seq_len(k), drop = FALSE] %*% crossprod(Q[, seq_len(k), drop = FALSE],
        v)
    }
    if (sqrt(sum(v^2)) <= 1e-10 * length[[j]]) next
    k <- k + 1
    Q[, k] <- v / sqrt(sum(v^2))
    chosen <- c(chosen, j)
    r <- r - Q[, k] * sum(Q[, k] * r)
    h <- h + Q[, k]^2
    loo <- c(loo, sum((r / (1 - pmin(h, 1 - 1e-12)))^2) * n / (n - k))
    if (k > 10 && all(utils::tail(loo, 5) > 2 * min(loo))) break
  }
  list(chosen = chosen, loo = loo)
}
