# What no function of the package may do, whatever it computes, and what every fit can do.
with_inference <- c("expfam", "surv", "wls")

for (family in names(fitters)) {
  fit_again <- fitters[[family]]
  threads <- if (family == "expfam") list() else list(threads = 2)

  test_that(paste0(family, ": options, seed, locale and folder stay as they are"), {
    set.seed(1)
    fit <- fit_again()
    state <- function() {
      list(options(), .Random.seed, Sys.getlocale(), getwd(), search(), RNGkind())
    }
    before <- state()
    look_at(fit)
    fit_again()
    set.seed(1)
    reseeded <- state()
    expect_identical(reseeded[-2], before[-2])
    look_at(fit)
    expect_identical(state(), reseeded)
  })

  test_that(paste0(family, ": settings of a picture are put back"), {
    fit <- fit_again()
    grDevices::pdf(NULL)
    on.exit(grDevices::dev.off())
    graphics::par(mfrow = c(1, 2), mar = c(3, 3, 1, 1))
    keep <- c("mfrow", "mar", "oma", "las", "bty", "cex", "col", "lwd", "lty", "mgp", "xpd")
    before <- graphics::par(keep)
    plot(fit)
    expect_identical(graphics::par(keep), before)
  })

  test_that(paste0(family, ": how numbers and strings are set up changes nothing"), {
    plain <- without_call(fit_again())
    if (is.null(getOption("warnPartialMatchDollar"))) {
      options(warnPartialMatchDollar = FALSE) # to take it away later would leave it on
    }
    old <- options(OutDec = ",", digits = 3, scipen = -5, warnPartialMatchDollar = TRUE)
    on.exit(options(old))
    expect_identical(without_call(fit_again()), plain)
    look_at(fit_again())
    parts <- c("LC_CTYPE", "LC_COLLATE")
    were <- vapply(parts, Sys.getlocale, "")
    on.exit(Map(Sys.setlocale, parts, were), add = TRUE)
    for (part in parts) Sys.setlocale(part, "C")
    expect_identical(without_call(fit_again()), plain)
    look_at(fit_again())
  })

  test_that(paste0(family, ": the same bits in a forked child and on two threads"), {
    skip_on_os("windows")
    one <- without_call(fit_again())
    expect_identical(without_call(do.call(fit_again, threads)), one)
    children <- parallel::mclapply(1:2, \(i) without_call(fit_again()), mc.cores = 2)
    expect_identical(children, list(one, one))
  })

  test_that(paste0(family, ": a fit that was saved is the fit"), {
    fit <- fit_again()
    file <- tempfile(fileext = ".rds")
    on.exit(unlink(file))
    saveRDS(fit, file)
    again <- readRDS(file)
    expect_identical(without_call(again), without_call(fit))
    expect_identical(look_at(again), look_at(fit))
  })

  test_that(paste0(family, ": what is printed fits a screen, and print gives its argument"), {
    fit <- fit_again()
    shown <- look_at(fit)
    expect_lte(length(shown$printed), 12)
    expect_lte(max(nchar(c(shown$printed, shown$summarised))), 80)
    utils::capture.output(printed <- withVisible(print(fit)))
    expect_false(printed$visible)
    expect_identical(printed$value, fit)
    utils::capture.output(summarised <- withVisible(print(summary(fit))))
    expect_false(summarised$visible)
  })

  test_that(paste0(family, ": tables are plain data frames that agree in their names"), {
    fit <- fit_again()
    shown <- look_at(fit)
    for (table in shown[c("tidied", "glanced", "augmented", "table")]) {
      expect_identical(class(table), "data.frame")
      expect_false(any(vapply(table, is.factor, NA)))
    }
    expect_identical(nrow(shown$glanced), 1L)
    names <- names(coef(fit))
    expect_identical(shown$tidied$term, names)
    if (family %in% with_inference) {
      expect_identical(dimnames(vcov(fit)), list(names, names))
      expect_identical(rownames(confint(fit)), names)
      expect_identical(colnames(confint(fit)), c("2.5 %", "97.5 %"))
      expect_true(all(c("std.error", "conf.low", "conf.high") %in%
        names(tidy(fit, conf.int = TRUE))))
    }
  })

  test_that(paste0(family, ": misspelt arguments of methods are errors"), {
    fit <- fit_again()
    for (method in c("summary", "tidy", "glance", "augment", "predict")) {
      expect_error(do.call(method, list(fit, nonsense_argument = 1)),
        class = "distest_error_invalid", info = method)
    }
  })
}

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
  look_at(fit)
})
