# What surv_fit() estimates and what it holds: presets, the four parameters, designs.

surv_parameters <- c("phi", "lambda", "gamma", "kappa")

# What a preset holds (numbers) and what it estimates (formulas).
surv_presets <- list(
  apgw = list(),
  exponential = list(gamma = 1, kappa = 1),
  weibull = list(kappa = 1),
  loglogistic = list(lambda = 1, kappa = 0),
  burr12 = list(phi = ~1, lambda = ~1, kappa = 0),
  gompertz = list(phi = ~1, lambda = ~1, gamma = 1, kappa = Inf),
  ptloglogistic = list(phi = ~1, lambda = ~1, kappa = -1)
)

surv_link <- function(parameter, value) {
  if (parameter == "kappa") log1p(value) else log(value)
}

# The four parameters as one-sided formulas or numbers. `given` are those the user named.
surv_spec <- function(effect, dist, given) {
  preset <- surv_presets[[dist]]
  if (dist == "loglogistic" && effect == "ph") {
    bad_argument("dist",
      "\"loglogistic\" is not a proportional hazards model; \"burr12\" is its extension.")
  }
  main <- if (effect == "aft") "phi" else "lambda"
  spec <- list(phi = 1, lambda = 1, gamma = ~1, kappa = ~1)
  for (name in names(preset)) {
    if (name == main && is.numeric(preset[[name]])) next
    spec[[name]] <- preset[[name]]
  }
  for (name in names(given)) {
    value <- given[[name]]
    if (is.null(value)) next
    held <- preset[[name]]
    if (is.numeric(held) && !identical(as.double(held), tryCatch(as.double(value),
      error = \(e) NULL, warning = \(w) NULL))) {
      distest_error("invalid", sprintf(
        "`dist = \"%s\"` holds %s at %s, but `%s` says otherwise. Leave one of them out.",
        dist, name, format(held), name
      ), argument = name)
    }
    spec[[name]] <- value
  }
  if (inherits(spec[[main]], "formula") && !is.null(given[[main]])) {
    bad_argument(main, "is the effect parameter: its terms stand in `formula`.")
  }
  for (name in setdiff(surv_parameters, main)) spec[[name]] <- surv_one(name,
    spec[[name]])
  spec[main] <- list(NULL) # filled from the formula
  spec
}

# A formula stays, a number is checked.
surv_one <- function(name, value) {
  if (inherits(value, "formula")) {
    if (length(value) != 2) bad_argument(name, "must be a one-sided formula, like ~ x.")
    return(value)
  }
  good <- is.numeric(value) && length(value) == 1 && !is.na(value) &&
    (if (name == "kappa") value >= -1 else value > 0 && is.finite(value))
  if (!good) {
    bad_argument(name, "must be a one-sided formula or a number %s, not %s.",
      if (name == "kappa") "of at least -1" else "above 0", describe(value),
      kind = if (is.numeric(value)) "domain" else "invalid", value = value)
  }
  as.double(value)
}

# list(Surv(t, d) ~ x, gamma ~ x): the main formula and what the others say.
surv_split <- function(formula) {
  if (inherits(formula, "formula")) {
    return(list(main = formula, given = list()))
  }
  if (!is.list(formula) || !all(vapply(formula, inherits, NA, "formula")) ||
    any(lengths(formula) != 3)) {
    bad_argument("formula", "must be a formula, or a list of formulas with left sides.")
  }
  left <- vapply(formula, \(f) paste(deparse(f[[2]]), collapse = " "), "")
  named <- left %in% surv_parameters
  if (sum(!named) != 1) {
    bad_argument("formula", "must hold one formula with a response, not %d.", sum(!named))
  }
  given <- lapply(formula[named], \(f) {
    one <- f
    one[[2]] <- NULL
    one
  })
  names(given) <- left[named]
  list(main = formula[[which(!named)]], given = given)
}

# Terms that mean something of their own on the right of the main formula.
surv_special <- function(formula, data) {
  known <- c("cluster", "strata", "tt", "frailty", "pspline", "ridge")
  tt <- stats::terms(formula, specials = known, data = data)
  found <- attr(tt, "specials")
  instead <- c(
    tt = "add time-varying effects through `gamma` or `kappa`",
    frailty = "give the groups in the argument `frailty`",
    pspline = "use poly() or splines::ns()",
    ridge = "leave it out"
  )
  for (name in names(instead)) {
    if (!is.null(found[[name]])) {
      distest_error("unsupported", sprintf(
        "%s() terms do not exist in `formula` here; %s.", name, instead[[name]]
      ), argument = "formula")
    }
  }
  pick <- function(name) {
    if (is.null(found[[name]])) {
      return(NULL)
    }
    as.list(attr(tt, "variables"))[-1][found[[name]]]
  }
  cluster <- pick("cluster")
  strata <- pick("strata")
  drop <- unlist(lapply(c(cluster, strata), \(v) paste(deparse(v), collapse = "")))
  if (length(drop)) {
    keep <- setdiff(attr(tt, "term.labels"), drop)
    offsets <- as.list(attr(tt, "variables"))[-1][attr(tt, "offset")]
    right <- c(keep, vapply(offsets, \(v) paste(deparse(v), collapse = ""), ""))
    formula <- stats::reformulate(
      if (length(right)) right else "1", response = formula[[2]],
      intercept = attr(tt, "intercept") == 1, env = environment(formula)
    )
  }
  groups <- lapply(strata, \(v) {
    args <- as.list(v)[-1]
    if (length(args) == 1) call("factor", args[[1]]) else as.call(c(quote(interaction),
      args))
  })
  list(formula = formula, cluster = if (length(cluster)) cluster[[1]][[2]],
    strata = groups)
}

# Surv(), so that formulas work without attaching survival.
surv_environment <- function(env) {
  if (exists("Surv", envir = env, mode = "function")) {
    return(env)
  }
  check_package("survival", "A formula with Surv()")
  env <- new.env(parent = env)
  assign("Surv", survival::Surv, envir = env)
  env
}

# One model frame over all parameters keeps their rows together.
surv_frame <- function(main, formulas, data, extra, subset, na.action, drop = TRUE) {
  env <- environment(main)
  rights <- lapply(formulas, \(f) f[[length(f)]])
  right <- Reduce(\(a, b) call("+", a, b), lapply(rights, \(r) call("(", r)))
  combined <- main
  combined[[3]] <- right
  environment(combined) <- surv_environment(env)
  watch <- surv_watch_weights(na.action)
  call <- as.call(c(
    list(quote(stats::model.frame), formula = combined, data = data,
      na.action = watch$action, drop.unused.levels = drop),
    extra, if (!is.null(subset)) list(subset = subset)
  ))
  frame <- withCallingHandlers(
    make_frame(call, environment(combined), c(combined, extra, subset), data),
    warning = \(w) surv_blame_response(w, combined, data)
  )
  watch$check()
  environment(attr(frame, "terms")) <- env # not the one that lent Surv()
  frame
}

# An na.action that looks at the weights first: a weight that is missing is an error, not
# a row that is missing. `check` is called after model.frame().
surv_watch_weights <- function(na.action) {
  lost <- integer()
  list(
    action = function(object, ...) {
      lost <<- which(is.na(object[["(weights)"]]))
      if (length(lost) || is.null(na.action)) {
        return(object)
      }
      match.fun(na.action)(object, ...)
    },
    check = function() {
      if (length(lost)) bad_argument("weights", "is missing: %s.", name_rows(lost))
    }
  )
}

# Surv() makes what it cannot take missing, with a warning; here it is an error.
surv_blame_response <- function(w, formula, data) {
  call <- conditionCall(w)
  if (!is.call(call) || !identical(utils::tail(all.names(call[[1]]), 1), "Surv")) {
    return(invisible())
  }
  made <- formula[[2]]
  value <- function(e) suppressWarnings(eval(e, data, environment(formula)))
  lost <- is.na(value(made))
  for (part in as.list(made)[-1]) {
    v <- value(part)
    if (length(v) == length(lost)) lost <- lost & (!is.na(v) | identical(made$type,
      "interval2"))
  }
  if (any(lost)) {
    distest_error("domain", sprintf("`formula` has a response that cannot be: %s: %s.",
      conditionMessage(w), name_rows(which(lost))), argument = "formula",
    value = which(lost))
  }
}

# The terms of one formula with what model.frame learnt about its variables (knots of
# splines, centres of polynomials), so that new data are coded alike.
surv_terms_of <- function(formula, frame, data) {
  formula <- formula[c(1, length(formula))] |> stats::as.formula(environment(formula))
  tt <- stats::terms(formula, data = data)
  all <- attr(frame, "terms")
  names_of <- \(x) vapply(as.list(attr(x, "variables"))[-1],
    \(v) paste(deparse(v, width.cutoff = 500), collapse = " "), "")
  at <- match(names_of(tt), names_of(all))
  attr(tt, "predvars") <- as.call(c(quote(list), as.list(attr(all, "predvars"))[-1][at]))
  attr(tt, "dataClasses") <- attr(all, "dataClasses")[names_of(tt)]
  tt
}

# Design and offset of a formula from a model frame.
surv_design_of <- function(tt, frame, contrasts = NULL) {
  variables <- vapply(as.list(attr(tt, "variables"))[-1],
    \(v) paste(deparse(v, width.cutoff = 500), collapse = " "), "")
  own <- frame[match(variables, names(frame))]
  attr(own, "terms") <- tt
  x <- stats::model.matrix(tt, own, contrasts.arg = contrasts)
  contrasts <- attr(x, "contrasts")
  offset <- stats::model.offset(own)
  attr(x, "assign") <- NULL
  attr(x, "contrasts") <- NULL
  storage.mode(x) <- "double"
  list(x = x, offset = if (!is.null(offset)) as.double(offset), contrasts = contrasts,
    xlevels = stats::.getXlevels(tt, own), terms = tt)
}

# A reference level without events would have no finite coefficients: the first level with
# events takes its place, and what is fitted of the other is -Inf. Likewise 0 of a numeric
# covariate of 0 and 1, which becomes a factor.
surv_move_reference <- function(plan, frame, rows) {
  if (!identical(getOption("contrasts")[[1]], "contr.treatment")) {
    return(frame)
  }
  event <- rows$type != 0L
  kept <- if (length(rows$drop)) -rows$drop else seq_along(event)
  for (name in surv_scale_factors(plan, frame)) {
    old <- frame[[name]]
    if (is.numeric(old) || is.logical(old)) {
      zero <- old[kept] == 0
      if (any(event & zero) || !any(zero)) next
      old <- factor(if (is.logical(old)) old else as.integer(old))
    }
    old <- factor(old)
    events <- tapply(event, old[kept], any)
    reference <- names(which(events))
    if (length(reference) == 0 || isTRUE(events[[1]]) || is.na(events[[1]])) next
    distest_message(sprintf(
      "`%s`: the reference level is \"%s\", as there are no events at \"%s\".", name,
      reference[[1]], levels(old)[[1]]
    ))
    frame[[name]] <- stats::relevel(old, reference[[1]])
    attr(attr(frame, "terms"), "dataClasses")[[name]] <- "factor"
  }
  frame
}

# Unordered factors without contrasts of their own, and columns of 0 and 1, in the
# formulas of phi and lambda.
surv_scale_factors <- function(plan, frame) {
  used <- lapply(plan$estimated[intersect(c("phi", "lambda"), names(plan$estimated))],
    \(f) vapply(as.list(attr(stats::terms(f, data = frame), "variables"))[-1],
      \(v) paste(deparse(v, width.cutoff = 500), collapse = " "), ""))
  names <- intersect(unlist(used), names(frame))
  Filter(\(name) {
    v <- frame[[name]]
    (is.factor(v) && !is.ordered(v) && is.null(attr(v, "contrasts"))) ||
      is.character(v) || (make.names(name) == name && is.null(dim(v)) &&
      (is.logical(v) || (is.numeric(v) && all(v == 0 | v == 1))))
  }, names)
}
