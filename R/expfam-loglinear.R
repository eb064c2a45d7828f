# Log-linear models: tables and data frames of factors as levels counted from 1, and
# statistics as the cells whose indicators are multiplied.

loglinear_data <- function(x, family, weights) {
  if (is.table(x) || (is.array(x) && is.numeric(x))) {
    given <- loglinear_table(x)
  } else {
    given <- loglinear_frame(x)
    given$weights <- expfam_weights(weights, nrow(given$x))
  }
  sizes <- lengths(given$levels)
  terms <- loglinear_terms(family$margins, given$levels)
  family$levels <- given$levels
  family$stat_names <- terms$names
  family$ipar <- as.double(c(length(sizes), sizes, terms$cells))
  family$par <- double()
  family$p <- length(terms$cells)
  family$d <- length(sizes)
  family$usual <- 0
  list(x = given$x, weights = given$weights, family = family, dropped = 0L, raw = x)
}

loglinear_table <- function(x) {
  counts <- as.double(x)
  if (any(!is.finite(counts) | counts < 0) || sum(counts) == 0) {
    bad_argument("x", "must hold counts, non-negative and not all 0.")
  }
  sizes <- if (is.null(dim(x))) length(x) else dim(x)
  levels <- dimnames(as.table(x))
  if (is.null(names(levels))) names(levels) <- rep("", length(levels))
  unnamed <- names(levels) == ""
  names(levels)[unnamed] <- paste0("Var", which(unnamed))
  list(x = cell_levels(sizes), levels = levels, weights = counts)
}

# the levels of all cells, the first variable fastest
cell_levels <- function(sizes) {
  each <- cumprod(c(1, sizes[-length(sizes)]))
  total <- prod(sizes)
  matrix(as.double(unlist(lapply(seq_along(sizes), \(k) {
    rep_len(rep(seq_len(sizes[[k]]), each = each[[k]]), total)
  }))), total)
}

loglinear_frame <- function(x) {
  if (!is.data.frame(x)) {
    bad_argument("x", "must be a data frame of factors or a table, not %s.", describe(x))
  }
  if (nrow(x) == 0) bad_argument("x", "has no rows.")
  if (anyNA(x)) {
    bad_argument("x", "has %s with missing values; na.action = na.omit drops them.",
      count_text(sum(!stats::complete.cases(x)), "row"))
  }
  f <- lapply(x, \(v) droplevels(as.factor(v)))
  list(x = matrix(as.double(unlist(lapply(f, as.integer))), nrow(x)),
    levels = lapply(f, levels))
}

# Cells, counted from 0, and names of the statistics: all terms below the margins, those
# of few variables first, and in a term all levels but the first, first variable fastest.
loglinear_terms <- function(margins, levels) {
  if (!is.list(margins)) margins <- list(margins)
  margins <- lapply(margins, \(m) if (is.character(m)) match(m, names(levels)) else m)
  if (anyNA(unlist(margins)) || !all(unlist(margins) %in% seq_along(levels))) {
    bad_argument("margins", "names variables that the data do not have.")
  }
  text <- vapply(margins, \(m) paste0("v", m, collapse = "*"), "")
  factors <- attr(stats::terms(stats::reformulate(text)), "factors")
  variable <- as.integer(sub("v", "", rownames(factors), fixed = TRUE))
  sizes <- lengths(levels)
  stride <- cumprod(c(1, sizes[-length(sizes)]))
  cells <- lapply(seq_len(ncol(factors)), \(t) {
    cell <- 0
    name <- NULL
    for (k in variable[factors[, t] > 0]) {
      upper <- seq_len(sizes[[k]])[-1]
      label <- paste0(names(levels)[[k]], levels[[k]][upper])
      cell <- as.vector(outer(cell, (upper - 1) * stride[[k]], `+`))
      name <- if (is.null(name)) label
      else as.vector(outer(name, label, paste, sep = ":"))
    }
    list(cell = cell, name = name)
  })
  list(cells = unlist(lapply(cells, `[[`, "cell")),
    names = unlist(lapply(cells, `[[`, "name")))
}

# new data as levels
loglinear_levels <- function(newdata, f) {
  newdata <- as.data.frame(newdata)
  lost <- setdiff(names(f$levels), names(newdata))
  if (length(lost)) {
    bad_argument("newdata", "lacks the variable `%s`.", lost[[1]])
  }
  codes <- vapply(names(f$levels),
    \(v) as.double(match(as.character(newdata[[v]]), f$levels[[v]])),
    double(nrow(newdata)))
  codes <- matrix(codes, nrow(newdata))
  if (anyNA(codes)) {
    bad_argument("newdata", "has a cell that the table does not have at %s.",
      name_rows(which(rowSums(is.na(codes)) > 0)), kind = "domain")
  }
  codes
}

# On a face: statistics that are left, and log density -Inf for cells off it.
loglinear_face <- function(codes, f) {
  sizes <- lengths(f$levels)
  cell <- 1 + drop((codes - 1) %*% cumprod(c(1, sizes[-length(sizes)])))
  list(xi = statistics_of(f$whole, codes)[, f$face_columns, drop = FALSE],
    on = f$face_states[cell])
}
