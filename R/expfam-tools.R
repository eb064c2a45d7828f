#' Does the maximum likelihood estimate exist?
#'
#' @param x,family As in [expfam_fit()].
#' @return A list with `exists`, `status` (`"interior"`, `"boundary"`, `"outside"`),
#'   `direction` (in which the likelihood rises for ever, or `NULL`), `face` (which points
#'   of a finite support are on the smallest face with the data) and `reason`.
#' @examples
#' counts <- array(c(0, 6, 7, 8, 5, 3, 4, 0), c(2, 2, 2))
#' f <- expfam_family("loglinear", margins = list(1:2, c(1, 3), 2:3))
#' expfam_exists(as.table(counts), f)$status
#' @export
expfam_exists <- function(x, family) {
  data <- expfam_data(x, as_family(family))
  f <- data$family
  support <- if (is.null(f$pairs)) {
    family_support(f)
  } else {
    list(xi = reference_draws(f, 20000)$xi) # as far as draws from the base tell
  }
  if (!is.null(support)) {
    w <- data$weights %||% rep(1, nrow(data$x))
    xi <- statistics_of(f, data$x)
    out <- result_of(.Call(C_expfam_exists, support$xi, colSums(xi * w) / sum(w), NULL))
    status <- c("interior", "boundary", "outside")[out$status + 1]
    return(list(exists = status == "interior", status = status,
      direction = if (status != "interior") stats::setNames(out$direction, f$stat_names),
      face = out$face, reason = switch(status,
        interior = "the means are inside the convex hull of the support",
        boundary = sprintf("the means lie on a face with %d of %d points", sum(out$face),
          length(out$face)),
        "the means lie outside the convex hull of the support")))
  }
  fit <- tryCatch(
    suppressWarnings(fit_newton(data, "frequency", NULL, "error", 0,
      expfam_control(progress = FALSE))),
    distest_error_existence = \(e) e
  )
  if (inherits(fit, "error")) {
    return(list(exists = FALSE, status = "boundary", direction = NULL, face = NULL,
      reason = conditionMessage(fit)))
  }
  list(exists = TRUE, status = "interior", direction = NULL, face = NULL,
    reason = "the maximum was found")
}

#' Divergence between two members
#'
#' Kullback-Leibler divergence D(a || b) in nats per observation; of pairwise models by
#' draws from a.
#'
#' @param a,b Fits or models of the same family.
#' @return A number.
#' @examples
#' a <- expfam_model("gamma", param = c(shape = 3, rate = 2))
#' expfam_divergence(a, expfam_fit(simulate(a, 40, seed = 1), "gamma"))
#' @export
expfam_divergence <- function(a, b) {
  for (name in c("a", "b")) {
    if (!inherits(get(name), c("distest_expfam", "distest_expfam_model"))) {
      bad_argument(name, "must be a fit or a model of an exponential family, not %s.",
        describe(get(name)))
    }
  }
  if (!same_family(a$family, b$family)) {
    bad_argument("b", "must be of the same family as `a`.")
  }
  f <- a$family
  if (is.null(f$pairs)) {
    return(result_of(.Call(C_expfam_divergence, f, unname(a$theta), unname(b$theta))))
  }
  # log E_a exp(d'(xi - E_a xi)) over draws from a
  xi <- statistics_of(f, member_draw(a, 50000))
  z <- drop(sweep(xi, 2, colMeans(xi)) %*% (b$theta - a$theta))
  max(z) + log(mean(exp(z - max(z))))
}

#' Bootstrap of a fit
#'
#' Resampling changes the means of the statistics only; they are refitted from the fit.
#' Pairwise models are refitted on draws from the fit. Replicate b is the same however the
#' work is shared out.
#'
#' @param object A fit with data.
#' @param B Replicates.
#' @param type `"nonparametric"` resamples rows, `"parametric"` draws from the fit.
#' @param workers `NULL`, a number of processes, or a cluster of package parallel.
#' @param threads,progress See [distest-package].
#' @return A list with `theta` (B x p, rows NA where no maximum exists), `kl`, the
#'   divergence D(fit || refit), and `n_failed`.
#' @examples
#' set.seed(1)
#' mean(expfam_bootstrap(expfam_fit(precip, "gamma"), 50)$kl)
#' @export
expfam_bootstrap <- function(object, B = 500L, type = c("nonparametric", "parametric"),
                             workers = NULL, threads = getOption("distest.threads"),
                             progress = getOption("distest.progress", interactive())) {
  type <- check_choice(type, c("nonparametric", "parametric"), "type")
  B <- check_count(B, "B")
  if (!inherits(object, "distest_expfam")) {
    bad_argument("object", "must be a fit of an exponential family, not %s.",
      describe(object))
  }
  if (is.null(object$x)) bad_argument("object", "has no data.")
  check_expandable(object, 1, "model")
  if (object$ridge > 0) bad_argument("object", "has a ridge; its refits would not.")
  shared <- bootstrap_task(object)
  shared$parametric <- type == "parametric"
  shared$seed <- floor(stats::runif(1) * 2^52)
  report <- progress_of(progress)
  jobs <- if (is.null(workers)) {
    list(c(0, B))
  } else {
    lapply(seq(0, B - 1, by = 100), \(from) c(from, min(100, B - from)))
  }
  if (is.null(workers)) {
    shared$threads <- threads_of(threads)
    shared$progress <- report
    parts <- list(bootstrap_job(jobs[[1]], shared))
  } else {
    parts <- over_workers(jobs, bootstrap_job, workers, shared, report)
  }
  theta <- t(do.call(cbind, lapply(parts, `[[`, "theta")))
  theta <- sweep(theta, 2, shared$shift, "+")
  colnames(theta) <- names(object$theta)
  failed <- sum(vapply(parts, \(p) p$n_failed, 0))
  if (failed) {
    distest_warning("dropped", sprintf("No maximum exists in %d of %d replicates.",
      as.integer(failed), as.integer(B)))
  }
  list(theta = theta, kl = unlist(lapply(parts, `[[`, "kl")), n_failed = failed)
}

# what C needs; pairwise models become nodes: draws from the fit, their coefficients
# counted from the fit's
bootstrap_task <- function(object) {
  f <- object$family
  theta <- unname(object$theta)
  x <- object$x
  shift <- rep(0, f$p)
  if (!is.null(f$pairs)) {
    draws <- result_of(.Call(C_expfam_sample, f, theta, 50000, f$d, NULL))
    nodes <- list(xi = statistics_of(f, draws), logw = NULL, finite = TRUE,
      cname = "nodes", p = f$p, d = f$p)
    x <- statistics_of(f, x)
    shift <- theta
    theta <- rep(0, f$p)
    f <- nodes
  }
  keep <- c("cname", "par", "ipar", "xi", "logw", "finite", "p", "d")
  list(family = unclass(f)[intersect(keep, names(f))], theta = theta, x = x,
    weights = object$weights, shift = shift)
}

bootstrap_job <- function(job, shared) {
  result_of(.Call(C_expfam_bootstrap, shared$family, shared$theta, shared$x,
    shared$weights, list(parametric = shared$parametric, first = job[[1]], B = job[[2]],
      seed = shared$seed), shared$threads, shared$progress))
}

#' Columns that repeat others
#'
#' @param x A matrix of statistics.
#' @param threshold Correlation above which two columns say the same.
#' @param rule `"published"`: of every pair above the threshold the later one goes, even
#'   if the earlier goes too; `"sequential"`: only if it repeats a column that is kept.
#' @return Numbers of the columns to drop, increasing.
#' @examples
#' expfam_prune(cbind(1:10, (1:10)^2, rev(1:10)), 0.95)
#' @export
expfam_prune <- function(x, threshold = 0.95, rule = c("sequential", "published")) {
  rule <- check_choice(rule, c("sequential", "published"), "rule")
  check_level(threshold, "threshold")
  x <- as_numbers(x)
  high <- abs(stats::cor(x)) > threshold
  if (anyNA(high)) bad_argument("x", "has missing values or constant columns.")
  gone <- logical(ncol(x))
  for (j in seq_len(ncol(x))[-1]) {
    before <- seq_len(j - 1)
    gone[[j]] <- any(high[before, j] & (rule == "published" | !gone[before]))
  }
  which(gone)
}
