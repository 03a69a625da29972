#!/usr/bin/env bash
# Run the tests with the clock two years ahead: nothing may die of a date.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v faketime >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends faketime >/dev/null
fi
exec faketime -f '+2y' .venv/bin/python -m pytest -q -x "${@:-tests}"
