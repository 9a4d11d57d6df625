#!/usr/bin/env bash
# One run on a machine with a GPU, of at most eight minutes: the tests that compare it with the processor, then what it is worth.
#
#     benchmarks/gpu.sh [PYTHON] [FIGURES]
#
# PYTHON has cellswap, pytest and a torch that can use the GPU (else .venv/bin/python). Nothing else is needed: crops are noise and
# weights are drawn, which changes nothing about the work. Figures go to FIGURES (else gpu.jsonl), a line each as they come, and as
# a table to the end of what is printed. The exit code is that of the tests.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
python=${1:-.venv/bin/python}
figures=${2:-gpu.jsonl}
export PYTHONSAFEPATH=1 PYTHONUNBUFFERED=1 PYTHONPATH="$PWD/benchmarks${PYTHONPATH:+:$PYTHONPATH}"
"$python" -c 'import torch; raise SystemExit(0 if torch.cuda.is_available() else "no GPU that torch can use")' || exit
timeout 180 "$python" -m pytest -q tests/gpu tests/property/test_compose.py
tested=$?
timeout 300 "$python" benchmarks/gpu.py | tee "$figures"
"$python" benchmarks/gpu.py --table "$figures"
exit "$tested"
