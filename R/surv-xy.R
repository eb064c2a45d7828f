#' Survival regression from matrices
#'
#' [surv_fit()] without formulas: designs are matrices, taken as they are, so that nothing
#' of the length of the data is made but what the fit itself needs.
#'
#' @param y A [survival::Surv()] object, or a numeric matrix with columns time and status
#'   (1: event, 0: censored) or entry, time and status.
#' @param phi,lambda,gamma,kappa A numeric matrix with a row for each row of `y` (with a
#'   column of ones for an intercept), `~ 1` for an intercept alone, or a number at which
#'   the parameter is held. `NULL` is 1.
#' @param ... Must be empty: what follows is to be named.
#' @param entry,weights,cluster,bhazard Vectors, as in [surv_fit()].
#' @param phi_form,time_scale,robust,collapse,start,control,threads,progress As in
#'   [surv_fit()].
#' @param offset A named list of offsets, `list(phi = )` and so on.
#' @return As [surv_fit()], without rows: [predict()] takes as `newdata` a named list of
#'   matrices, `list(phi = , gamma = )`.
#' @examples
#' set.seed(1)
#' x <- cbind(1, x = rnorm(200))
#' time <- rapgw(200, phi = exp(drop(x %*% c(0, 0.5))), gamma = 1.5)
#' fit <- surv_fit_xy(cbind(time, 1), phi = x, gamma = ~1)
#' fit
#' predict(fit, list(phi = cbind(1, 0:1)), times = 1)
#' @export
surv_fit_xy <- function(y, phi = NULL, lambda = NULL, gamma = 1, kappa = 1, ...,
                        entry = NULL, weights = NULL, cluster = NULL, bhazard = NULL,
                        offset = list(), phi_form = c("time", "power"), time_scale = 1,
                        robust = NULL, collapse = "auto", start = NULL,
                        control = surv_control(),
                        threads = getOption("distest.threads"),
                        progress = getOption("distest.progress", interactive())) {
  check_dots_empty(...)
  call <- match.call()
  phi_form <- check_choice(phi_form, c("time", "power"), "phi_form")
  if (!inherits(control, "distest_surv_control")) {
    bad_argument("control", "must be made by surv_control().")
  }
  control$collapse <- surv_check_collapse(collapse)
  rows <- surv_xy_rows(y, list(entry = entry, weights = weights, cluster = cluster,
    bhazard = bhazard))
  n <- length(rows$type)
  given <- list(phi = phi, lambda = lambda, gamma = gamma, kappa = kappa)
  unknown <- setdiff(names(offset), surv_parameters)
  if (!is.list(offset) || length(unknown)) {
    bad_argument("offset", "must be a list with names among %s.",
      enumerate(surv_parameters))
  }
  ones <- if (any(vapply(given, inherits, NA, "formula"))) {
    matrix(1, n + length(rows$drop), 1, dimnames = list(NULL, "(Intercept)"))
  }
  designs <- lapply(surv_parameters, \(name) {
    surv_xy_design(name, given[[name]], offset[[name]], n, rows$drop, ones)
  })
  names(designs) <- surv_parameters
  spec <- Map(\(name, value) {
    if (is.null(value)) 1 else if (is.null(designs[[name]])) surv_one(name, value) else ~1
  }, surv_parameters, given[surv_parameters])
  if (all(vapply(designs, is.null, NA))) {
    bad_argument("phi", "and the others leave nothing to estimate.")
  }
  fit <- surv_estimate(rows, spec, designs, phi_form, time_scale, robust, start, control,
    threads, progress)
  fit$effect <- if (is.matrix(phi) || is.null(designs$lambda)) "aft" else "ph"
  fit$dist <- "apgw"
  call["y"] <- list(quote(y))
  fit$call <- call
  fit$columns <- lapply(designs, \(d) colnames(d$x))
  structure(fit, class = "distest_surv")
}

surv_xy_rows <- function(y, extra) {
  n <- NROW(y)
  for (name in names(extra)) {
    if (!is.null(extra[[name]]) && length(extra[[name]]) != n) {
      bad_argument(name, "must have %d entries, as `y` has rows, not %d.", n,
        length(extra[[name]]))
    }
  }
  if (!inherits(y, "Surv")) {
    return(surv_xy_matrix(y, extra))
  }
  surv_rows_of(y, extra$entry, extra$weights, extra$bhazard, extra$cluster, "y")
}

# times and 0/1, with a first column of entry where there are three
surv_xy_matrix <- function(y, extra) {
  if (!is.numeric(y) || !is.matrix(y) || !ncol(y) %in% 2:3) {
    bad_argument("y", "must be a Surv object or a matrix with 2 or 3 columns, not %s.",
      describe(y))
  }
  counting <- ncol(y) == 3
  if (counting && !is.null(extra$entry)) {
    bad_argument("entry", "and the first column of `y` both give times of entry.")
  }
  if (!is.double(y)) storage.mode(y) <- "double"
  split <- .Call(C_surv_split, y)
  if (is.null(split)) {
    bad_argument("y", "must have status 0 or 1 in its last column.")
  }
  surv_rows_checked(list(
    upper = NULL, entry = if (counting) split$entry else extra$entry,
    weight = extra$weights, bhazard = extra$bhazard, cluster = extra$cluster,
    lower = split$lower, type = split$type
  ), "y")
}

# `ones`: the design of ~ 1
surv_xy_design <- function(name, value, offset, n, drop, ones) {
  if (is.null(value) || (is.numeric(value) && !is.matrix(value))) {
    if (!is.null(offset)) {
      bad_argument("offset", "is for parameters with a design, but %s is held.", name)
    }
    return(NULL)
  }
  rows <- n + length(drop)
  if (inherits(value, "formula")) {
    if (!identical(deparse(value[[length(value)]]), "1")) {
      bad_argument(name, "must be a matrix, a number or ~ 1, not %s.",
        paste(deparse(value), collapse = " "))
    }
    value <- ones
  }
  if (!is.numeric(value)) {
    bad_argument(name, "must be a numeric matrix, a number or ~ 1, not %s.",
      describe(value))
  }
  if (nrow(value) != rows) {
    bad_argument(name, "must have %d rows, as `y`, not %d.", rows, nrow(value))
  }
  if (!is.double(value)) storage.mode(value) <- "double"
  if (is.null(colnames(value))) {
    colnames(value) <- paste0("x", seq_len(ncol(value)))
  }
  if (!is.null(offset)) offset <- check_numbers(offset, "offset", length = rows)
  design <- list(x = value, offset = offset)
  if (length(drop)) surv_drop(design, drop) else design
}

# Designs of new rows of a fit from matrices.
surv_xy_new <- function(object, newdata) {
  designs <- lapply(surv_parameters, \(name) {
    columns <- object$columns[[name]]
    if (is.null(columns)) {
      return(NULL)
    }
    x <- newdata[[name]]
    rows <- max(vapply(newdata, NROW, 0L))
    if (is.null(x) && identical(columns, "(Intercept)")) x <- matrix(1, rows, 1)
    if (!is.numeric(x) || !is.matrix(x) || ncol(x) != length(columns) ||
      nrow(x) != rows) {
      bad_argument("newdata", "must have as `%s` a matrix with %d rows and %s.", name,
        rows, count_text(length(columns), "column"))
    }
    storage.mode(x) <- "double"
    list(x = x)
  })
  list(designs = designs, rows = max(vapply(newdata, NROW, 0L)))
}
