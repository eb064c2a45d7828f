# Times of the rdd family, as ratios to a peer or a limit measured in the same run.
# Peers are called as shipped; where they are called once per quantile, a few calls are
# timed and counted as 99.
suppressMessages(library(distest))
options(distest.progress = FALSE)
has <- \(p) suppressWarnings(requireNamespace(p, quietly = TRUE))
# seconds of processor time with one thread, of the clock on the wall with several
clock <- \(f, wall = FALSE) {
  t <- system.time(f())
  if (wall) t[[3]] else t[[1]] + t[[2]]
}
row <- function(case, ours, peer, target, at_least = TRUE) {
  ratio <- if (at_least) peer / ours else ours / peer
  good <- if (at_least) ratio >= target else ratio <= target
  cat(sprintf("rdd,%s,%.4g,%.4g,%.3g,%g,%s\n", case, ours, peer, ratio, target,
    if (good) "yes" else "no"))
}
# ours and the peer alternately, the median of each
pair <- function(ours, peer, times = 3, wall = FALSE) {
  t <- replicate(times, c(clock(ours, wall), clock(peer, wall)))
  apply(t, 1, median)
}
quiet <- \(code) suppressMessages(suppressWarnings(code))
design <- function(n, probs) {
  x <- runif(n, -1, 1)
  wide <- exp(rnorm(n, 0, 0.2))
  list(x = x, probs = probs, q = 2 * x + (x >= 0) + rnorm(n) + outer(wide, qnorm(probs)))
}
fit <- \(d, ...) quiet(rdd_fit(d$q, d$x, probs = d$probs, method = "pointwise", boot = 0,
  functional_grid = 0, keep_data = FALSE, ...))
cat("family,case,ours,peer or limit,ratio,target,pass\n")
set.seed(1)
all_threads <- distest_threads()
threads_text <- sprintf("threads=%d", as.integer(all_threads))

if (has("rdrobust")) {
  d <- design(10000, seq_len(99) / 100)
  cluster <- rep(1:200, 50)
  for (vce in c("nn", "hc3", "cr3")) {
    g <- if (vce == "cr3") cluster
    calls <- if (vce == "cr3") 2 else 4
    t <- pair(\() fit(d, h = 0.5, b = 0.7, vce = vce, cluster = g, threads = 1), \() {
      for (j in seq_len(calls)) quiet(rdrobust::rdrobust(d$q[, j], d$x, h = 0.5, b = 0.7,
        vce = vce, cluster = g))
    })
    row(paste("99 quantiles n=10000", vce, "against rdrobust, 1 thread"), t[[1]],
      t[[2]] * 99 / calls, 100)
  }
  d <- design(2000, seq_len(99) / 100)
  t <- pair(\() rdd_bandwidth(d$q, d$x, probs = d$probs, bwselect = "mserd", vce = "nn",
    threads = 1), \() for (j in 1:6) quiet(rdrobust::rdbwselect(d$q[, j], d$x,
    vce = "nn")))
  row("mserd of 99 quantiles n=2000 against rdbwselect, 1 thread", t[[1]],
    t[[2]] * 99 / 6, 50)
  d <- design(4000, 0.5)
  z <- matrix(rnorm(4000 * 200), 4000)
  t <- pair(\() fit(d, h = 0.5, b = 0.7, covariates = z, vce = "nn", threads = 1),
    \() quiet(rdrobust::rdrobust(d$q[, 1], d$x, h = 0.5, b = 0.7, covs = z, vce = "nn",
      covs_drop = FALSE)))
  row("200 covariates n=4000 against rdrobust, 1 thread", t[[1]], t[[2]], 10)
}

# the whole fit from lists, against its parts: the sort of all values
s <- rdd_simulate("normal", 500, 500, 1, seed = 1)
x <- s$x[!duplicated(s$unit)]
lists <- split(s$y, s$unit)
whole <- \(threads) quiet(rdd_test(rdd_fit(lists, x, probs = seq_len(99) / 100,
  functional_grid = 0, threads = threads)))
if (has("R3D")) {
  t <- pair(\() whole(1), \() quiet(R3D::r3d(x, lists, method = "frechet", p = 2,
    q_grid = seq_len(99) / 100, boot = TRUE, boot_reps = 5000)), 1)
  row("fit with bandwidth bands tests n=n_i=500 Q=99 B=5000 against R3D", t[[1]],
    t[[2]], 50)
} else {
  row("fit with bandwidth bands tests n=n_i=500 Q=99 B=5000 (seconds), 1 thread",
    clock(\() whole(1)), 1, 1, FALSE)
}

# the most memory that a fit from rows in any order holds, input and all, over the input
held <- \(what) as.numeric(sub("\\D*(\\d+).*", "\\1", grep(what,
  readLines("/proc/self/status"), value = TRUE))) / 1024
memory <- function(missing) {
  invisible(gc())
  before <- held("VmRSS")
  n <- 2e7
  unit <- sample.int(n / 1000, n, TRUE)
  x <- runif(n / 1000, -1, 1)[unit]
  y <- rnorm(n)
  if (missing) y[seq(5, n, by = 1e5)] <- NA
  input <- as.numeric(object.size(unit) + object.size(x) + object.size(y)) / 2^20
  invisible(gc())
  cat("5", file = "/proc/self/clear_refs")
  quiet(rdd_fit(y, x, unit, boot = 1000))
  row(sprintf("memory of a fit from 2e7 rows%s in MiB over the input",
    if (missing) " with missing values" else ""), held("VmHWM") - before, input, 2.6, FALSE)
}
if (file.exists("/proc/self/clear_refs")) for (missing in c(FALSE, TRUE)) memory(missing)

n <- 5e6
y <- rnorm(n)
unit <- rep(seq_len(1000), each = n / 1000)
t <- pair(\() rdd_quantiles(y, unit, probs = seq_len(20) / 21, threads = all_threads),
  \() sort(y, method = "radix"), wall = TRUE)
row(sprintf("quantiles of 5e6 rows in 1000 units against radix sort of the vector, %s",
  threads_text), t[[1]], t[[2]], 1.5, FALSE)
if (has("data.table")) {
  probs <- seq_len(99) / 100
  n <- 4e6
  y <- rnorm(n)
  unit <- rep(seq_len(4000), each = n / 4000)
  table <- data.table::data.table(y = y, unit = unit)
  t <- pair(\() rdd_quantiles(y, unit, probs = probs, threads = all_threads),
    \() table[, as.list(quantile(y, probs)), by = unit], 1, wall = TRUE)
  row(paste("quantiles of 4e6 rows in 4000 units Q=99 against data.table,", threads_text),
    t[[1]], t[[2]], 10)
}

d <- design(2000, seq_len(19) / 20)
base <- rdd_fit(d$q, d$x, probs = d$probs, h = 0.5, boot = 0, method = "pointwise",
  functional_grid = 0)
h <- seq(0.2, 1, length.out = 200)
t <- pair(\() rdd_sensitivity(base, "bandwidth", h, errors = FALSE, threads = 1),
  \() fit(d, h = 0.5, threads = 1), 5)
row("200 bandwidths against one fit, 1 thread", t[[1]], t[[2]], 3, FALSE)

b <- rdd_fit(lists, x, probs = seq_len(99) / 100, h = 0.5, boot = 0, functional_grid = 0,
  keep_scores = TRUE)
plain <- function(B) {
  z <- matrix(rnorm(B * nrow(b$scores)), B) %*% b$scores
  quantile(apply(abs(z) / rep(b$estimate$se, each = B), 1, max), 0.95)
}
t <- pair(\() rdd_bootstrap(b, 5000, threads = 1), \() plain(5000))
row("bootstrap n=500 Q=99 B=5000 against matrix products in R", t[[1]], t[[2]], 2)
