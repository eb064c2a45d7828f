# functions of the package stand in for jobs, as they do in the families
test_that("results are the same for any number of workers", {
  jobs <- as.list(1:7)
  here <- over_workers(jobs, count_text, shared = "row")
  expect_identical(here[[3]], "3 rows")
  for (workers in seq_len(most_workers())) {
    expect_identical(over_workers(jobs, count_text, workers, "row"), here)
  }
})

test_that("a cluster of parallel is used, keeps its data, and is left open", {
  cluster <- parallel::makePSOCKcluster(2)
  on.exit(parallel::stopCluster(cluster))
  expect_identical(over_workers(1:3, count_text, cluster, "row"),
    list("1 row", "2 rows", "3 rows"))
  expect_identical(over_workers(1:3, count_text, cluster, "cell")[[2]], "2 cells")
  kept <- parallel::clusterEvalQ(cluster, length(distest:::worker$kept))
  expect_identical(kept, list(2L, 2L))
  over_workers(1:3, count_text, cluster, "row")
  expect_identical(parallel::clusterEvalQ(cluster, length(distest:::worker$kept)), kept)
  threads <- function(job, shared) distest:::threads_of(NULL)
  environment(threads) <- globalenv()
  expect_identical(over_workers(1, threads, cluster), list(1L))
  expect_identical(parallel::clusterEvalQ(cluster, distest:::worker$here), list(FALSE, FALSE))
})

test_that("a job that fails is tried once more, then its error is the parent", {
  cluster <- parallel::makePSOCKcluster(2)
  on.exit(parallel::stopCluster(cluster))
  e <- tryCatch(over_workers(list(3, 1, -1), check_count, cluster, "n"), error = identity)
  expect_s3_class(e, "distest_error_worker")
  expect_s3_class(e$parent, "distest_error_invalid")
  expect_identical(e$parent$argument, "n")
  expect_identical(e$job, 3L)
  expect_identical(e$argument, "workers")
  expect_match(conditionMessage(e), "Job 3 of 3 failed on a worker and on a second one")
  # bad on the first worker only
  parallel::clusterEvalQ(cluster[1], assignInNamespace("count_text",
    function(n, noun, plural) stop("sick"), "distest"))
  expect_identical(over_workers(1:2, count_text, cluster, "row"), list("1 row", "2 rows"))
})

test_that("a worker that has gone is an error of class worker", {
  cluster <- parallel::makePSOCKcluster(2)
  pids <- parallel::clusterCall(cluster, Sys.getpid)
  tools::pskill(pids[[2]], tools::SIGKILL)
  Sys.sleep(0.2)
  expect_error(over_workers(1:2, count_text, cluster, "row"), class = "distest_error_worker")
  suppressWarnings(try(parallel::stopCluster(cluster[1]), silent = TRUE))
  try(close(cluster[[2]]$con), silent = TRUE)
})

test_that("other things than workers are refused", {
  expect_error(over_workers(1, count_text, "two", "row"), class = "distest_error_invalid")
  expect_error(over_workers(1, count_text, 0, "row"), class = "distest_error_invalid")
  expect_identical(over_workers(list(), count_text, 2, "row"), list())
})

test_that("workers with another version are refused", {
  cluster <- parallel::makePSOCKcluster(1)
  on.exit(parallel::stopCluster(cluster))
  parallel::clusterEvalQ(cluster, {
    unlockBinding("packageVersion", asNamespace("utils"))
    assign("packageVersion", \(...) package_version("0.0.9"), asNamespace("utils"))
  })
  e <- tryCatch(greet_workers(cluster), error = identity)
  expect_s3_class(e, "distest_error_worker")
  expect_match(conditionMessage(e), "Worker 1 has distest 0.0.9")
})

test_that("data are known again by 128 bits", {
  hash <- \(x) .Call(C_core_hash, serialize(x, NULL))
  expect_identical(hash(1:10), hash(1:10))
  many <- vapply(1:2000, \(i) hash(i), "")
  expect_identical(anyDuplicated(many), 0L)
  expect_identical(nchar(many[[1]]), 32L)
})
