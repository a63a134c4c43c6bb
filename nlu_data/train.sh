#!/usr/bin/env bash
# nlu_data/train.sh MODEL.tar.gz [PROJECT]: train on config.yml, domain.yml and data/ of a project (this folder, if none
# is named), and put the model there in one step. Lookups are always those of this folder.
set -euo pipefail
. "$(dirname "$0")/env.sh"
# Unlike a parse, the large matrices of training are worth sharing; sentences are shared out among processes.
export OPENBLAS_NUM_THREADS="$(nproc)"

model="$(realpath -m "${1:?usage: train.sh MODEL.tar.gz [PROJECT]}")"
project="$(realpath -m "${2:-$NLU_DATA}")"
# A second now instead of a minute later: every mistake in the sentences at once, by file and line.
"$NLU_PYTHON" "$NLU_DATA/validate.py" "$project" >&2
mkdir -p "$(dirname "$model")"
# Beside its place, so that the last step is a rename and nobody ever reads half a model.
work="$(mktemp -d "$(dirname "$model")/.training.XXXXXX")"
trap 'rm -rf "$work"' EXIT

cd "$NLU_DATA"
echo "nlu: training, about a minute"
if ! "$NLU_PYTHON" train.py train nlu \
    --config "$project/config.yml" --domain "$project/domain.yml" --nlu "$project/data" \
    --out "$work" --fixed-model-name model 2>&1 \
    | tee "$work/log" | sed -nu "s/.*Starting to train component '\(.*\)'.*/nlu:   \1/p"; then
  cat "$work/log" >&2
  echo "nlu: training failed; what was at $model is still there" >&2
  exit 1
fi
mv "$work/model.tar.gz" "$model"
echo "nlu: $model"
