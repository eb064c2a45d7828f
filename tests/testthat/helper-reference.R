# Reference values stand beside the tests; data that others published come from packages.

reference <- function(family, file) test_path("..", "reference", family, file)

skip_without_reference <- function(family) {
  skip_if_not(file.exists(reference(family, "README.md")), "reference values are not here")
}

# The data sets of the surv reference cases.
surv_data_sets <- function() {
  skip_if_not_installed("survival")
  skip_if_not_installed("MASS")
  skip_without_reference("surv")
  env <- new.env(parent = globalenv())
  env$Surv <- survival::Surv
  text <- readLines(reference("surv", "datasets.R"))
  text <- sub("read.csv(\"mixed.csv\")", "read.csv(path)", text, fixed = TRUE)
  env$path <- reference("surv", "mixed.csv")
  eval(parse(text = text[!grepl("^library", text)]), env)
  env
}

# surv_fit() of a reference case.
surv_case <- function(id, env = surv_data_sets()) {
  fits <- read.delim(reference("surv", "fits.tsv"), quote = "")
  call <- str2lang(fits$call[fits$id == id])
  eval(call, list(surv_fit = surv_fit), env)
}
