# Log-linear and Ising models over all their states, and draws in the units of the data.

quiet <- expfam_control(progress = FALSE)

test_that("names and coefficients of log-linear models are those of glm", {
  cells <- as.data.frame(HairEyeColor)
  fit <- expfam_fit(HairEyeColor, expfam_family("loglinear",
    margins = list(1:2, c("Eye", "Sex"))), control = quiet)
  peer <- glm(Freq ~ Hair * Eye + Eye * Sex, poisson, cells,
    control = list(epsilon = 1e-14))
  expect_identical(names(coef(fit)), names(coef(peer))[-1])
  expect_equal(coef(fit), coef(peer)[-1], tolerance = 1e-7)
  expect_equal(predict(fit, cells), unname(fitted(peer)) / sum(cells$Freq),
    tolerance = 1e-8)
  rows <- cells[rep(seq_len(nrow(cells)), cells$Freq), -4]
  by_rows <- expfam_fit(rows, fit$family, control = quiet)
  expect_equal(coef(by_rows), coef(fit), tolerance = 1e-9)
  drawn <- simulate(fit, seed = 1)
  expect_identical(levels(drawn$Hair), levels(cells$Hair))
  expect_error(predict(fit, data.frame(Hair = "Green", Eye = "Blue", Sex = "Male")),
    class = "distest_error_domain")
})

test_that("cells off the face of a limit have density 0", {
  counts <- aperm(array(c(0, 5, 7, 4, 6, 3, 8, 0), c(2, 2, 2)), 3:1)
  f <- expfam_family("loglinear", margins = list(1:2, c(1, 3), 2:3))
  expect_warning(fit <- expfam_fit(as.table(counts), f, boundary = "limit"),
    class = "distest_warning_boundary")
  p <- predict(fit, as.data.frame(as.table(counts)))
  expect_equal(sum(p), 1, tolerance = 1e-10)
  expect_identical(p == 0, as.vector(counts) == 0)
})

test_that("fits on draws simulate data, not statistics", {
  set.seed(3)
  d <- data.frame(a = rbeta(200, 2, 3), g = factor(sample(c("u", "v"), 200, TRUE)))
  f <- expfam_family("pairwise", data = d)
  for (method in c("is", "nce")) {
    fit <- expfam_fit(d, f, method = method, control = quiet)
    drawn <- simulate(fit, seed = 2)
    expect_identical(names(drawn), c("sim", "a", "g"))
    expect_identical(levels(drawn$g), c("u", "v"))
    expect_true(all(drawn$a >= 0 & drawn$a <= max(d$a)))
  }
  x <- rexp(4000)
  g <- expfam_custom(\(x) cbind(x), expfam_ref_sample(x))
  drawn <- simulate(expfam_fit(rexp(50, 1.5), g, method = "is", control = quiet), seed = 1)
  expect_true(all(drawn$sim_1 %in% x))
})

# log-likelihood of a tree: of its pairs less that of its variables, degree - 1 times
tree_loglik <- function(x, edges) {
  part <- \(t) sum(ifelse(t > 0, t * log(t / sum(t)), 0))
  degree <- tabulate(edges, ncol(x))
  sum(apply(edges, 1, \(e) part(table(x[, e[[1]]], x[, e[[2]]])))) -
    sum((degree - 1) * apply(x, 2, \(v) part(table(v))))
}

test_that("sparse Ising models of many variables are summed out exactly", {
  set.seed(7)
  x <- matrix(rbinom(400 * 40, 1, 0.5), 400)
  tree <- cbind(2:40, c(1, floor(3:40 / 2)))
  f <- expfam_family("ising", graph = tree)
  fit <- expfam_fit(x, f)
  expect_identical(fit$method, "newton")
  expect_equal(fit$p, 79)
  expect_equal(as.numeric(logLik(fit)), tree_loglik(x, tree), tolerance = 1e-12)
  flipped <- expfam_fit(2 * x - 1, expfam_family("ising", graph = tree, coding = "pm1"))
  a <- expfam_risk(fit)
  b <- expfam_risk(flipped)
  terms <- c("trace", "T1", "T2", "T3", "risk", "se")
  expect_equal(unlist(a[terms]), unlist(b[terms]), tolerance = 1e-8)
  # saturated pairs: the covariance of the model and of the data agree on each edge
  expect_equal(diag(fit$G), diag(fit$V) * 399 / 400, tolerance = 1e-10)
  again <- simulate(fit, 5, seed = 1) # five samples of 400
  again <- again[utils::tail(names(again), 40)]
  expect_equal(dim(again), c(2000L, 40L))
  expect_lt(max(abs(colMeans(again) - colMeans(x))), 4.5 * 0.5 / sqrt(2000))
  expect_true(expfam_exists(x, f)$exists)
  x[, 3] <- pmin(x[, 3], x[, 6]) # 3 and 6 are joined: (1, 0) is never seen
  expect_error(expfam_fit(x, f), "variables 3 and 6", class = "distest_error_existence")
  expect_error(expfam_fit(x, f, boundary = "limit"), "can be listed",
    class = "distest_error_existence")
  expect_false(expfam_exists(x, f)$exists)
})
