#!/usr/bin/env bash
# nlu_data/parse.sh MODEL.tar.gz [SENTENCES]: what a model makes of every sentence (holdout/ if none is named), as JSON lines.
set -euo pipefail
. "$(dirname "$0")/env.sh"

model="$(realpath -m "${1:?usage: parse.sh MODEL.tar.gz [SENTENCES]}")"
sentences="$(realpath -m "${2:-$NLU_DATA/holdout}")"
for path in "$model" "$sentences"; do
  if [ ! -e "$path" ]; then
    echo "There is nothing at $path" >&2
    exit 1
  fi
done
cd "$NLU_DATA"
exec "$NLU_PYTHON" parse_all.py "$model" "$sentences"
