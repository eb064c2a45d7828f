# A call that lasts: survival regression on many rows.
long_call <- function(progress = FALSE, n = 3e5) {
  set.seed(1)
  d <- data.frame(time = stats::rexp(n), x = stats::rnorm(n), z = stats::rnorm(n))
  surv_fit(survival::Surv(time) ~ x + z, d, gamma = ~x, progress = progress, threads = 1)
}

test_that("an error of the user's progress function comes back as it was", {
  skip_if_not_installed("survival")
  mine <- structure(class = c("mine", "error", "condition"),
    list(message = "from the user", call = quote(their(call)), extra = 42))
  e <- tryCatch(long_call(\(fraction, stage) stop(mine), n = 1000), error = identity)
  expect_identical(e, mine)
})

test_that("conditions, restarts and returns of the progress function reach the caller", {
  skip_if_not_installed("survival")
  heard <- 0
  fit <- withCallingHandlers(
    long_call(\(fraction, stage) message("at ", fraction), n = 1000),
    message = \(m) {
      heard <<- heard + 1
      invokeRestart("muffleMessage")
    })
  expect_gt(heard, 0)
  expect_s3_class(fit, "distest_surv")
  quiet <- long_call(FALSE, n = 1000)
  expect_identical(coef(fit), coef(quiet))
  expect_identical(callCC(\(k) long_call(\(fraction, stage) k("out"), n = 1000)), "out")
})

test_that("a progress function may call distest itself", {
  skip_if_not_installed("survival")
  inner <- NULL
  fit <- long_call(\(fraction, stage) inner <<- coef(long_call(FALSE, n = 500)), n = 1000)
  expect_identical(inner, coef(long_call(FALSE, n = 500)))
})

test_that("a time limit ends a call as R's own error", {
  skip_if_not_installed("survival")
  skip_on_cran()
  begun <- proc.time()[["elapsed"]]
  e <- tryCatch({
    setTimeLimit(elapsed = 0.5, transient = TRUE)
    long_call()
  }, error = identity)
  setTimeLimit()
  expect_s3_class(e, "error")
  expect_match(conditionMessage(e), "time limit")
})

test_that("Ctrl-C ends a call at once, as an interrupt that try() does not swallow", {
  skip_if_not_installed("survival")
  skip_on_cran()
  skip_on_os("windows")
  script <- tempfile(fileext = ".R")
  log <- tempfile()
  on.exit(unlink(c(script, log)))
  writeLines(c(
    sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
    "library(distest)",
    sprintf("log <- %s", deparse(log)),
    "long_call <-", deparse(long_call),
    "say <- \\(...) cat(..., '\\n', file = log, append = TRUE)",
    "long_call(\\(f, s) NULL, n = 100)",
    "said <- FALSE",
    "tell <- \\(f, s) if (!said) { said <<- TRUE; say('running', Sys.getpid()) }",
    "seen <- tryCatch({ try(long_call(tell), silent = TRUE); 'swallowed' },",
    "  interrupt = \\(i) 'interrupted')",
    "say(seen, format(Sys.time(), '%H:%M:%OS3'))",
    "say(if (inherits(long_call(n = 100), 'distest_surv')) 'works')"
  ), script)
  system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", shQuote(script)),
    wait = FALSE, stdout = FALSE, stderr = FALSE)
  wait_for <- function(pattern, seconds) {
    for (i in seq_len(20 * seconds)) {
      lines <- if (file.exists(log)) readLines(log) else character()
      if (length(hit <- grep(pattern, lines, value = TRUE))) return(hit[[1]])
      Sys.sleep(0.05)
    }
    ""
  }
  running <- wait_for("^running", 60)
  expect_match(running, "^running")
  sent <- Sys.time()
  tools::pskill(as.integer(sub("running ", "", running)), tools::SIGINT)
  ended <- wait_for("^interrupted|^swallowed", 30)
  expect_match(ended, "^interrupted")
  expect_lt(as.numeric(difftime(Sys.time(), sent, units = "secs")), 1)
  expect_match(wait_for("^works", 30), "^works")
})
