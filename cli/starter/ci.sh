#!/bin/sh
# Everything that must hold before a change of the rules goes in, here and on any build server: status 0 if it does.
# All steps run, so that one run tells everything. On GitHub what is found shows up as annotations of the lines.
#   ./ci.sh [FOLDER]             the folder with the rules; the one that this script lies in if none is named
#   MIN=70% ./ci.sh              how much of the rules the tests have to see; 90% if nothing is said
#   JUNIT=junit.xml ./ci.sh      writes the outcomes of the tests to this file, too
set -u
if [ $# -eq 0 ]; then cd "$(dirname "$0")" || exit 2; fi
rules=${1:-.}
format=text layout=--diff failed=""
if [ "${GITHUB_ACTIONS:-}" = true ]; then format=github layout=--format=github; fi

step() {
  echo "== leadscore $*"
  leadscore "$@" || failed="$failed $1"
}

step check --format "$format" "$rules"
step fmt --check "$layout" "$rules"
step test --format "$format" --coverage --min "${MIN:-90%}" ${JUNIT:+--junit "$JUNIT"} "$rules"
step prove --format "$format" "$rules"

if [ -n "$failed" ]; then
  echo "not in order:$failed" >&2
  exit 1
fi
echo "all in order"
