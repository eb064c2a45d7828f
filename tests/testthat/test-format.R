test_that("coefficient blocks are aligned and leave missing numbers blank", {
  table <- rbind(a = c(1.23456, 0.5), "a long name" = c(-10, NA))
  colnames(table) <- c("estimate", "std_error")
  expect_identical(capture.output(print_coefficients(table, 4)), c(
    "               estimate  std_error",
    "  a               1.235        0.5",
    "  a long name       -10"
  ))
})

test_that("lines keep to the width", {
  old <- options(width = 120)
  on.exit(options(old))
  expect_lte(max(nchar(capture.output(write_lines(strrep("word ", 60))))), 80)
  expect_lte(max(nchar(capture.output(write_block("label ", rep("piece", 40))))), 80)
})

test_that("numbers do not depend on OutDec being a point for the code to work", {
  old <- options(OutDec = ",", digits = 4)
  on.exit(options(old))
  expect_identical(format_number(1.5), "1,5")
  expect_identical(number_digits(), 3L)
})

test_that("calls keep to the width, counts have no exponent", {
  call <- quote(surv_fit(formula = survival::Surv(time, status) ~ trt + karno, data = vet,
    gamma = ~trt))
  expect_lte(max(nchar(capture.output(write_call(call)))), 80)
  expect_identical(format_count(c(2e5, 12.5)), c("200,000", "12.5"))
  expect_identical(format_count(200000), "200,000")
})
