# make cheatsheet: two pages that fit on a wall, drawn by base R alone.
#   Rscript tools/cheatsheet.R _build/cheatsheet.pdf
# A function that the package does not export stops the script.
out <- commandArgs(TRUE)[[1]]
library(distest)

# Boxes of a page, each a title and lines "call | what it does".
sheet <- list(
  list(
    "Every fit" = c(
      "print(), summary()        | what was fitted, by which rule, what to beware of",
      "tidy(), glance(), augment() | broom's tables, plain data frames",
      "plot(), autoplot()        | the same pictures in base graphics and ggplot2",
      "predict(newdata)          | by name, with se.fit and interval",
      "coef(), vcov(), confint() | where there are parameters with errors",
      "threads =, progress =     | cores to use; a bar, or a function of yours",
      "workers =                 | a cluster of package parallel; same bits",
      "set.seed()                | rules every random part"
    ),
    "surv: survival regression" = c(
      "surv_fit(Surv(t, d) ~ x, data) | hazard of any of the usual shapes",
      "  phi =, gamma =, kappa =, lambda = | covariates on scale, power, shape",
      "  dist = \"weibull\", effect = \"ph\" | presets; AFT or hazards",
      "surv_grid(), surv_step()  | compare or choose models",
      "surv_hr()                 | hazard ratio over time, crossings",
      "surv_standardize()        | averages over the data, contrasts",
      "surv_shape()              | where the hazard turns",
      "dapgw(), papgw(), qapgw(), rapgw() | the distribution itself"
    ),
    "kde: kernel density estimates" = c(
      "kde_fit(x)                | log density in any dimension",
      "kde_bandwidth(x, rule)    | held-out likelihood and seven rules",
      "predict(interval = \"confidence\") | limits that hold in each regime",
      "kde_phases()              | which regime, how many points carry it",
      "kde_thresholds(), kde_normal_reference() | what theory says",
      "kde_sample(), kde_quantile() | draws, quantiles",
      "kde_entropy(), kde_divergence() | nats",
      "kde_outliers()            | p-values of points"
    )
  ),
  list(
    "expfam: exponential families" = c(
      "expfam_fit(x, \"gamma\")  | named families, graphs, your own statistics",
      "expfam_exists()           | is there a maximum? along which direction not",
      "expfam_risk()             | cost of estimation to order n^-2",
      "expfam_pn()               | is n enough for p parameters?",
      "expfam_sample_size()      | how many observations would be",
      "expfam_path(), expfam_prune() | terms the data can carry",
      "expfam_compare(), expfam_ic() | AIC, TIC and their second orders",
      "expfam_project(), expfam_bootstrap() | projection, checks"
    ),
    "rdd: distributions at a cutoff" = c(
      "rdd_fit(y ~ x, data, unit = u) | effect on every quantile, uniform band",
      "  treatment =, covariates =, cluster = | fuzzy, adjusted, clustered",
      "rdd_test()                | any effect? the same everywhere? dominance?",
      "rdd_functionals()         | Gini, Theil, quantile ratios with intervals",
      "rdd_bandwidth(), rdd_sensitivity() | how wide, and does it matter",
      "rdd_density_test(), rdd_balance() | can it be trusted",
      "rdd_randtest(), rdd_compliers() | few units; fuzzy designs",
      "rdd_quantiles()           | unit tables from any number of rows"
    ),
    "wls: few well-chosen points" = c(
      "wls_basis(), wls_space()  | orthonormal functions, products, your own",
      "wls_sample(space)         | determinantal, volume, boosted points",
      "wls_fit(space, sample, f) | the fit, many outputs at once",
      "wls_certificate()         | what is guaranteed, with which probability",
      "wls_sobol(), wls_dgsm()   | which inputs matter",
      "wls_design(), wls_ask(), wls_tell(), wls_grow() | runs one by one",
      "wls_adapt(), wls_select(), wls_plan() | spaces and budgets",
      "wls_quadrature(), wls_moments() | integrals with errors"
    )
  )
)

calls <- unlist(regmatches(unlist(sheet), gregexpr("\\b[a-z]+(_[a-z]+)+(?=\\()", unlist(sheet),
  perl = TRUE)))
unknown <- setdiff(grep("^(surv|kde|expfam|rdd|wls)_", calls, value = TRUE),
  getNamespaceExports("distest"))
if (length(unknown)) stop("not exported: ", paste(unknown, collapse = ", "))

colours <- grDevices::palette.colors(6, "Okabe-Ito")[c(3, 6, 4, 2)]

draw_box <- function(title, lines, top, bottom, colour) {
  graphics::rect(0, bottom, 1, top, border = colour, lwd = 1.5)
  graphics::rect(0, top - 0.035, 1, top, col = colour, border = colour)
  graphics::text(0.01, top - 0.0175, title, adj = 0, font = 2, col = "white", cex = 1.1)
  parts <- strsplit(lines, " *\\| ")
  step <- (top - 0.035 - bottom) / (length(lines) + 0.6)
  at <- top - 0.035 - step * (seq_along(lines) - 0.2)
  graphics::text(0.012, at, vapply(parts, `[[`, "", 1), adj = 0, family = "mono", cex = 0.85)
  graphics::text(0.5, at, vapply(parts, `[[`, "", 2), adj = 0, cex = 0.85)
}

grDevices::pdf(out, width = 11.69, height = 8.27, title = "distest at a glance")
for (page in sheet) {
  graphics::par(mar = c(1, 1.5, 2, 1.5), xaxs = "i", yaxs = "i")
  graphics::plot.new()
  graphics::plot.window(c(0, 1), c(0, 1))
  graphics::title(sprintf("distest %s at a glance", utils::packageVersion("distest")),
    adj = 0, line = 0.4)
  height <- 1 / length(page)
  for (i in seq_along(page)) {
    draw_box(names(page)[[i]], page[[i]], 1 - (i - 1) * height, 1 - i * height + 0.015,
      colours[[(i - 1) %% length(colours) + 1]])
  }
}
invisible(grDevices::dev.off())
cat("wrote", out, "\n")
