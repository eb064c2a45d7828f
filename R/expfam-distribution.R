# Densities, distribution functions and quantiles of members.

# log base density of user's statistics; of pairwise models if wanted
base_density <- function(object, newdata, x, base) {
  f <- object$family
  if (!is.null(f$pairs)) {
    return(if (base && is.null(f$values)) pairwise_base(f, x) else 0)
  }
  (if (is.null(newdata)) object$base else own_base(f, newdata)) %||% 0
}

# conditions about `x` are about `newdata` here
as_newdata <- function(expr) {
  tryCatch(expr, distest_error = \(e) {
    if (identical(e$argument, "x")) {
      e$argument <- "newdata"
      e$message <- gsub("`x`", "`newdata`", e$message, fixed = TRUE)
    }
    stop(e)
  })
}

member_log_density <- function(object, newdata = NULL, base = FALSE) {
  f <- object$family
  x <- if (is.null(newdata)) object$x
  else if (f$family == "loglinear") loglinear_levels(newdata, f)
  else as_newdata(expfam_data(newdata, f)$x)
  if (f$family == "loglinear" && !is.null(f$whole) && !is.null(newdata)) {
    at <- loglinear_face(x, f)
    return(ifelse(at$on, drop(at$xi %*% object$theta) - object$psi, -Inf))
  }
  if (!is.null(f$kept) && ncol(x) > f$p && f$family != "loglinear") {
    x <- x[, f$kept, drop = FALSE]
  }
  if (!is.null(f$pairs) || f$cname == "nodes") {
    xi <- statistics_of(f, x, c(x = "newdata"))
    out <- drop(xi %*% object$theta) - object$psi
    return(out + base_density(object, newdata, x, base))
  }
  out <- result_of(.Call(C_expfam_stats, f, f$p, x), map = c(x = "newdata"))
  drop(out$xi %*% object$theta) - object$psi + out$logbase
}

# How the usual parameters go into R's own distribution functions.
member_law <- function(object) {
  f <- object$family
  p <- usual_of(object)
  base <- switch(f$cname,
    normal = list("norm", p[[1]], sqrt(p[[2]])),
    normal_known_mean = list("norm", f$par, sqrt(p[[1]])),
    normal_known_variance = list("norm", p[[1]], sqrt(f$par)),
    lognormal = list("lnorm", p[[1]], p[[2]]),
    exponential = list("exp", p[[1]]),
    rayleigh = list("weibull", 2, p[[1]] * sqrt(2)),
    gamma = list("gamma", p[[1]], p[[2]]),
    gamma_known_shape = list("gamma", f$par, p[[1]]),
    weibull = list("weibull", f$par, p[[1]]),
    beta = list("beta", p[[1]], p[[2]]),
    poisson = list("pois", p[[1]]),
    bernoulli = list("binom", 1, p[[1]]),
    binomial = list("binom", f$par, p[[1]]),
    geometric = list("geom", p[[1]]),
    negative_binomial = list("nbinom", f$par, p[[1]])
  )
  base
}

member_cdf <- function(object, x) {
  law <- member_law(object)
  if (!is.null(law)) {
    return(do.call(get(paste0("p", law[[1]]), asNamespace("stats")),
      c(list(x), unname(law[-1]))))
  }
  table <- cdf_table(object)
  if (table$discrete) {
    return(c(0, cumsum(table$p))[findInterval(x, table$x) + 1])
  }
  stats::approx(table$x, table$cdf, x, yleft = 0, yright = 1)$y
}

member_quantile <- function(object, p) {
  law <- member_law(object)
  if (!is.null(law)) {
    return(do.call(get(paste0("q", law[[1]]), asNamespace("stats")),
      c(list(p), unname(law[-1]))))
  }
  table <- cdf_table(object)
  if (table$discrete) {
    return(table$x[pmin(findInterval(p, cumsum(table$p), left.open = TRUE) + 1,
      length(table$x))])
  }
  table_quantile(table, p)
}

table_quantile <- function(table, p) {
  stats::approx(table$cdf, table$x, p, rule = 2, ties = "ordered")$y
}

# the distribution function by the trapezoid rule, from densities at sorted points
density_table <- function(x, d) {
  if (is.unsorted(x)) {
    d <- d[order(x)]
    x <- sort(x)
  }
  cdf <- c(0, cumsum(diff(x) * (utils::head(d, -1) + utils::tail(d, -1)) / 2))
  keep <- c(TRUE, diff(cdf) > 0)
  list(discrete = FALSE, x = x[keep], cdf = (cdf / max(cdf))[keep])
}

# 20001 points, or the nodes of a reference measure
cdf_table <- function(object) {
  f <- object$family
  if (has_line_nodes(f)) {
    counts <- f$reference$type == "integers"
    bounded <- all(is.finite(c(f$reference$lower, f$reference$upper)))
    nodes <- member_nodes(object, if (counts) 1 else if (bounded) 64 else 256)
    p <- exp(nodes$log_p)
    return(if (counts) list(discrete = TRUE, x = nodes$x, p = p)
    else density_table(nodes$x, p / exp(nodes$measure)))
  }
  if (f$d != 1 && f$family != "custom" || f$cname == "nodes") {
    distest_error("unsupported",
      paste(
        "There is no distribution function for this family;",
        "type = \"density\" gives the density."
      ),
      argument = "type")
  }
  if (f$cname %in% c("com_poisson", "categorical")) {
    x <- if (f$cname == "categorical") {
      seq_len(f$p + 1)
    } else {
      0:ceiling(object$eta[[1]] + 60 * sqrt(object$G[1, 1]) + 60)
    }
    return(list(discrete = TRUE, x = as.double(x),
      p = exp(member_log_density(object, x))))
  }
  x <- switch(f$cname,
    von_mises = seq(-pi, pi, length.out = 20001),
    polynomial = , trigonometric = , spline = seq(f$par[[1]], f$par[[2]],
      length.out = 20001),
    inverse_gaussian = , gig = {
      m <- if (f$cname == "gig") object$eta[[2]] else object$eta[[1]]
      exp(seq(log(m) - 30, log(m) + 12, length.out = 20001))
    },
    laplace = f$par + stats::qexp(ppoints_wide(), 1 / usual_of(object)) *
      rep(c(-1, 1), each = 10001),
    pareto = f$par * exp(seq(0, 60 / usual_of(object), length.out = 20001))
  )
  if (is.null(x)) {
    distest_error("unsupported", "There is no distribution function for this family.",
      argument = "type")
  }
  x <- sort(unique(x))
  density_table(x, exp(member_log_density(object, x)))
}

ppoints_wide <- function() {
  upper <- 1 - 10^-seq(0, 14, length.out = 10001)
  c(rev(upper), upper)
}
