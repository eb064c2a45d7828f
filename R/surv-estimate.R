# The fit itself, once formulas have become numbers.

surv_boundaries <- c("", "kappa=Inf", "kappa=-1", "phi=0", "gamma=Inf")

# Rows, parameters and designs as numbers; `groups`: of the frailty, or NULL.
surv_estimate <- function(rows, spec, designs, phi_form, time_scale, robust, start,
                          control, threads, progress, groups = NULL) {
  model <- surv_model(spec, designs, phi_form, surv_scale(time_scale, rows))
  robust <- surv_robust(robust, rows)
  threads <- threads_of(threads)
  progress <- progress_of(progress)
  surv_check_events(rows)
  fit <- function(used) {
    .Call(C_surv_fit, used$rows, used$par, model$set, control,
      surv_check_start(start, model$columns[used$alive]), robust && is.null(groups),
      threads, progress)
  }
  whole <- logical(length(model$columns))
  used <- list(rows = rows, par = model$par, monotone = whole, aliased = whole,
    alive = !whole)
  out <- if (length(start) %in% c(0, length(whole))) fit(used)
  if (is.null(out) || surv_refused(out)) {
    surv_check_designs(designs)
    used <- surv_reduce(rows, model, threads)
    out <- fit(used)
  }
  surv_warn_overfit(rows, sum(used$alive))
  out <- result_of(out, surv_argument_map)
  if (!is.null(groups)) {
    out <- surv_frailty_fit(out, used, model, groups, robust, control, threads, progress)
  }
  if (any(used$monotone)) {
    w <- if (is.null(rows$weight)) rep(1, length(rows$type)) else rows$weight
    out$info$weight <- sum(w)
  }
  surv_assemble(out, model, used, length(rows$type), robust)
}

# Designs that the fit does not take as they are: it looks at distinct rows alone, so it
# is asked first, and the rows are searched for the reason afterwards.
surv_refused <- function(out) {
  inherits(out, "distest_failure") &&
    status_kinds[[out$status]] %in% c("invalid", "domain", "singular", "existence")
}

surv_scale <- function(time_scale, rows) {
  if (identical(time_scale, "auto")) {
    return(surv_auto_scale(rows))
  }
  if (!(is.numeric(time_scale) && length(time_scale) == 1 && is.finite(time_scale) &&
    time_scale > 0)) {
    bad_argument("time_scale", "must be a positive number or \"auto\", not %s.",
      describe(time_scale), kind = "domain", value = time_scale)
  }
  as.double(time_scale)
}

surv_robust <- function(robust, rows) {
  if (is.null(robust)) {
    robust <- !is.null(rows$cluster) ||
      (!is.null(rows$weight) && any(rows$weight != floor(rows$weight)))
  }
  check_flag(robust, "robust")
  if (robust && length(unique(rows$cluster)) == 1) {
    bad_argument("cluster", "must have at least 2 groups for robust standard errors.")
  }
  robust
}

# The model as C wants it: designs and link values, settings; names of the coefficients.
surv_model <- function(spec, designs, phi_form, time_scale) {
  held <- vapply(surv_parameters, \(name) {
    if (is.numeric(spec[[name]])) spec[[name]] else NA_real_
  }, 0)
  kernel <- if (identical(held[["kappa"]], Inf)) 1L else if (identical(held[["kappa"]],
    -1)) 2L else 0L
  par <- lapply(surv_parameters, \(name) {
    value <- if (is.na(held[[name]]) ||
      (name == "kappa" && kernel > 0)) 0 else surv_link(name, held[[name]])
    list(x = designs[[name]]$x, offset = designs[[name]]$offset, value = value)
  })
  columns <- unlist(lapply(surv_parameters, \(name) {
    x <- designs[[name]]$x
    if (!is.null(x)) paste0(name, ":", colnames(x))
  }))
  list(par = par, columns = columns, held = held, phi_form = phi_form,
    set = list(phi_form = match(phi_form, c("time", "power")) - 1L, kernel = kernel,
      time_scale = time_scale))
}

# What can be estimated: without rows and columns of groups that have no event, without
# columns that depend on others.
surv_reduce <- function(rows, model, threads) {
  par <- model$par
  monotone <- result_of(.Call(C_surv_monotone, rows, par, model$set), surv_argument_map)
  if (any(monotone)) {
    out <- surv_drop_monotone(rows, par, monotone)
    rows <- out$rows
    par <- out$par
    surv_warn_monotone(model$columns[monotone], out$count)
  }
  gone <- if (any(monotone)) out$gone
  aliased <- logical(length(model$columns))
  flags <- .Call(C_surv_aliased, rows, par, model$set, threads)
  aliased[!monotone] <- result_of(surv_name_column(flags, model$columns[!monotone]),
    surv_argument_map)
  if (any(aliased)) {
    surv_say_aliased(model$columns[aliased])
    par <- surv_without(par, aliased[!monotone])
  }
  list(rows = rows, par = par, monotone = monotone, aliased = aliased,
    alive = !monotone & !aliased, gone = gone)
}

surv_warn_monotone <- function(columns, rows) {
  distest_warning("boundary", sprintf(paste(
    "There are no events where %s: %s coefficient is -Inf, and the %s set aside."
  ), paste(sub(":", " has ", columns, fixed = TRUE), collapse = ", or "),
  if (length(columns) == 1) "its" else "their",
  if (rows == 1) "row is" else sprintf("%d rows are", as.integer(rows))),
  argument = columns, class = "distest_surv_monotone")
}

# C counts columns; people name them.
surv_name_column <- function(failure, columns) {
  if (!inherits(failure, "distest_failure")) {
    return(failure)
  }
  found <- regmatches(failure$message,
    regexec("column ([0-9]+) of `([a-z]+)`", failure$message))[[1]]
  if (length(found)) {
    own <- columns[surv_parameter_of(columns) == found[[3]]]
    failure$message <- sub(found[[1]], own[[as.integer(found[[2]])]], failure$message,
      fixed = TRUE)
  }
  failure
}

surv_drop_monotone <- function(rows, par, flags) {
  first <- 0L
  gone <- logical(length(rows$type))
  for (one in par) {
    p <- if (is.null(one$x)) 0L else ncol(one$x)
    for (c in which(flags[first + seq_len(p)])) gone <- gone | one$x[, c] == 1
    first <- first + p
  }
  par <- lapply(surv_without(par, flags), \(one) {
    if (!is.null(one$x)) one$x <- one$x[!gone, , drop = FALSE]
    one$offset <- one$offset[!gone]
    one
  })
  list(rows = lapply(rows[setdiff(names(rows), c("drop", "cluster_names"))],
    \(v) v[!gone]), par = par,
    count = sum(gone), gone = gone)
}

# What C calls the arrays, and what the user gave.
surv_argument_map <- c(type = "formula", lower = "formula", upper = "formula",
  weight = "weights", data = "data")

surv_auto_scale <- function(rows) {
  time <- if (is.null(rows$upper)) rows$lower else ifelse(rows$type >= 2L, rows$upper,
    rows$lower)
  mid <- ifelse(rows$type == 3L, (rows$lower + time) / 2,
    ifelse(rows$type == 2L, time / 2, time))
  event <- rows$type != 0L
  w <- if (is.null(rows$weight)) rep(1, length(mid)) else rows$weight
  exp(sum(w[event] * log(mid[event])) / sum(w[event]))
}

surv_check_designs <- function(designs) {
  for (name in names(designs)) {
    x <- designs[[name]]$x
    if (is.null(x) || ncol(x) == 0) next
    bad <- which(!is.finite(colSums(x)))
    if (length(bad)) {
      bad_argument(name, "has values in column %s that are not finite: %s.",
        dQuote(colnames(x)[[bad[[1]]]], FALSE),
        name_rows(which(!is.finite(x[, bad[[1]]]))))
    }
  }
}

surv_without <- function(par, aliased) {
  first <- 0L
  for (j in seq_along(par)) {
    p <- if (is.null(par[[j]]$x)) 0L else ncol(par[[j]]$x)
    keep <- !aliased[first + seq_len(p)]
    if (p) par[[j]]$x <- par[[j]]$x[, keep, drop = FALSE]
    first <- first + p
  }
  par
}

surv_check_start <- function(start, names) {
  if (is.null(start)) {
    return(NULL)
  }
  start <- check_numbers(start, "start", length = length(names))
  if (!all(is.finite(start))) bad_argument("start", "must be finite.")
  start
}

surv_check_events <- function(rows) {
  if (all(rows$type == 0L)) {
    distest_error("existence", paste(
      "There are no events in `formula`: the likelihood rises as the hazard falls to 0."
    ), argument = "formula", class = "distest_surv_noevents")
  }
}

surv_warn_overfit <- function(rows, coefficients) {
  events <- sum(rows$type != 0L)
  if (events > 0 && coefficients >= events) {
    distest_warning("approximation", sprintf(
      "There are %d coefficients for %d events: standard errors mean little.",
      coefficients, events
    ), class = "distest_surv_overfit")
  }
}

surv_assemble <- function(out, model, used, nrow, robust) {
  info <- out$info
  columns <- model$columns
  full <- function(m) {
    if (is.null(m)) {
      return(NULL)
    }
    whole <- matrix(NA_real_, length(columns), length(columns),
      dimnames = list(columns, columns))
    m[is.nan(m)] <- NA
    whole[used$alive, used$alive] <- m
    whole
  }
  coefficients <- ifelse(used$monotone, -Inf, NA_real_)
  coefficients[used$alive] <- out$coef
  names(coefficients) <- columns
  boundary <- surv_boundaries[[info$boundary + 1]]
  surv_warn_result(info, boundary, columns[used$alive])
  vcov_model <- full(out$vcov)
  vcov_robust <- full(out$robust)
  list(
    coefficients = coefficients, vcov = if (robust) vcov_robust else vcov_model,
    vcov_model = vcov_model, vcov_robust = vcov_robust, loglik = info$loglik,
    df = info$df, nobs = info$weight, nrow = nrow, nevent = info$events,
    n_cluster = info$clusters, converged = info$converged == 1, boundary = boundary,
    flat = info$flat == 1, iterations = info$iterations, passes = info$passes,
    decrement = info$decrement, distinct = info$distinct,
    starts = data.frame(kappa = info$start_kappa, loglik = info$start_loglik),
    fixed = model$held, kernel = as.integer(info$kernel), phi_form = model$phi_form,
    time_scale = model$set$time_scale, frailty = out$frailty, version = version_string()
  )
}

surv_warn_result <- function(info, boundary, columns) {
  if (boundary == "gamma=Inf") {
    distest_warning("convergence", paste(
      "The likelihood is unbounded: gamma runs off where a group has too few distinct",
      "event times. Hold gamma or leave its covariates out."
    ), argument = "gamma", class = "distest_surv_unbounded")
  } else if (info$converged != 1) {
    distest_warning("convergence", sprintf(
      "No optimum was reached in %g iterations; the best point found is returned.",
      info$iterations
    ), class = "distest_surv_noconv")
  } else if (info$flat == 1) {
    most <- if (info$flat_coef < length(columns)) columns[[info$flat_coef + 1]]
    distest_warning("conditioning", sprintf(paste(
      "The data say little about some combination of the coefficients%s: the likelihood",
      "is flat, or the estimate runs off."
    ), if (is.null(most)) "" else paste(", most of all", most)),
    argument = most, class = "distest_surv_flat")
  }
}
