# Pairwise models of mixed variables, and Ising models too large to enumerate: variables
# scaled to [0, 1] or coded by level, and conditional distributions.

pairwise_parts <- function(set) {
  data <- set$data
  if (!is.data.frame(data)) data <- as.data.frame(data)
  if (ncol(data) < 2 || nrow(data) < 3) {
    bad_argument("data", "must have at least two columns and three rows.")
  }
  if (anyNA(data)) bad_argument("data", "must not have missing values.")
  base <- check_choice(set$base, c("beta", "uniform"), "base")
  check_flag(set$main_effects, "main_effects")
  continuous <- vapply(data, is.numeric, NA)
  values <- data[continuous]
  for (name in names(values)) check_variable(values[[name]], name)
  scale <- vapply(values, max, 0)
  ab <- vapply(names(values), \(v) base_shapes(values[[v]] / scale[[v]], base, v), c(0,
    0))
  classes <- lapply(data[!continuous], \(v) droplevels(as.factor(v)))
  for (name in names(classes)) {
    if (nlevels(classes[[name]]) < 2) {
      bad_argument("data", "has one level only in `%s`.", name)
    }
  }
  scores <- level_scores(set$scores, classes)
  terms <- all_pairs(ncol(values), length(classes), set$main_effects)
  variables <- c(names(values), names(classes))
  list(
    cname = "pairwise", variables = variables, scale = scale,
    levels = lapply(classes, levels), stat_names = pair_names(terms, variables),
    pairs = list(a = as.double(ab[1, ]), b = as.double(ab[2, ]),
      levels = as.double(lengths(scores)), scores = as.double(unlist(scores)),
      prob = as.double(unlist(lapply(classes, table))), terms = terms)
  )
}

check_variable <- function(x, name) {
  if (any(!is.finite(x) | x < 0) || max(x) <= 0) {
    bad_argument("data", paste(
      "must be non-negative and finite with a",
      "positive maximum in `%s`."
    ),
      name)
  }
}

# Beta(a, b) with the mean and the variance of the scaled sample
base_shapes <- function(x, base, name) {
  if (base == "uniform") {
    return(c(1, 1))
  }
  m <- mean(x)
  v <- stats::var(x)
  a <- m^2 * (1 - m) / v - m
  if (!is.finite(a) || a <= 0) {
    bad_argument("data",
      paste(
        "has no beta law with the mean and variance of",
        "`%s`; base = \"uniform\" needs none."
      ),
      name)
  }
  c(a, a * (1 - m) / m)
}

level_scores <- function(given, classes) {
  unknown <- setdiff(names(given), names(classes))
  if (length(unknown)) {
    bad_argument("scores", "names %s, which is not a factor of the data.",
      enumerate(unknown, "`"))
  }
  lapply(stats::setNames(names(classes), names(classes)), \(v) {
    if (is.null(given[[v]])) {
      return(as.double(seq_len(nlevels(classes[[v]]))))
    }
    check_numbers(given[[v]], "scores", length = nlevels(classes[[v]]))
  })
}

# Pairs of variables from 0, 2 x p: continuous ones; each discrete one with the continuous
# ones; discrete ones; last of all, if wanted, each variable alone.
all_pairs <- function(nc, nd, main_effects) {
  pairs_of <- \(from, k) if (k > 1) utils::combn(k, 2) - 1 + from
  mixed <- if (nc && nd) rbind(rep(seq_len(nc) - 1, nd), rep(nc - 1 + seq_len(nd),
    each = nc))
  alone <- if (main_effects) rbind(seq_len(nc + nd), seq_len(nc + nd)) - 1
  out <- cbind(pairs_of(0, nc), mixed, pairs_of(nc, nd), alone)
  storage.mode(out) <- "double"
  out
}

pair_names <- function(terms, variables) {
  ifelse(terms[1, ] == terms[2, ], variables[terms[1, ] + 1],
    paste(variables[terms[1, ] + 1], variables[terms[2, ] + 1], sep = ":"))
}

# An Ising model as a pairwise one with values 0, 1 or -1, 1 and a uniform base.
ising_pairs <- function(f) {
  d <- f$ipar[[1]]
  values <- if (f$ipar[[2]] == 1) c(-1, 1) else c(0, 1)
  edges <- matrix(f$ipar[-(1:2)], 2)
  terms <- cbind(rbind(seq_len(d), seq_len(d)) - 1, edges)
  f$variables <- paste0("x", seq_len(d))
  f$values <- values
  f$cname <- "pairwise"
  f$psi_shift <- d * log(2) # the base is uniform, the density for counting measure
  f$pairs <- list(a = double(), b = double(), levels = rep(2, d), scores = rep(values, d),
    prob = rep(0.5, 2 * d), terms = terms)
  f$levels <- rep(list(as.character(values)), d)
  f$p <- ncol(terms)
  f$d <- d
  f$usual <- 0
  f
}

# draws of a model that runs chains, in the units and levels of the data
in_data_units <- function(x, f) {
  if (f$cname == "loglinear") {
    return(as.data.frame(lapply(stats::setNames(seq_along(f$levels), names(f$levels)),
      \(k) factor(f$levels[[k]][x[, k]], f$levels[[k]])), optional = TRUE))
  }
  if (is.null(f$pairs)) {
    return(x)
  }
  if (!is.null(f$values)) {
    return(matrix(f$values[x], nrow(x)))
  }
  continuous <- lapply(seq_along(f$scale), \(k) x[, k] * f$scale[[k]])
  discrete <- lapply(seq_along(f$levels), \(k) {
    factor(f$levels[[k]][x[, length(f$scale) + k]], f$levels[[k]])
  })
  as.data.frame(stats::setNames(c(continuous, discrete), c(names(f$scale),
    names(f$levels))))
}

# Data as C wants them: continuous variables by their maximum, discrete ones as levels.
pairwise_matrix <- function(x, f) {
  if (!is.null(f$values)) {
    x <- as_numbers(x)
    if (ncol(x) != f$d) {
      bad_argument("x", "must have %d columns for this family, not %d.",
        as.integer(f$d), ncol(x))
    }
    codes <- matrix(match(x, f$values), nrow(x))
    outside <- which(rowSums(is.na(codes) & !is.na(x)) > 0)
    outside_support(outside, x)
    return(matrix(as.double(codes), nrow(x)))
  }
  x <- as.data.frame(x)
  lost <- setdiff(f$variables, names(x))
  if (length(lost)) {
    bad_argument("x", "lacks %s %s.", if (length(lost) == 1) "column" else "columns",
      enumerate(lost, "`"), value = lost)
  }
  continuous <- lapply(names(f$scale), \(v) {
    if (!is.numeric(x[[v]])) bad_argument("x", "must be numeric in `%s`.", v)
    as.double(x[[v]]) / f$scale[[v]]
  })
  discrete <- lapply(names(f$levels), \(v) {
    codes <- match(as.character(x[[v]]), f$levels[[v]])
    unseen <- which(is.na(codes) & !is.na(x[[v]]))
    if (length(unseen)) {
      bad_argument("x", paste(
        "has the level %s of `%s` at row %d,",
        "which the family does not have."
      ),
        dQuote(as.character(x[[v]][unseen[[1]]]), FALSE), v, unseen[[1]], kind = "domain")
    }
    as.double(codes)
  })
  out <- do.call(cbind, c(continuous, discrete))
  if (is.null(out)) matrix(0, 0, f$d) else out
}

outside_support <- function(rows, x) {
  if (length(rows)) {
    bad_argument("x", "must lie in the support of the family; row %d (%s) does not%s.",
      rows[[1]], format(x[rows[[1]], 1]),
      if (length(rows) > 1) sprintf(", the first of %d", length(rows)) else "",
      kind = "domain")
  }
}

# Log density of the base measure at rows of C's matrix.
pairwise_base <- function(f, x) {
  nc <- length(f$pairs$a)
  first <- c(0, cumsum(f$pairs$levels))
  out <- rep(0, nrow(x))
  for (i in seq_len(nc)) {
    out <- out + stats::dbeta(x[, i], f$pairs$a[[i]], f$pairs$b[[i]], log = TRUE)
  }
  for (k in seq_along(f$pairs$levels)) {
    prob <- f$pairs$prob[first[[k]] + seq_len(f$pairs$levels[[k]])]
    out <- out + log(prob / sum(prob))[x[, nc + k]]
  }
  out
}

# The distribution of one variable given the others, at rows of newdata.
conditional <- function(object, newdata, target) {
  f <- object$family
  if (f$cname %in% c("mvnormal", "ggm")) {
    return(conditional_normal(object, newdata, target))
  }
  if (f$cname == "ising") f <- ising_pairs(f)
  if (is.null(f$pairs)) {
    distest_error("unsupported",
      "Conditional distributions are for pairwise, Ising and normal models.",
      argument = "type")
  }
  i <- target_number(target, f$variables)
  nc <- length(f$pairs$a)
  x <- if (is.null(newdata)) {
    conditional_rows(object, f)
  } else {
    if (is.null(f$values) && !f$variables[[i]] %in% names(newdata)) {
      newdata <- as.data.frame(newdata) # the target's own value does not matter
      newdata[[f$variables[[i]]]] <- if (i > nc) f$levels[[i - nc]][[1]] else 0
    }
    pairwise_matrix(newdata, f)
  }
  first <- c(0, cumsum(f$pairs$levels))
  z <- x
  for (k in seq_along(f$pairs$levels)) {
    z[, nc + k] <- f$pairs$scores[first[[k]] + x[, nc + k]]
  }
  field <- rep(0, nrow(z))
  for (t in which(colSums(f$pairs$terms == i - 1) > 0)) {
    ends <- f$pairs$terms[, t] + 1
    other <- if (ends[[1]] == ends[[2]]) 1 else z[, ends[ends != i]]
    field <- field + object$theta[[t]] * other
  }
  if (i > nc) {
    at <- first[[i - nc]] + seq_len(f$pairs$levels[[i - nc]])
    a <- outer(field, f$pairs$scores[at]) + rep(log(f$pairs$prob[at]), each = nrow(z))
    p <- exp(a - apply(a, 1, max))
    p <- p / rowSums(p)
    colnames(p) <- f$levels[[i - nc]]
    return(p)
  }
  q <- stats::qbeta(stats::ppoints(1000, 0.5), f$pairs$a[[i]], f$pairs$b[[i]])
  a <- outer(field, q)
  p <- exp(a - apply(a, 1, max))
  p <- p / rowSums(p)
  mean <- drop(p %*% q)
  scale <- f$scale[[i]]
  data.frame(mean = scale * mean, sd = scale * sqrt(pmax(drop(p %*% q^2) - mean^2, 0)))
}

conditional_rows <- function(object, f) {
  if (is.null(object$x)) bad_argument("newdata", "must be given: the fit has no data.")
  if (object$family$cname == "ising") pairwise_matrix(object$x, f) else object$x
}

target_number <- function(target, variables) {
  at <- if (is.character(target)) match(target, variables) else target
  if (length(at) != 1 || !is.numeric(at) || is.na(at) || !at %in% seq_along(variables)) {
    bad_argument("target", "must be one of the variables %s.", enumerate(variables))
  }
  as.integer(at)
}

conditional_normal <- function(object, newdata, target) {
  d <- object$family$d
  i <- target_number(target, paste0("x", seq_len(d)))
  x <- if (is.null(newdata)) object$x else as_numbers(newdata)
  par <- usual_of(object)
  mean <- par[seq_len(d)]
  cov <- matrix(par[-seq_len(d)], d)
  slope <- solve(cov[-i, -i, drop = FALSE], cov[-i, i])
  gap <- sweep(x[, -i, drop = FALSE], 2, mean[-i])
  data.frame(mean = mean[[i]] + drop(gap %*% slope),
    sd = sqrt(cov[i, i] - sum(cov[-i, i] * slope)))
}
