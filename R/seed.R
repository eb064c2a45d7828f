# Random numbers with a seed of their own: R's state is left as it was.

with_seed <- function(seed, code) {
  if (is.null(seed)) {
    return(code)
  }
  check_seed(seed)
  used <- exists(".Random.seed", envir = globalenv(), inherits = FALSE)
  old <- if (used) random_state()
  on.exit(if (used) {
    assign(".Random.seed", old, envir = globalenv())
  } else {
    rm(".Random.seed", envir = globalenv())
  })
  set.seed(seed)
  code
}

check_seed <- function(seed, argument = "seed") {
  good <- is.numeric(seed) && length(seed) == 1 && is.finite(seed) &&
    seed == floor(seed) && abs(seed) <= .Machine$integer.max
  if (!good) bad_argument(argument, "must be a whole number or NULL, not %s.",
    describe(seed))
  seed
}

# The state of R's generator, which is set up first where it has not been used.
random_state <- function() {
  if (!exists(".Random.seed", envir = globalenv(), inherits = FALSE)) stats::runif(1)
  get(".Random.seed", envir = globalenv(), inherits = FALSE)
}

# The attribute "seed" that simulate() gives its result in package stats: the state
# before the draws, or the seed with the kind of generator.
simulate_seed <- function(seed) {
  if (is.null(seed)) {
    return(random_state())
  }
  structure(check_seed(seed), kind = as.list(RNGkind()))
}
