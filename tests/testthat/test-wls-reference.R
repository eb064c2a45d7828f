# Against numbers computed with 50 digits (tests/reference/wls).

wls_reference <- function(file) {
  skip_if_not_installed("jsonlite")
  path <- test_path("..", "reference", "wls", file)
  skip_if_not(file.exists(path))
  jsonlite::fromJSON(path, simplifyVector = FALSE)
}

numbers <- function(x) unlist(x, use.names = FALSE)
rows <- function(x) do.call(rbind, lapply(x, numbers))
basis_from <- function(b, degree = 10) {
  args <- b[setdiff(names(b), c("type", "degree"))]
  args <- lapply(args, numbers)
  if (!is.null(b$degree)) degree <- b$degree
  do.call(wls_basis, c(list(b$type, degree), args))
}

unname_list <- function(args) lapply(args, \(a) if (is.list(a)) unname(a) else a)

test_that("index sets are the canonical ones", {
  for (s in wls_reference("index_sets.json")) {
    degree <- if (is.null(s$p)) s$degree else s$p
    args <- list(d = s$d, kind = s$kind, degree = numbers(degree))
    if (!is.null(s$weights)) args$weights <- numbers(s$weights)
    if (!is.null(s$q)) args$q <- s$q
    if (!is.null(s$max_order)) args$max_order <- s$max_order
    if (length(s$fams)) {
      args$bases <- lapply(unlist(s$fams), \(t) wls_basis(t, if (t == "haar") 3 else 5))
    }
    got <- do.call(wls_index_set, unname_list(args))
    expect_equal(nrow(got), s$m)
    want <- rows(s$indices)
    if (isTRUE(s$truncated)) got <- got[c(1:20, s$m - 19:0), , drop = FALSE]
    expect_equal(unname(got), want)
  }
})

test_that("complete fits agree", {
  for (case in wls_reference("fit_cases.json")) {
    bases <- lapply(seq_along(case$basis), \(k) basis_from(case$basis[[k]], 8))
    space <- wls_space(bases, indices = rows(case$indices))
    sample <- wls_as_sample(space, rows(case$points), weights = numbers(case$weights))
    y <- rows(case$y)
    fit <- wls_fit(space, sample, y)
    q <- ncol(y)
    expect_equal(as.vector(fit$coefficients), as.vector(t(rows(case$coef))), tolerance = 1e-10)
    expect_equal(c(fit$lambda_min, fit$lambda_max, fit$cond, fit$delta),
      c(case$lambda_min, case$lambda_max, case$cond, case$delta), tolerance = 1e-10)
    expect_equal(fit$leverage, numbers(case$leverage), tolerance = 1e-10)
    expect_equal(fit$loo, numbers(case$loo), tolerance = 1e-10)
    expect_equal(fit$loo_corrected, numbers(case$loo_corrected), tolerance = 1e-10)
    expect_equal(fit$q2, numbers(case$q2), tolerance = 1e-10)
    expect_equal(as.numeric(logLik(fit)), numbers(case$logLik), tolerance = 1e-10)
    for (type in c("noise", "HC3", "lm")) {
      if (is.null(case$vcov_lm_diag)) next # the shorter case
      expect_equal(unname(diag(vcov(fit, type = type))),
        numbers(case[[paste0("vcov_", tolower(type), "_diag")]]), tolerance = 1e-7)
    }
    noisy <- wls_fit(space, sample, y, noise = "homoscedastic")
    for (p in case$predict) {
      x <- matrix(numbers(p$x), 1)
      expect_equal(as.vector(predict(fit, x)), numbers(p$value), tolerance = 1e-10)
      expect_equal(as.vector(predict(fit, x, type = "gradient")), numbers(p$gradient), tolerance = 1e-10)
      expect_equal(wls_christoffel(space, x), p$christoffel, tolerance = 1e-10)
      if (is.null(p$se_noise)) next
      expect_equal(as.vector(predict(noisy, x, se.fit = TRUE)$se.fit)[[1]], p$se_noise, tolerance = 1e-7)
    }
    m <- wls_moments(fit)
    s <- wls_sobol(fit, order = length(bases))
    for (k in seq_along(case$moments)) {
      want <- case$moments[[k]]
      expect_equal(m$mean[[k]], want$mean, tolerance = 1e-10)
      expect_equal(m$variance[[k]], want$variance, tolerance = 1e-10)
      expect_equal(unname(s$total[k, ]), numbers(want$total), tolerance = 1e-10)
      for (u in names(want$sobol)) {
        expect_equal(s$indices[[k, gsub("[^0-9]+", "*", u)]], want$sobol[[u]], tolerance = 1e-10)
      }
    }
    if (is.null(case$quadrature_weights)) next
    expect_equal(wls_quadrature(fit), numbers(case$quadrature_weights), tolerance = 1e-10)
    expect_equal(wls_certificate(fit)$linf, case$cert$c_linf, tolerance = 1e-10)
    expect_equal(wls_certificate(fit)$probability, min(case$cert$prob95_l2, case$cert$prob95_l2b),
      tolerance = 1e-10)
  }
})

test_that("finite DPPs and volume sampling have their exact probabilities", {
  ref <- wls_reference("finite_dpp.json")
  F <- rows(ref$features)
  prob <- numbers(ref$prob)
  space <- wls_space_finite(F, prob)
  K <- crossprod(space$phi %*% diag(sqrt(space$prob)))
  expect_equal(K, rows(ref$kernel), tolerance = 1e-12)
  expect_equal(wls_inclusion(space), numbers(ref$inclusion), tolerance = 1e-12)
  set.seed(1)
  draws <- replicate(6000, paste(sort(wls_sample(space, method = "dpp")$index), collapse = " "))
  key <- vapply(ref$dpp_subsets, \(s) paste(numbers(s$subset), collapse = " "), "")
  p <- vapply(ref$dpp_subsets, \(s) s$prob, 0)
  count <- as.vector(table(factor(draws, key)))
  ok <- p * 6000 > 1
  chi <- sum((count[ok] - 6000 * p[ok])^2 / (6000 * p[ok]))
  expect_gt(stats::pchisq(chi, sum(ok) - 1, lower.tail = FALSE), 1e-9)
  expect_equal(sum(count), 6000)

  uniform <- wls_space_finite(F)
  y <- numbers(ref$wor$y)
  one <- function() {
    s <- wls_sample(uniform, ref$wor$n, "volume", reference = "mu", replace = FALSE)
    c(solve(crossprod(F[s$index, ]), crossprod(F[s$index, ], y[s$index])))
  }
  beta <- t(replicate(4000, one()))
  z <- (colMeans(beta) - numbers(ref$wor$mean_beta)) / sqrt(numbers(ref$wor$var_beta_diag) / 4000)
  expect_lt(max(abs(z)), 7)
  expect_equal(numbers(ref$wor$mean_beta), numbers(ref$wor$beta_full), tolerance = 1e-10)
})

test_that("greedy pruning removes the same points", {
  ref <- wls_reference("greedy.json")
  space <- wls_space(wls_basis(ref$basis, ref$m - 1))
  sample <- wls_as_sample(space, rows(ref$points))
  for (criterion in c("gram", "lambda_min")) {
    want <- ref[[criterion]]
    got <- wls_prune(sample, ref$delta, criterion)
    expect_equal(got$removed_value, vapply(want$steps, \(s) s$value, 0), tolerance = 1e-9)
    removed <- vapply(want$steps, \(s) s$removed, 0)
    expect_equal(got$removed, removed)
    expect_equal(got$kept, numbers(want$kept))
  }
})

test_that("plans and constants agree", {
  ref <- wls_reference("certificates.json")
  for (r in ref$iid) {
    expect_equal(wls_plan(r$m, delta = r$delta, eta = r$eta, bound = "lambda_min"), r$n_lower)
    expect_equal(wls_plan(r$m, delta = r$delta, eta = r$eta), r$n_two_sided)
  }
  for (r in ref$volume_expectation) expect_equal(wls_constant(r$n, r$m), r$constant, tolerance = 1e-8)
})

test_that("linear statistics have their exact mean and variance", {
  set.seed(3)
  for (case in wls_reference("linear_statistics.json")) {
    bases <- lapply(case$basis, basis_from)
    space <- wls_space(bases, indices = rows(case$indices))
    n <- if (space$d == 1 && case$basis[[1]]$type != "fourier") 800 else 500
    sums <- replicate(n, {
      x <- wls_sample(space, method = "dpp")$points
      env <- stats::setNames(as.list(as.data.frame(x)), paste0("x", seq_len(ncol(x))))
      vapply(case$stats, \(s) sum(eval(str2lang(gsub("\\*\\*", "^", s$h)), env, baseenv())), 0)
    })
    sums <- matrix(sums, length(case$stats))
    for (j in seq_along(case$stats)) {
      s <- case$stats[[j]]
      expect_lt(abs(mean(sums[j, ]) - s$mean) / sqrt(s$var / n), 7)
      e <- (sums[j, ] - s$mean)^2
      expect_lt(abs(mean(e) - s$var) / (sd(e) / sqrt(n)), 8)
    }
  }
})

# rows of a table of one basis: type, params (JSON), numbers; calls f(basis, rows)
by_basis <- function(file, f) {
  skip_if_not_installed("jsonlite")
  path <- test_path("..", "reference", "wls", file)
  skip_if_not(file.exists(path))
  table <- utils::read.csv(path)
  for (part in split(table, paste(table$type, table$params))) {
    par <- jsonlite::fromJSON(part$params[[1]])
    type <- part$type[[1]]
    most <- if (is.null(part$index)) max(part$m) - 1 else max(part$index)
    if (is.null(par$degree)) par$degree <- switch(type, haar = 6, empirical = 9, most)
    f(do.call(wls_basis, c(list(type), par)), part)
  }
}

test_that("values, slopes, induced laws and their inverses agree", {
  by_basis("univariate_values.csv", \(basis, part) {
    deriv <- basis$type != "haar"
    got <- wls_basis_eval(basis, part$x, deriv = deriv)
    at <- cbind(seq_len(nrow(part)), part$index + 1)
    limit <- ifelse(part$index <= 20, 1e-12, 1e-10)
    value <- if (deriv) got$value else got
    expect_lt(max(abs(value[at] - part$value) / (1 + abs(part$value)) / limit), 1)
    if (!deriv) return()
    slope <- as.numeric(part$derivative)
    expect_lt(max(abs(got$deriv[at] - slope) / (1 + abs(slope)) / limit), 1)
  })
  by_basis("induced_cdf.csv", \(basis, part) {
    got <- mapply(\(index, x) wls_induced_cdf(basis, index, x), part$index, part$x)
    expect_lt(max(abs(got - part$cdf) / (10 + part$index)), 5e-14)
  })
  by_basis("induced_quantile.csv", \(basis, part) {
    got <- mapply(\(index, u) wls_induced_quantile(basis, index, u), part$index, part$u)
    steep <- part$density > 1e-2
    if (any(steep)) expect_lt(max(abs(got - part$x)[steep] / (1 + abs(part$x[steep]))), 1e-9)
    if (all(steep)) return()
    back <- mapply(\(index, x) wls_induced_cdf(basis, index, x), part$index, got)
    expect_lt(max(abs(back - part$u)[!steep]), 5e-12)
  })
  by_basis("christoffel_log.csv", \(basis, part) {
    for (m in unique(part$m)) {
      rows <- part[part$m == m, ]
      s <- wls_space(basis, indices = matrix(seq_len(m) - 1L))
      expect_lt(max(abs(wls_christoffel(s, rows$x, log = TRUE) / rows$log_christoffel - 1)), 1e-11)
    }
  })
})

test_that("best errors are those of the fit on a fine design", {
  path <- test_path("..", "reference", "wls", "best_errors.csv")
  skip_if_not(file.exists(path))
  table <- utils::read.csv(path)
  targets <- list("1/(1+5x^2)" = \(x) 1 / (1 + 5 * x^2), "exp(x)" = exp)
  # Gauss nodes from the tridiagonal matrix: best approximation up to rounding
  k <- 1:199
  J <- matrix(0, 200, 200)
  J[cbind(k, k + 1)] <- J[cbind(k + 1, k)] <- k / sqrt(4 * k^2 - 1)
  e <- eigen(J, symmetric = TRUE)
  for (i in which(table$`function.` %in% names(targets))) {
    f <- targets[[table$`function.`[[i]]]]
    s <- wls_space(wls_basis("legendre", table$m[[i]] - 1))
    w <- e$vectors[1, ]^2 * 200
    fit <- wls_fit(s, points = e$values, weights = w, f = f)
    error <- sqrt(mean(w * residuals(fit)^2))
    expect_equal(error, table$sigma_m[[i]], tolerance = 1e-6)
  }
})
