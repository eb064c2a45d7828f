test_that("threads follow the argument, the option, the rules of checks", {
  old <- options(distest.threads = NULL)
  on.exit(options(old))
  expect_identical(threads_of(3), 3L)
  expect_error(threads_of(0), class = "distest_error_invalid")
  expect_invisible(distest_threads(1))
  expect_identical(distest_threads(), 1L)
  expect_identical(getOption("distest.threads"), 1L)
  distest_threads(NULL)
  expect_null(getOption("distest.threads"))
  limit <- Sys.getenv("_R_CHECK_LIMIT_CORES_", NA)
  on.exit(if (is.na(limit)) Sys.unsetenv("_R_CHECK_LIMIT_CORES_") else
    Sys.setenv(`_R_CHECK_LIMIT_CORES_` = limit), add = TRUE)
  Sys.setenv(`_R_CHECK_LIMIT_CORES_` = "TRUE")
  expect_lte(threads_of(NULL), 2L)
  Sys.setenv(`_R_CHECK_LIMIT_CORES_` = "false")
  expect_null(threads_of(NULL))
  worker$here <- TRUE
  on.exit(worker$here <- FALSE, add = TRUE)
  expect_identical(threads_of(NULL), 1L)
})

test_that("a forked child uses one thread", {
  skip_on_os("windows")
  child <- parallel::mclapply(1:2, \(i) distest_threads(2), mc.cores = 2)
  expect_identical(child, list(1L, 1L))
})

test_that("OMP_NUM_THREADS decides where nothing else does; loading is silent", {
  skip_on_cran()
  code <- sprintf(".libPaths(%s); library(distest); cat(distest_threads())",
    paste(deparse(.libPaths()), collapse = ""))
  ask <- function(...) {
    system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", "-e", shQuote(code)),
      stdout = TRUE, stderr = TRUE, env = c("_R_CHECK_LIMIT_CORES_=", ...))
  }
  expect_identical(ask("OMP_NUM_THREADS=1"), "1")
  expect_identical(ask("OMP_NUM_THREADS=3"), "3")
  expect_identical(ask("OMP_NUM_THREADS=3", "LC_ALL=C"), "3")
})
