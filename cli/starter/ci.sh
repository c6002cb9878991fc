#!/bin/sh
# Everything that must hold before a change of the rules goes in, here and on any build server: status 0 if it does.
# All steps run, so that one run tells everything. On GitHub what is found shows up as annotations of the lines.
set -u
cd "$(dirname "$0")" || exit 2
format=text
if [ "${GITHUB_ACTIONS:-}" = true ]; then format=github; fi
failed=""

step() {
  echo "== leadscore $*"
  leadscore "$@" || failed="$failed $1"
}

step check --format "$format" .
step fmt --check --diff .
step test .

if [ -n "$failed" ]; then
  echo "not in order:$failed" >&2
  exit 1
fi
echo "all in order"
