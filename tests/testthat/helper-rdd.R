# Inputs and expected values of the reference cases of rdd.

rdd_units_csv <- function() {
  skip_without_reference("rdd")
  read.csv(reference("rdd", "units.csv"))
}

rdd_expected <- function(file = "expected.json") {
  skip_without_reference("rdd")
  skip_if_not_installed("jsonlite")
  jsonlite::fromJSON(reference("rdd", file), simplifyVector = TRUE,
    simplifyDataFrame = FALSE)
}

# rdd_fit() with the arguments of a case, whose columns are named.
rdd_case <- function(args, d = rdd_units_csv(), ...) {
  expected <- rdd_expected()
  args <- args[setdiff(names(args), c("late", "xi"))]
  for (name in c("treatment", "cluster", "unit_weights")) {
    if (!is.null(args[[name]])) args[[name]] <- d[[args[[name]]]]
  }
  if (!is.null(args$covariates)) args$covariates <- as.matrix(d[args$covariates])
  given <- utils::modifyList(list(boot = 0, method = "pointwise", functional_grid = 0),
    c(args, list(...)))
  do.call(rdd_fit, c(list(as.matrix(d[grep("^q[0-9]", names(d))]), d$x,
    probs = expected$probs), given))
}

rdd_table <- function(d) as.matrix(d[grep("^q[0-9]+$", names(d))])

# Tables that others collected: from the folder that DISTEST_REFERENCE names.
rdd_real <- function(file) {
  folder <- Sys.getenv("DISTEST_REFERENCE")
  path <- file.path(folder, "rdd", file)
  if (!nzchar(folder) || !file.exists(path)) skip(paste(file, "is not here"))
  read.csv(path)
}
