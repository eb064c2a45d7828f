# Work shared out over processes. The bits of a result do not depend on how many
# workers there were, or which: jobs are numbered, and results come back by number.

# State of this process as a worker: is it one, and the data it has been sent.
worker <- new.env(parent = emptyenv())
worker$here <- FALSE
worker$kept <- list()
worker_keeps <- 4L

# list(fun(job, shared), ...) in the order of `jobs`. `fun` is a function of this
# package, not one made inside another (it would carry that one's variables along).
# `shared` goes to each worker once and is known again by its hash. `workers`: NULL for
# this process, a cluster of package parallel, or a number of processes for this call.
# `report`: what progress_of() gave; told of the jobs done in this process.
over_workers <- function(jobs, fun, workers = NULL, shared = NULL, report = NULL) {
  jobs <- as.list(jobs)
  if (is.null(workers) || length(jobs) == 0) {
    return(do_here(jobs, fun, shared, report))
  }
  cluster <- workers
  if (!inherits(workers, "cluster")) {
    count <- check_workers(workers)
    if (count == 1) {
      return(do_here(jobs, fun, shared, report))
    }
    cluster <- start_workers(min(count, length(jobs)))
    on.exit(parallel::stopCluster(cluster))
  }
  greet_workers(cluster)
  key <- send_shared(cluster, shared)
  share_out(jobs, fun, cluster, key)
}

do_here <- function(jobs, fun, shared, report) {
  lapply(seq_along(jobs), \(i) {
    out <- fun(jobs[[i]], shared)
    if (!is.null(report)) report(i / length(jobs),
      sprintf("job %d of %d", i, length(jobs)))
    out
  })
}

check_workers <- function(workers) {
  good <- is.numeric(workers) && length(workers) == 1 && is.finite(workers) &&
    workers == floor(workers) && workers >= 1
  if (!good) {
    bad_argument("workers", paste(
      "must be a cluster made by parallel::makeCluster() or the like, a whole number of",
      "processes, or NULL, not %s."
    ), describe(workers))
  }
  as.integer(workers)
}

start_workers <- function(count) {
  tryCatch(parallel::makePSOCKcluster(count), error = function(e) {
    distest_error("worker", sprintf("%s could not be started: %s",
      count_text(count, "worker process", "worker processes"), conditionMessage(e)),
    argument = "workers", parent = e)
  })
}

# Runs on a worker before distest is known to be there, so it stands on base R alone.
greeting <- function(paths) {
  .libPaths(unique(c(.libPaths(), paths[dir.exists(paths)])))
  if (!requireNamespace("distest", quietly = TRUE)) {
    return(NA_character_)
  }
  as.character(utils::packageVersion("distest"))
}

greet_workers <- function(cluster) {
  hello <- greeting
  environment(hello) <- globalenv()
  found <- ask_workers(cluster, hello, .libPaths())
  bad <- which(is.na(found) | found != as.character(utils::packageVersion("distest")))
  if (length(bad) == 0) {
    return(invisible())
  }
  here <- as.character(utils::packageVersion("distest"))
  distest_error("worker", sprintf("Worker %d has %s, this process has distest %s.",
    bad[[1]], if (is.na(found[[bad[[1]]]])) "no distest" else paste("distest",
      found[[bad[[1]]]]),
    here), argument = "workers", value = bad)
}

# clusterCall() with connection failures as our condition.
ask_workers <- function(cluster, fun, ...) {
  answers <- tryCatch(parallel::clusterCall(cluster, fun, ...), error = function(e) {
    distest_error("worker", sprintf(
      "The workers do not answer (%s). Stop the cluster and start it again.",
      conditionMessage(e)
    ), argument = "workers", parent = e)
  })
  unlist(answers)
}

send_shared <- function(cluster, shared) {
  if (is.null(shared)) {
    return("")
  }
  bytes <- serialize(shared, NULL, xdr = FALSE)
  key <- .Call(C_core_hash, bytes)
  lacking <- which(!ask_workers(cluster, worker_has, key))
  if (length(lacking)) ask_workers(some_of(cluster, lacking), worker_keep, key, bytes)
  key
}

# Some workers of a cluster, which remains one: `[` of other packages' clusters forgets.
some_of <- function(cluster, which) {
  out <- unclass(cluster)[which]
  mostattributes(out) <- attributes(cluster)
  out
}

worker_has <- function(key) key %in% names(worker$kept)

# The last few data sets stay.
worker_keep <- function(key, bytes) {
  worker$kept[[key]] <- unserialize(bytes)
  worker$kept <- utils::tail(worker$kept, worker_keeps)
  TRUE
}

# Numbers of jobs in as many consecutive runs as there are workers. A job that failed
# gets a second chance on the next worker.
share_out <- function(jobs, fun, cluster, key) {
  split <- parallel::splitIndices(length(jobs), min(length(cluster), length(jobs)))
  runs <- lapply(split, \(i) jobs[i])
  out <- run_on(cluster, runs, fun, key) |> unlist(recursive = FALSE)
  failed <- which(vapply(out, inherits, NA, "distest_job_failed"))
  if (length(failed) && length(cluster) > 1) {
    first <- rep.int(seq_along(split), lengths(split))[failed]
    other <- first %% length(cluster) + 1L
    for (w in unique(other)) {
      again <- failed[other == w]
      out[again] <- run_on(some_of(cluster, w), list(jobs[again]), fun, key)[[1]]
    }
    failed <- failed[vapply(out[failed], inherits, NA, "distest_job_failed")]
  }
  if (length(failed)) {
    error <- out[[failed[[1]]]]$error
    distest_error("worker", sprintf("Job %d of %d failed on a worker%s: %s", failed[[1]],
      length(jobs), if (length(cluster) > 1) " and on a second one" else "",
      conditionMessage(error)), argument = "workers", value = failed[[1]],
    parent = error, job = failed[[1]])
  }
  lapply(out, `[[`, "value")
}

run_on <- function(cluster, runs, fun, key) {
  tryCatch(parallel::clusterApply(cluster, runs, run_jobs, work = fun, key = key),
    error = function(e) {
      distest_error("worker", sprintf(paste(
        "The connection to a worker broke (%s). Stop the cluster and start it again."
      ), conditionMessage(e)), argument = "workers", parent = e)
    })
}

# On the worker: one thread, errors brought home as values.
run_jobs <- function(jobs, work, key) {
  was <- worker$here
  worker$here <- TRUE
  on.exit(worker$here <- was)
  shared <- if (nzchar(key)) worker$kept[[key]]
  lapply(jobs, \(job) {
    tryCatch(list(value = work(job, shared)),
      error = \(e) structure(list(error = e), class = "distest_job_failed"))
  })
}
