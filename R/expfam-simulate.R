# Draws from members, as data.

#' @rdname expfam-methods
#' @export
simulate.distest_expfam <- function(object, nsim = 1, seed = NULL, ...) {
  check_dots_empty(...)
  n <- round(object$n)
  nsim <- check_count(nsim, "nsim")
  state <- simulate_seed(seed)
  draw <- member_drawer(object)
  draws <- with_seed(seed, lapply(seq_len(nsim), \(k) draw(n)))
  if (is.null(dim(draws[[1]]))) draws <- lapply(draws, as.matrix)
  if (ncol(draws[[1]]) == 1) {
    out <- as.data.frame(lapply(draws, \(d) d[, 1]))
    names(out) <- paste0("sim_", seq_len(nsim))
  } else {
    out <- data.frame(sim = rep(seq_len(nsim), each = n), do.call(rbind, draws))
  }
  structure(out, seed = state)
}

#' @rdname expfam-methods
#' @export
simulate.distest_expfam_model <- function(object, nsim = 1, seed = NULL, ...) {
  check_dots_empty(...)
  with_seed(seed, {
    x <- member_drawer(object)(check_count(nsim, "nsim"))
    if (NCOL(x) == 1 && !is.data.frame(x)) as.vector(x) else x
  })
}

# A function of n that gives draws as data: those of a family on draws from its reference
# measure are from the whole family, or from the sample itself; of a matrix of statistics
# they are its rows.
member_drawer <- function(object) {
  f <- object$family
  if (!is.null(f$whole$pairs)) {
    f <- object$family <- f$whole
    return(\(n) in_data_units(member_draw(object, n), f))
  }
  switch(f$reference$type %||% "none",
    sampler = \(n) ask_sampler(f, unname(object$theta), n, NULL)$x,
    sample = {
      x <- f$reference$x
      log_p <- drop(f$xi %*% object$theta) + f$logw
      \(n) {
        rows <- draw_rows(log_p, n)
        if (is.null(dim(x))) x[rows] else x[rows, , drop = FALSE]
      }
    },
    integers = {
      nodes <- member_nodes(object)
      \(n) nodes$x[draw_rows(nodes$log_p, n)]
    },
    interval = if (has_line_nodes(f)) {
      table <- cdf_table(object)
      \(n) table_quantile(table, stats::runif(n))
    } else {
      box_drawer(object)
    },
    \(n) in_data_units(member_draw(object, n), f)
  )
}

draw_rows <- function(log_p, n) {
  sample.int(length(log_p), n, TRUE, exp(log_p - max(log_p)))
}

member_draw <- function(object, n) {
  f <- object$family
  result_of(.Call(C_expfam_sample, f, unname(object$theta), as.double(n), f$d, NULL))
}

# whether a custom family lives on the line, with nodes whose place is known
has_line_nodes <- function(f) {
  ref <- f$reference
  identical(f$cname, "nodes") && (identical(ref$type, "integers") ||
    identical(ref$type, "interval") && length(ref$lower) == 1)
}

# nodes of an interval or of integers at least `size` fine, with log probabilities
member_nodes <- function(object, size = 1) {
  f <- object$family
  nodes <- reference_nodes(f$reference, f$statistic, f$log_base,
    max(size, f$node_size %||% 1))
  if (!is.null(f$kept)) nodes$xi <- nodes$xi[, f$kept, drop = FALSE]
  nodes$log_p <- drop(nodes$xi %*% object$theta) + nodes$logw - object$psi
  nodes
}

# on a box: the first coordinate from its marginal, the second from its law given the
# first, both by distribution functions on the nodes of the sides
box_drawer <- function(object) {
  f <- object$family
  ref <- f$reference
  size <- max(4, f$node_size %||% 1)
  side <- lapply(1:2, \(k) side_rule(ref$lower[[k]], ref$upper[[k]], size, 4))
  log_density <- function(x1) {
    x <- cbind(x1 = rep(x1, each = length(side[[2]]$x)), x2 = side[[2]]$x)
    xi <- user_statistics(f$statistic, x)
    if (!is.null(f$kept)) xi <- xi[, f$kept, drop = FALSE]
    base <- if (is.null(f$log_base)) 0 else of_user("log_base", f$log_base(x))
    matrix(drop(xi %*% object$theta) + base - object$psi, length(side[[2]]$x))
  }
  marginal <- colSums(exp(log_density(side[[1]]$x)) * side[[2]]$w)
  first <- density_table(side[[1]]$x, marginal)
  # conditional densities for a block of draws at a time: 2^20 values
  width <- max(1, 2^20 %/% length(side[[2]]$x))
  \(n) {
    x1 <- table_quantile(first, stats::runif(n))
    u <- stats::runif(n)
    x2 <- double(n)
    for (from in seq(1, n, by = width)) {
      block <- seq(from, min(n, from + width - 1))
      d <- exp(log_density(x1[block]))
      x2[block] <- vapply(seq_along(block), \(i) {
        table_quantile(density_table(side[[2]]$x, d[, i]), u[block[[i]]])
      }, 0)
    }
    cbind(x1 = x1, x2 = x2)
  }
}
