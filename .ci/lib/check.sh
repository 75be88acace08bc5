# Prints a line per check. Sourced; needs a function explain_failure.
# shellcheck shell=bash

ok() { echo "ok  $1"; }

# Prints the end of a log, and ends the run.
fail() {
  echo "FAILED  $1"
  has_failed=1
  [ ! -s "${2:-}" ] || tail -n 40 "$2"
  explain_failure
  exit 1
}

# check DESCRIPTION COMMAND…: the command's output is printed only if it fails.
check() {
  local description=$1 started=$SECONDS
  shift
  # As a condition, the command would run on after a failure.
  set +e
  (
    set -e
    "$@"
  ) >"${work:?}/check.log" 2>&1
  local status=$?
  set -e
  [ $status = 0 ] || fail "$description" "$work/check.log"
  ok "$description ($((SECONDS - started)) s)"
}

# until_true SECONDS COMMAND…
until_true() {
  local seconds=$1
  shift
  for _ in $(seq "$seconds"); do
    "$@" && return
    sleep 1
  done
  return 1
}

# Not every command is a check.
report_exit() { [ "$1" = 0 ] || [ -n "${has_failed:-}" ] || echo "FAILED  between checks: exit code $1"; }
