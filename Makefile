# distest: the C library, its tests, and the R package. GNU make.
# `make help` lists the targets; tools/checks.mk has those that only look.

VERSION   := $(shell sed -n 's/^Version: *//p' DESCRIPTION)
SOVERSION := 0
B         := _build

# These goals must not look for libraries before the set-up has installed them.
NEEDS_CONFIG := $(filter-out help demo check clean distclean format,$(or $(MAKECMDGOALS),all))
ifneq ($(NEEDS_CONFIG),)
-include $(B)/config.mk
endif

prefix     ?= /usr/local
PREFIX     ?= $(prefix)
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DESTDIR    ?=
R          ?= R
RLIB       := $(abspath $(B)/rlib)
SAN        ?=
WERROR     ?=
# V=1 shows the commands
V          ?= 0
Q          := $(if $(filter 0,$(V)),@)

WARN = -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
       -Wmissing-prototypes -Wconversion -Wvla $(WERROR)
SAN_asan = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1
SAN_tsan = -fsanitize=thread -O1 -Wno-pass-failed
SAN_cov  = --coverage -O0
SAN_fuzz = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -O1 -Wno-pass-failed
COMPILE  = $(CC) $(WARN) $(CFLAGS) -fPIC -fvisibility=hidden $(OMP_FLAGS) $(SAN_$(SAN)) \
           -Iinclude -Isrc/core $(DEP_CFLAGS) -MMD -MP
LINK     = $(LDFLAGS) $(OMP_FLAGS) $(DEP_LIBS) -ldl -lpthread
# GSL and LAPACKE from their static libraries, so that their allocations fail, too
STATIC   = -Wl,-Bstatic
DYNAMIC  = -Wl,-Bdynamic
LINK_oom = $(LDFLAGS) $(OMP_FLAGS) -ldl -lpthread \
           $(foreach l,$(DEP_LIBS),$(if $(filter -lgsl -llapacke,$l),$(STATIC) $l $(DYNAMIC),$l))

# The sources, from the one list: all of it but the glue to R.
SRCS    := $(patsubst %.o,src/%.c,$(filter-out init.o r/%,$(filter %.o,$(shell sed 's/\#.*//' src/Makevars.in))))
FAMILIES := $(patsubst include/distest/%.h,%,$(filter-out %/version.h %/core.h %/gsl.h,$(wildcard include/distest/*.h)))
API     := include/distest/core.h $(FAMILIES:%=include/distest/%.h)
HEADERS := include/distest/version.h include/distest/gsl.h $(API)
OBJS    := $(SRCS:src/%.c=$(B)/obj$(SAN)/%.o)
LIBA    := $(B)/lib$(SAN)/libdistest.a
LIBSO   := $(B)/lib/libdistest.so.$(VERSION)

#: make             the C library, static and shared, in _build/lib
.PHONY: all lib rapi
all: lib rapi
lib: $(LIBA) $(LIBSO)

$(B)/config.mk: configure
	./configure
$(B)/obj$(SAN)/%.o: src/%.c $(B)/config.mk
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(Q)$(COMPILE) -c $< -o $@
-include $(OBJS:.o=.d)
$(LIBA): $(OBJS)
	@mkdir -p $(@D)
	@echo "  AR $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(LIBSO): $(OBJS)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) -shared -Wl,-soname,libdistest.so.$(SOVERSION) -Wl,-z,defs -o $@ $^ $(LINK)
	$(Q)ln -sf $(@F) $(@D)/libdistest.so.$(SOVERSION)
	$(Q)ln -sf $(@F) $(@D)/libdistest.so

# For packages with LinkingTo: forwarding functions and the table init.c registers.
rapi: include/distest_stubs.c src/callable.h
include/distest_stubs.c: tools/gen-stubs.awk $(API)
	$(Q)awk -v mode=stubs -f $< $(API) > $@.new && mv $@.new $@
src/callable.h: tools/gen-stubs.awk $(API)
	$(Q)awk -v mode=table -f $< $(API) > $@.new && mv $@.new $@

#: make check       installs what is missing, runs every test; ends with counts
.PHONY: check
check:
	@sh tools/setup.sh check
	@sh tools/check.sh

#: make check-c     C tests; TESTS="test_a test_b" picks, SAN=asan adds sanitizers
.PHONY: check-c
TESTS ?= $(sort $(basename $(notdir $(wildcard tests/c/test_*.c))))
TBIN  := $(TESTS:%=$(B)/tests$(SAN)/%)
WRAP_ALLOCATION = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
$(B)/tests$(SAN)/%: tests/c/%.c $(LIBA)
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(Q)$(COMPILE) $(filter-out -Wmissing-prototypes,$(WARN)) -Wno-missing-prototypes -D_GNU_SOURCE \
	  -MF $@.d $< $(LIBA) -o $@ $(WRAP_ALLOCATION) $(or $(LINK_$(SAN)),$(LINK))
-include $(wildcard $(B)/tests$(SAN)/*.d)
check-c: $(TBIN)
	@sh tools/run-c-tests.sh $(TBIN)

#: make check-r     R CMD check --as-cran of the tarball
.PHONY: check-r pkg
check-r: pkg
	@sh tools/check-r.sh $(B)/distest_$(VERSION).tar.gz
#: make pkg         the R tarball, _build/distest_<version>.tar.gz
pkg: rapi
	@mkdir -p $(B)
	cd $(B) && R_LIBS=$(RLIB) $(R) CMD build .. >build.log 2>&1 || { cat build.log; exit 1; }

#: make install     [PREFIX=/usr/local] [DESTDIR=]: headers, libraries, distest.pc
.PHONY: install uninstall
install: lib
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)/distest
	install -m 644 include/distest.h $(DESTDIR)$(INCLUDEDIR)/
	install -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)/distest/
	install -m 644 $(LIBA) $(DESTDIR)$(LIBDIR)/
	install -m 755 $(LIBSO) $(DESTDIR)$(LIBDIR)/
	cp -P $(B)/lib/libdistest.so.$(SOVERSION) $(B)/lib/libdistest.so $(DESTDIR)$(LIBDIR)/
	sed -e 's|@prefix@|$(PREFIX)|' -e 's|@libdir@|$(LIBDIR)|' -e 's|@includedir@|$(INCLUDEDIR)|' \
	    -e 's|@version@|$(VERSION)|' -e 's|@libs_private@|$(DEP_LIBS) $(OMP_FLAGS) -ldl -lpthread|' \
	    tools/distest.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/distest.pc
#: make uninstall   takes away what install put there
uninstall:
	rm -rf $(DESTDIR)$(INCLUDEDIR)/distest
	rm -f $(DESTDIR)$(INCLUDEDIR)/distest.h $(DESTDIR)$(LIBDIR)/libdistest.* $(DESTDIR)$(LIBDIR)/pkgconfig/distest.pc

#: make demo        installs what is missing, fits real data, writes _build/demo.html
.PHONY: demo rinstall
demo:
	@sh tools/setup.sh demo
	@$(MAKE) --no-print-directory rinstall
	R_LIBS=$(RLIB) Rscript --vanilla tools/demo.R $(B)/demo.html
# the R package into _build/rlib
rinstall: rapi
	@mkdir -p $(RLIB)
	R_LIBS=$(RLIB) MAKEFLAGS=-j2 $(R) CMD INSTALL --library=$(RLIB) . >$(B)/install.log 2>&1 || { tail -n 40 $(B)/install.log; exit 1; }

#: make cheatsheet  two pages that fit on a wall, _build/cheatsheet.pdf
.PHONY: cheatsheet
cheatsheet: rinstall
	R_LIBS=$(RLIB) Rscript --vanilla tools/cheatsheet.R $(B)/cheatsheet.pdf

#: make bench       [FAMILY=surv]: ours against a peer or a limit, as CSV
.PHONY: bench
FAMILY ?= $(FAMILIES)
BENCH_C = $(foreach f,$(FAMILY),$(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/$(f)_*.c)))
$(B)/bench/%: tests/bench/%.c $(LIBA)
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(Q)$(COMPILE) $(foreach f,$(FAMILIES),-Isrc/$(f)) -MF $@.d $< $(LIBA) -o $@ $(LINK)
bench: rinstall $(BENCH_C)
	@echo "family,case,ours,peer or limit,ratio,target,pass"
	@for b in $(BENCH_C); do $$b || exit 1; done
	@for f in $(FAMILY); do test ! -f tests/bench/$$f.R || R_LIBS=$(RLIB):$$R_LIBS Rscript --vanilla tests/bench/$$f.R || exit 1; done

#: make dist        a source archive
.PHONY: dist clean distclean
dist:
	git archive --prefix=distest-$(VERSION)/ -o $(B)/distest-$(VERSION)-source.tar.gz HEAD
#: make clean       takes away everything made; distclean the R packages, too
clean:
	sh cleanup
	find $(B) -mindepth 1 -maxdepth 1 ! -name rlib -exec rm -rf {} + 2>/dev/null || true
distclean: clean
	rm -rf $(B)

include tools/checks.mk tools/long.mk

#: make help        this list
.PHONY: help
help:
	@sed -n 's/^#: //p' Makefile tools/checks.mk tools/long.mk
