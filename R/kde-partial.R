# Densities from points in pieces.

#' Densities from data in pieces
#'
#' `kde_partial()` makes of some of the points a small summary of the density at `at`:
#' per query the largest term, the sums relative to it, and the nearest distances.
#' `kde_merge()` puts summaries together, `kde_finish()` gives the densities. The bits do
#' not depend on the order or nesting of the merges; the number of points has no limit.
#'
#' @param x Some of the points: a numeric vector, matrix or data frame.
#' @param at Where the density is wanted, the same for all pieces.
#' @param bandwidth A number, a vector of standard deviations or a variance matrix.
#' @param weights Weights of these points, on a scale that all pieces share; `NULL`: 1.
#' @param kernel,nu See [kde_fit()].
#' @param segment A name for these points; merging two parts of one name is an error. A
#'   part without one counts as its own, even where it equals another.
#' @param k Nearest distances to keep, 0 to 64.
#' @param ... `kde_merge()`: parts. `kde_partial()`: none.
#' @inheritParams kde_fit
#' @return `kde_partial()`, `kde_merge()`: an object of class `distest_kde_partial`, plain
#'   data. `kde_finish()`: a data frame `log_density`, `neff` and `nearest` (distance, in
#'   the metric of the bandwidth where that is not one number; missing for `k = 0`).
#' @examples
#' at <- faithful[1:3, ]
#' a <- kde_partial(faithful[1:100, ], at, c(0.3, 5))
#' b <- kde_partial(faithful[101:272, ], at, c(0.3, 5))
#' kde_finish(kde_merge(a, b))
#' @export
kde_partial <- function(x, at, bandwidth, weights = NULL, ..., kernel = "gaussian",
                        nu = NULL, segment = NULL, k = 20,
                        threads = getOption("distest.threads"),
                        progress = getOption("distest.progress", interactive())) {
  check_dots_empty(...)
  x <- kde_points(x)
  at <- kde_points(at, "at", columns = ncol(x), names = colnames(x))
  kernel <- check_choice(kernel, kde_kernel_names, "kernel")
  weights <- check_numbers(weights, "weights", length = nrow(x), null = TRUE)
  k <- check_count(k, "k", at_least = 0)
  if (!is.null(segment) && !(is.character(segment) && length(segment) == 1 &&
    !is.na(segment))) {
    bad_argument("segment", "must be a string, not %s.", describe(segment))
  }
  if (is.character(bandwidth)) {
    bad_argument("bandwidth", "must be given in numbers, the same for all pieces.")
  }
  given <- kde_given(x, bandwidth, "none", "scalar", weights)
  fit <- c(given, list(kernel = kernel, nu = nu, control = kde_control(), tie_rule =
    "include"))
  spec <- kde_spec(fit)
  state <- result_of(.Call(C_kde_part, x, weights, spec, at, k, threads_of(threads),
    progress_of(progress)))
  structure(class = "distest_kde_partial", list(states = list(state), segments = list(
    segment), d = ncol(x), k = k, spec = spec, at = at, n = nrow(x),
  version = version_string()))
}

#' @rdname kde_partial
#' @export
kde_merge <- function(...) {
  all <- list(...)
  if (length(all) == 0) bad_argument("...", "must have at least one part.")
  for (p in all) {
    if (!inherits(p, "distest_kde_partial")) {
      bad_argument("...", "must be parts of kde_partial(), not %s.", describe(p))
    }
    for (what in c("at", "spec", "k")) {
      if (!identical(p[[what]], all[[1]][[what]])) {
        bad_argument("...", "must be parts with the same %s.", switch(what,
          at = "`at`", spec = "bandwidth and kernel", k = "`k`"))
      }
    }
  }
  out <- all[[1]]
  out$states <- do.call(c, lapply(all, \(p) p$states))
  out$segments <- do.call(c, lapply(all, \(p) p$segments))
  out$n <- sum(vapply(all, \(p) p$n, 0))
  named <- unlist(out$segments)
  if (anyDuplicated(named)) {
    bad_argument("segment", "\"%s\" is there twice.", named[duplicated(named)][[1]])
  }
  out
}

#' @rdname kde_partial
#' @param partial The merged parts.
#' @export
kde_finish <- function(partial) {
  if (!inherits(partial, "distest_kde_partial")) {
    bad_argument("partial", "must come from kde_partial(), not %s.", describe(partial))
  }
  # segments without a name first, by their bytes, then the others by name
  name <- vapply(partial$segments, \(s) if (is.null(s)) "" else s, "")
  bytes <- vapply(partial$states, \(s) paste(serialize(as.vector(s), NULL),
    collapse = ""), "")
  states <- partial$states[order(name, bytes, method = "radix")]
  out <- result_of(.Call(C_kde_part_finish, states, partial$spec,
    c(partial$d, partial$k)))
  data.frame(log_density = out$log_density, neff = out$neff,
    nearest = if (partial$k > 0) sqrt(out$distance[1, ]) else NA_real_)
}

#' @export
print.distest_kde_partial <- function(x, ...) {
  cat(sprintf("Densities in pieces: %s in %s, at %s\n", count_text(x$n, "point"),
    count_text(length(x$states), "piece"), count_text(nrow(x$at), "place")))
  invisible(x)
}
