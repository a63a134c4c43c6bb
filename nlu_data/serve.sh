#!/usr/bin/env bash
# NLU_TOKEN=<token> nlu_data/serve.sh MODEL.tar.gz PORT
# Runs the Rasa server in the foreground on 127.0.0.1. The first parse is slow: warm it up before relying on it.
set -euo pipefail
. "$(dirname "$0")/env.sh"

model="$(realpath -m "${1:?usage: NLU_TOKEN=... serve.sh MODEL.tar.gz PORT}")"
port="${2:?usage: NLU_TOKEN=... serve.sh MODEL.tar.gz PORT}"
: "${NLU_TOKEN:?set NLU_TOKEN: the server refuses requests without it}"

if ! tar -xzOf "$model" metadata.json >/dev/null 2>&1; then
  echo "No readable model at $model: run nlu_data/train.sh $model" >&2
  exit 1
fi
cd "$NLU_DATA"
exec "$NLU_PYTHON" serve.py "$model" "$port"
