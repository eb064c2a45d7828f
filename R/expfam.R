#' Fit an exponential family
#'
#' Maximum likelihood for any exponential family, without taking the model for true: the
#' fit carries what [expfam_risk()], [expfam_pn()] and sandwich standard errors need.
#'
#' Whether the maximum exists is decided, not guessed: by the exact rule of the family,
#' or on a finite support by linear programming (see [expfam_exists()]). Where it does
#' not exist the fit is an error of class `distest_error_existence`, or with
#' `boundary = "limit"` the limiting member on the smallest face that holds the data,
#' with a warning.
#'
#' @param x Data: a vector, or a matrix or data frame with one row per observation. For
#'   `"loglinear"` a data frame of factors or a table of counts.
#' @param family From [expfam_family()] or [expfam_custom()], or the name of a family
#'   without settings.
#' @param weights Non-negative numbers, one per observation, or `NULL`.
#' @param weight_type `"frequency"`: as if rows were repeated; `"sampling"`: design
#'   weights, with the number of rows as sample size.
#' @param terms Statistics to keep, by name or number; for custom and loglinear families.
#' @param start Starting values for the natural parameters, or `NULL`.
#' @param boundary What to do when the maximum does not exist.
#' @param ridge `NULL`, or a penalty \eqn{\lambda}: minimises
#'   \eqn{\Psi(\theta) - \theta'\bar\xi + \lambda|\theta|^2/2}.
#' @param na.action [stats::na.fail()] or [stats::na.omit()].
#' @param control From [expfam_control()].
#' @return An object of class `distest_expfam`: a list with `theta`, `psi`, `loglik`, `n`,
#'   `p`, `eta` (means of the statistics), `G` and `V` (their covariance under the model
#'   and in the data), `family`, `iterations`, `decrement`, `existence`, `recession`,
#'   `call`. It is plain data and can be saved.
#' @references Sheena, Y. (2023). MLE convergence speed to information projection of
#'   exponential family: criterion for model dimension and sample size. *Statistical
#'   Papers*. arXiv:2105.08947.
#' @examples
#' fit <- expfam_fit(precip, "gamma")
#' fit
#' expfam_pn(fit)
#' expfam_fit(HairEyeColor, expfam_family("loglinear", margins = list(1:2, c(1, 3), 2:3)))
#' @export
expfam_fit <- function(x, family, weights = NULL,
                       weight_type = c("frequency", "sampling"), terms = NULL,
                       start = NULL, boundary = c("error", "limit"), ridge = NULL,
                       na.action = stats::na.fail, control = expfam_control()) {
  weight_type <- check_choice(weight_type, c("frequency", "sampling"), "weight_type")
  boundary <- check_choice(boundary, c("error", "limit"), "boundary")
  ridge <- if (is.null(ridge)) 0 else check_number(ridge, "ridge", at_least = 0)
  data <- expfam_data(x, as_family(family), weights, na.action)
  if (!is.null(terms)) data <- keep_terms(data, terms)
  start <- check_numbers(start, "start", length = data$family$p, null = TRUE)
  fit <- fit_prepared(data, weight_type, start, boundary, ridge, control)
  fit$call <- match.call()
  fit
}

as_family <- function(family) {
  if (is.character(family) && length(family) == 1) family <- expfam_family(family)
  if (!inherits(family, "distest_expfam_family")) {
    bad_argument("family", "must be made by expfam_family() or expfam_custom(), not %s.",
      describe(family))
  }
  family
}

#' @rdname expfam_fit
#' @param max_iter Newton steps at most.
#' @param tol Ends when n times the divergence left is below it.
#' @param threads,progress See [distest-package].
#' @export
expfam_control <- function(max_iter = 100, tol = 1e-12,
                           threads = getOption("distest.threads"),
                           progress = getOption("distest.progress", interactive())) {
  list(max_iter = check_count(max_iter, "max_iter"),
    tol = check_number(tol, "tol", above = 0), threads = threads, progress = progress)
}

# list(x: double matrix for C, weights, family with its dimension, dropped, levels)
expfam_data <- function(x, family, weights = NULL, na.action = stats::na.fail) {
  if (family$family == "loglinear") {
    return(loglinear_data(x, family, weights))
  }
  if (inherits(x, "distest_expfam_moments")) {
    bad_argument("x", "is a summary of data; expfam_fit_moments() takes it.")
  }
  raw <- x
  if (!is.null(family$statistic)) {
    x <- user_statistics(family$statistic, x)
  } else if (family$family == "categorical") {
    x <- matrix(category_codes(x, family))
  } else {
    x <- as_numbers(x)
  }
  family <- family_for(family, ncol(x))
  if (nrow(x) == 0) {
    bad_argument("x", "has no rows.")
  }
  if (ncol(x) != family$d) {
    bad_argument("x", "must have %d columns for this family, not %d.",
      as.integer(family$d),
      ncol(x))
  }
  weights <- expfam_weights(weights, nrow(x))
  missing <- is.na(rowSums(x)) & apply(is.na(x), 1, any)
  if (any(missing)) {
    if (!identical(na.action, stats::na.omit) &&
      !identical(na.action, stats::na.exclude)) {
      bad_argument("x", "has %s with missing values; na.action = na.omit drops them.",
        count_text(sum(missing), "row"), value = which(missing)[[1]])
    }
    distest_message(count_text(sum(missing), "row"), " with missing values dropped.")
    x <- x[!missing, , drop = FALSE]
    weights <- weights[!missing]
  }
  if (any(is.infinite(x))) {
    bad_argument("x", "must be finite, but %s not.",
      paste(name_rows(which(apply(is.infinite(x), 1, any))), "is"))
  }
  list(x = x, weights = weights, family = family, dropped = sum(missing), raw = raw)
}

as_numbers <- function(x) {
  if (is.data.frame(x)) x <- as.matrix(x)
  if (!is.numeric(x) && !is.logical(x)) {
    bad_argument("x", "must be numeric, not %s.", describe(x))
  }
  if (is.null(dim(x))) x <- matrix(x)
  storage.mode(x) <- "double"
  x
}

category_codes <- function(x, family) {
  if (is.matrix(x) || is.data.frame(x)) x <- x[, 1]
  codes <- if (is.numeric(x)) as.double(x) else match(as.character(x), family$levels)
  unseen <- is.na(codes) & !is.na(x)
  if (any(unseen)) {
    bad_argument("x", "has the level %s at row %d, which the family does not have.",
      dQuote(as.character(x[unseen][[1]]), FALSE), which(unseen)[[1]], kind = "domain")
  }
  as.double(codes)
}

expfam_weights <- function(weights, n) {
  weights <- check_numbers(weights, "weights", length = n, null = TRUE)
  if (!is.null(weights)) {
    if (any(weights < 0 | !is.finite(weights))) {
      bad_argument("weights", "must be non-negative and finite, but entry %d is %s.",
        which(weights < 0 | !is.finite(weights))[[1]],
        format(weights[weights < 0 | !is.finite(weights)][[1]]))
    }
    if (all(weights == 0)) bad_argument("weights", "must not all be 0.")
  }
  weights
}

# Cells of the table are the nodes; statistics are design columns in treatment coding.
loglinear_data <- function(x, family, weights) {
  if (is.table(x) || (is.array(x) && is.numeric(x))) {
    cells <- as.data.frame(as.table(x), stringsAsFactors = TRUE)
    counts <- cells[[ncol(cells)]]
    cells <- cells[-ncol(cells)]
    rows <- seq_len(nrow(cells))
    if (any(!is.finite(counts) | counts < 0) || sum(counts) == 0) {
      bad_argument("x", "must hold counts, non-negative and not all 0.")
    }
    weights <- as.double(counts)
  } else {
    if (!is.data.frame(x)) {
      bad_argument("x", "must be a data frame of factors or a table, not %s.",
        describe(x))
    }
    if (nrow(x) == 0) bad_argument("x", "has no rows.")
    if (anyNA(x)) {
      bad_argument("x", "has %s with missing values; na.action = na.omit drops them.",
        count_text(sum(!stats::complete.cases(x)), "row"))
    }
    f <- as.data.frame(lapply(x, \(v) droplevels(as.factor(v))), check.names = FALSE)
    cells <- expand.grid(lapply(f, levels), stringsAsFactors = TRUE)
    size <- vapply(f, nlevels, 1L)
    rows <- 1 + drop(vapply(f, as.integer, integer(nrow(f))) - 1) %*%
      cumprod(c(1, size[-length(size)]))
    weights <- expfam_weights(weights, nrow(f))
  }
  margins <- family$margins
  if (!is.list(margins)) margins <- list(margins)
  named <- lapply(margins, \(m) if (is.character(m)) m else names(cells)[m])
  if (anyNA(unlist(named)) || !all(unlist(named) %in% names(cells))) {
    bad_argument("margins", "names variables that the data do not have.")
  }
  text <- vapply(named, \(m) paste0("`", m, "`", collapse = "*"), "")
  old <- options(contrasts = c("contr.treatment", "contr.treatment"))
  on.exit(options(old))
  design <- stats::model.matrix(stats::reformulate(text), cells)[, -1, drop = FALSE]
  family$xi <- unname(design)
  family$finite <- TRUE
  family$logw <- NULL
  family$cells <- cells
  family$stat_names <- colnames(design)
  family$cname <- "nodes"
  family$p <- family$d <- ncol(design)
  family$usual <- 0
  xi <- unname(design[as.integer(rows), , drop = FALSE])
  list(x = xi, weights = weights, family = family, dropped = 0L, raw = x)
}

keep_terms <- function(data, terms) {
  f <- data$family
  if (is.null(f$xi)) {
    distest_error("unsupported",
      "`terms` selects statistics of custom and loglinear families only.",
      argument = "terms")
  }
  at <- if (is.character(terms)) match(terms, f$stat_names) else terms
  if (anyNA(at) || anyDuplicated(at) || any(at < 1 | at > f$p)) {
    bad_argument("terms", "must be different statistics among %s.",
      enumerate(f$stat_names))
  }
  f$xi <- f$xi[, at, drop = FALSE]
  f$stat_names <- f$stat_names[at]
  f$p <- f$d <- length(at)
  f$kept <- at
  data$family <- f
  data$x <- data$x[, at, drop = FALSE]
  data
}

control_set <- function(control, ridge = 0, sampling = FALSE) {
  list(max_iter = control$max_iter, tol = control$tol, ridge = ridge, sampling = sampling)
}

map_argument <- c(mean = "x", sample = "x", xi = "x")

fit_prepared <- function(data, weight_type, start, boundary, ridge, control) {
  f <- data$family
  sampling <- weight_type == "sampling" && !is.null(data$weights)
  progress <- progress_of(control$progress)
  check_collinear(data)
  out <- .Call(C_expfam_fit, f, f$p, data$x, data$weights,
    control_set(control, ridge, sampling), start, threads_of(control$threads), progress)
  limit <- inherits(out, "distest_failure") && out$status == 7L && boundary == "limit"
  if (limit) {
    return(fit_on_face(data, weight_type, control))
  }
  if (inherits(out, "distest_failure") && out$status == 7L) out$message <- explain(out,
    data)
  out <- result_of(out, map = map_argument)
  fit <- new_expfam(data, out, weight_type, ridge)
  if (fit$existence == "boundary") {
    distest_warning("boundary",
      "The maximum lies on the boundary of the parameter space.")
  }
  refine_nodes(fit, data, weight_type, start, boundary, ridge, control)
}

explain <- function(out, data) {
  sub("all observations", sprintf("all %d observations", nrow(data$x)), out$message,
    fixed = TRUE)
}

# Constant and collinear columns of custom statistics are named before anything is tried.
check_collinear <- function(data) {
  f <- data$family
  if (is.null(f$xi)) {
    return(invisible())
  }
  centred <- sweep(f$xi, 2, colMeans(f$xi))
  size <- sqrt(colMeans(centred^2))
  constant <- size <= 1e-12 * pmax(1, abs(colMeans(f$xi)))
  if (any(constant)) {
    distest_error("singular",
      sprintf("The statistic %s is constant; leave it out with `terms`.",
      enumerate(f$stat_names[constant])), argument = "x")
  }
  q <- qr(sweep(centred, 2, size, "/"), tol = 1e-10)
  if (q$rank < f$p) {
    bad <- q$pivot[seq(q$rank + 1, f$p)]
    distest_error("singular", sprintf(
      "The statistics are linearly dependent: %s follow from the others; leave them out with `terms`.",
      enumerate(f$stat_names[bad])), argument = "x")
  }
}

new_expfam <- function(data, out, weight_type, ridge) {
  f <- data$family
  names(out$theta) <- names(out$mean) <- f$stat_names
  psi <- result_of(.Call(C_expfam_psi, f, unname(out$theta)))
  dimnames(psi$hess) <- dimnames(out$cov) <- list(f$stat_names, f$stat_names)
  structure(list(
    theta = out$theta, psi = out$info$psi, loglik = out$info$loglik, n = out$info$n,
    p = f$p, eta = out$mean, G = psi$hess, V = out$cov, family = f,
    iterations = out$info$iterations, decrement = out$info$decrement,
    existence = if (out$info$boundary == 1) "boundary" else "interior",
    recession = NULL, ridge = ridge, weight_type = weight_type, x = data$x,
    weights = data$weights, dropped = data$dropped,
    raw = if (is.data.frame(data$raw) || is.matrix(data$raw)) NULL else data$raw,
    call = NULL, version = version_string()
  ), class = "distest_expfam")
}

# Interval and integer references are made finer or longer until nothing changes.
refine_nodes <- function(fit, data, weight_type, start, boundary, ridge, control) {
  ref <- fit$family$reference
  if (is.null(ref) || !ref$type %in% c("interval", "integers")) {
    return(fit)
  }
  size <- fit$family$node_size %||% 1
  if (size >= 64) {
    distest_error("domain", "The log partition does not settle on the reference measure.",
      argument = "reference")
  }
  finer <- reference_nodes(ref, fit$family$statistic, fit$family$log_base, 2 * size)
  if (!is.null(fit$family$kept)) finer$xi <- finer$xi[, fit$family$kept, drop = FALSE]
  a <- drop(finer$xi %*% fit$theta) + finer$logw
  psi <- max(a) + log(sum(exp(a - max(a))))
  if (abs(psi - fit$psi) <= 1e-12 * max(1, abs(psi))) {
    return(fit)
  }
  data$family$xi <- finer$xi
  data$family$logw <- finer$logw
  data$family$node_size <- 2 * size
  fit_prepared(data, weight_type, fit$theta, boundary, ridge, control)
}

# The limit on the smallest face: nodes and statistics restricted to it.
fit_on_face <- function(data, weight_type, control) {
  f <- data$family
  support <- family_support(f)
  if (is.null(support)) {
    distest_error("existence", paste(
      "No maximum exists, and the limit is not a member of a smaller family of this kind;",
      "`boundary = \"limit\"` is for finite supports."
    ), argument = "boundary")
  }
  w <- data$weights %||% rep(1, nrow(data$x))
  xi <- if (f$cname == "nodes") data$x else
    result_of(.Call(C_expfam_stats, f, f$p, data$x), map = map_argument)$xi
  mean <- colSums(xi * w) / sum(w)
  where <- result_of(.Call(C_expfam_exists, support$xi, mean, NULL))
  if (where$status == 2) {
    distest_error("existence",
      "`x` has statistics outside the convex hull of the support.",
      argument = "x", status = "outside")
  }
  on <- where$face
  face <- sweep(support$xi[on, , drop = FALSE], 2, mean)
  q <- qr(face, tol = 1e-9)
  keep <- sort(q$pivot[seq_len(q$rank)])
  theta <- stats::setNames(rep(0, f$p), f$stat_names)
  g <- f
  g$xi <- support$xi[on, keep, drop = FALSE]
  g$logw <- support$logw[on]
  g$cname <- "nodes"
  g$finite <- TRUE
  g$p <- g$d <- q$rank
  g$stat_names <- f$stat_names[keep]
  small <- list(x = xi[, keep, drop = FALSE], weights = data$weights, family = g,
    dropped = data$dropped, raw = data$raw)
  if (q$rank == 0) {
    distest_error("existence",
      "The limit is a single point: nothing is left to estimate.",
      argument = "x")
  }
  out <- result_of(.Call(C_expfam_fit, g, g$p, small$x, small$weights,
    control_set(control, 0, weight_type == "sampling" && !is.null(data$weights)), NULL,
    threads_of(control$threads), NULL), map = map_argument)
  fit <- new_expfam(small, out, weight_type, 0)
  fit$existence <- "face"
  fit$recession <- stats::setNames(where$direction, f$stat_names)
  fit$face <- on
  fit$full_names <- f$stat_names
  distest_warning("boundary", sprintf(
    "No maximum exists; this is its limit on a face with %d of %d points and %d of %d parameters.",
    sum(on), length(on), as.integer(q$rank), as.integer(f$p)))
  fit
}

# Points of a finite support, or NULL.
family_support <- function(f) {
  if (!is.null(f$xi)) {
    return(if (isTRUE(f$finite)) list(xi = f$xi,
      logw = rep_len(f$logw %||% 0, nrow(f$xi))))
  }
  if (f$cname == "categorical") {
    k <- f$ipar
    return(list(xi = rbind(0, diag(k - 1)), logw = rep(0, k)))
  }
  if (f$cname == "ising") {
    low <- if (f$ipar[[2]] == 1) -1 else 0
    states <- unname(as.matrix(expand.grid(rep(list(c(low, 1)), f$d))))
    return(list(xi = result_of(.Call(C_expfam_stats, f, f$p, states))$xi,
      logw = rep(0, nrow(states))))
  }
  if (f$cname %in% c("bernoulli", "binomial")) {
    size <- if (length(f$par)) f$par else 1
    return(list(xi = matrix(as.double(0:size)), logw = lchoose(size, 0:size)))
  }
  NULL
}

#' A member of a family
#'
#' A distribution with given parameters and no data, for planning:
#' `expfam_risk(model, truth = "model", n = )`, [expfam_sample_size()],
#' [expfam_divergence()], `simulate()`.
#'
#' @param family From [expfam_family()] or [expfam_custom()], or the name of one.
#' @param theta Natural parameters, or `NULL`.
#' @param param Usual parameters: a named vector, or for `"mvnormal"`
#'   `list(mean = , cov = )`.
#' @return An object of class `distest_expfam_model`.
#' @examples
#' m <- expfam_model("gamma", param = c(shape = 3, rate = 2))
#' expfam_sample_size(m)
#' expfam_sample_size(expfam_model("mvnormal", param = list(mean = c(0, 0), cov =
#' diag(2))))
#' @export
expfam_model <- function(family, theta = NULL, param = NULL) {
  f <- as_family(family)
  if (is.null(theta) == is.null(param)) {
    bad_argument("theta", "or `param` must be given, and not both.")
  }
  if (is.list(param)) {
    f <- family_for(f, length(param$mean))
    param <- c(param$mean, param$cov)
  } else if (isTRUE(f$needs_d)) {
    f <- family_for(f, length(param %||% theta) - (f$family == "von_mises_fisher" &&
      !is.null(param)))
  }
  if (!is.null(param)) {
    if (f$usual == 0) {
      bad_argument("param", "is not defined for this family; give `theta`.")
    }
    if (!is.null(names(param)) && all(f$usual_names %in% names(param))) {
      param <- param[f$usual_names]
    }
    param <- check_numbers(param, "param", length = f$usual)
    theta <- result_of(.Call(C_expfam_natural, f, param, f$p), map = c(par = "param"))
  }
  theta <- check_numbers(theta, "theta", length = f$p)
  psi <- result_of(.Call(C_expfam_psi, f, theta))
  names(theta) <- f$stat_names
  structure(list(theta = theta, psi = psi$psi,
    eta = stats::setNames(psi$grad, f$stat_names),
    G = psi$hess, p = f$p, family = f, version = version_string()),
  class = "distest_expfam_model")
}

#' @export
print.distest_expfam_model <- function(x, ...) {
  check_dots_empty(...)
  cat(format(x$family), "\n", sep = "")
  write_block("  natural: ", sprintf("%s = %s", names(x$theta), format_number(x$theta)))
  par <- usual_of(x)
  if (!is.null(par)) write_block("  usual:   ",
    sprintf("%s = %s", names(par), format_number(par)))
  invisible(x)
}

usual_of <- function(object, jacobian = FALSE) {
  f <- object$family
  if (f$usual == 0 || identical(object$existence, "face")) {
    return(NULL)
  }
  out <- result_of(.Call(C_expfam_usual, f, unname(object$theta), f$usual))
  if (jacobian) out$jacobian else stats::setNames(out$par, f$usual_names)
}
