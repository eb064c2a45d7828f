# Where no maximum exists: the limit on the smallest face of the support.

# The limit on the smallest face: nodes and statistics restricted to it.
fit_on_face <- function(data, weight_type, control) {
  f <- data$family
  support <- family_support(f)
  if (is.null(support)) {
    distest_error("existence", paste(
      paste(
        "No maximum exists, and the limit is not a member",
        "of a smaller family of this kind;"
      ),
      "`boundary = \"limit\"` is for finite supports that can be listed."
    ), argument = "boundary")
  }
  w <- data$weights %||% rep(1, nrow(data$x))
  xi <- statistics_of(f, data$x)
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
  g$whole <- f
  g$face_columns <- keep
  g$face_states <- on
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
    paste(
      "No maximum exists; this is its limit on a face with",
      "%d of %d points and %d of %d parameters."
    ),
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
  if (f$cname == "loglinear") {
    states <- cell_levels(lengths(f$levels))
    return(list(xi = statistics_of(f, states), logw = rep(0, nrow(states))))
  }
  if (f$cname == "ising" && f$d <= 22) { # more are summed over, but not listed
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
