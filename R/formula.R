# Formulas and data frames become numbers, and a fit keeps what it takes to do the same
# with new data.

# The model frame of a user's call. `subset` and the arguments named in `extra` are taken
# from `call` unevaluated, for model.frame() to look up in `data`, then where the formula
# was made. Its attribute "variables" names what came from `data`.
frame_of <- function(formula, data, call, extra = c("weights", "offset"),
                     na.action = stats::na.omit, drop.unused.levels = TRUE) {
  check_formula(formula)
  env <- environment(formula)
  if (missing(data) || is.null(data)) data <- env
  if (!is.environment(data) && !is.list(data)) {
    bad_argument("data", "must be a data frame, not %s.", describe(data))
  }
  given <- as.list(call)[intersect(c(extra, "subset"), names(call))]
  wanted <- as.call(c(
    list(quote(stats::model.frame), formula = formula, data = data,
      na.action = na.action, drop.unused.levels = drop.unused.levels),
    given
  ))
  frame <- make_frame(wanted, env, c(formula, given), data)
  if (nrow(frame) == 0) {
    bad_argument("data", "has no row%s.",
      if (length(stats::na.action(frame))) " without missing values" else " to use")
  }
  if (!is.environment(data)) {
    attr(frame, "variables") <- intersect(all.vars(attr(frame, "terms")), names(data))
  }
  frame
}

# Runs a call of model.frame(); names the variables of `expressions` that do not exist.
make_frame <- function(call, env, expressions, data) {
  tryCatch(eval(call, env), error = function(e) {
    lost <- setdiff(unlist(lapply(expressions, all.vars)), c(".", names(data)))
    lost <- lost[!vapply(lost, exists, NA, envir = env)]
    if (length(lost)) {
      bad_argument("data", "has no %s %s, nor is there one where `formula` was made.",
        if (length(lost) == 1) "variable" else "variables", enumerate(lost, "`"),
        value = lost)
    }
    distest_error("invalid", paste0("The variables of `formula` cannot be had: ",
      conditionMessage(e)), argument = "formula", parent = e)
  })
}

check_formula <- function(formula, argument = "formula", sides = NULL) {
  if (!inherits(formula, "formula")) {
    bad_argument(argument, "must be a formula such as %s, not %s.",
      if (identical(sides, 1)) "~ x" else "y ~ x", describe(formula))
  }
  if (!is.null(sides) && length(formula) != sides + 1) {
    bad_argument(argument, "must have %s.",
      if (sides == 1) "nothing before the ~" else "a response before the ~")
  }
  formula
}

# list(x, offset, terms, xlevels, contrasts, variables, assign); all but x and offset is
# what a fit keeps for new data.
design_of <- function(terms, frame, contrasts = NULL) {
  x <- stats::model.matrix(terms, frame, contrasts.arg = contrasts)
  kept <- list(
    x = x, offset = stats::model.offset(frame), terms = terms,
    xlevels = stats::.getXlevels(terms, frame), contrasts = attr(x, "contrasts"),
    variables = attr(frame, "variables"), assign = attr(x, "assign")
  )
  kept$x <- plain_design(x)
  if (!is.null(kept$offset)) kept$offset <- as.double(kept$offset)
  kept
}

plain_design <- function(x) {
  attr(x, "assign") <- NULL
  attr(x, "contrasts") <- NULL
  storage.mode(x) <- "double"
  x
}

# list(x, offset, na.action) of new data. `kept` has terms, xlevels, contrasts and, where
# they are known, the variables that came from the data.
design_new <- function(kept, newdata, na.action = stats::na.pass, argument = "newdata") {
  frame <- frame_new(kept, newdata, na.action, argument)
  terms <- attr(frame, "terms")
  x <- stats::model.matrix(terms, frame, contrasts.arg = kept$contrasts)
  offset <- stats::model.offset(frame)
  list(x = plain_design(x), offset = if (!is.null(offset)) as.double(offset),
    na.action = stats::na.action(frame))
}

frame_new <- function(kept, newdata, na.action = stats::na.pass, argument = "newdata") {
  check_data_frame(newdata, argument)
  terms <- stats::delete.response(kept$terms)
  used <- all.vars(terms)
  lost <- setdiff(if (is.null(kept$variables)) used else intersect(used, kept$variables),
    names(newdata))
  if (is.null(kept$variables)) {
    lost <- setdiff(lost, ls(environment(terms), all.names = TRUE))
  }
  if (length(lost)) {
    bad_argument(argument, "lacks %s %s.",
      if (length(lost) == 1) "variable" else "variables", enumerate(lost, "`"),
      value = lost)
  }
  frame <- tryCatch(stats::model.frame(terms, newdata, na.action = na.action),
    error = function(e) {
      distest_error("invalid",
        sprintf("The variables of the model cannot be made from `%s`: %s",
        argument, conditionMessage(e)), argument = argument, parent = e)
    })
  classes <- attr(terms, "dataClasses")
  for (name in intersect(names(kept$xlevels), names(frame))) {
    frame[[name]] <- known_levels(frame[[name]], kept$xlevels[[name]], name, argument,
      identical(unname(classes[name]), "ordered"))
  }
  same_kind(frame, classes, argument)
  frame
}

known_levels <- function(x, levels, name, argument, ordered) {
  new <- setdiff(as.character(unique(x)), c(levels, NA))
  if (length(new)) {
    bad_argument(argument, "has %s in `%s`, %s that the fit does not know. It knows %s.",
      enumerate(utils::head(new, 5)), name, if (length(new) == 1) "a level" else "levels",
      enumerate(levels), value = new)
  }
  factor(as.character(x), levels = levels, ordered = ordered)
}

same_kind <- function(frame, classes, argument) {
  for (name in intersect(names(classes), names(frame))) {
    was <- classes[[name]]
    is <- stats::.MFclass(frame[[name]])
    alike <- was == is || was %in% c("other", "(weights)") ||
      (was %in% c("factor", "ordered", "character", "logical") &&
        is %in% c("factor", "ordered", "character"))
    if (!alike) {
      bad_argument(argument, "has `%s` as %s, but the fit had it as %s.", name, is, was,
        value = name)
    }
  }
}

# ~ x1 + x2: the variables themselves, all numeric, as a matrix with the frame they came
# from.
points_of <- function(formula, data, call, extra = "weights",
                      na.action = stats::na.omit) {
  check_formula(formula, sides = 1)
  frame <- frame_of(formula, data, call, extra, na.action)
  variables <- sub("^`(.*)`$", "\\1", attr(attr(frame, "terms"), "term.labels"))
  lost <- setdiff(variables, names(frame))
  if (length(lost)) {
    bad_argument("formula", "must name variables joined by +, not %s.",
      enumerate(lost, "`"), value = lost)
  }
  list(x = check_points(data_frame_of(frame[variables]), "data"), frame = frame,
    weights = stats::model.weights(frame), na.action = stats::na.action(frame))
}

data_frame_of <- function(frame) {
  attr(frame, "terms") <- NULL
  as.data.frame(frame, stringsAsFactors = FALSE)
}

# A formula or terms fit for keeping: its environment holds the functions and constants of
# the user's own that it needs, not everything that was around when it was made. Mostly
# nothing is needed, and then it is the one at the end of the search.
lean <- function(formula, variables = NULL) {
  if (!inherits(formula, "formula")) {
    return(formula)
  }
  env <- environment(formula)
  root <- env
  while (!identical(root, globalenv()) && !isNamespace(root) &&
    !identical(parent.env(root), emptyenv())) {
    root <- parent.env(root)
  }
  needed <- setdiff(all.names(formula, unique = TRUE), variables)
  local <- list()
  while (!identical(env, root)) {
    here <- setdiff(needed[vapply(needed, exists, NA, envir = env, inherits = FALSE)],
      names(local))
    local[here] <- mget(here, env)
    env <- parent.env(env)
  }
  environment(formula) <- if (length(local)) list2env(local, parent = root) else root
  formula
}

# A call with other arguments, for update(): by name, none of them taken for another.
call_with <- function(call, arguments) {
  for (name in names(arguments)) call[[name]] <- arguments[[name]]
  call
}
