# Designs that grow: ask for runs, tell their results, reuse all of them.

#' Runs that are asked for, told and reused
#'
#' A design remembers every run and the basis function it was drawn for.
#' `wls_ask()` gives the runs that are still to be made, `wls_tell()` takes their outputs
#' (missing: the run failed, and a replacement is offered up to `retry` times per
#' function),
#' `wls_grow()` changes the space and keeps all runs, `wls_result()` makes the sample from
#' which [wls_fit()] works: with \eqn{\tau_j}{tau_j} successful runs of function j the
#' weights
#' are \eqn{w = n / \sum_j \tau_j \phi_j^2}{w = n / sum_j tau_j phi_j^2}. Runs already
#' paid
#' for are never asked for again, nor discarded.
#'
#' @param space A tensor space from [wls_space()].
#' @param per_function Runs per basis function.
#' @param retry Replacements for failed runs, per basis function.
#' @param design From `wls_design()`; it is changed in place.
#' @param n At most this many runs; `NULL`: all.
#' @param id Numbers of runs.
#' @param y Their outputs: a vector, or a matrix with a row per run.
#' @param overwrite Replace outputs told before?
#' @param file A file name.
#' @return `wls_design()`, `wls_load()`: an object of class `distest_wls_design`.
#'   `wls_ask()`:
#'   a data frame `id` and a column per input. `wls_tell()`, `wls_grow()`: the design,
#'   invisibly. `wls_result()`: a list `sample` and `y`. `wls_save()` writes JSON, with
#'   every
#'   bit of the numbers.
#' @examples
#' set.seed(1)
#' design <- wls_design(wls_space(wls_basis("legendre", 4)))
#' runs <- wls_ask(design)
#' wls_tell(design, runs$id, exp(runs$x1))
#' wls_grow(design, wls_space(wls_basis("legendre", 6)))
#' nrow(wls_ask(design))
#' more <- wls_ask(design)
#' wls_tell(design, more$id, exp(more$x1))
#' result <- wls_result(design)
#' wls_fit(design$space, result$sample, result$y)
#' @export
wls_design <- function(space, per_function = 2L, retry = 1L) {
  check_space(space)
  if (is_finite_space(space)) unsupported("wls_design", space,
    "use wls_sample() for finite spaces")
  design <- new.env(parent = emptyenv())
  design$space <- space
  design$per_function <- check_count(per_function, "per_function")
  design$retry <- check_count(retry, "retry", 0)
  design$x <- matrix(0, 0, space$d, dimnames = list(NULL, space$names))
  design$component <- matrix(0L, 0, space$d)
  design$state <- character()
  design$y <- NULL
  design$informed <- FALSE
  design$version <- version_string()
  structure(design, class = "distest_wls_design")
}

check_design <- function(design) {
  if (!inherits(design, "distest_wls_design")) {
    bad_argument("design", "must come from wls_design(), not %s.", describe(design))
  }
  design
}

component_key <- function(indices) apply(indices, 1, paste, collapse = ",")

#' @rdname wls_design
#' @export
wls_ask <- function(design, n = NULL) {
  check_design(design)
  if (!is.null(n)) n <- check_count(n, "n")
  space <- design$space
  short <- \(states, tau) result_of(.Call(C_wls_missing, space$indices,
    design$component[design$state %in% states, , drop = FALSE], tau))
  need <- pmin(short(c("done", "pending"), design$per_function),
    short(c("done", "pending", "failed"), design$per_function + design$retry))
  for (j in which(need > 0)) {
    x <- vapply(seq_len(space$d), \(k) wls_induced_sample(space$basis[[k]],
      space$indices[j, k], need[[j]]),
      numeric(need[[j]]))
    design$x <- rbind(design$x, matrix(x, need[[j]]))
    design$component <- rbind(design$component, matrix(space$indices[j, ], need[[j]],
      space$d, byrow = TRUE))
    design$state <- c(design$state, rep("pending", need[[j]]))
    if (!is.null(design$y)) design$y <- rbind(design$y,
      matrix(NA_real_, need[[j]], ncol(design$y)))
  }
  id <- which(design$state == "pending")
  if (!is.null(n)) id <- utils::head(id, n)
  data.frame(id = id, design$x[id, , drop = FALSE], check.names = FALSE, row.names = NULL)
}

#' @rdname wls_design
#' @export
wls_tell <- function(design, id, y, overwrite = FALSE) {
  check_design(design)
  check_flag(overwrite, "overwrite")
  id <- check_numbers(id, "id")
  if (any(!id %in% seq_along(design$state))) {
    bad_argument("id", "must be numbers from wls_ask(); %s is not one.",
      format(id[!id %in% seq_along(design$state)][[1]]))
  }
  if (anyDuplicated(id)) bad_argument("id", "has %s twice.",
    format(id[duplicated(id)][[1]]))
  y <- check_outputs(y, length(id))
  if (!is.null(design$y) && ncol(design$y) != ncol(y)) {
    bad_argument("y", "must have %d columns, not %d.", ncol(design$y), ncol(y))
  }
  told <- design$state[id] == "done"
  if (any(told) && !overwrite) {
    old <- design$y[id[told], , drop = FALSE]
    differs <- rowSums(!(old == y[told, , drop = FALSE]) | is.na(y[told, ,
      drop = FALSE])) > 0
    if (any(differs)) {
      bad_argument("id",
        "%s was told before, with another output; overwrite = TRUE replaces it.",
        format(id[told][differs][[1]]))
    }
  }
  if (is.null(design$y)) {
    design$y <- matrix(NA_real_, length(design$state), ncol(y),
      dimnames = list(NULL, colnames(y)))
  }
  design$y[id, ] <- y
  design$state[id] <- ifelse(rowSums(!is.finite(y)) > 0, "failed", "done")
  invisible(design)
}

#' @rdname wls_design
#' @export
wls_grow <- function(design, space) {
  check_design(design)
  check_space(space)
  same <- !is_finite_space(space) && space$d == design$space$d && all(mapply(
    \(a, b) a$type == b$type && identical(a$par, b$par) &&
      (!a$type %in% c("piecewise", "bspline") || a$degree == b$degree),
    space$basis, design$space$basis))
  if (!same) bad_argument("space",
    "must have the inputs and measures of the design's space.")
  # the larger bases serve every component drawn so far
  space$basis <- Map(\(a, b) if (a$size >= b$size) a else b, space$basis,
    design$space$basis)
  space$names <- design$space$names
  design$space <- space
  design$informed <- design$informed || any(design$state == "done")
  invisible(design)
}

#' @rdname wls_design
#' @export
wls_result <- function(design) {
  check_design(design)
  ok <- which(design$state == "done")
  space <- design$space
  if (length(ok) < space$m) {
    bad_argument("design",
      "has %s with outputs; a space of dimension %d needs at least as many.",
      count_text(length(ok), "run"), as.integer(space$m))
  }
  used <- design$component[ok, , drop = FALSE]
  key <- component_key(used)
  all <- wls_space(space$basis, indices = used[!duplicated(key), , drop = FALSE])
  tau <- as.vector(table(factor(key, unique(key))))
  x <- design$x[ok, , drop = FALSE]
  w <- result_of(.Call(C_wls_weights, sweep(wls_features(all, x)^2, 2, tau, `*`)))
  sample <- wls_as_sample(space, x, weights = w)
  sample$method <- "stratified"
  # w k is at most n / tau_j with the fewest runs of a function of this space
  fewest <- tau[match(component_key(space$indices), unique(key))]
  sample$K <- if (anyNA(fewest)) Inf else length(ok) / min(fewest)
  sample$adaptive <- design$informed
  sample$failed <- sum(design$state == "failed")
  list(sample = sample, y = design$y[ok, , drop = FALSE])
}

#' @export
print.distest_wls_design <- function(x, ...) {
  state <- \(s) sum(x$state == s)
  write_lines("Design for ", space_text(x$space))
  write_lines(sprintf("Runs: %d done, %d pending, %d failed (%s per function)",
    state("done"),
    state("pending"), state("failed"), format(x$per_function)))
  invisible(x)
}

#' @export
as.data.frame.distest_wls_design <- function(x, ...) {
  data.frame(id = seq_along(x$state), x$x, state = x$state, check.names = FALSE)
}

# Numbers as hexadecimal text keep every bit.
hex <- function(x) {
  if (!is.null(x)) list(dim = dim(x), value = sprintf("%a", as.vector(x)))
}
unhex <- function(x) {
  if (is.null(x) || !length(x)) {
    return(NULL)
  }
  v <- as.numeric(unlist(x$value))
  if (length(x$dim)) matrix(v, x$dim[[1]], x$dim[[2]]) else v
}

#' @rdname wls_design
#' @export
wls_save <- function(design, file) {
  check_design(design)
  check_package("jsonlite", "wls_save()")
  if (!is.character(file) || length(file) != 1 || is.na(file)) {
    bad_argument("file", "must be the name of a file, not %s.", describe(file))
  }
  space <- design$space
  out <- list(distest = design$version,
    basis = lapply(space$basis, \(b) list(type = b$type,
    degree = b$degree, par = hex(b$par), names = names(b$par))),
    indices = hex(space$indices),
    names = I(space$names), index = space$index, per_function = design$per_function,
    retry = design$retry, x = hex(design$x), component = hex(design$component),
    state = I(design$state), y = hex(design$y),
    outputs = I(as.character(colnames(design$y))),
    informed = design$informed)
  # beside the file first: a full disk or a crash leaves the old one whole
  beside <- paste0(file, ".new")
  writeLines(jsonlite::toJSON(out, auto_unbox = TRUE, null = "null"), beside)
  if (!file.rename(beside, file)) {
    bad_argument("file", "cannot be written; the design is in %s.", dQuote(beside, FALSE))
  }
  invisible(design)
}

#' @rdname wls_design
#' @export
wls_load <- function(file) {
  check_package("jsonlite", "wls_load()")
  if (!is.character(file) || length(file) != 1 || !file.exists(file)) {
    bad_argument("file", "must name a file written by wls_save(), not %s.",
      describe(file))
  }
  x <- tryCatch(jsonlite::fromJSON(paste(readLines(file), collapse = "\n"),
    simplifyVector = FALSE), error = \(e) NULL)
  if (!is.list(x) || !all(c("distest", "basis", "indices", "state") %in% names(x))) {
    bad_argument("file", "is not a file written by wls_save(): %s.",
      dQuote(file, FALSE))
  }
  check_version(list(version = x$distest))
  basis <- lapply(x$basis, \(b) {
    par <- unhex(b$par)
    args <- if (b$type == "empirical") {
      list(nodes = par[seq_len(length(par) / 2)], prob = par[-seq_len(length(par) / 2)])
    } else if (b$type %in% c("piecewise", "bspline")) {
      list(breaks = par)
    } else {
      stats::setNames(as.list(par), unlist(b$names))
    }
    do.call(wls_basis, c(list(b$type, b$degree), args))
  })
  space <- wls_space(basis, indices = unhex(x$indices), names = unlist(x$names))
  space$index <- x$index
  design <- wls_design(space, x$per_function, x$retry)
  if (length(x$state)) {
    design$x <- matrix(unhex(x$x), ncol = space$d, dimnames = list(NULL, space$names))
    design$component <- matrix(as.integer(unhex(x$component)), ncol = space$d)
    design$state <- unlist(x$state)
    design$y <- unhex(x$y)
    if (length(x$outputs)) colnames(design$y) <- unlist(x$outputs)
  }
  design$informed <- x$informed
  design
}
