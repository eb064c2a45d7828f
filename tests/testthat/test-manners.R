# What no function of the package may do, whatever it computes.
veteran_fit <- function(...) {
  surv_fit(survival::Surv(time, status) ~ karno, survival::veteran, gamma = ~karno, ...)
}
use_all <- function(fit) {
  utils::capture.output({
    print(fit)
    print(summary(fit))
  })
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  plot(fit)
  list(tidy(fit, conf.int = TRUE), glance(fit), augment(fit), predict(fit), confint(fit))
}

test_that("options, the seed, the locale and the folder stay as they are", {
  skip_if_not_installed("survival")
  set.seed(1)
  state <- function() {
    list(options(), .Random.seed, Sys.getlocale(), getwd(), search(), RNGkind())
  }
  fit <- veteran_fit()
  before <- state()
  use_all(veteran_fit())
  expect_identical(state(), before)
})

test_that("settings of a picture are put back", {
  skip_if_not_installed("survival")
  fit <- veteran_fit()
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  graphics::par(mfrow = c(1, 2), mar = c(3, 3, 1, 1))
  keep <- c("mfrow", "mar", "oma", "las", "bty", "cex", "col", "lwd", "lty", "mgp", "xpd")
  before <- graphics::par(keep)
  plot(fit)
  expect_identical(graphics::par(keep), before)
})

test_that("results do not depend on how numbers and strings are set up", {
  skip_if_not_installed("survival")
  drop_call <- \(fit) fit[setdiff(names(fit), "call")]
  plain <- drop_call(veteran_fit())
  old <- options(OutDec = ",", digits = 3, scipen = -5, warnPartialMatchDollar = TRUE)
  on.exit(options(old))
  expect_identical(drop_call(veteran_fit()), plain)
  use_all(veteran_fit())
  parts <- c("LC_CTYPE", "LC_COLLATE")
  were <- vapply(parts, Sys.getlocale, "")
  on.exit(Map(Sys.setlocale, parts, were), add = TRUE)
  for (part in parts) Sys.setlocale(part, "C")
  expect_identical(drop_call(veteran_fit()), plain)
  use_all(veteran_fit())
})

test_that("a fit gives the same bits in a forked child and on any number of threads", {
  skip_if_not_installed("survival")
  skip_on_os("windows")
  b <- coef(veteran_fit(threads = 1))
  expect_identical(coef(veteran_fit(threads = 2)), b)
  expect_identical(parallel::mclapply(1:2, \(i) coef(veteran_fit()), mc.cores = 2), list(b, b))
})

test_that("data may have any names and classes", {
  skip_if_not_installed("survival")
  d <- survival::veteran[c("time", "status", "karno")]
  b <- coef(surv_fit(survival::Surv(time, status) ~ karno, d))
  if (requireNamespace("tibble", quietly = TRUE)) {
    expect_identical(
      coef(surv_fit(survival::Surv(time, status) ~ karno, tibble::as_tibble(d))), b
    )
  }
  names(d)[[3]] <- "K\u00e4rno %"
  formula <- as.formula(call("~", quote(survival::Surv(time, status)), as.name(names(d)[[3]])))
  fit <- surv_fit(formula, d)
  expect_identical(unname(coef(fit)), unname(b))
  expect_identical(nrow(predict(fit, d[1:3, ], times = c(10, 20))), 6L)
  use_all(fit)
})

test_that("the tables of a fit agree in their names", {
  skip_if_not_installed("survival")
  fit <- veteran_fit()
  names <- names(coef(fit))
  expect_identical(dimnames(vcov(fit)), list(names, names))
  expect_identical(rownames(confint(fit)), names)
  expect_identical(colnames(confint(fit)), c("2.5 %", "97.5 %"))
  expect_identical(tidy(fit)$term, names)
  expect_identical(nrow(glance(fit)), 1L)
  expect_identical(class(tidy(fit)), "data.frame")
  expect_lte(length(capture.output(print(fit))), 12)
  expect_lte(max(nchar(capture.output(print(fit)))), 80)
  utils::capture.output(shown <- withVisible(print(fit)))
  expect_false(shown$visible)
})
