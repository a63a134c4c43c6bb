#!/usr/bin/env bash
# nlu_data/test.sh MODEL.tar.gz [SENTENCES] [--json]: how well a model does on holdout/, sentences it never saw.
set -euo pipefail
. "$(dirname "$0")/env.sh"

model="$(realpath -m "${1:?usage: test.sh MODEL.tar.gz [SENTENCES] [--json]}")"
shift
if [ ! -f "$model" ]; then
  echo "No model at $model: run nlu_data/train.sh $model" >&2
  exit 1
fi
cd "$NLU_DATA"
"$NLU_PYTHON" evaluate.py "$model" "$@" 2> >(grep -E "^(Traceback|  File|[A-Za-z.]+(Error|Exception))" >&2)
