# The response and what goes with it, row by row, as C wants them.

# Response, weights and the like from the model frame, as C wants them. Rows that
# contribute nothing go, with a message.
surv_rows <- function(frame) {
  y <- stats::model.response(frame)
  if (!inherits(y, "Surv")) {
    bad_argument("formula", "must have a Surv() response, not %s.", describe(y))
  }
  surv_rows_of(y, frame[["(entry)"]], frame[["(weights)"]], frame[["(bhazard)"]],
    frame[["(cluster)"]], "formula")
}

# `argument`: what the times are called in messages.
surv_rows_of <- function(y, entry, weights, bhazard, cluster, argument) {
  type <- attr(y, "type")
  y <- unclass(y)
  if (type %in% c("mright", "mcounting")) {
    distest_error("unsupported", sprintf(paste(
      "The response in `%s` has several kinds of event; fit the causes separately,",
      "each with the others as censored."
    ), argument), argument = argument)
  }
  if (type == "counting") {
    if (!is.null(entry)) {
      bad_argument("entry", "and a counting response both give times of entry.")
    }
    entry <- y[, "start"]
  }
  rows <- list(upper = NULL, entry = entry, weight = weights, bhazard = bhazard,
    cluster = cluster)
  status <- as.integer(y[, "status"])
  rows$lower <- switch(type, right = , left = y[, "time"], counting = y[, "stop"],
    interval = y[, "time1"])
  rows$type <- status
  if (type == "left") {
    rows$type <- ifelse(status == 1L, 1L, 2L)
    rows$upper <- rows$lower
  } else if (type == "interval") {
    rows$upper <- ifelse(status == 3L, y[, "time2"], y[, "time1"])
    # (0, u] is left-censored at u
    rows$type[status == 3L & rows$lower == 0] <- 2L
  }
  surv_rows_checked(rows, argument)
}

surv_rows_checked <- function(rows, argument) {
  n <- length(rows$type)
  for (name in c("upper", "lower", "entry", "weight", "bhazard")) {
    if (is.null(rows[[name]])) next
    called <- c(weight = "weights", lower = argument, upper = argument)[name]
    rows[[name]] <- unname(check_numbers(rows[[name]],
      if (is.na(called)) name else called, length = n))
  }
  if (anyNA(rows$type)) {
    bad_argument(argument, "has a status that is missing: %s.",
      name_rows(which(is.na(rows$type))))
  }
  drop <- integer()
  if (!.Call(C_surv_plain, rows)) {
    surv_check_rows(rows, argument)
    drop <- which((rows$type == 0L & rows$lower == 0) |
      (if (is.null(rows$weight)) FALSE else rows$weight == 0))
    rows <- surv_drop_rows(rows, drop)
  }
  if (!is.null(rows$cluster)) {
    if (anyNA(rows$cluster)) {
      bad_argument("cluster", "is missing: %s.", name_rows(which(is.na(rows$cluster))))
    }
    groups <- factor(rows$cluster)
    rows$cluster <- as.integer(groups) - 1L
    rows$cluster_names <- levels(groups)
  }
  rows$drop <- drop
  rows
}

# Rows that say nothing go.
surv_drop_rows <- function(rows, drop) {
  if (length(drop) == 0) {
    return(rows)
  }
  if (length(drop) == length(rows$type)) {
    bad_argument("data",
      "has no row that says anything: all are censored at 0 or have weight 0.")
  }
  distest_message(sprintf(
    "%d %s dropped: right-censored at time 0, or of weight 0.", length(drop),
    if (length(drop) == 1) "row was" else "rows were"
  ))
  lapply(rows, \(v) if (is.null(v)) v else v[-drop])
}

# All bad rows at once, where C names the first.
surv_check_rows <- function(rows, response) {
  blame <- function(bad, argument, what) {
    bad <- which(bad)
    if (length(bad) == 0) {
      return(invisible())
    }
    distest_error("domain", sprintf("`%s` %s: %s.", argument, what, name_rows(bad)),
      argument = argument, value = bad)
  }
  type <- rows$type
  late <- type >= 2L
  time <- if (is.null(rows$upper)) rows$lower else ifelse(late, rows$upper, rows$lower)
  blame(!is.finite(time) | time < 0, response, "has times that are negative or infinite")
  blame(type == 1L & time == 0, response, "has events at time 0")
  blame(late & time <= 0, response, "has upper bounds that are not positive")
  blame(type == 3L & rows$lower > time, response,
    "has lower bounds above the upper ones")
  if (!is.null(rows$entry)) {
    blame(rows$entry < 0, "entry", "is negative")
    blame(rows$entry >= time & !(type == 0L & time == 0), "entry",
      "is not before the event, censoring or upper time")
  }
  if (!is.null(rows$weight)) {
    blame(rows$weight < 0, "weights", "is negative")
    if (all(rows$weight == 0)) bad_argument("weights", "must not all be 0.")
  }
  if (!is.null(rows$bhazard)) {
    blame(rows$bhazard < 0, "bhazard", "is negative")
    blame(rows$bhazard > 0 & late, "bhazard",
      "belongs to exact events, but is positive for left- or interval-censored rows")
  }
}

surv_drop <- function(design, drop) {
  if (is.null(design)) {
    return(NULL)
  }
  design$x <- design$x[-drop, , drop = FALSE]
  design$offset <- design$offset[-drop]
  design
}
