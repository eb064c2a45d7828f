# Rows in pieces: functions that give chunks, files, and rows shared out over workers.

# Above so many rows starting values come from about so many of them.
surv_some <- 100000

surv_fit_pieces <- function(plan, data, time_scale, robust, start, control, threads,
                            progress, workers) {
  cluster <- surv_cluster(workers)
  if (isTRUE(attr(cluster, "own"))) on.exit(parallel::stopCluster(cluster))
  source <- if (is.function(data) || is.character(data)) {
    surv_source_pieces(plan, data, time_scale, control)
  } else {
    surv_source_rows(plan, data, time_scale)
  }
  design <- source$design
  if (is.null(robust)) robust <- !is.null(plan$extra$cluster) || source$fractions
  check_flag(robust, "robust")
  evaluate <- source$evaluate(cluster, threads)
  if (!identical(control$n_start, 0) && source$n > 2 * surv_some) {
    # what a sample lacks is no news of the whole
    guess <- \() surv_estimate(source$sample$rows, plan$spec, source$sample$designs,
      plan$phi_form, design$set$time_scale, FALSE, start, control, threads, FALSE)
    b <- tryCatch(suppressWarnings(suppressMessages(guess()))$coefficients,
      distest_error = \(e) NULL)
    if (length(b) == length(design$columns)) {
      b[is.na(b)] <- 0
      b[is.infinite(b)] <- 5.5 * sign(b[is.infinite(b)])
      start <- b
      control$n_start <- 0
    }
  }
  fit <- surv_search_sums(design, evaluate, start, control, robust, progress)
  fit$na.action <- source$omitted
  fit
}

surv_cluster <- function(workers) {
  if (is.null(workers)) {
    return(NULL)
  }
  if (inherits(workers, "cluster")) {
    greet_workers(workers)
    return(workers)
  }
  count <- check_workers(workers)
  if (count == 1) {
    return(NULL)
  }
  cluster <- start_workers(count)
  greet_workers(cluster)
  structure(cluster, own = TRUE)
}

# jobs over a cluster or here, with what they share under `key`.
surv_share <- function(jobs, fun, cluster, key, shared) {
  if (is.null(cluster)) {
    return(do_here(jobs, fun, shared, NULL))
  }
  share_out(jobs, fun, cluster, key)
}

# --- rows in memory, cut at multiples of 65536

surv_source_rows <- function(plan, data, time_scale) {
  design <- surv_design_from(plan, as.data.frame(data), time_scale)
  code <- surv_code(design, as.data.frame(data))
  n <- length(code$rows$type)
  surv_check_events(code$rows)
  firsts <- seq(1, n, by = 65536)
  evaluate <- function(cluster, threads) {
    shared <- list(design = design, code = code)
    key <- if (!is.null(cluster)) send_shared(cluster, shared) else ""
    function(coef, deriv) {
      if (deriv == 3 && !is.null(code$rows$cluster)) {
        return(surv_sum(design, code, coef, deriv, "rows", 1, threads, FALSE))
      }
      jobs <- if (is.null(cluster)) list(c(1, n)) else lapply(firsts, \(f) c(f, min(n,
        f + 65535)))
      jobs <- lapply(jobs, \(r) list(rows = r, coef = coef, deriv = deriv,
        threads = threads))
      surv_merge(surv_share(jobs, surv_job_rows, cluster, key, shared))
    }
  }
  list(design = design, n = n, evaluate = evaluate,
    fractions = !is.null(code$rows$weight) &&
      any(code$rows$weight != floor(code$rows$weight)),
    sample = surv_sample_rows(plan, data, n))
}

surv_job_rows <- function(job, shared) {
  at <- seq(job$rows[[1]], job$rows[[2]])
  code <- shared$code
  if (length(at) < length(code$rows$type)) {
    code$rows <- lapply(code$rows[setdiff(names(code$rows), c("drop", "cluster_names"))],
      \(v) v[at])
    code$rows$cluster <- NULL
    code$par <- lapply(code$par, \(p) list(x = if (!is.null(p$x)) p$x[at, , drop = FALSE],
      offset = p$offset[at], value = p$value))
  }
  surv_sum(shared$design, code, job$coef, job$deriv, "rows", job$rows[[1]], job$threads,
    FALSE)
}

# Every step-th row, for starting values.
surv_sample_rows <- function(plan, data, n) {
  if (n <= 2 * surv_some) {
    return(NULL)
  }
  step <- ceiling(n / surv_some)
  surv_read(plan, as.data.frame(data)[seq(1, nrow(data), by = step), , drop = FALSE])
}

# --- pieces

surv_source_pieces <- function(plan, data, time_scale, control) {
  piece <- surv_piece_reader(data, control$reader)
  first <- surv_first_pass(plan, piece, data, control$xlevels)
  whole <- do.call(rbind, first$kept)
  design <- surv_design_from(plan, whole, time_scale, first$xlevels)
  evaluate <- function(cluster, threads) {
    shared <- list(design = design, data = data, reader = control$reader)
    key <- if (!is.null(cluster)) send_shared(cluster, shared) else ""
    function(coef, deriv) {
      jobs <- lapply(seq_len(first$pieces), \(i) list(piece = i, coef = coef,
        deriv = deriv, threads = threads))
      surv_merge(surv_share(jobs, surv_job_piece, cluster, key, shared))
    }
  }
  sample <- if (first$n > 2 * surv_some) {
    surv_read(plan, surv_with_levels(whole, first$xlevels))
  }
  list(design = design, n = first$n, evaluate = evaluate, fractions = FALSE,
    sample = sample)
}

surv_job_piece <- function(job, shared) {
  piece <- surv_piece_reader(shared$data, shared$reader)
  surv_partial(shared$design, piece(job$piece), job$coef, job$deriv,
    segment = sprintf("%09d", job$piece), threads = job$threads, progress = FALSE)
}

surv_piece_reader <- function(data, reader) {
  if (is.function(data)) {
    return(data)
  }
  lost <- which(!file.exists(data))
  if (length(lost)) {
    bad_argument("data", "names a file that does not exist: %s.",
      dQuote(data[[lost[[1]]]], FALSE))
  }
  function(i) if (i <= length(data)) reader(data[[i]])
}

# How many pieces and rows there are, the levels of factors, and some rows: all as long
# as they are few, then every second, fourth, ... of the row numbers.
surv_first_pass <- function(plan, piece, data, xlevels) {
  variables <- unique(c(all.vars(plan$formula), unlist(lapply(plan$estimated, all.vars)),
    unlist(lapply(c(plan$extra, plan$subset), all.vars))))
  n <- 0
  step <- 1
  kept <- list()
  levels <- list()
  i <- 1
  repeat {
    rows <- piece(i)
    if (is.null(rows)) break
    if (!is.data.frame(rows)) {
      bad_argument("data", "must give data frames, but piece %d is %s.", i,
        describe(rows))
    }
    rows <- as.data.frame(rows)[intersect(variables, names(rows))]
    for (name in names(rows)) {
      levels[[name]] <- surv_more_levels(levels[[name]], rows[[name]])
    }
    at <- seq_len(nrow(rows)) + n
    kept[[i]] <- rows[(at - 1) %% step == 0, , drop = FALSE]
    attr(kept[[i]], "numbers") <- at[(at - 1) %% step == 0]
    n <- n + nrow(rows)
    while (sum(vapply(kept, nrow, 0L)) > 2 * surv_some) {
      step <- 2 * step
      kept <- lapply(kept, surv_thin, step)
    }
    i <- i + 1
  }
  if (n == 0) bad_argument("data", "has no pieces with rows.")
  levels <- lapply(levels, \(l) if (is.factor(l)) base::levels(droplevels(l)) else if (
    length(l)) sort(unique(l)))
  levels[names(xlevels)] <- xlevels
  levels <- levels[!vapply(levels, is.null, NA)]
  kept <- lapply(kept, surv_with_levels, levels)
  list(pieces = i - 1, n = n, kept = kept, xlevels = if (length(levels)) levels)
}

surv_thin <- function(rows, step) {
  numbers <- attr(rows, "numbers")
  keep <- (numbers - 1) %% step == 0
  out <- rows[keep, , drop = FALSE]
  attr(out, "numbers") <- numbers[keep]
  out
}

# Levels seen so far: a factor of those used with all levels in order, or strings.
surv_more_levels <- function(seen, x) {
  if (is.factor(x)) {
    all <- union(levels(seen), levels(x))
    return(factor(union(as.character(seen), as.character(unique(x))), all))
  }
  if (is.character(x)) {
    return(union(seen, unique(x)))
  }
  NULL
}
