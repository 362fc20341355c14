"""Time to fit, to score many rows and to score one, beside the peers.

``--calibrate`` measures the constants of ``skprune/inference/cost.py`` instead;
``--quick`` takes fewer rows and repeats. ``tools/charts.py`` draws the pictures from
the tables in docs/performance.md.
"""

import sys
from typing import Any

import numpy as np
from _peers import (
    QUICK,
    classification,
    machine,
    onnx_runtime,
    perceptron,
    plain_skorch,
    pruned,
    table,
    take_turns,
    torch_pruned,
)
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

HIDDEN = (256, 128)
N_BATCH = 20_000 if QUICK else 200_000
REPEATS = 3 if QUICK else 5


def fit() -> None:
    X, y = classification(5_000 if QUICK else 20_000)
    y32, X32 = y.astype(np.int64), X.astype(np.float32)
    rows = []
    for hidden in [(100,), (64, 32), HIDDEN]:
        runs = {
            "MLPClassifier": lambda h=hidden: perceptron(h).fit(X, y),
            "skprune, dense": lambda h=hidden: pruned(h, 0.0).fit(X, y),
            "skprune, 90 % pruned": lambda h=hidden: pruned(h, 0.9).fit(X, y),
            "plain skorch": lambda h=hidden: plain_skorch(h).fit(X32, y32),
        }
        found = take_turns(runs, 3)
        base = found["MLPClassifier"]
        rows += [[hidden, k, f"{t:.2f}", f"{t / base:.2f}"] for k, t in found.items()]
    print(f"Fit: {len(X):,} rows x {X.shape[1]}, 6 epochs, batches of 200\n")
    table(["network", "fitted by", "s", "of MLPClassifier"], rows)


def scorers() -> dict[str, Any]:
    """Return scoring functions by name, fitted on the same rows."""
    X, y = classification(5_000)
    dense = pruned(HIDDEN, 0.0).fit(X, y)
    boosting = HistGradientBoostingClassifier(max_iter=100).fit(X, y)
    return {
        "MLPClassifier": perceptron(HIDDEN).fit(X, y).predict_proba,
        "logistic regression": LogisticRegression().fit(X, y).predict_proba,
        "boosted trees (100)": boosting.predict_proba,
        "torch.nn.utils.prune, 95 %": torch_pruned(HIDDEN, 0.95),
        "ONNX Runtime, dense": onnx_runtime(dense),
        "skprune, dense": dense.predict_proba,
        "skprune, 95 % of weights": pruned(HIDDEN, 0.95).fit(X, y).predict_proba,
        "skprune, 95 % as neurons": (
            pruned(HIDDEN, 0.95, "unit").fit(X, y).predict_proba
        ),
    }


def score(models: dict[str, Any]) -> None:
    X, _ = classification(N_BATCH)
    batch = take_turns({k: lambda f=f: f(X) for k, f in models.items()}, REPEATS)
    few = {k: lambda f=f: f(X[:1]) for k, f in models.items()}
    one = take_turns(few, 7, loops=50)
    rows = [
        [
            name,
            f"{1e3 * batch[name]:.0f}",
            f"{batch[name] / batch['MLPClassifier']:.3f}",
            f"{1e6 * one[name]:.0f}",
            f"{one[name] / one['logistic regression']:.2f}",
        ]
        for name in models
    ]
    print(f"Score: {HIDDEN}, {N_BATCH:,} rows x {X.shape[1]} of float64\n")
    head = ["model", "all rows, ms", "of MLPClassifier", "one row, us", "of logistic"]
    table(head, rows)


def growth() -> dict[str, dict[Any, tuple[float, float]]]:
    """Return (ours, MLPClassifier's) seconds by rows, width and sparsity."""
    X, y = classification(2_000)
    big, _ = classification(50_000)
    widths = [64, 128, 256] if QUICK else [64, 128, 256, 512, 1024]
    sizes = [1, 10, 100, 1_000, 10_000, 50_000]
    shares = [0.5, 0.8, 0.9, 0.95, 0.98]
    theirs, ours = perceptron(HIDDEN, 2).fit(X, y), pruned(HIDDEN, 0.95).fit(X, y)
    found: dict[str, dict[Any, tuple[float, float]]] = {"rows": {}}
    for n in sizes:
        found["rows"][n] = _pair(ours, theirs, big[:n])
    some = big[:10_000]
    found["width of two layers"] = {
        w: _pair(
            pruned((w, w), 0.95, n=2).fit(X, y),
            perceptron((w, w), 1).fit(X, y),
            some,
        )
        for w in widths
    }
    found["sparsity"] = {
        s: _pair(pruned(HIDDEN, s).fit(X, y), theirs, some) for s in shares
    }
    return found


def _pair(ours: Any, theirs: Any, X: Any) -> tuple[float, float]:
    loops = max(1, 2_000 // len(X))
    runs = {0: lambda: ours.predict_proba(X), 1: lambda: theirs.predict_proba(X)}
    found = take_turns(runs, REPEATS, loops)
    return found[0], found[1]


def show_growth(found: dict[str, dict[Any, tuple[float, float]]]) -> None:
    for name, values in found.items():
        print(f"Score by {name}, ms ({HIDDEN}, 95 % of weights unless it varies)\n")
        rows = [
            [x, f"{1e3 * a:.3f}", f"{1e3 * b:.3f}", f"{a / b:.3f}"]
            for x, (a, b) in values.items()
        ]
        table([name, "skprune", "MLPClassifier", "ratio"], rows)


def calibrate() -> None:
    """Print where sparse products begin to pay."""
    rng = np.random.default_rng(0)
    rows = []
    for shape in [(100, 30), (256, 30), (128, 256), (512, 512), (1024, 1024)]:
        for n_rows in (1, 8, 64, 512):
            x = rng.standard_normal((shape[1], n_rows)).astype(np.float32)
            rows.append([shape, n_rows, *_break_even(rng, shape, x)])
    print("Density below which CSR beats BLAS, and what the constants say\n")
    table(["shape", "rows", "measured", "by the constants"], rows)


def _break_even(rng: Any, shape: tuple[int, int], x: Any) -> tuple[str, str]:
    from skprune.inference.cost import sparse_pays, sparse_pays_for

    measured = predicted = 0.0
    size = shape[0] * shape[1]
    for density in (0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2):
        kept = rng.random(shape) < density
        weight = (rng.standard_normal(shape) * kept).astype(np.float32)
        matrix = sparse.csr_array(weight)
        loops = max(1, 200_000_000 // (size * x.shape[1] * 20 + 4_000_000))
        runs = {0: lambda w=weight: w @ x, 1: lambda w=matrix: w @ x}
        found = take_turns(runs, 5, loops)
        if found[1] < found[0]:
            measured = density
        pays = sparse_pays(matrix.nnz, size)
        if pays and sparse_pays_for(x.shape[1], matrix.nnz, size):
            predicted = density
    return f"{measured:.2f}", f"{predicted:.2f}"


def main() -> None:
    machine()
    if "--calibrate" in sys.argv:
        calibrate()
        return
    fit()
    score(scorers())
    show_growth(growth())


if __name__ == "__main__":
    main()
