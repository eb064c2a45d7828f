# Some of the columns: marginal and conditional densities.

#' Marginal and conditional densities
#'
#' `kde_marginal()`: the estimate of some of the columns, again a kernel estimate.
#' `kde_conditional()`: the density of the other columns given some of them,
#' \deqn{f(y | x) = \sum_i p_i(x) N(y;\; y_i + H_{yx} H_{xx}^{-1} (x - x_i),\;
#'   H_{yy} - H_{yx} H_{xx}^{-1} H_{xy}),}
#' with \eqn{p_i(x)} the share of point i in the density of x. Gaussian kernel.
#'
#' @param object A [kde_fit()]; for the methods what `kde_conditional()` returned.
#' @param which,given Names or numbers of columns.
#' @return `kde_marginal()`: an object of class `distest_kde`. `kde_conditional()`: one of
#'   class `distest_kde_conditional`, a list with `fit`, `given` and `rest`, names of
#'   columns. Its `predict()`: for `"log_density"` and `"cdf"` a vector, for `"mean"` and
#'   `"sample"` a matrix with the columns `rest`.
#' @examples
#' fit <- kde_fit(faithful)
#' kde_marginal(fit, "waiting")
#' given <- kde_conditional(fit, "eruptions")
#' predict(given, data.frame(eruptions = c(2, 4)), type = "mean")
#' predict(kde_fit(waiting ~ eruptions, data = faithful), faithful[1:3, ])
#' @export
kde_marginal <- function(object, which) {
  check_kde(object)
  which <- kde_columns(object, which, "which", object$d)
  if (!is.null(object$mixed)) {
    return(kde_marginal_mixed(object, which))
  }
  out <- result_of(.Call(C_kde_marginal, object$x, object$weights, kde_spec(object),
    which))
  names <- colnames(object$x)[which]
  colnames(out$x) <- names
  diagonal <- all(out$H[row(out$H) != col(out$H)] == 0)
  plain <- object$shape == "scalar" && object$scaling == "none"
  reference <- if (plain) diag(length(which)) else out$H
  dimnames(out$H) <- dimnames(reference) <- list(names, names)
  ties <- sum(duplicated(out$x) | duplicated(out$x, fromLast = TRUE))
  shape <- if (plain) "scalar" else if (diagonal) "diag" else "full"
  fit <- utils::modifyList(object, list(x = out$x, d = length(which), H = out$H,
    h = if (plain) object$h else NA_real_, reference = reference, scaling = "none",
    shape = shape, ties = ties))
  fit$bandwidth <- structure(class = "distest_kde_bandwidth", list(method = "given",
    h = fit$h, H = out$H, objective = NA_real_, scaling = "none", shape = shape,
    ties = ties, converged = TRUE))
  if (!is.null(fit$bounds)) {
    fit$bounds$lower <- fit$bounds$lower[which]
    fit$bounds$upper <- fit$bounds$upper[which]
  }
  fit$adaptive <- object$adaptive[setdiff(names(object$adaptive), c("radius_next",
    "reach"))]
  if (!is.null(object$adaptive)) fit["loo"] <- list(NULL)
  kde_refill(fit)
}

kde_refill <- function(fit) {
  fit$call <- sys.call(-1)
  run <- list(threads = threads_of(fit$control$threads), progress = NULL)
  kde_fill_loo(fit, run)
}

kde_marginal_mixed <- function(object, which) {
  m <- object$mixed
  keep <- list(x = m$x[, which, drop = FALSE], type = m$type[which],
    levels = m$levels[which], labels = m$labels[which], lambda = m$lambda[which],
    h = m$h[which])
  made <- kde_embed(keep, keep$lambda)
  sd <- ifelse(keep$type == 0, keep$h, 1)[made$column]
  H <- diag(sd^2, length(sd))
  dimnames(H) <- list(colnames(made$x), colnames(made$x))
  fit <- utils::modifyList(object, list(x = made$x, d = length(which), H = H,
    reference = H))
  fit$mixed <- c(keep, list(column = made$column, log_factor = made$factor,
    log_constant = made$constant))
  fit$ties <- sum(duplicated(keep$x) | duplicated(keep$x, fromLast = TRUE))
  fit$bandwidth$H <- H
  fit$bandwidth$method <- "given"
  kde_refill(fit)
}

#' @rdname kde_marginal
#' @export
kde_conditional <- function(object, given) {
  check_kde(object)
  given <- kde_columns(object, given, "given", object$d - 1)
  if (object$kernel != "gaussian") {
    bad_argument("object", "must have the gaussian kernel, not %s.",
      dQuote(object$kernel, FALSE))
  }
  if (!is.null(object$bounds)) {
    bad_argument("object", "must not have bounds for conditional densities.")
  }
  names <- kde_names(object)
  structure(class = "distest_kde_conditional", list(fit = object, given = names[given],
    rest = names[-given], version = version_string()))
}

#' @rdname kde_marginal
#' @param newdata A data frame or matrix: the columns `given`, and for `"log_density"` and
#'   `"cdf"` the others, too; missing: the data.
#' @param type `"log_density"`; `"mean"` of the other columns; `"cdf"`, where one column
#'   is left; `"sample"`, a draw for each row.
#' @param ... Not used.
#' @param threads,progress See [kde_fit()].
#' @export
predict.distest_kde_conditional <- function(object, newdata = NULL,
                                            type = c("log_density", "mean", "cdf",
                                              "sample"), ...,
                                            threads = object$fit$control$threads,
                                            progress = object$fit$control$progress) {
  check_dots_empty(...)
  check_version(object)
  type <- check_choice(type, c("log_density", "mean", "cdf", "sample"), "type")
  fit <- object$fit
  run <- list(threads = threads_of(threads), progress = progress_of(progress))
  if (!is.null(fit$mixed)) {
    return(kde_conditional_mixed(object, newdata, type, run))
  }
  names <- kde_names(fit)
  x <- fit$x
  colnames(x) <- names
  need <- if (type %in% c("mean", "sample")) object$given else names
  at <- if (is.null(newdata)) {
    x[, need, drop = FALSE]
  } else {
    kde_points(newdata, "newdata", columns = length(need), names = need)
  }
  rest <- if (length(need) == length(names)) at[, object$rest, drop = FALSE]
  out <- result_of(.Call(C_kde_conditional, x, fit$weights, kde_spec(fit),
    as.double(match(object$given, names)), at[, object$given, drop = FALSE], rest, type,
    run$threads, run$progress), c(at_given = "newdata", at_rest = "newdata",
    given = "type"))
  if (is.matrix(out)) colnames(out) <- object$rest
  out
}

# Joint over marginal density; means where what is left is numeric.
kde_conditional_mixed <- function(object, newdata, type, run) {
  fit <- object$fit
  if (is.null(newdata)) {
    newdata <- as.data.frame(fit$mixed$x)
    for (k in which(fit$mixed$type > 0)) {
      newdata[[k]] <- fit$mixed$labels[[k]][newdata[[k]] + 1]
    }
  }
  names <- kde_names(fit)
  given <- kde_marginal(fit, object$given)
  if (type == "log_density") {
    return(predict(fit, newdata, progress = FALSE) -
      predict(given, newdata, progress = FALSE))
  }
  rest <- match(object$rest, names)
  if (any(fit$mixed$type[rest] > 0)) {
    bad_argument("type",
      "must be \"log_density\" for the density of categorical columns.")
  }
  y <- fit$mixed$x[, rest, drop = FALSE]
  x <- cbind(given$x, y)
  spec <- kde_spec(given, shape = kde_shapes[["diag"]],
    bandwidth = c(sqrt(diag(given$H)), fit$mixed$h[rest]))
  at <- kde_newdata(given, newdata)
  at_rest <- if (type == "cdf") {
    kde_points(newdata[object$rest], "newdata", columns = length(rest))
  }
  out <- result_of(.Call(C_kde_conditional, x, fit$weights, spec,
    as.double(seq_len(ncol(given$x))), at, at_rest, type, run$threads, run$progress),
  c(at_given = "newdata", at_rest = "newdata", given = "type"))
  if (is.matrix(out)) colnames(out) <- object$rest
  out
}

#' @export
print.distest_kde_conditional <- function(x, ...) {
  cat("Conditional density of ", paste(x$rest, collapse = ", "), " given ",
    paste(x$given, collapse = ", "), ", from a\n", sep = "")
  print(x$fit)
  invisible(x)
}

#' @export
nobs.distest_kde_conditional <- function(object, ...) object$fit$n
