#' distest: distribution estimation
#'
#' Estimation for those whose object is a distribution. Each family of functions has one
#' fitting verb: [surv_fit()] for flexible parametric survival regression.
#'
#' All families share how they are called, how they fail and how they report:
#'
#' * Errors have class `distest_error_<kind>` and warnings `distest_warning_<kind>`; both
#'   name the argument and say what to do.
#' * `threads` (see [distest_threads()]) changes how fast a result comes, never its bits.
#' * `progress` is `FALSE`, `TRUE` (a bar on the terminal after two seconds), or a
#'   function of the fraction done and the name of the stage. Ctrl-C ends any call.
#' * Fitted objects are plain lists that can be saved and sent.
#'
#' @useDynLib distest, .registration = TRUE, .fixes = "C_"
#' @importFrom generics tidy glance augment
#' @importFrom stats coef vcov nobs
#' @keywords internal
"_PACKAGE"

#' @export
generics::tidy

#' @export
generics::glance

#' @export
generics::augment
