# What every Rasa command here runs under; sourced by the scripts beside it.
NLU_DATA="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
NLU_PYTHON="$NLU_DATA/../.venv-nlu/bin/python"

export PYTHONPATH="$NLU_DATA"          # config.yml names components.*
export PYTHONWARNINGS=ignore           # deprecations inside Rasa's dependencies, nothing to mend here
export SQLALCHEMY_SILENCE_UBER_WARNING=1
export RASA_TELEMETRY_ENABLED=false
export RASA_MAX_CACHE_SIZE=0           # the cache does not see lookups/, so it could hand back a stale tokenizer
export LOG_LEVEL_LIBRARIES=ERROR
export TF_CPP_MIN_LOG_LEVEL=3
# One thread: a sentence is too little work to share, and the processors belong to the web processes too.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1

if [ ! -x "$NLU_PYTHON" ]; then
  echo "The Rasa environment is missing: run nlu_data/install.sh" >&2
  exit 1
fi
