# Targets that only look; part of the top-level Makefile.

#: make headers     each public header alone, in four language modes
.PHONY: headers
headers: $(B)/config.mk
	@CC="$(CC)" sh tools/check-headers.sh "$(DEP_CFLAGS)"

#: make symbols     libdistest exports distest_* only and calls nothing forbidden
.PHONY: symbols
symbols: lib
	@sh tools/check-symbols.sh $(LIBSO) $(OBJS)

#: make check-install  C, C++ and static programs through pkg-config, in an empty place
.PHONY: check-install
check-install: lib
	@MAKE="$(MAKE)" VERSION=$(VERSION) sh tests/install/run.sh

#: make check-linkingto  an R package that calls the C functions of the installed one
.PHONY: check-linkingto
check-linkingto: rinstall
	@sh tests/linkingto/run.sh $(RLIB)

#: make sanitize    C tests under the address, undefined-behaviour and thread sanitizers
.PHONY: sanitize valgrind
sanitize:
	@sh tools/sum-parts.sh sanitize "$(MAKE) check-c SAN=asan" "$(MAKE) tsan"
#: make valgrind    C tests under memcheck, one thread
# without test_vec: valgrind's own arithmetic does not round like the processor's FMA
valgrind: $(TBIN)
	@OMP_NUM_THREADS=1 TEST_SECONDS=1200 \
	  WRAP='valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite' \
	  sh tools/run-c-tests.sh $(filter-out %/test_vec,$(TBIN))

#: make format      clang-format over src, include and tests/c
.PHONY: format lint
format:
	clang-format -i $(filter-out src/callable.h,$(wildcard src/*.c src/*/*.[ch] include/*.h include/distest/*.h tests/c/*.[ch]))
#: make lint        clang-format, cppcheck, lintr, gcc -fanalyzer
lint: $(B)/config.mk
	@sh tools/lint.sh "$(CC) $(WARN) $(OMP_FLAGS) -Iinclude -Isrc/core $(DEP_CFLAGS)" $(SRCS)
#: make tidy        clang-tidy (slow)
.PHONY: tidy
tidy: $(B)/config.mk
	@sh tools/tidy.sh "-std=c11 $(OMP_FLAGS) -Iinclude -Isrc/core $(DEP_CFLAGS)" $(SRCS)
#: make mpi         a fit pooled over 1, 2 and 3 processes of MPI, where it is installed
.PHONY: mpi
mpi: lib
	@sh tests/mpi/run.sh $(LIBA) "$(LINK)"
