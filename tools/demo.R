# make demo: fits real data with every family and writes one page that needs nothing else.
#   Rscript tools/demo.R _build/demo.html
#
# Each tools/demo/<family>.R is one section. It is sourced in a fresh environment and
# calls, in the order of the page:
#   demo_section(title, intro)      opens the section
#   demo_text(...)                  a paragraph (HTML is escaped; `code` in backquotes)
#   demo_code({ ... })              shows the code and what it prints
#   demo_plot({ ... }, alt)         a picture, with its code's value ignored; alt says in a
#                                   sentence what one sees; width, height in inches
#   demo_table(df)                  a table
# Data come with R or with packages in Imports and Suggests; a section that lacks a package
# says so through demo_text() and ends.

out <- commandArgs(TRUE)[[1]]
library(distest)

page <- character()
toc <- character()
begun <- NULL

put <- function(...) page <<- c(page, paste0(...))

escape <- function(x) {
  x <- gsub("&", "&amp;", x, fixed = TRUE)
  x <- gsub("<", "&lt;", x, fixed = TRUE)
  gsub(">", "&gt;", x, fixed = TRUE)
}

inline <- function(x) gsub("`([^`]+)`", "<code>\\1</code>", escape(x))

close_section <- function() {
  if (is.null(begun)) {
    return(invisible())
  }
  put(sprintf("<p class=\"time\">This section took %.1f s.</p></section>",
    proc.time()[["elapsed"]] - begun))
  begun <<- NULL
}

demo_section <- function(title, intro) {
  close_section()
  begun <<- proc.time()[["elapsed"]]
  id <- paste0("s", length(toc) + 1)
  toc <<- c(toc, sprintf("<li><a href=\"#%s\">%s</a></li>", id, escape(title)))
  put("<section id=\"", id, "\"><h2>", escape(title), "</h2>")
  if (!missing(intro)) demo_text(intro)
}

demo_text <- function(...) put("<p>", inline(paste0(...)), "</p>")

# Evaluated where the section is, so that what it assigns stays.
demo_code <- function(expr) {
  call <- substitute(expr)
  env <- parent.frame()
  lines <- if (identical(call[[1]], quote(`{`))) as.list(call)[-1] else list(call)
  source <- attr(call, "srcref")
  text <- if (is.null(source)) {
    vapply(lines, \(l) paste(deparse(l, width.cutoff = 78), collapse = "\n"), "")
  } else {
    vapply(source[-1], \(s) paste(as.character(s), collapse = "\n"), "")
  }
  put("<pre class=\"code\">", escape(paste(text, collapse = "\n")), "</pre>")
  printed <- utils::capture.output(for (l in lines) {
    value <- withVisible(eval(l, env))
    if (value$visible) print(value$value)
  })
  if (length(printed)) put("<pre class=\"out\">", escape(paste(printed, collapse = "\n")), "</pre>")
}

demo_plot <- function(expr, alt, width = 8, height = 5) {
  call <- substitute(expr)
  env <- parent.frame()
  file <- tempfile(fileext = ".svg")
  grDevices::svg(file, width = width, height = height, pointsize = 11)
  eval(call, env)
  grDevices::dev.off()
  text <- paste(readLines(file), collapse = "\n")
  unlink(file)
  put("<img alt=\"", escape(alt), "\" src=\"data:image/svg+xml,",
    utils::URLencode(text, reserved = TRUE), "\">")
  put("<p class=\"caption\">", inline(alt), "</p>")
}

demo_table <- function(df) {
  cells <- lapply(df, \(v) if (is.numeric(v)) format(v, digits = 4) else as.character(v))
  row <- function(tag, v) paste0("<", tag, ">", escape(v), "</", tag, ">", collapse = "")
  body <- vapply(seq_len(nrow(df)), \(i) paste0("<tr>", row("td", vapply(cells, `[[`, "", i)), "</tr>"), "")
  put("<table><tr>", row("th", names(df)), "</tr>", paste(body, collapse = ""), "</table>")
}

style <- "
body { font: 17px/1.55 Georgia, 'Times New Roman', serif; color: #1a1a1a; background: #fff;
  max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { font-family: Helvetica, Arial, sans-serif; line-height: 1.2; }
h2 { margin-top: 3rem; border-top: 2px solid #1a1a1a; padding-top: 1rem; }
pre { font: 13px/1.45 Menlo, Consolas, monospace; overflow-x: auto; padding: .7rem .9rem; }
pre.code { background: #f1f4f8; border-left: 4px solid #0072b2; margin-bottom: 0; }
pre.out { border-left: 4px solid #ddd; margin-top: 0; }
code { font: 14px Menlo, Consolas, monospace; background: #f1f4f8; padding: 0 .2em; }
img { width: 100%; height: auto; }
table { border-collapse: collapse; font-size: 15px; margin: 1rem 0; }
th, td { padding: .25rem .8rem .25rem 0; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; }
.caption, .time { color: #555; font-size: 15px; } .time { font-style: italic; }
nav li { margin: .2rem 0; }"

for (family in c("surv", "kde", "expfam", "rdd", "wls")) {
  file <- file.path("tools", "demo", paste0(family, ".R"))
  if (!file.exists(file)) next
  cat("demo:", family, "\n")
  set.seed(1)
  eval(parse(file, keep.source = TRUE), new.env(parent = globalenv()))
  close_section()
}

version <- utils::packageVersion("distest")
html <- c(
  "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">",
  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
  "<title>distest: distributions, estimated</title><style>", style, "</style></head><body>",
  "<h1>distest: distributions, estimated</h1>",
  sprintf("<p>Version %s on %s, made by <code>make demo</code>. Every number and picture below was computed just now.</p>",
    version, escape(R.version.string)),
  "<nav><ul>", toc, "</ul></nav>", page, "</body></html>"
)
writeLines(html, out, useBytes = TRUE)
cat("wrote", out, "\n")
