# kde: ours against scikit-learn, scipy, np, MASS and stats where they are installed; one
# CSV line a case: family,case,ours,peer or limit,ratio,target,pass. The ratio is peer /
# ours, and the target the least it should be. Both are timed in turn, best of rounds.
# tests/bench/kde_pass.c has the cases against the product of matrices.
library(distest)

best <- function(ours, peer, rounds = 3) {
  a <- b <- Inf
  for (i in seq_len(rounds)) {
    a <- min(a, system.time(ours())[["elapsed"]])
    b <- min(b, if (is.numeric(peer)) peer else system.time(peer())[["elapsed"]])
  }
  c(a, b)
}

report <- function(case, t, target) {
  ratio <- t[[2]] / t[[1]]
  cat(sprintf("kde,%s,%.4g,%.4g,%.3g,%g,%s\n", case, t[[1]], t[[2]], ratio, target,
    if (ratio >= target) "yes" else "no"))
}

set.seed(1)
n <- 5000
x <- matrix(rnorm(n * 64), n)
q <- matrix(rnorm(n * 64), n)
fit <- kde_fit(x, 1, control = kde_control(loo = FALSE))

# every python3 on the path: the first that has the modules is the peer
pythons <- file.path(strsplit(Sys.getenv("PATH"), .Platform$path.sep)[[1]], "python3")
pythons <- unique(pythons[file.access(pythons, 1) == 0])
with_modules <- function(modules) {
  for (p in pythons) {
    code <- shQuote(paste0("import ", paste(modules, collapse = ", ")))
    if (system2(p, c("-c", code), stdout = FALSE, stderr = FALSE) == 0) return(p)
  }
  NULL
}

# seconds of a Python expression after a set-up, or NULL where it cannot run
python <- function(module, setup, run) {
  program <- with_modules(c("numpy", module))
  if (is.null(program)) {
    message("kde: no python3 on the path has numpy and ", module, ": skipped")
    return(NULL)
  }
  dir <- tempfile()
  dir.create(dir)
  utils::write.table(x, file.path(dir, "x.csv"), FALSE, FALSE, ",", row.names = FALSE,
    col.names = FALSE)
  utils::write.table(q, file.path(dir, "q.csv"), FALSE, FALSE, ",", row.names = FALSE,
    col.names = FALSE)
  code <- c("import time, numpy as np", sprintf("%s = np.loadtxt('%s/%s.csv', delimiter=',')",
    c("x", "q"), dir, c("x", "q")), setup, "t = time.time()", run, "print(time.time() - t)")
  file <- file.path(dir, "run.py")
  writeLines(code, file)
  out <- suppressWarnings(tryCatch(system2(program, file, stdout = TRUE, stderr = FALSE),
    error = \(e) character()))
  if (length(out) == 1) as.numeric(out)
}

ours <- \() predict(fit, q)
peer <- python("sklearn",
  "from sklearn.neighbors import KernelDensity; k = KernelDensity(bandwidth=1).fit(x)",
  "k.score_samples(q)")
if (!is.null(peer)) report("log density n=m=5000 d=64 / scikit-learn", best(ours, peer), 20)
peer <- python("scipy", "from scipy.stats import gaussian_kde; k = gaussian_kde(x.T)",
  "k.logpdf(q.T)")
scott <- kde_fit(x, "scott", scaling = "cov", control = kde_control(loo = FALSE))
if (!is.null(peer)) {
  report("log density n=m=5000 d=64 / scipy", best(\() predict(scott, q), peer), 8)
}

y <- matrix(rnorm(2e5), 1e5)
two <- kde_fit(y, c(0.2, 0.3), control = kde_control(loo = FALSE))
axes <- list(seq(-4, 4, length.out = 151), seq(-4, 4, length.out = 151))
if (requireNamespace("MASS", quietly = TRUE)) {
  report("mesh 151 x 151 n=1e5 / MASS kde2d", best(\() kde_grid(two, axes = axes),
    \() MASS::kde2d(y[, 1], y[, 2], 4 * c(0.2, 0.3), 151, c(-4, 4, -4, 4)), 2), 1)
}
z <- rnorm(1e6)
h <- stats::bw.nrd0(z)
one <- kde_fit(z, h, control = kde_control(tol = 1e-10, loo = FALSE))
at <- seq(-5, 5, length.out = 512)
report("512 points of n=1e6 d=1 tol 1e-10 / stats density", best(\() predict(one, at),
  \() stats::density(z, h), 2), 1 / 3)
w <- matrix(rnorm(3e5), 1e5)
three <- kde_bandwidth(w, "silverman", "sd")
tree <- kde_fit(w, three, control = kde_control(tol = 1e-3, loo = FALSE))
all <- kde_fit(w, three, control = kde_control(method = "exact", loo = FALSE))
some <- matrix(rnorm(3e4), 1e4)
report("tree n=1e5 m=1e4 d=3 tol 1e-3 / ours exact", best(\() predict(tree, some),
  \() predict(all, some), 1), 2)
s <- matrix(rnorm(300 * 4), 300)
if (requireNamespace("np", quietly = TRUE)) {
  options(np.messages = FALSE)
  report("lcv full n=300 d=4 / np cv.ml diagonal", best(
    \() kde_bandwidth(s, "lcv", "cov", shape = "full"),
    \() np::npudensbw(as.data.frame(s), bwmethod = "cv.ml"), 1), 50)
}
report("kde_normal_reference(1e4, 50) / 0.5 s", c(best(
  \() kde_normal_reference(1e4, 50), 1, 2)[[1]], 0.5), 1)
