# Targets that look long and hard; part of the top-level Makefile. Clang is needed by
# tsan and fuzz: gcc's OpenMP is not built for the thread sanitizer, which then reports
# races that are none.

CLANG ?= $(firstword $(shell for c in clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14; do command -v $$c; done))
CLANG_LIB = $(dir $(shell $(CLANG) -print-runtime-dir 2>/dev/null))../../..

#: make tsan        C tests under clang's thread sanitizer, two threads
.PHONY: tsan
tsan:
	@[ -n "$(CLANG)" ] || { echo "tsan needs clang, libomp and its compiler-rt"; exit 1; }
	@OMP_NUM_THREADS=2 OMP_TOOL_LIBRARIES=$$(ls $(CLANG_LIB)/libarcher.so 2>/dev/null) \
	  TSAN_OPTIONS=ignore_noninstrumented_modules=1 TEST_SECONDS=900 \
	  $(MAKE) --no-print-directory check-c SAN=tsan CC=$(CLANG) OMP_FLAGS=-fopenmp

#: make oom         every allocation fails in turn, those of GSL and LAPACKE included
.PHONY: oom
OOM_TESTS = $(sort $(basename $(notdir $(shell grep -lE 'check_out_of_memory|check_cancel' tests/c/test_*.c))))
oom:
	@OMP_NUM_THREADS=1 CHECK_POINTS=1 $(MAKE) --no-print-directory check-c SAN=oom \
	  TESTS="$(OOM_TESTS)" > $(B)/oom.log 2>&1; status=$$?; cat $(B)/oom.log; \
	  awk -v status=$$status '/allocations refused/ { a += $$2; p += $$5 } \
	    END { print "oom: " a " allocations refused, " p " polls cancelled, " (status ? "FAILED" : "every one came back clean") }' \
	    $(B)/oom.log; exit $$status

#: make fuzz        libFuzzer on the public functions; FUZZ_SECONDS=60 for each target
.PHONY: fuzz
FUZZ_SECONDS ?= 60
FUZZ    ?= $(sort $(basename $(notdir $(wildcard tests/fuzz/fuzz_*.c))))
$(B)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(LIBA)
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(Q)$(filter-out -MMD -MP,$(COMPILE)) -Wno-missing-prototypes -fsanitize=fuzzer $< $(LIBA) -o $@ $(LINK)
fuzz-build: $(FUZZ:%=$(B)/fuzz/%)
fuzz:
	@[ -n "$(CLANG)" ] || { echo "fuzz needs clang and its compiler-rt"; exit 1; }
	@$(MAKE) --no-print-directory fuzz-build SAN=fuzz CC=$(CLANG) OMP_FLAGS=-fopenmp
	@sh tools/fuzz.sh $(FUZZ_SECONDS) $(FUZZ:%=$(B)/fuzz/%)

#: make mutants     [MUTANTS=60] [FILES=src/...]: how many small errors the tests notice
.PHONY: mutants
MUTANTS ?= 60
FILES   ?= $(SRCS)
mutants:
	@$(MAKE) --no-print-directory $(B)/libasan/libdistest.a SAN=asan
	@COMPILE='$(filter-out -MMD -MP,$(CC) $(CFLAGS) $(OMP_FLAGS) $(SAN_asan) -std=c11 -w -D_GNU_SOURCE -Iinclude -Isrc/core $(DEP_CFLAGS))' \
	  LINK='$(SAN_asan) $(WRAP_ALLOCATION) $(LINK)' sh tools/mutants.sh $(MUTANTS) $(B)/objasan $(FILES)

#: make coverage    lines and branches that the C tests reach
.PHONY: coverage
coverage:
	@find $(B)/objcov -name '*.gcda' -exec rm -f {} + 2>/dev/null || true
	@$(MAKE) --no-print-directory check-c SAN=cov
	@sh tools/coverage.sh $(B)/objcov $(B)/testscov

#: make docs        the C interface as HTML, _build/doc/html; warnings are errors
.PHONY: docs
docs:
	@VERSION=$(VERSION) sh tools/docs.sh

#: make abi         the shared library against that of the last release
.PHONY: abi
abi:
	@MAKE="$(MAKE)" SOVERSION=$(SOVERSION) sh tools/abi.sh $(LIBSO)
