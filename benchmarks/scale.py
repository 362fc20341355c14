"""How fitting grows with the rows, dense and sparse: time a row, and memory.

Each figure is from a process of its own. Peak memory counts from just before
``fit``, when X exists and the packages are loaded. Linux only, for it reads
/proc. ``--quick`` takes fewer rows.
"""

import json
import subprocess
import sys

from _peers import QUICK, machine, table

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


def run(kind: str, n_rows: int, **options: object) -> dict[str, float]:
    """Return bytes and seconds, measured in a fresh process."""
    arguments = [sys.path[0], kind, str(n_rows), json.dumps(options)]
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, *arguments]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(out.splitlines()[-1])
    return found


def show(kind: str, cases: list[tuple[int, dict[str, object]]]) -> None:
    rows = []
    for n, options in cases:
        found = run(kind, n, **options)
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


def main() -> None:
    machine()
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


if __name__ == "__main__":
    main()
