# Conditions: what goes wrong has a class, names the argument and says what to do.

# The call the user made: the first one on the stack that is ours, or the generic that
# led to it.
user_call <- function() {
  ours <- topenv()
  for (i in seq_len(sys.nframe())) {
    if (!identical(topenv(environment(sys.function(i))), ours)) next
    before <- if (i > 1) called_name(sys.call(i - 1)) else ""
    if (nzchar(before) && startsWith(called_name(sys.call(i)), paste0(before, "."))) {
      return(sys.call(i - 1))
    }
    return(sys.call(i))
  }
  NULL
}

# "fit" of fit(x) and distest::fit(x), "" where no name was called.
called_name <- function(call) {
  name <- call[[1]]
  if (is.call(name) && length(name) == 3) name <- name[[3]]
  if (is.name(name)) as.character(name) else ""
}

# `class`: finer classes that stand in front of the general kind.
distest_error <- function(kind, message, argument = NULL, value = NULL, class = NULL,
                          call = user_call(), ...) {
  stop(errorCondition(
    message, ..., argument = argument, value = value, call = call,
    class = c(class, paste0("distest_error_", kind), "distest_error")
  ))
}

distest_warning <- function(kind, message, argument = NULL, value = NULL, class = NULL,
                            call = user_call()) {
  warning(warningCondition(
    message, argument = argument, value = value, call = call,
    class = c(class, paste0("distest_warning_", kind), "distest_warning")
  ))
}

# Facts about automatic choices: rare.
distest_message <- function(..., class = NULL) {
  text <- paste0(..., "\n")
  message(structure(
    class = c(class, "distest_message", "message", "condition"),
    list(message = text, call = NULL)
  ))
}

bad_argument <- function(argument, format, ..., kind = "invalid", value = NULL,
                         class = NULL) {
  text <- paste0("`", argument, "` ", sprintf(format, ...))
  distest_error(kind, text, argument = argument, value = value, class = class)
}

# "a", "b" and "c"
enumerate <- function(x, quote = "\"", last = " and ") {
  x <- paste0(quote, x, quote)
  if (length(x) < 2) {
    return(x)
  }
  paste0(paste(x[-length(x)], collapse = ", "), last, x[[length(x)]])
}

# The first few row numbers, and how many there are: "rows 3, 8, 9, ... (12 in all)"
name_rows <- function(rows) {
  shown <- paste(utils::head(rows, 5), collapse = ", ")
  if (length(rows) <= 5) {
    return(paste0(if (length(rows) == 1) "row " else "rows ", shown))
  }
  sprintf("rows %s, ... (%d in all)", shown, length(rows))
}

# "1 row", "3 rows", "1,200 rows"
count_text <- function(n, noun, plural = paste0(noun, "s")) {
  paste(format_count(n), if (n == 1) noun else plural)
}

# The body of a method that does not exist for this class.
unsupported <- function(method, object, instead) {
  distest_error("unsupported", sprintf("There is no %s() for an object of class %s; %s.",
    method, class(object)[[1]], sub("[.]$", "", instead)), argument = "object")
}
