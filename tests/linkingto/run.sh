#!/bin/sh
# Builds the client against the installed package, and compares: the client, surv_fit()
# in R, and the C program of tests/install give the same number to the last bit; so do
# expfam_risk(), rdd_fit() and the other programs.
# Usage: run.sh library
set -u
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export R_LIBS="$1${R_LIBS:+:$R_LIBS}"
mkdir "$tmp/src" "$tmp/lib"
cp -R tests/linkingto "$tmp/src/distestclient"
rm -f "$tmp/src/distestclient/run.sh"
if ! R CMD INSTALL --library="$tmp/lib" "$tmp/src/distestclient" > "$tmp/log" 2>&1; then
  cat "$tmp/log"
  echo "linkingto: 0 passed, 1 failed"
  exit 1
fi
undefined=$(nm -D --undefined-only "$tmp/lib/distestclient/libs/distestclient.so" | grep ' distest_')
exported=$(nm -D --defined-only "$1/distest/libs/distest.so" | awk '{ print $3 }')
EXPORTED="$exported" R_LIBS="$tmp/lib:$R_LIBS" UNDEFINED="$undefined" Rscript --vanilla -e '
  d <- data.frame(time = c(5, 8, 12, 3, 20, 7, 9, 15, 2, 11),
    event = c(1, 1, 0, 1, 1, 0, 1, 1, 1, 0), x = c(0, 1, 0, 1, 0, 1, 1, 0, 1, 0))
  client <- distestclient::client_fit(d$time, d$event, d$x)
  ours <- distest::surv_fit(survival::Surv(time, event) ~ x, d, dist = "weibull")
  file <- "_build/install-fit.txt"
  verdict <- "_build/install-verdict.txt"
  risk <- distest::expfam_risk(distest::expfam_fit((1:40)^2 / 16 + 0.5, "gamma"))$risk
  rows <- "_build/install-rows.txt"
  cutoff <- "_build/install-cutoff.txt"
  effects <- \() {
    r <- read.table(rows, col.names = c("unit", "x", "y"))
    fit <- distest::rdd_fit(y ~ x, r, unit = unit, probs = 1:9 / 10, seed = 1, boot = 100)
    sprintf("%a %a", fit$estimate$tau, fit$estimate$se)
  }
  at_cutoff <- \() sub(".*] *", "", grep("]", readLines(cutoff), value = TRUE))
  claims <- c(
    "the client fits" = is.finite(client[[1]]),
    "its log-likelihood has the bits of surv_fit()" = identical(client[[1]], ours$loglik),
    "its coefficients have the bits of surv_fit()" = identical(client[-1], unname(coef(ours))),
    "its shared object lacks no distest symbol" = Sys.getenv("UNDEFINED") == "",
    "the shared object of distest exports R_init_distest alone" =
      Sys.getenv("EXPORTED") == "R_init_distest",
    "the C program agrees to the last bit" = !file.exists(file) ||
      identical(scan(file, "", quiet = TRUE)[[1]], sprintf("%a", client[[1]])),
    "the risk of a C program has the bits of expfam_risk()" = !file.exists(verdict) ||
      grepl(sprintf("(%a)", risk), readLines(verdict)[[2]], fixed = TRUE),
    "the effects of a C program have the bits of rdd_fit()" = !file.exists(cutoff) ||
      identical(effects(), at_cutoff())
  )
  for (bad in names(claims)[!claims]) cat("not so:", bad, "\n")
  cat(sprintf("linkingto: %d passed, %d failed\n", sum(claims), sum(!claims)))
  quit(status = any(!claims))'
