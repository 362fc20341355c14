"""Bytes of a fitted network, and what a cold start costs, beside the peers.

A cold start: a fresh process loads the pickle and scores one row. A first fit: a fresh
process, as each worker of a search with ``n_jobs`` is, imports what it needs and fits a
small network. ``--quick`` starts fewer processes; ``fits`` prints the last table alone.
Linux only, for peak memory is read from /proc.
"""

import json
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from _peers import QUICK, classification, machine, perceptron, pruned, table
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from skprune.export import to_numpy, to_onnx
from skprune.inference import Layer

HIDDEN = (256, 128)
PROGRAM = """
import json, pickle, sys, time
start = time.process_time()
with open(sys.argv[1], "rb") as file:
    model = pickle.load(file)
import numpy as np
model.predict_proba(np.zeros((1, 30)))
with open("/proc/self/status") as lines:
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
print(json.dumps([time.process_time() - start, peak / 1024]))
"""

FIRST_FIT = """
import sys, time
start = time.process_time()
import numpy as np
from {module} import {name}
rng = np.random.default_rng(0)
X = rng.normal(size=(200, 10))
{name}((8,), max_iter=2, random_state=0).fit(X, X[:, 0] > 0)
print(time.process_time() - start, len(sys.modules))
"""


def models() -> dict[str, Any]:
    X, y = classification(5_000)
    return {
        "MLPClassifier": perceptron(HIDDEN).fit(X, y),
        "logistic regression": LogisticRegression().fit(X, y),
        "boosted trees (100)": HistGradientBoostingClassifier().fit(X, y),
        "skprune, dense": pruned(HIDDEN, 0.0).fit(X, y),
        "skprune, 95 % of weights": pruned(HIDDEN, 0.95).fit(X, y),
        "skprune, 95 % as neurons": pruned(HIDDEN, 0.95, "unit").fit(X, y),
    }


def pickles(fitted: dict[str, Any]) -> None:
    sizes = {name: len(pickle.dumps(model)) for name, model in fitted.items()}
    base = sizes["MLPClassifier"]
    print(f"Pickles: {HIDDEN}, {30} inputs\n")
    rows = [[name, f"{n:,}", f"{n / base:.4f}"] for name, n in sizes.items()]
    table(["model", "bytes", "of MLPClassifier's"], rows)


def storage(fitted: dict[str, Any]) -> None:
    """Print what the stored form of the layers takes, by sparsity and bits."""
    X, y = classification(5_000)
    rows = []
    for share in (0.0, 0.5, 0.8, 0.9, 0.95, 0.98):
        model = pruned(HIDDEN, share).fit(X, y)
        stored = model._predictor.layers
        rows.append([f"{share:.2f}", f"{model.n_nonzero_:,}"])
        for n_bits in (None, 8, 4):
            layers = [Layer(layer.weight, layer.bias, n_bits) for layer in stored]
            rows[-1].append(f"{sum(layer.n_bytes for layer in layers):,}")
    print("Layers as they are stored, bytes, by sparsity and bits of a weight\n")
    table(["sparsity", "non-zeros", "32 bits", "8 bits", "4 bits"], rows)


def exports(fitted: dict[str, Any]) -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, model in fitted.items():
            if name.startswith("skprune"):
                onnx = len(to_onnx(model).SerializeToString())
                path = to_numpy(model, Path(folder) / "score.py")
                weights = path.with_suffix(".npz").stat().st_size
                rows.append([name, f"{onnx:,}", f"{weights:,}"])
    print("Exports, bytes\n")
    table(["network", "ONNX", "weights of the NumPy file"], rows)


def cold_starts(fitted: dict[str, Any]) -> None:
    found: dict[str, list[list[float]]] = {name: [] for name in fitted}
    with tempfile.TemporaryDirectory() as folder:
        for name, model in fitted.items():
            (Path(folder) / name).write_bytes(pickle.dumps(model))
        for _ in range(3 if QUICK else 9):
            for name in fitted:
                run = [sys.executable, "-c", PROGRAM, str(Path(folder) / name)]
                out = subprocess.run(run, check=True, capture_output=True).stdout
                found[name].append(json.loads(out))
    seconds = {k: median(v[0] for v in runs) for k, runs in found.items()}
    peaks = {k: median(v[1] for v in runs) for k, runs in found.items()}
    rows = [
        [
            name,
            f"{seconds[name]:.2f}",
            f"{seconds[name] / seconds['MLPClassifier']:.2f}",
            f"{peaks[name]:.0f}",
            f"{peaks[name] / peaks['MLPClassifier']:.2f}",
        ]
        for name in fitted
    ]
    print("Cold start: load the pickle in a fresh process, score one row\n")
    table(["model", "s", "of MLPClassifier", "peak MB", "of MLPClassifier"], rows)


def first_fits() -> None:
    """Print what importing and a first fit take in a fresh process."""
    peers = {
        "MLPClassifier": "sklearn.neural_network",
        "PrunedMLPClassifier": "skprune",
    }
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in peers}
    for _ in range(3 if QUICK else 9):
        for name, module in peers.items():
            program = FIRST_FIT.format(module=module, name=name)
            run = [sys.executable, "-W", "ignore", "-c", program]
            out = subprocess.run(run, check=True, capture_output=True).stdout.split()
            found[name].append((float(out[0]), int(out[1])))
    rows = [
        [name, f"{median(s for s, _ in runs):.2f}", f"{runs[0][1]:,}"]
        for name, runs in found.items()
    ]
    print("First fit in a fresh process, imports included\n")
    table(["model", "s", "modules"], rows)


def main() -> None:
    machine()
    if "fits" in sys.argv:
        first_fits()
        return
    fitted = models()
    pickles(fitted)
    storage(fitted)
    exports(fitted)
    cold_starts(fitted)
    first_fits()


if __name__ == "__main__":
    main()
