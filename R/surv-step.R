#' Stepwise selection of terms over parameters
#'
#' Terms are added to and taken from the parameters one at a time, and (`joint`) in all
#' listed parameters at once, since a term's coefficients in several parameters are
#' strongly correlated. Each step goes to the smallest \eqn{-2 \ell + k\,df}; the end is
#' where no move gains. A term goes only when no other contains it, and comes only when
#' those that it contains are there. All fits are to the rows without missing values in
#' any variable of the scope.
#'
#' Intervals and p-values of the chosen fit do not know that it was chosen: they are too
#' short and too small.
#'
#' @param object A [surv_fit()] to start from.
#' @param scope Terms that may come: a one-sided formula for all parameters, or a named
#'   list with one for each. Terms of `object` may always go.
#' @param parameters Which parameters are worked on; they must be estimated in `object`.
#' @param direction `"both"`, `"forward"` (additions alone) or `"backward"`.
#' @param k The price of a coefficient: 2 is AIC, `log(nobs(object))` BIC.
#' @param joint Try moves in all parameters at once, too?
#' @param trace Print each step?
#' @param threads See [surv_fit()].
#' @return The chosen fit with an element `path`, a data frame with columns `step`, `move`,
#'   `df`, `aic` (the criterion) and `loglik`.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' start <- surv_fit(survival::Surv(time, status) ~ 1, survival::veteran)
#' best <- surv_step(start, ~ karno + age + trt)
#' best$path
#' @export
surv_step <- function(object, scope, parameters = c("phi", "gamma"),
                      direction = c("both", "forward", "backward"), k = 2, joint = TRUE,
                      trace = FALSE, threads = getOption("distest.threads")) {
  surv_check_object(object)
  if (!is.null(object$columns) || !is.null(object$frailty) || is.null(object$call)) {
    distest_error("unsupported",
      "surv_step() works on fits from formulas without frailty.", argument = "object")
  }
  check_subset(parameters, surv_parameters, "parameters")
  parameters <- surv_parameters[surv_parameters %in% parameters]
  direction <- check_choice(direction, c("both", "forward", "backward"), "direction")
  k <- check_number(k, "k", above = 0)
  check_flag(joint, "joint")
  check_flag(trace, "trace")
  state <- surv_step_terms(object, parameters)
  upper <- surv_step_scope(if (missing(scope)) NULL else scope, parameters, direction)
  setting <- surv_step_setting(object, upper, parameters, threads, parent.frame())
  now <- surv_step_fit(setting, state, NULL)
  if (!inherits(now, "list")) stop(now)
  path <- list(surv_step_row(0, "start", now, k))
  repeat {
    if (trace) message(sprintf("%-40s df %3g  criterion %.4f",
      path[[length(path)]]$move, now$df, path[[length(path)]]$aic))
    moves <- surv_step_moves(state, upper, direction, joint)
    tried <- lapply(moves, \(m) surv_step_fit(setting, m$state, now))
    cost <- vapply(tried, \(f) if (inherits(f, "list") && f$converged)
      -2 * f$loglik + k * f$df else Inf, 0)
    here <- path[[length(path)]]$aic
    if (length(cost) == 0 || min(cost) > here - 1e-7) break
    best <- which.min(cost)
    state <- moves[[best]]$state
    now <- tried[[best]]
    path <- c(path, list(surv_step_row(length(path), moves[[best]]$label, now, k)))
  }
  fit <- surv_step_final(setting, state, now)
  fit$path <- do.call(rbind, path)
  fit
}

surv_step_row <- function(step, move, fit, k) {
  data.frame(step = step, move = move, df = fit$df, aic = -2 * fit$loglik + k * fit$df,
    loglik = fit$loglik)
}

# The terms of each parameter worked on.
surv_step_terms <- function(object, parameters) {
  terms <- lapply(parameters, \(name) {
    f <- object$formulas[[name]]
    if (!inherits(f, "formula")) {
      bad_argument("parameters", "names %s, which is held in `object`.", name)
    }
    attr(stats::terms(f), "term.labels")
  })
  names(terms) <- parameters
  terms
}

surv_step_scope <- function(scope, parameters, direction) {
  if (is.null(scope)) {
    if (direction != "backward") bad_argument("scope", "must be given.")
    return(lapply(stats::setNames(parameters, parameters), \(name) character()))
  }
  if (inherits(scope, "formula")) {
    scope <- lapply(stats::setNames(parameters, parameters), \(name) scope)
  }
  good <- is.list(scope) && all(vapply(scope, \(f) inherits(f, "formula") &&
    length(f) == 2, NA)) && all(names(scope) %in% parameters) && length(names(scope))
  if (!good) {
    bad_argument("scope", "must be a one-sided formula, or a list of them named by %s.",
      enumerate(parameters))
  }
  lapply(stats::setNames(parameters, parameters), \(name) {
    if (is.null(scope[[name]])) character() else
      attr(stats::terms(scope[[name]]), "term.labels")
  })
}

# Variables of a term; a term contains those whose variables are among its own.
surv_step_contains <- function(big, small) {
  split <- \(t) strsplit(t, ":", fixed = TRUE)[[1]]
  big != small && all(split(small) %in% split(big))
}

surv_step_moves <- function(state, upper, direction, joint) {
  may_go <- \(name, t) !any(vapply(state[[name]], surv_step_contains, NA, t))
  may_come <- \(name, t) {
    below <- Filter(\(s) surv_step_contains(t, s), upper[[name]])
    all(below %in% state[[name]])
  }
  adds <- lapply(names(state), \(name) {
    Filter(\(t) may_come(name, t), setdiff(upper[[name]], state[[name]]))
  })
  drops <- lapply(names(state), \(name) Filter(\(t) may_go(name, t), state[[name]]))
  names(adds) <- names(drops) <- names(state)
  moves <- list()
  note <- function(sign, names, t) {
    new <- state
    for (name in names) {
      new[[name]] <- if (sign == "+") c(new[[name]], t) else setdiff(new[[name]], t)
    }
    moves[[length(moves) + 1]] <<- list(state = new, label = sprintf("%s %s:%s", sign,
      paste(names, collapse = ","), t))
  }
  for (way in c("+", "-")) {
    if (direction == c("+" = "backward", "-" = "forward")[[way]]) next
    list <- if (way == "+") adds else drops
    for (name in names(list)) for (t in list[[name]]) note(way, name, t)
    if (joint && length(list) > 1) {
      for (t in Reduce(intersect, list)) note(way, names(list), t)
    }
  }
  moves
}

# All that fits have in common: rows without missing values in anything in scope.
surv_step_setting <- function(object, upper, parameters, threads, frame) {
  call <- object$call
  data <- if (is.null(call$data)) environment(object$formulas[[surv_main(object)]]) else
    eval(call$data, frame)
  if (!is.data.frame(data) && !is.environment(data)) {
    distest_error("unsupported", "surv_step() needs the rows in a data frame.",
      argument = "object")
  }
  full <- object$formulas[surv_parameters]
  for (name in parameters) {
    full[[name]] <- surv_step_formula(full[[name]], union(attr(stats::terms(full[[name]]),
      "term.labels"), upper[[name]]))
  }
  spec <- lapply(stats::setNames(surv_parameters, surv_parameters), \(name) {
    if (is.na(object$fixed[[name]])) full[[name]] else object$fixed[[name]]
  })
  main <- surv_main(object)
  formula <- full[[main]]
  formula[[3]] <- formula[[2]]
  formula[[2]] <- object$formulas$response
  environment(formula) <- frame
  extra <- as.list(call)[intersect(c("weights", "entry", "bhazard"), names(call))]
  extra$cluster <- call$cluster
  if (is.null(extra$cluster)) {
    special <- surv_special(stats::as.formula(eval(call$formula, frame)),
      if (is.data.frame(data)) data)
    extra$cluster <- special$cluster
  }
  plan <- list(call = call, effect = object$effect, dist = object$dist,
    phi_form = object$phi_form, spec = spec, formula = formula, env = frame,
    extra = extra, subset = call$subset, na.action = if (is.null(call$na.action))
      stats::na.omit else eval(call$na.action, frame),
    estimated = Filter(\(f) inherits(f, "formula"), spec))
  read <- surv_read(plan, data)
  list(object = object, plan = plan, data = data, frame = read$frame, rows = read$rows,
    threads = threads, robust = !is.null(object$vcov_robust))
}

# The formula with these terms; offsets and the intercept stay.
surv_step_formula <- function(formula, labels) {
  tt <- stats::terms(formula)
  offsets <- vapply(as.list(attr(tt, "variables"))[-1][attr(tt, "offset")],
    \(v) paste(deparse(v), collapse = ""), "")
  right <- c(labels, offsets)
  stats::reformulate(if (length(right)) right else "1",
    intercept = attr(tt, "intercept") == 1, env = environment(formula))
}

surv_step_spec <- function(setting, state) {
  spec <- setting$plan$spec
  for (name in names(state)) {
    spec[[name]] <- surv_step_formula(setting$object$formulas[[name]], state[[name]])
    environment(spec[[name]]) <- setting$plan$env
  }
  spec
}

# A fit of the terms in `state`, from the coefficients of `from`; or the error.
surv_step_fit <- function(setting, state, from) {
  spec <- surv_step_spec(setting, state)
  designs <- surv_step_designs(setting, spec)
  columns <- unlist(lapply(surv_parameters, \(name) {
    if (!is.null(designs[[name]])) paste0(name, ":", colnames(designs[[name]]$x))
  }))
  start <- NULL
  if (!is.null(from) && all(is.finite(from$coefficients)) && !nzchar(from$boundary)) {
    start <- unname(from$coefficients[columns])
    start[is.na(start)] <- 0
  }
  fit <- surv_step_try(setting, spec, designs, start)
  if (!is.null(start) && !(inherits(fit, "list") && fit$converged)) {
    fit <- surv_step_try(setting, spec, designs, NULL)
  }
  fit
}

surv_step_designs <- function(setting, spec) {
  designs <- lapply(surv_parameters, \(name) {
    if (!inherits(spec[[name]], "formula")) {
      return(NULL)
    }
    one <- surv_design_of(surv_terms_of(spec[[name]], setting$frame, setting$data),
      setting$frame)
    if (length(setting$rows$drop)) surv_drop(one, setting$rows$drop) else one
  })
  names(designs) <- surv_parameters
  designs
}

surv_step_try <- function(setting, spec, designs, start) {
  object <- setting$object
  control <- surv_control(n_start = if (!is.null(start)) 0)
  withCallingHandlers(
    tryCatch({
      surv_estimate(setting$rows, spec, designs, object$phi_form, object$time_scale,
        FALSE, start, control, setting$threads, FALSE)
    }, distest_error = identity),
    distest_warning = \(w) invokeRestart("muffleWarning"),
    distest_message = \(m) invokeRestart("muffleMessage")
  )
}

# The chosen model as surv_fit() would give it.
surv_step_final <- function(setting, state, now) {
  object <- setting$object
  spec <- surv_step_spec(setting, state)
  designs <- surv_step_designs(setting, spec)
  start <- if (all(is.finite(now$coefficients))) unname(now$coefficients)
  fit <- surv_estimate(setting$rows, spec, designs, object$phi_form, object$time_scale,
    setting$robust, start, surv_control(), setting$threads, FALSE)
  plan <- setting$plan
  plan$spec <- spec
  plan$estimated <- Filter(\(f) inherits(f, "formula"), spec)
  plan$call <- surv_step_call(setting, spec)
  fit <- surv_fill(fit, plan, list(designs = designs, frame = setting$frame),
    setting$data)
  if (!is.null(object$model)) {
    fit$model <- setting$frame
    attr(fit$model, "terms") <- lean(attr(setting$frame, "terms"),
      all.vars(attr(setting$frame, "terms")))
    fit$rows <- setting$rows[c("type", "lower", "upper", "entry", "weight", "bhazard",
      "cluster")]
    fit$designs <- lapply(designs, `[`, c("x", "offset"))
  }
  structure(fit, class = "distest_surv")
}

# The call of surv_fit() that gives this model.
surv_step_call <- function(setting, spec) {
  call <- setting$plan$call
  main <- surv_main(setting$object)
  formula <- spec[[main]]
  formula[[3]] <- formula[[2]]
  formula[[2]] <- setting$plan$formula[[2]]
  call$formula <- stats::as.formula(formula, globalenv()) |> plain_formula()
  for (name in setdiff(surv_parameters, main)) {
    if (inherits(spec[[name]], "formula") && name %in% c(names(call), "gamma", "kappa") &&
      !identical(deparse(spec[[name]]), "~1")) {
      call[[name]] <- plain_formula(spec[[name]])
    } else if (inherits(spec[[name]], "formula") && name %in% names(call)) {
      call[[name]] <- quote(~1)
    }
  }
  if (is.null(call$cluster) && !is.null(setting$plan$extra$cluster)) {
    call$cluster <- setting$plan$extra$cluster
  }
  call
}

plain_formula <- function(f) {
  attributes(f) <- NULL
  f
}
