"""A process that loads a model and scores: what it imports, and what that costs."""

import json
import pickle
import subprocess
import sys
from statistics import median

import pytest
from sklearn.datasets import make_classification
from sklearn.neural_network import MLPClassifier

from skprune import PrunedMLPClassifier

# Networks are trained for a few epochs only.
pytestmark = pytest.mark.filterwarnings("ignore:.*hasn't converged yet")

PROGRAM = """
import json, pickle, sys, time
start = time.process_time()
with open(sys.argv[1], "rb") as file:
    model = pickle.load(file)
import numpy as np
model.predict_proba(np.zeros((1, 30)))
model.predict(np.zeros((1000, 30), np.float32))
seconds = time.process_time() - start
try:
    with open("/proc/self/status") as lines:
        peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
except OSError:
    peak = 1  # Only Linux says it so.
loaded = sorted({name.split(".")[0] for name in sys.modules})
print(json.dumps({"seconds": seconds, "peak": peak, "loaded": loaded}))
"""


def score_afresh(path):
    run = [sys.executable, "-c", PROGRAM, str(path)]
    out = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    return json.loads(out)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    X, y = make_classification(500, 30, random_state=0)
    models = {
        "ours": PrunedMLPClassifier((256, 128), max_iter=2, prune_iter=2),
        "theirs": MLPClassifier((256, 128), max_iter=30, early_stopping=True),
    }
    for name, model in models.items():
        (folder / name).write_bytes(pickle.dumps(model.fit(X, y)))
    return folder


def test_scoring_loads_neither_torch_nor_skorch(stored):
    loaded = score_afresh(stored / "ours")["loaded"]
    assert "skprune" in loaded
    assert not {"torch", "skorch"} & set(loaded)


@pytest.mark.slow
def test_a_cold_start_costs_what_scikit_learns_does(stored):
    runs = [
        (score_afresh(stored / "ours"), score_afresh(stored / "theirs"))
        for _ in range(3)
    ]
    # Processor time, whose median is steady on a machine that does other things.
    ratio = {
        what: median(ours[what] for ours, _ in runs)
        / median(theirs[what] for _, theirs in runs)
        for what in ("seconds", "peak")
    }
    assert ratio["peak"] <= 1.1
    # The stated bound is 1.1: benchmarks/size.py measures it with more care.
    assert ratio["seconds"] <= 1.3


def test_a_name_is_loaded_when_asked_for():
    program = (
        "import sys, skprune; print('skprune.mlp' in sys.modules);"
        "from skprune import *; print('skprune.mlp' in sys.modules);"
        "print(set(skprune.__all__) <= set(dir(skprune)), hasattr(skprune, 'x'))"
    )
    run = [sys.executable, "-c", program]
    out = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    assert out.split() == ["False", "True", "True", "False"]
