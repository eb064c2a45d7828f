# A C program with the key of a design: the same points and weights, to the last bit.
test_that("the key of a design in R gives the same design in C", {
  skip_on_cran()
  dir <- tempfile("key")
  dir.create(dir)
  on.exit(unlink(dir, recursive = TRUE))
  file.copy(test_path("wls_key.c"), dir)
  built <- file.path(dir, paste0("wls_key", .Platform$dynlib.ext))
  include <- system.file("include", package = "distest")
  log <- suppressWarnings(system2(file.path(R.home("bin"), "R"),
    c("CMD", "SHLIB", "-o", shQuote(built), shQuote(file.path(dir, "wls_key.c"))),
    stdout = TRUE, stderr = TRUE, env = paste0("PKG_CPPFLAGS=-I", shQuote(include))))
  expect_true(file.exists(built), info = paste(log, collapse = "\n"))
  client <- getNativeSymbolInfo("client_design", dyn.load(built))
  on.exit(dyn.unload(built), add = TRUE, after = FALSE)
  space <- wls_space(wls_basis("legendre", 5), d = 2)
  c_design <- function(key, method, n, delta = Inf) {
    .Call(client, key, method, 5, as.integer(n), delta)
  }
  r_design <- \(s) unname(cbind(s$points, s$weights))
  set.seed(1)
  sizes <- ifelse(wls_methods == "dpp", space$m, 50)
  for (i in seq_along(wls_methods)) {
    s <- wls_sample(space, sizes[[i]], wls_methods[[i]], threads = 1 + i %% 2)
    expect_match(s$seed_key, "^[0-9a-f]{16}$")
    expect_identical(c_design(s$seed_key, wls_methods[[i]], s$n), r_design(s))
  }
  # several tries of one key, until the spectrum is good enough
  s <- wls_sample(space, 63, delta = 0.75)
  expect_gt(s$tries, 1)
  expect_identical(c_design(s$seed_key, "dpp_repeated", 63, 0.75), r_design(s))
  other <- c_design("0123456789abcdef", "dpp_repeated", 63, 0.75)
  expect_false(identical(other, r_design(s)))
})
