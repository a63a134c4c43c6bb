#!/usr/bin/env bash
# nlu_data/parse.sh MODEL.tar.gz [SENTENCES]: what a model makes of every sentence (holdout/ if none is named), as JSON lines.
set -euo pipefail
. "$(dirname "$0")/env.sh"

model="$(realpath -m "${1:?usage: parse.sh MODEL.tar.gz [SENTENCES]}")"
sentences="$(realpath -m "${2:-$NLU_DATA/holdout}")"
if [ ! -f "$model" ]; then
  echo "No model at $model: run nlu_data/train.sh $model" >&2
  exit 1
fi
if [ ! -e "$sentences" ]; then
  echo "No sentences at $sentences" >&2
  exit 1
fi
cd "$NLU_DATA"
exec "$NLU_PYTHON" parse_all.py "$model" "$sentences"
