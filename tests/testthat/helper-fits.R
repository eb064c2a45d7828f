# A small fit of every family, for claims that hold whatever is fitted.

quietly <- function(expr) suppressMessages(suppressWarnings(expr))

fitters <- list(
  kde = \(...) quietly(kde_fit(faithful, ...)),
  expfam = \(...) expfam_fit(precip, "gamma", ...),
  rdd = \(...) {
    set.seed(1)
    d <- rdd_simulate("normal", n = 120, n_i = 30)
    quietly(rdd_fit(d$y, d$x, d$unit, h = 0.6, boot = 200, ...))
  },
  surv = \(...) {
    skip_if_not_installed("survival")
    # made at top level: the workspace comes back from a file as itself, another environment
    # as a copy
    formula <- survival::Surv(time, status) ~ karno
    environment(formula) <- globalenv()
    surv_fit(formula, survival::veteran, gamma = formula[-2], ...)
  },
  wls = \(...) {
    space <- wls_space(wls_basis("legendre", 6))
    set.seed(1)
    wls_fit(space, wls_sample(space, n = 20), f = \(x) exp(x), ...)
  }
)

# Everything that looks at a fit, with its output caught and its pictures unseen.
look_at <- function(fit) {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  quietly(list(
    printed = utils::capture.output(print(fit)),
    summarised = utils::capture.output(print(summary(fit))),
    formatted = format(fit), drawn = plot(fit), coefficients = coef(fit), tidied = tidy(fit),
    glanced = glance(fit), augmented = augment(fit), table = as.data.frame(fit)
  ))
}

without_call <- function(fit) fit[setdiff(names(fit), "call")]
