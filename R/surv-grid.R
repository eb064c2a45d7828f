#' Many survival models at once
#'
#' Fits every combination of effect, preset and gamma that is a model of its own, and
#' ranks them by AIC. Combinations that contradict themselves (a preset that holds gamma
#' with covariates in gamma, a proportional hazards log-logistic) or repeat another one
#' (exponential and Weibull as proportional hazards) are left out.
#'
#' @param formula,data As in [surv_fit()].
#' @param effect,dist The effects and presets to combine.
#' @param gamma A list of one-sided formulas for gamma.
#' @param ... Further arguments of [surv_fit()], the same for all: `weights`, `subset`,
#'   `control`, ...
#' @param workers `NULL` to fit in this process, a cluster of package parallel, or a
#'   number
#'   of processes for this call. The fits have the same bits in any case.
#' @param threads,progress As in [surv_fit()]; workers use one thread each.
#' @return A data frame with a row for each fit, best AIC first, and columns `effect`,
#'   `dist`, `gamma`, `df`, `loglik`, `aic`, `bic`, `delta` (from the best AIC), `weight`
#'   (Akaike weight), `boundary`, `converged`. The attribute `fits` holds the fits in the
#'   same order; one that failed has its error there, and missing numbers.
#' @seealso [surv_fit()], [anova.distest_surv()]
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' models <- surv_grid(survival::Surv(time, status) ~ karno, survival::veteran,
#'   dist = c("weibull", "loglogistic", "apgw"))
#' models
#' best <- attr(models, "fits")[[1]]
#' @export
surv_grid <- function(formula, data, effect = c("aft", "ph"),
                      dist = c("apgw", "exponential", "weibull", "loglogistic", "burr12",
                        "gompertz", "ptloglogistic"),
                      gamma = list(~1), ..., workers = NULL,
                      threads = getOption("distest.threads"),
                      progress = getOption("distest.progress", interactive())) {
  check_formula(formula)
  check_subset(effect, c("aft", "ph"), "effect")
  check_subset(dist, names(surv_presets), "dist")
  if (inherits(gamma, "formula")) gamma <- list(gamma)
  if (!is.list(gamma) || !length(gamma) || !all(vapply(gamma, inherits, NA, "formula"))) {
    bad_argument("gamma", "must be a list of one-sided formulas, not %s.",
      describe(gamma))
  }
  jobs <- surv_grid_jobs(unique(effect), unique(dist), gamma)
  if (length(jobs) == 0) {
    bad_argument("dist", "and `effect` and `gamma` leave no model to fit.")
  }
  call <- match.call()
  shared <- surv_grid_shared(formula, if (!missing(data)) data,
    match.call(expand.dots = FALSE)$...,
    parent.frame(), threads)
  report <- progress_of(progress)
  fits <- over_workers(jobs, surv_grid_fit, workers, shared, report)
  user <- call[!names(call) %in% c("workers", "threads", "progress")]
  user[[1]] <- quote(surv_fit)
  surv_grid_table(jobs, Map(surv_grid_called, fits, jobs, list(user)))
}

check_subset <- function(x, choices, argument) {
  if (!is.character(x) || length(x) == 0) {
    bad_argument(argument, "must be some of %s, not %s.", enumerate(choices), describe(x))
  }
  for (one in x) check_choice(one, choices, argument)
  invisible(x)
}

surv_grid_jobs <- function(effects, dists, gammas) {
  jobs <- list()
  for (gamma in gammas) {
    plain <- identical(deparse(gamma[[length(gamma)]]), "1")
    for (effect in effects) {
      for (dist in dists) {
        if (surv_grid_skips(effect, dist, plain, "aft" %in% effects)) next
        jobs[[length(jobs) + 1]] <- list(effect = effect, dist = dist,
          gamma = if (!is.numeric(surv_presets[[dist]]$gamma)) gamma)
      }
    }
  }
  jobs
}

# Models that do not exist, or are another of the table; `plain`: gamma is ~ 1.
surv_grid_skips <- function(effect, dist, plain, both) {
  if (is.numeric(surv_presets[[dist]]$gamma) && !plain) {
    return(TRUE)
  }
  twice <- dist == "exponential" || (dist == "weibull" && plain)
  effect == "ph" && (dist == "loglogistic" || (both && twice))
}

# What all fits share. Arguments that surv_fit() looks up in the data stay expressions;
# the others are evaluated here, where the user's variables are.
surv_grid_shared <- function(formula, data, dots, frame, threads) {
  own <- c("effect", "dist", "gamma")
  known <- setdiff(names(formals(surv_fit)), own)
  unknown <- setdiff(names(dots), known)
  if (length(dots) && (is.null(names(dots)) || any(names(dots) == ""))) {
    distest_error("invalid", "Further arguments of surv_fit() must be named.")
  }
  if (length(unknown)) {
    near <- closest(unknown[[1]], known)
    distest_error("invalid", sprintf("Unused argument `%s`%s", unknown[[1]],
      if (is.null(near)) "." else sprintf("; did you mean `%s`?", near)),
    argument = unknown[[1]])
  }
  looked_up <- names(dots) %in% c("weights", "entry", "cluster", "bhazard", "subset")
  values <- lapply(dots[!looked_up], eval, frame)
  all <- formula
  for (one in dots[looked_up]) all[[length(all)]] <- call("+", all[[length(all)]], one)
  environment(formula) <- environment(lean(all, names(data)))
  list(formula = formula, data = data, values = values, looked_up = dots[looked_up],
    threads = threads)
}

surv_grid_fit <- function(job, shared) {
  arguments <- c(
    list(formula = shared$formula),
    if (!is.null(shared$data)) list(data = shared$data),
    job[!vapply(job, is.null, NA)], shared$values, shared$looked_up,
    list(threads = if (!worker$here) shared$threads, progress = FALSE)
  )
  call <- as.call(c(list(quote(surv_fit)), arguments[!vapply(arguments, is.null, NA)]))
  withCallingHandlers(
    tryCatch(eval(call), distest_error = identity),
    distest_warning = \(w) invokeRestart("muffleWarning"),
    distest_message = \(m) invokeRestart("muffleMessage")
  )
}

# The call that would make this fit alone.
surv_grid_called <- function(fit, job, call) {
  for (name in c("effect", "dist", "gamma")) call[name] <- list(job[[name]])
  if (is.null(job$gamma)) call$gamma <- NULL
  fit$call <- call
  fit
}

surv_grid_table <- function(jobs, fits) {
  good <- vapply(fits, inherits, NA, "distest_surv")
  pick <- function(what, missing) {
    vapply(fits, \(f) if (inherits(f, "distest_surv")) what(f) else missing, missing)
  }
  out <- data.frame(
    effect = vapply(jobs, `[[`, "", "effect"), dist = vapply(jobs, `[[`, "", "dist"),
    gamma = vapply(jobs, \(j) {
      if (is.null(j$gamma)) "1" else paste(deparse(j$gamma[[length(j$gamma)]]),
        collapse = " ")
    }, ""),
    df = pick(\(f) as.double(f$df), NA_real_), loglik = pick(\(f) f$loglik, NA_real_),
    aic = pick(\(f) stats::AIC(f), NA_real_), bic = pick(\(f) stats::BIC(f), NA_real_)
  )
  out$delta <- if (any(good)) out$aic - min(out$aic, na.rm = TRUE) else NA_real_
  out$weight <- exp(-out$delta / 2) / sum(exp(-out$delta / 2), na.rm = TRUE)
  out$boundary <- pick(\(f) f$boundary, "")
  out$converged <- pick(\(f) f$converged, FALSE)
  at <- order(out$aic)
  out <- out[at, ]
  row.names(out) <- NULL
  attr(out, "fits") <- fits[at]
  if (!all(good)) {
    first <- fits[[which(!good)[[1]]]]
    distest_warning("convergence",
      sprintf("%s could not be fitted, the first because: %s",
      count_text(sum(!good), "model"), conditionMessage(first)))
  }
  out
}
