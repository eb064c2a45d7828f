# Fits without the rows in one place: designs that hold no rows, sums that merge, and the
# fit from sums.

#' Exact fits without pooling rows
#'
#' The likelihood needs the rows through sums alone: log-likelihood, score and Hessian at
#' given coefficients. So a fit to data that lie at several sites, or that come in chunks,
#' needs one number exchange for each pass: coefficients go out, sums come back. The
#' result is that of [surv_fit()] on all rows, not an approximation to it.
#'
#' `surv_design()` fixes how rows become numbers (levels of factors, knots of splines,
#' centres and scales of covariates), so that all sites code alike. It holds no rows and
#' can be sent. `surv_partial()` makes the sums of some rows at given coefficients,
#' `surv_merge()` adds sums, `surv_fit_sums()` finds the optimum: it calls
#' `evaluate(coef, deriv)`, which sends `coef` (a vector with attribute `kernel`, to be
#' sent as it is) to the sites and returns the merged sums.
#'
#' What leaves a site are about `P^2` numbers for each pass, the numbers of rows and
#' events, and the smallest and largest time. With one row at a site they tell that row.
#' The first exchange also carries the triangular factor of the site's columns: columns
#' that depend on others over all sites have coefficients of `NA`, with a message, as
#' [surv_fit()] has them. It also carries, for each covariate of 0 and 1, how many rows
#' are 1 and how many of these are events: without any over all sites the coefficient is
#' -Inf, with a warning, and the rows are set aside, again as in [surv_fit()]. A reference
#' level without events is not replaced here: make one with events the first level.
#'
#' @param formula,effect,dist,phi,lambda,gamma,kappa,phi_form,time_scale As in
#'   [surv_fit()].
#' @param entry,weights,cluster,bhazard,subset,na.action As in [surv_fit()]; they are
#'   looked up in the data of each part.
#' @param data `surv_design()`: rows to learn the coding from, such as those of one site
#'   (every factor needs all its levels here, or in `xlevels`). `surv_partial()`: the
#'   rows to sum over.
#' @param xlevels A named list of the levels of factors, when the rows at hand do not have
#'   them all.
#' @param design What `surv_design()` made.
#' @param coef Coefficients: a vector as `evaluate` is given it, or `coef()` of a fit.
#' @param deriv 0: log-likelihood; 1: score, too; 2: Hessian, too; 3: also the sum of
#'   squared scores for robust errors, by cluster where there are clusters. Then no
#'   cluster may be split over parts.
#' @param segment,first Name of the whole that the rows are part of, and the number of
#'   the first of them there, from 1 on a multiple of 65536 (1, 65537, ...): however a
#'   segment is cut there, its sums have the same bits. Parts without a name are added as
#'   they come.
#' @param threads,progress As in [surv_fit()].
#' @param ... `surv_merge()`: sums, or lists of sums.
#' @param evaluate A function of `coef` and `deriv` that returns the sums of all rows.
#' @param start,control,robust As in [surv_fit()]. `control = surv_control(n_start = 0)`
#'   with a good `start` saves most passes.
#' @return `surv_design()`: an object of class `distest_surv_design`. `surv_partial()` and
#'   `surv_merge()`: one of class `distest_surv_sums`, plain data. `surv_fit_sums()`: a
#'   fit as [surv_fit()] gives, without rows: [predict()] needs `newdata`.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' veteran <- survival::veteran
#' sites <- split(veteran, rep(1:3, length.out = nrow(veteran)))
#' design <- surv_design(survival::Surv(time, status) ~ karno, sites[[1]])
#' evaluate <- function(coef, deriv) {
#'   surv_merge(lapply(sites, \(rows) surv_partial(design, rows, coef, deriv)))
#' }
#' pooled <- surv_fit_sums(design, evaluate)
#' pooled
#' coef(surv_fit(survival::Surv(time, status) ~ karno, veteran)) # all rows at once
#' @name surv-sums
NULL

#' @rdname surv-sums
#' @export
surv_design <- function(formula, data, effect = c("aft", "ph"), dist = "apgw", phi = NULL,
                        lambda = NULL, gamma = ~1, kappa = ~1,
                        phi_form = c("time", "power"), time_scale = 1, entry = NULL,
                        weights = NULL, cluster = NULL, bhazard = NULL, subset = NULL,
                        na.action = stats::na.omit, xlevels = NULL) {
  call <- match.call()
  given <- list(phi = phi, lambda = lambda)
  if (!missing(gamma)) given$gamma <- gamma
  if (!missing(kappa)) given$kappa <- kappa
  if (missing(data) || !is.data.frame(data)) {
    bad_argument("data", "must be a data frame, not %s.",
      if (missing(data)) "missing" else describe(data))
  }
  plan <- surv_plan(call, formula, effect, dist, given, phi_form, na.action, data)
  surv_design_from(plan, data, time_scale, xlevels)
}

# Gives factors the levels of the whole.
surv_with_levels <- function(data, xlevels) {
  for (name in intersect(names(xlevels), names(data))) {
    old <- data[[name]]
    new <- setdiff(as.character(unique(old)), c(xlevels[[name]], NA))
    if (length(new)) {
      bad_argument("data", "has %s in `%s`, which `xlevels` does not name.",
        enumerate(new), name)
    }
    data[[name]] <- factor(as.character(old), xlevels[[name]], ordered = is.ordered(old))
  }
  data
}

surv_design_from <- function(plan, data, time_scale, xlevels = NULL) {
  data <- surv_with_levels(data, xlevels)
  frame <- surv_frame(plan$formula, plan$estimated, data, plan$extra, plan$subset,
    plan$na.action, drop = is.null(xlevels))
  if (nrow(frame) == 0) bad_argument("data", "has no row without missing values.")
  rows <- surv_rows(frame)
  designs <- lapply(surv_parameters, \(name) {
    if (inherits(plan$spec[[name]], "formula")) {
      surv_design_of(surv_terms_of(plan$spec[[name]], frame, data), frame)
    }
  })
  names(designs) <- surv_parameters
  surv_check_designs(designs)
  model <- surv_model(plan$spec, designs, plan$phi_form, surv_scale(time_scale, rows))
  terms <- attr(frame, "terms")
  known <- names(data)
  out <- surv_fill(list(), plan, list(designs = designs, frame = frame), data)
  out <- c(out[c("effect", "dist", "variables", "formulas", "terms", "xlevels",
    "contrasts")], list(
    call = plan$call, frame_terms = lean(terms, c(known, all.vars(terms))),
    frame_levels = stats::.getXlevels(terms, frame), extra = plan$extra,
    subset = plan$subset, na.action = plan$na.action, columns = model$columns,
    held = model$held, phi_form = model$phi_form, set = model$set,
    coding = surv_coding(model), version = version_string()
  ))
  out$id <- .Call(C_core_hash, serialize(unname(c(out$columns, out$held, out$coding,
    out$set)), NULL, xdr = FALSE))
  structure(out, class = "distest_surv_design")
}

#' @export
print.distest_surv_design <- function(x, ...) {
  check_dots_empty(...)
  cat("Design of a survival regression, for surv_partial() and surv_fit_sums()\n")
  write_call(x$call)
  write_block("Coefficients: ", x$columns)
  levels <- x$frame_levels
  for (name in names(levels)) {
    write_lines(sprintf("%s: %s", name, paste(levels[[name]], collapse = ", ")))
  }
  write_lines("It holds no rows.")
  invisible(x)
}

surv_check_design <- function(design) {
  if (!inherits(design, "distest_surv_design")) {
    bad_argument("design", "must be made by surv_design(), not %s.", describe(design))
  }
  check_version(design)
}

# Rows, coded designs and settings of data under a design.
surv_code <- function(design, data) {
  if (!is.data.frame(data)) {
    bad_argument("data", "must be a data frame, not %s.", describe(data))
  }
  env <- surv_environment(environment(design$frame_terms))
  terms <- design$frame_terms
  environment(terms) <- env
  lost <- setdiff(design$variables, names(data))
  lost <- lost[!vapply(lost, exists, NA, envir = env)]
  if (length(lost)) {
    bad_argument("data", "lacks %s %s.", if (length(lost) == 1) "variable" else
      "variables", enumerate(lost, "`"), value = lost)
  }
  for (name in intersect(names(design$frame_levels), names(data))) {
    data[[name]] <- known_levels(data[[name]], design$frame_levels[[name]], name, "data",
      is.ordered(data[[name]]))
  }
  watch <- surv_watch_weights(design$na.action)
  call <- as.call(c(
    list(quote(stats::model.frame), formula = terms, data = data,
      na.action = watch$action, xlev = design$frame_levels),
    design$extra, if (!is.null(design$subset)) list(subset = design$subset)
  ))
  frame <- make_frame(call, env, c(list(stats::formula(terms)), design$extra,
    design$subset), data)
  watch$check()
  if (nrow(frame) == 0) bad_argument("data", "has no row without missing values.")
  rows <- surv_rows(frame)
  first <- 0
  par <- lapply(seq_along(surv_parameters), \(j) {
    p <- design$coding$p[[j]]
    if (p == 0) {
      return(list(x = NULL, value = design$coding$value[[j]]))
    }
    one <- surv_design_of(design$terms[[j]], frame, design$contrasts[[j]])
    if (length(rows$drop)) one <- surv_drop(one, rows$drop)
    own <- sum(design$coding$p[seq_len(j - 1)]) + seq_len(p)
    n <- nrow(one$x)
    x <- (one$x - rep(design$coding$centre[own], each = n)) *
      rep(1 / design$coding$scale[own], each = n)
    list(x = x, offset = one$offset, value = 0)
  })
  list(rows = rows, par = par)
}

#' @rdname surv-sums
#' @export
surv_partial <- function(design, data, coef, deriv = 2, segment = NULL, first = 1,
                         threads = getOption("distest.threads"),
                         progress = getOption("distest.progress", interactive())) {
  surv_check_design(design)
  code <- surv_code(design, data)
  surv_sum(design, code, coef, deriv, segment, first, threads, progress)
}

surv_sum <- function(design, code, coef, deriv, segment, first, threads, progress) {
  P <- length(design$columns)
  kernel <- attr(coef, "kernel")
  if (is.null(kernel)) kernel <- design$set$kernel
  span <- isTRUE(attr(coef, "span"))
  aliased <- seq_len(P) %in% attr(coef, "aliased")
  coef <- check_numbers(coef, "coef", length = P)
  infinite <- !is.finite(coef)
  kappa <- surv_parameter_of(design$columns) == "kappa"
  if (any(infinite & kappa) && sum(kappa) == 1) { # a fit's estimate on the boundary
    kernel <- if (coef[kappa] > 0) 1L else 2L
    coef[kappa] <- 0
  }
  monotone <- coef == -Inf & surv_parameter_of(design$columns) %in% c("phi", "lambda")
  coef[monotone] <- 0
  if (!all(is.finite(coef))) bad_argument("coef", "must be finite.")
  deriv <- check_count(deriv, "deriv", at_least = 0)
  if (deriv > 3) bad_argument("deriv", "must be 0, 1, 2 or 3, not %g.", deriv)
  first <- check_count(first, "first")
  if (!is.null(segment) && !(is.character(segment) && length(segment) == 1)) {
    bad_argument("segment", "must be a string, not %s.", describe(segment))
  }
  rows <- code$rows
  groups <- if (deriv == 3 && !is.null(rows$cluster)) rows$cluster_names
  theta <- surv_to_coded(design$coding, coef)
  par <- code$par
  aside <- logical(length(rows$type))
  if (any(monotone)) { # rows keep their places, so that blocks have the same bits
    aside <- surv_set_aside(design, code, monotone)
    if (is.null(rows$weight)) rows$weight <- rep(1, length(aside))
    # weights must not all be 0: then one that is lost in every sum
    rows$weight[aside] <- if (all(aside)) 1e-300 else 0
  }
  gone <- aliased | monotone
  if (any(gone)) {
    par <- surv_without(par, gone)
    theta <- theta[!gone]
  }
  bytes <- result_of(.Call(C_surv_partial, rows, par, design$set, theta,
    as.integer(c(kernel, deriv)), segment, first - 1, threads_of(threads),
    progress_of(progress)),
  c(data = "data", sums = "coef", type = "data", lower = "data", upper = "data",
    weight = "weights"))
  surv_new_sums(bytes, design$id, groups, if (span) surv_span(code$par, !aside),
    if (span) surv_binary(design, code), sum(aside))
}

surv_new_sums <- function(bytes, design, groups = NULL, span = NULL, binary = NULL,
                          aside = 0) {
  structure(list(bytes = bytes, design = design, span = span, binary = binary,
    aside = aside,
    groups = if (length(groups)) vapply(groups, \(g) .Call(C_core_hash, charToRaw(g)), "",
      USE.NAMES = FALSE),
    version = version_string()), class = "distest_surv_sums")
}

#' @rdname surv-sums
#' @export
surv_merge <- function(...) {
  parts <- list(...)
  single <- \(p) inherits(p, "distest_surv_sums")
  parts <- unlist(lapply(parts, \(p) if (single(p)) list(p) else p), recursive = FALSE)
  if (length(parts) == 0) bad_argument("...", "must hold sums.")
  good <- vapply(parts, inherits, NA, "distest_surv_sums")
  if (!all(good)) {
    bad_argument("...", "must be sums made by surv_partial(), but number %d is %s.",
      which(!good)[[1]], describe(parts[[which(!good)[[1]]]]))
  }
  for (part in parts) check_version(part)
  designs <- vapply(parts, `[[`, "", "design")
  if (any(designs != designs[[1]])) {
    bad_argument("...", "must be sums under one design, but number %d is of another.",
      which(designs != designs[[1]])[[1]])
  }
  groups <- unlist(lapply(parts, `[[`, "groups"))
  if (anyDuplicated(groups)) {
    bad_argument("cluster", paste(
      "must not be split over parts, but %s in more than one of them."
    ), count_text(sum(duplicated(groups)), "group is", "groups are"))
  }
  bytes <- result_of(.Call(C_surv_merge, lapply(unname(parts), `[[`, "bytes")),
    c(from = "...", bytes = "..."))
  binary <- lapply(parts, `[[`, "binary")
  out <- surv_new_sums(bytes, designs[[1]], span = surv_merge_spans(parts),
    binary = if (!any(vapply(binary, is.null, NA))) Reduce(`+`, binary),
    aside = sum(vapply(parts, `[[`, 0, "aside")))
  out$groups <- groups
  out
}

#' @export
print.distest_surv_sums <- function(x, ...) {
  check_dots_empty(...)
  s <- as.list(x)
  cat("Sums of a survival likelihood\n")
  write_lines(sprintf("%s, %s events, log-likelihood = %s", count_text(s$n, "row"),
    format_count(s$events), format_number(s$loglik)))
  write_lines(sprintf("%d coefficients, with %s; %s bytes", as.integer(s$P),
    c("the log-likelihood alone", "score", "score and Hessian",
      "score, Hessian and squared scores")[[s$deriv + 1]],
    format_count(length(x$bytes))))
  invisible(x)
}

#' @export
as.list.distest_surv_sums <- function(x, ...) {
  result_of(.Call(C_surv_sums, x$bytes))
}

#' @rdname surv-sums
#' @export
surv_fit_sums <- function(design, evaluate, start = NULL, control = surv_control(),
                          robust = NULL,
                          progress = getOption("distest.progress", interactive())) {
  surv_check_design(design)
  if (!is.function(evaluate)) {
    bad_argument("evaluate", "must be a function of coef and deriv, not %s.",
      describe(evaluate))
  }
  if (!inherits(control, "distest_surv_control")) {
    bad_argument("control", "must be made by surv_control().")
  }
  call <- match.call()
  if (is.null(robust)) robust <- !is.null(design$extra$cluster)
  check_flag(robust, "robust")
  fit <- surv_search_sums(design, evaluate, start, control, robust, progress)
  fit$call <- call
  fit
}

surv_search_sums <- function(design, evaluate, start, control, robust, progress) {
  P <- length(design$columns)
  ask <- function(coef, kernel, deriv, aliased = integer(), span = NULL) {
    names(coef) <- design$columns
    attr(coef, "kernel") <- kernel
    if (length(aliased)) attr(coef, "aliased") <- aliased
    attr(coef, "span") <- span
    sums <- evaluate(coef, deriv)
    if (!inherits(sums, "distest_surv_sums")) {
      bad_argument("evaluate",
        "must return sums of surv_partial() or surv_merge(), not %s.", describe(sums))
    }
    if (sums$design != design$id) {
      bad_argument("evaluate", "returned sums under another design.")
    }
    sums
  }
  first <- ask(numeric(P), design$set$kernel, 0, span = if (P) TRUE)
  size <- as.list(first)$n
  whole <- as.list(first)$weight
  monotone <- aliased <- logical(P)
  if (!is.null(first$binary) && as.list(first)$events > 0) {
    monotone <- surv_binary_monotone(first$binary)
  }
  if (any(monotone)) {
    first <- ask(ifelse(monotone, -Inf, 0), design$set$kernel, 0, span = TRUE)
    surv_warn_monotone(design$columns[monotone], first$aside)
  }
  if (!is.null(first$span)) {
    aliased <- surv_span_aliased(design, first$span, size - first$aside, monotone)
  }
  alive <- !monotone & !aliased
  if (length(start) == P && all(start[aliased] %in% c(NA, 0))) start <- start[alive]
  start <- surv_check_start(start, design$columns[alive])
  coding <- surv_coding_of(design$coding, alive)
  M <- surv_coding_matrix(coding)
  layout <- list(p = as.double(coding$p), value = coding$value,
    intercept = as.double(coding$intercept), phi_form = design$set$phi_form,
    kernel = design$set$kernel, time_scale = design$set$time_scale)
  known <- if (!any(aliased)) first$bytes # what C asks for first
  bytes <- function(theta, kernel, deriv) {
    if (deriv == 0 && !is.null(known)) {
      out <- known
      known <<- NULL
      return(out)
    }
    coef <- ifelse(monotone, -Inf, 0)
    coef[alive] <- M %*% theta
    ask(coef, kernel, deriv, which(aliased))$bytes
  }
  out <- result_of(.Call(C_surv_fit_sums, layout, bytes, control,
    if (!is.null(start)) surv_to_coded(coding, start), robust, progress_of(progress)),
  c(data = "evaluate", type = "evaluate", sums = "evaluate", bytes = "evaluate",
    from = "evaluate"))
  out$coef <- surv_from_coded(coding, out$coef)
  V <- \(v) if (!is.null(v)) M %*% ifelse(is.nan(v), 0, v) %*% t(M) +
    ifelse(is.nan(v), NaN, 0)
  out$vcov <- V(out$vcov)
  out$robust <- V(out$robust)
  model <- list(columns = design$columns, held = design$held, phi_form = design$phi_form,
    set = design$set)
  used <- list(alive = alive, monotone = monotone)
  out$info$weight <- whole
  fit <- surv_assemble(out, model, used, size, robust)
  structure(c(fit, design[c("effect", "dist", "call", "variables", "formulas", "terms",
    "xlevels", "contrasts")]), class = "distest_surv")
}
