"""How fitting grows with the rows, dense and sparse, and a stream with its calls.

Each figure of a fit is from a process of its own. Peak memory counts from just before
``fit``, when X exists and the packages are loaded. Linux only, for it reads
/proc. ``--quick`` takes fewer rows and calls; ``split`` and ``stream`` print a table
alone, the last one and the one before.
"""

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from _peers import QUICK, machine, table
from sklearn.model_selection import train_test_split

from skprune.estimator.holdout import hold_out

CALLS = [1000, 2000] if QUICK else [1000, 2000, 5000, 10_000, 20_000]

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import _peers
import json, time
import numpy as np
from scipy import sparse
from skprune import PrunedMLPClassifier

def status(name):
    with open("/proc/self/status") as lines:
        return next(int(x.split()[1]) for x in lines if x.startswith(name)) * 1024

def dense(n):
    return rng.standard_normal((n, 30), dtype=np.float32)

def documents(n):
    # Some 60 of 50,000 terms each, the frequent ones first.
    terms = np.minimum(rng.zipf(1.3, 60 * n) - 1, 49_999)
    parts = rng.random(60 * n, dtype=np.float32), terms, np.arange(n + 1) * 60
    X = sparse.csr_array(parts, shape=(n, 50_000))
    X.sum_duplicates()
    return X

kind, n, options = sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
rng = np.random.default_rng(0)
make = {"dense": dense, "sparse": documents}[kind]

def target(X):
    first = np.asarray(X[:, [0]].sum(1)).ravel()
    return (first > np.median(first)).astype(np.int64)

def model():
    return PrunedMLPClassifier(
        (32,), max_iter=1, prune_iter=1, batch_size=2000, random_state=0, **options
    )

warm = make(4000)
model().fit(warm, target(warm))
X = make(n)
y = target(X)
nbytes = X.nbytes if kind == "dense" else X.data.nbytes + X.indices.nbytes
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
base, start = status("VmRSS"), time.process_time()
fitted = model().fit(X, y)
seconds = time.process_time() - start
peak = status("VmHWM") - base
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
base, start = status("VmRSS"), time.process_time()
fitted.predict_proba(X)
print(json.dumps({
    "X": nbytes, "fit": seconds, "peak": peak,
    "score": time.process_time() - start, "score_peak": status("VmHWM") - base,
}))
"""

STREAM = """
import sys
sys.path.insert(0, sys.argv[1])
import _peers
import json, pickle, time
import numpy as np
from skprune import PrunedMLPClassifier

def resident():
    with open("/proc/self/status") as lines:
        return next(int(x.split()[1]) for x in lines if x.startswith("VmRSS")) * 1024

rng = np.random.default_rng(0)
X = rng.standard_normal((2000, 10), dtype=np.float32)
y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(np.int64)
model = PrunedMLPClassifier((8,), n_iter_no_change=np.inf, random_state=0)
stops = json.loads(sys.argv[2])
# Written to in advance, so that it is resident from the start.
found, before, seconds = [], 0, np.ones(stops[-1])
for i in range(stops[-1]):
    at = slice(i * 200 % 2000, i * 200 % 2000 + 200)
    start = time.process_time()
    model.partial_fit(X[at], y[at], classes=[0, 1])
    seconds[i] = time.process_time() - start
    if i + 1 in stops:
        took = np.median(seconds[before : i + 1])
        found.append([i + 1, took, resident(), len(pickle.dumps(model))])
        before = i + 1
print(json.dumps(found))
"""


def run(program: str, *arguments: str) -> object:
    """Return what a program prints last, in a fresh process."""
    command = [sys.executable, "-W", "ignore", "-c", program, sys.path[0], *arguments]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(out.splitlines()[-1])


def show(kind: str, cases: list[tuple[int, dict[str, object]]]) -> None:
    rows = []
    for n, options in cases:
        found: Any = run(PROGRAM, kind, str(n), json.dumps(options))
        rows.append(
            [
                f"{n:,}",
                ", ".join(options) or "-",
                f"{found['X'] / 1e6:.0f}",
                f"{1e6 * found['fit'] / n / 2:.2f}",
                f"{found['peak'] / 1e6:.0f}",
                f"{1 + found['peak'] / found['X']:.2f}",
                f"{1e6 * found['score'] / n:.2f}",
                f"{found['score_peak'] / 1e6:.0f}",
            ]
        )
    head = ["rows", "options", "X, MB", "fit, us a row and epoch", "beyond X, MB"]
    table([*head, "peak / X", "score, us a row", "beyond X, MB"], rows)


def show_stream(stops: list[int]) -> None:
    found: Any = run(STREAM, json.dumps(stops))
    first = found[0][2]
    rows = [
        [
            f"{calls:,}",
            f"{1e3 * seconds:.2f}",
            f"{(resident - first) / 1e6:+.2f}",
            f"{n_bytes:,}",
        ]
        for calls, seconds, resident, n_bytes in found
    ]
    table(["calls", "ms a call", "memory, MB", "pickle, bytes"], rows)


def show_split(n: int) -> None:
    """Compare the memory of a stratified split with scikit-learn's."""
    codes = (np.random.default_rng(0).random(n) < 0.1).astype(np.int32)
    draws = np.random.RandomState(0)
    ways: dict[str, Callable[[], object]] = {
        "train_test_split": lambda: train_test_split(
            np.arange(n), test_size=0.1, stratify=codes, random_state=draws
        ),
        "ours": lambda: hold_out(n, 0.1, draws, codes),
    }
    rows = []
    for name, way in ways.items():
        tracemalloc.start()
        way()
        rows.append([name, f"{tracemalloc.get_traced_memory()[1] / n:.0f}"])
        tracemalloc.stop()
    table(["split by", "bytes a row"], rows)


def main() -> None:
    machine()
    if "split" in sys.argv:
        show_split(500_000)
        return
    if "stream" in sys.argv:
        show_stream(CALLS)
        return
    print("Dense: 30 columns of float32, (32,), batches of 2,000, two epochs\n")
    sizes = [50_000, 200_000] if QUICK else [50_000, 500_000, 5_000_000]
    cases: list[tuple[int, dict[str, object]]] = [(n, {}) for n in sizes]
    n = 200_000 if QUICK else 2_000_000
    options: list[dict[str, object]] = [
        {"early_stopping": True},
        {"class_weight": "balanced"},
    ]
    show("dense", [*cases, *((n, chosen) for chosen in options)])
    print("Sparse: 50,000 terms, some 60 a document; X counts its stored entries\n")
    show("sparse", [(n, {}) for n in ([10_000] if QUICK else [25_000, 100_000])])
    print("Stream: partial_fit on 200 rows x 10, (8,); memory since the first line\n")
    show_stream(CALLS)
    print("Split: stratified, a tenth held out\n")
    show_split(500_000)


if __name__ == "__main__":
    main()
