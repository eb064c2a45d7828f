#!/bin/sh
# Installs what a goal needs and this machine lacks. Usage: setup.sh build|demo|check
# Looks first: a machine that has everything is left alone and needs neither rights nor
# network.
set -u
cd "$(dirname "$0")/.." || exit 1
goal=${1-build}
rlib=$PWD/_build/rlib

has() { command -v "$1" >/dev/null 2>&1; }
header() { has cc && printf '#include <%s>\n' "$1" | cc -E - >/dev/null 2>&1; }

openblas() { # a fast BLAS is not found by its header
  for f in /usr/lib/*/libopenblas.so* /usr/lib/*/openblas*/libopenblas.so* \
           /usr/lib*/libopenblas.so*; do
    [ -e "$f" ] && return 0
  done
  return 1
}

# Package names of a field of DESCRIPTION, without versions and what comes with R.
field() {
  awk -v f="$1:" 'index($0, f) == 1 { on = 1; print substr($0, length(f) + 1); next }
                  /^[^ \t]/ { on = 0 } on' DESCRIPTION |
    sed 's/([^)]*)//g' | tr ',' '\n' | tr -d ' \t' |
    grep -vE '^(|R|stats|graphics|grDevices|utils|methods|tools|parallel|grid|splines)$'
}
missing_r() { # of the names given, those R cannot find
  has Rscript || { echo "$@"; return; }
  Rscript --vanilla -e '
    .libPaths(c(commandArgs(TRUE)[1], .libPaths()))
    p <- commandArgs(TRUE)[-1]
    cat(p[!vapply(p, function(x) nzchar(system.file(package = x)), NA)])' "$rlib" "$@"
}

look() {
  need=''
  has cc && has make || need="$need build-essential"
  has pkg-config || need="$need pkg-config"
  header gsl/gsl_version.h || need="$need libgsl-dev"
  header lapacke.h || need="$need liblapacke-dev"
  openblas || need="$need libopenblas-dev"
  rneed=''
  [ "$goal" = build ] && return
  { has Rscript && has gfortran; } || need="$need r-base-dev"
  packages=$(field Imports)
  [ "$goal" = demo ] && packages="$packages survival MASS"
  if [ "$goal" = check ]; then
    packages="$packages $(field Suggests)"
    has pandoc || need="$need pandoc"
    has qpdf || need="$need qpdf"
    has tidy || need="$need tidy"
    has checkbashisms || need="$need devscripts"
  fi
  # the names are separate words
  # shellcheck disable=SC2086
  rneed=$(missing_r $packages)
}

as_root() { # runs a command with rights, or says so
  if [ "$(id -u)" = 0 ]; then "$@"
  elif has sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then sudo "$@"
  else return 126
  fi
}

from_debian() {
  packages=$need
  for p in $rneed; do
    packages="$packages r-cran-$(echo "$p" | tr '[:upper:]' '[:lower:]')"
  done
  if [ "$(id -u)" != 0 ] && ! { has sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; }; then
    echo "As an administrator: apt-get install$packages" >&2
    exit 1
  fi
  apt="env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends
       -o DPkg::Lock::Timeout=900 -o Acquire::Retries=3"
  known=''
  for attempt in first second; do
    known=''
    for p in $packages; do # what the distribution does not carry comes from CRAN below
      case $p in
        r-cran-*) apt-cache show "$p" >/dev/null 2>&1 && known="$known $p" ;;
        *) known="$known $p" ;;
      esac
    done
    # shellcheck disable=SC2086
    [ -z "$known" ] || as_root $apt install $known && {
      [ "$attempt" = second ] || [ "$(printf '%s' "$known" | wc -w)" = "$(printf '%s' "$packages" | wc -w)" ] && return 0
    }
    [ "$attempt" = first ] && as_root $apt update
  done
}

from_cran() {
  mkdir -p "$rlib"
  # shellcheck disable=SC2086
  Rscript --vanilla -e '
    if (identical(unname(getOption("repos")["CRAN"]), "@CRAN@")) chooseCRANmirror(ind = 1)
    .libPaths(c(commandArgs(TRUE)[1], .libPaths()))
    install.packages(commandArgs(TRUE)[-1], lib = commandArgs(TRUE)[1])' "$rlib" $rneed
}

look
[ -z "$need$rneed" ] && exit 0
echo "distest: missing:$need${rneed:+; R packages: $rneed}"
if has apt-get; then
  from_debian || true
elif has dnf; then
  as_root dnf install -y gcc make pkgconf gsl-devel lapack-devel openblas-devel R-core-devel
elif has brew; then
  brew install gsl lapack pkg-config r
else
  echo "Please install:$need, and the R packages: $rneed" >&2
  exit 1
fi
look
if [ -n "$rneed" ] && has Rscript; then
  from_cran
  look
fi
if [ -n "$need$rneed" ]; then
  echo "distest: still missing:$need $rneed" >&2
  exit 1
fi
