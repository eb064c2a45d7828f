# What the pictures share: colours that are safe for colour-blind readers and readable in
# grey, bands, frames.

plot_colours <- function(n) {
  rep_len(grDevices::palette.colors(8, "Okabe-Ito")[c(6, 7, 4, 2, 3, 8, 5, 1)], n)
}

faded <- function(colour, alpha = 0.2) grDevices::adjustcolor(colour, alpha.f = alpha)

# A band between lower and upper, left out where either is missing.
draw_band <- function(x, lower, upper, colour) {
  keep <- is.finite(x) & is.finite(lower) & is.finite(upper)
  if (sum(keep) < 2) {
    return(invisible())
  }
  graphics::polygon(c(x[keep], rev(x[keep])), c(lower[keep], rev(upper[keep])),
    border = NA, col = faded(colour))
}

# An empty frame with its axes; what the user gives in `...` wins over `defaults`.
open_plot <- function(defaults, ...) {
  settings <- utils::modifyList(c(list(x = NA, las = 0, bty = "l", type = "n"), defaults),
    list(...))
  do.call(graphics::plot, settings)
}

# A ggplot of a table; columns by name: gg_start(d, "autoplot()", x = "time").
gg_start <- function(data, purpose, ...) {
  check_package("ggplot2", purpose)
  ggplot2::ggplot(data, gg_aes(...))
}

gg_aes <- function(...) do.call(ggplot2::aes, lapply(list(...), as.name))

# The data frame that a picture returns, drawn on a device that shows nothing.
picture_data <- function(picture) {
  before <- grDevices::dev.cur()
  grDevices::pdf(NULL)
  on.exit({
    grDevices::dev.off()
    if (before > 1) grDevices::dev.set(before)
  })
  picture
}
