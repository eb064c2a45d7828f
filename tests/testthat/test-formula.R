invalid <- function(expr, argument) {
  e <- tryCatch(expr, error = identity)
  expect_s3_class(e, "distest_error_invalid")
  expect_identical(e$argument, argument)
  conditionMessage(e)
}
d <- data.frame(y = 1:6, x = c(1, 2, 4, 3, 5, 9), g = factor(rep(c("a", "b", "c"), 2)),
  w = 6:1)
fit_frame <- function(formula, data, weights, offset, subset, na.action = stats::na.omit) {
  frame_of(formula, data, match.call(), na.action = na.action)
}

test_that("weights, offset and subset are looked up in data, then with the formula", {
  outside <- 10
  frame <- fit_frame(y ~ x, d, weights = w * outside, offset = x / 2, subset = g != "c")
  theirs <- model.frame(y ~ x, d, weights = w * outside, offset = x / 2, subset = g != "c",
    drop.unused.levels = TRUE)
  attr(frame, "variables") <- NULL
  expect_equal(frame, theirs)
})

test_that("variables that do not exist are named", {
  expect_match(invalid(fit_frame(y ~ nowhere + x, d), "data"), "`nowhere`", fixed = TRUE)
  expect_match(invalid(fit_frame(y ~ x, d, weights = nowhere), "data"), "`nowhere`",
    fixed = TRUE)
  expect_match(invalid(fit_frame(y ~ x, d, weights = 1:2), "formula"), "differ")
  invalid(fit_frame("y", d), "formula")
  invalid(fit_frame(y ~ x, 3), "data")
  d$x <- NA
  expect_match(invalid(fit_frame(y ~ x, d), "data"), "without missing values")
})

test_that("new data give the design of the fit, without the data of the fit", {
  frame <- fit_frame(y ~ poly(x, 2) * g + offset(w), d)
  kept <- design_of(terms(frame), frame, list(g = "contr.sum"))
  expect_identical(kept$offset, as.double(d$w))
  again <- design_new(kept[c("terms", "xlevels", "contrasts", "variables")], d[6:1, ])
  expect_equal(again$x, kept$x[6:1, ], ignore_attr = TRUE)
  expect_identical(colnames(again$x), colnames(kept$x))
  expect_identical(again$offset, as.double(rev(d$w)))
  one <- design_new(kept, data.frame(x = 2, g = "c", w = 1))
  expect_equal(unname(one$x[, 2:3]), unname(kept$x[2, 2:3]))
})

test_that("new data that do not fit are explained", {
  frame <- fit_frame(y ~ x + g, d)
  kept <- design_of(terms(frame), frame)
  x <- 1
  expect_match(invalid(design_new(kept, d["g"]), "newdata"), "lacks variable `x`", fixed = TRUE)
  text <- invalid(design_new(kept, data.frame(x = 1, g = "q")), "newdata")
  expect_match(text, "\"q\" in `g`", fixed = TRUE)
  expect_match(text, "\"a\", \"b\" and \"c\"", fixed = TRUE)
  expect_match(invalid(design_new(kept, data.frame(x = "1", g = "a")), "newdata"),
    "`x` as character", fixed = TRUE)
  invalid(design_new(kept, 1:3), "newdata")
  gone <- design_new(kept, data.frame(x = c(1, NA), g = "a"), na.action = stats::na.omit)
  expect_identical(nrow(gone$x), 1L)
  expect_length(gone$na.action, 1)
})

test_that("points are the numeric variables of a formula", {
  take <- function(formula, data, weights) points_of(formula, data, match.call())
  p <- take(~ x + y, d, weights = w)
  expect_equal(p$x, cbind(x = d$x, y = d$y), ignore_attr = "dimnames")
  expect_identical(colnames(p$x), c("x", "y"))
  expect_identical(p$weights, d$w)
  expect_identical(colnames(take(~ log(x), d)$x), "log(x)")
  expect_match(invalid(take(~ x + g, d), "data"), "`g` is factor", fixed = TRUE)
  invalid(take(y ~ x, d), "formula")
  invalid(take(~ x * y, d), "formula")
  names(d)[2] <- "gr\u00f6\u00dfe (m)"
  formula <- eval(call("~", as.name(names(d)[2])))
  environment(formula) <- environment()
  expect_identical(unname(take(formula, d)$x[, 1]), d[[2]])
})

test_that("kept formulas carry along only what they need", {
  make <- function() {
    big <- stats::rnorm(1e5)
    shift <- \(v) v + 1
    k <- 2
    x <- 1
    list(plain = ~x, own = ~ shift(x) + I(x^k))
  }
  f <- make()
  root <- topenv(environment())
  expect_lt(length(serialize(lean(f$plain, "x"), NULL)), 2000)
  own <- lean(f$own, "x")
  expect_setequal(ls(environment(own)), c("shift", "k"))
  expect_identical(environment(lean(f$plain, "x")), root)
  kept <- list(terms = terms(own), variables = "x")
  expect_equal(unname(design_new(kept, data.frame(x = 3))$x[1, ]), c(1, 4, 9))
  g <- ~x
  environment(g) <- globalenv()
  expect_identical(lean(g), g)
})

test_that("a fit survives saving, and takes no bystanders along", {
  skip_if_not_installed("survival")
  make <- function() {
    big <- stats::rnorm(1e5)
    distest::surv_fit(survival::Surv(time, status) ~ karno, survival::veteran)
  }
  environment(make) <- globalenv()
  fit <- make()
  file <- tempfile()
  on.exit(unlink(file))
  saveRDS(fit, file)
  expect_lt(file.size(file), 1e5)
  expect_identical(readRDS(file), fit)
})
