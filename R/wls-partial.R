# Fits from data in pieces.

#' Fits from data in pieces
#'
#' `wls_partial()` makes a small summary of some rows (triangles of (m + q)^2 / 2
#' numbers),
#' `wls_merge()` joins them, `wls_finish()` solves. The bits do not depend on the order or
#' nesting of the merges, nor on who computed which rows of a segment.
#'
#' @param space From [wls_space()] or its like.
#' @param points Points (rows of a finite space).
#' @param y Outputs.
#' @param weights Weights; `NULL`: `m/k`.
#' @param segment The name of the file or site the rows come from; `NULL`: they are a
#'   segment of their own.
#' @param first Number of the first row in its segment: 1, 513, 1025, ... Blocks of 512
#'   rows are summed along a fixed tree.
#' @param threads Cores to use.
#' @param ... Parts.
#' @param part The merged parts.
#' @param tol See [wls_fit()].
#' @return `wls_finish()`: a list `coefficients`, `n`, `rss` (weighted), `lambda_min`,
#'   `lambda_max`, `cond`, `delta`.
#' @examples
#' s <- wls_space(wls_basis("legendre", 3))
#' x <- seq(-1, 1, length.out = 40)
#' a <- wls_partial(s, x[1:20], exp(x[1:20]))
#' b <- wls_partial(s, x[21:40], exp(x[21:40]))
#' wls_finish(wls_merge(a, b))$coefficients
#' @export
wls_partial <- function(space, points, y, weights = NULL, segment = NULL, first = 1,
                        threads = getOption("distest.threads")) {
  check_space(space)
  x <- space_points(space, points, "points")
  finite <- is_finite_space(space) && is.null(space$f)
  at <- if (finite) x[, 1] + 1 else x
  if (!finite) check_support(space, x, "points")
  y <- check_outputs(y, nrow(x))
  usable_rows(y, stats::na.fail, 1)
  first <- check_count(first, "first")
  if (!is.null(segment) && !(is.character(segment) && length(segment) == 1 &&
    !is.na(segment))) {
    bad_argument("segment", "must be one string, not %s.", describe(segment))
  }
  w <- if (is.null(weights)) space$m / wls_christoffel(space, at) else
    check_numbers(weights, "weights", length = nrow(x))
  bytes <- result_of(.Call(C_wls_part, wls_features(space, at), w, y, segment, first - 1,
    threads_of(threads)))
  structure(list(bytes = bytes, m = space$m, q = ncol(y), terms = space_terms(space),
    version = version_string()), class = "distest_wls_partial")
}

#' @rdname wls_partial
#' @export
wls_merge <- function(...) {
  all <- list(...)
  if (!length(all)) bad_argument("...", "must be parts of wls_partial().")
  for (p in all) {
    check_part(p, "...")
    if (p$m != all[[1]]$m || p$q != all[[1]]$q || !identical(p$terms, all[[1]]$terms)) {
      bad_argument("...", "must be parts of the same space and outputs.")
    }
  }
  out <- all[[1]]
  out$bytes <- result_of(.Call(C_wls_merge, lapply(all, \(p) p$bytes), part_size(out)),
    map = c(from = "segment"))
  out
}

check_part <- function(part, argument = "part") {
  if (!inherits(part, "distest_wls_partial")) {
    bad_argument(argument, "must come from wls_partial(), not %s.", describe(part))
  }
  part
}

part_size <- function(part) as.integer(c(part$m, part$q))

#' @rdname wls_partial
#' @export
wls_finish <- function(part, tol = 1e-12) {
  check_part(part)
  out <- result_of(.Call(C_wls_finish, part$bytes, part_size(part),
    check_number(tol, "tol")))
  rownames(out$coef) <- part$terms
  list(coefficients = if (part$q == 1) out$coef[, 1] else out$coef, n = out$n,
    rss = out$rss, lambda_min = out$diag[[1]], lambda_max = out$diag[[2]],
    cond = out$diag[[3]], delta = out$diag[[4]])
}

#' @export
print.distest_wls_partial <- function(x, ...) {
  write_lines(sprintf("Part of a least-squares fit: %s, %s (%d bytes)",
    count_text(x$m, "function"), count_text(x$q, "output"), length(x$bytes)))
  invisible(x)
}
