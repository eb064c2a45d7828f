# What ends the long parts of a design: Ctrl-C, time limits, progress functions.

# Calls that last for seconds; `tell` is told that they run.
rdd_long <- function(kind, tell) {
  set.seed(1)
  if (kind == "quantiles") {
    n <- 1.5e7
    return(rdd_quantiles(runif(n), sample.int(3e4L, n, TRUE), probs = seq_len(99) / 100,
      threads = 1, progress = tell))
  }
  n <- if (kind == "bandwidth") 1e5 else 1e4
  probs <- seq_len(if (kind == "bandwidth") 60 else 19) / 61
  x <- runif(n, -1, 1)
  q <- outer(x + rnorm(n), probs, "+")
  if (kind == "bandwidth") {
    return(rdd_bandwidth(q, x, probs = probs, bwselect = "mserd", threads = 1,
      progress = tell))
  }
  fit <- rdd_fit(q, x, probs = probs, h = 0.5, boot = 0, threads = 1,
    functional_grid = 0)
  rdd_bootstrap(fit, 1e6, "rademacher", threads = 1, progress = tell)
}

# in an R process of its own, whose data take most of the time
test_that("Ctrl-C ends quantiles, bandwidths and bootstraps within 0.2 s", {
  skip_on_cran()
  skip_on_os("windows")
  kinds <- c("quantiles", "bandwidth", "bootstrap")
  script <- tempfile(fileext = ".R")
  log <- tempfile()
  on.exit(unlink(c(script, log)))
  writeLines(c(
    sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
    "suppressMessages(library(distest))",
    sprintf("log <- %s", deparse(log)),
    "say <- \\(...) cat(..., '\\n', file = log, append = TRUE)",
    "rdd_long <-", deparse(rdd_long),
    "clock <- \\() format(as.numeric(Sys.time()), digits = 15)",
    sprintf("for (run in 1:2) for (kind in %s) {", deparse(kinds)),
    "  told <- FALSE",
    "  tell <- \\(f, s) if (!told) {",
    "    told <<- TRUE; say(kind, run, 'runs', Sys.getpid()) }",
    "  seen <- tryCatch({ try(suppressWarnings(rdd_long(kind, tell)), silent = TRUE)",
    "    'swallowed' }, interrupt = \\(i) 'interrupted')",
    "  say(kind, run, seen, clock())",
    "}",
    "say('after', class(rdd_fit(1:40, c(-20:-1, 1:20), h = 9, boot = 0)))"
  ), script)
  system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", shQuote(script)),
    wait = FALSE, stdout = FALSE, stderr = FALSE)
  wait_for <- function(pattern, seconds = 60) {
    for (i in seq_len(50 * seconds)) {
      lines <- if (file.exists(log)) readLines(log, warn = FALSE) else character()
      if (length(hit <- grep(pattern, lines, value = TRUE))) return(hit[[1]])
      Sys.sleep(0.02)
    }
    ""
  }
  took <- matrix(NA_real_, 2, 3, dimnames = list(NULL, kinds))
  for (run in 1:2) {
    for (kind in kinds) {
      running <- wait_for(sprintf("^%s %d runs", kind, run))
      expect_match(running, "runs")
      if (running == "") return()
      Sys.sleep(0.15 * run) # some way into it
      sent <- as.numeric(Sys.time())
      tools::pskill(as.integer(sub(".* runs ", "", running)), tools::SIGINT)
      ended <- wait_for(sprintf("^%s %d (interrupted|swallowed)", kind, run))
      expect_match(ended, "interrupted")
      took[run, kind] <- as.numeric(sub(".* ", "", trimws(ended))) - sent
    }
  }
  # other work on the machine may hold one of them up, not both
  for (kind in kinds) {
    expect_gt(min(took[, kind]), 0)
    expect_lt(min(took[, kind]), 0.2)
  }
  expect_match(wait_for("^after"), "distest_rdd")
})

test_that("a time limit and an error of the progress function end a long bootstrap", {
  skip_on_cran()
  set.seed(1)
  slow <- function(progress) {
    d <- rdd_simulate("normal", 500, 20, 1, seed = 1)
    fit <- rdd_fit(d$y, d$x, d$unit, h = 0.6, boot = 0)
    rdd_bootstrap(fit, 3e5, "rademacher", progress = progress, threads = 1)
  }
  e <- tryCatch({
    setTimeLimit(elapsed = 0.6, transient = TRUE)
    slow(FALSE)
  }, error = identity)
  setTimeLimit()
  expect_match(conditionMessage(e), "time limit")
  seen <- tryCatch(slow(\(fraction, stage) stop("mine")), error = conditionMessage)
  expect_identical(seen, "mine")
})
