#!/usr/bin/env bash
# Makes .venv-nlu, the environment Rasa lives in, from the locked lists beside this file. Does nothing when it is there.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
venv="$root/.venv-nlu"
locks=("$root/nlu_data/requirements.txt" "$root/nlu_data/requirements-rasa.txt")
stamp="$venv/.installed"
wanted="$(cat "${locks[@]}" | sha256sum | cut -d' ' -f1)"

if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
  exit 0
fi
if [ ! -x "$root/.venv/bin/uv" ]; then
  echo "uv is missing: make the application's environment first (.venv, requirements.txt)" >&2
  exit 1
fi
echo "nlu: making .venv-nlu for Python 3.11"
"$root/.venv/bin/uv" venv --quiet --clear --python 3.11 "$venv"
echo "nlu: installing what Rasa needs (about 1 GB the first time)"
"$root/.venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --require-hashes --requirement "${locks[0]}"
echo "nlu: installing Rasa 3.6.21"
# pip, because only pip can be told that Rasa's bound on Python does not matter.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --ignore-requires-python \
  --require-hashes --requirement "${locks[1]}"
echo "$wanted" > "$stamp"
echo "nlu: ready"
