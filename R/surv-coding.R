# Centred and scaled columns of a design without rows, and back.

# How many columns each parameter has, where its intercept is (from 0; the number of
# columns: none), and centre and scale of the others.
surv_coding <- function(model) {
  p <- vapply(model$par, \(one) if (is.null(one$x)) 0L else ncol(one$x), 0L)
  each <- lapply(model$par, \(one) {
    x <- one$x
    if (is.null(x)) {
      return(list(intercept = 0, centre = numeric(), scale = numeric()))
    }
    constant <- vapply(seq_len(ncol(x)), \(c) all(x[, c] == 1), NA)
    at <- if (any(constant)) which(constant)[[1]] - 1 else ncol(x)
    centre <- if (any(constant)) colMeans(x) else numeric(ncol(x))
    scale <- sqrt(colMeans((x - rep(centre, each = nrow(x)))^2))
    scale[scale <= 1e-14 * abs(centre)] <- 1 # constant but for rounding
    if (any(constant)) {
      centre[at + 1] <- 0
      scale[at + 1] <- 1
    }
    list(intercept = at, centre = unname(centre), scale = unname(scale))
  })
  list(p = p, intercept = vapply(each, `[[`, 0, "intercept"),
    centre = unlist(lapply(each, `[[`, "centre")),
    scale = unlist(lapply(each, `[[`, "scale")),
    value = vapply(model$par, `[[`, 0, "value"))
}

# theta = M theta~: the user's coefficients from those of the centred, scaled columns.
surv_coding_matrix <- function(coding) {
  P <- sum(coding$p)
  M <- diag(1 / coding$scale, P)
  first <- 0
  for (j in seq_along(coding$p)) {
    at <- coding$intercept[[j]]
    own <- first + seq_len(coding$p[[j]])
    if (at < coding$p[[j]]) {
      others <- setdiff(own, first + at + 1)
      M[first + at + 1, others] <- -coding$centre[others] / coding$scale[others]
    }
    first <- first + coding$p[[j]]
  }
  M
}

surv_to_coded <- function(coding, b) {
  first <- 0
  out <- b * coding$scale
  for (j in seq_along(coding$p)) {
    at <- coding$intercept[[j]]
    own <- first + seq_len(coding$p[[j]])
    if (at < coding$p[[j]]) {
      out[[first + at + 1]] <- out[[first + at + 1]] + sum(b[own] * coding$centre[own])
    }
    first <- first + coding$p[[j]]
  }
  out
}

surv_from_coded <- function(coding, theta) {
  first <- 0
  out <- theta / coding$scale
  for (j in seq_along(coding$p)) {
    at <- coding$intercept[[j]]
    own <- first + seq_len(coding$p[[j]])
    if (at < coding$p[[j]]) {
      others <- setdiff(own, first + at + 1)
      out[[first + at + 1]] <- theta[[first + at + 1]] -
        sum(out[others] * coding$centre[others])
    }
    first <- first + coding$p[[j]]
  }
  out
}

# The coding of the columns that are left.
surv_coding_of <- function(coding, alive) {
  of <- rep(seq_along(coding$p), coding$p)
  within <- sequence(coding$p) - 1
  p <- tabulate(of[alive], length(coding$p))
  coding$intercept <- vapply(seq_along(p), \(j) {
    kept <- within[alive & of == j]
    at <- match(coding$intercept[[j]], kept)
    as.double(if (is.na(at)) p[[j]] else at - 1)
  }, 0)
  coding$p <- p
  coding$centre <- coding$centre[alive]
  coding$scale <- coding$scale[alive]
  coding
}
