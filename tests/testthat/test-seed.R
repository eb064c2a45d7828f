test_that("a seed gives its own stream and leaves the session's alone", {
  set.seed(1)
  before <- .Random.seed
  a <- with_seed(7, runif(3))
  expect_identical(.Random.seed, before)
  expect_identical(with_seed(7, runif(3)), a)
  set.seed(7)
  expect_identical(runif(3), a)
})

test_that("a generator that has not been used stays unused", {
  set.seed(1)
  rm(".Random.seed", envir = globalenv())
  with_seed(7, runif(3))
  expect_false(exists(".Random.seed", envir = globalenv(), inherits = FALSE))
})

test_that("no seed is the stream of the session", {
  set.seed(1)
  a <- with_seed(NULL, runif(1))
  set.seed(1)
  expect_identical(runif(1), a)
})

test_that("the state comes back after an error", {
  set.seed(1)
  before <- .Random.seed
  try(with_seed(7, stop("no")), silent = TRUE)
  expect_identical(.Random.seed, before)
  expect_error(with_seed("a", 1), class = "distest_error_invalid")
})

test_that("simulate's attribute is that of stats", {
  fit <- lm(dist ~ speed, cars)
  set.seed(3)
  theirs <- attr(simulate(fit), "seed")
  set.seed(3)
  expect_identical(simulate_seed(NULL), theirs)
  expect_identical(simulate_seed(5), attr(simulate(fit, seed = 5), "seed"))
})
