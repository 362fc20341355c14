"""A path beside separate fits: what it costs, and whether its models are as good.

    python benchmarks/path.py            # both tables: about ten minutes
    python benchmarks/path.py cost       # ten levels, five folds, 10,000 x 23 rows
    python benchmarks/path.py quality    # AUC at each level, over development sets
    python benchmarks/path.py memory     # beyond X, of 400,000 x 50 rows

All with defaults but ``early_stopping=True`` and the seed, on one thread; ``memory``
with 16 hidden units and one epoch a phase.
"""

import argparse
import tempfile
import time
import warnings
from itertools import islice

import numpy as np
import pandas as pd
import torch
from _credit import taiwan
from _sets import available, folds
from quality import HIDDEN
from scale import run
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.preprocessing import QuantileTransformer

from skprune import PrunedMLPClassifier, SparsitySearchCV, sparsity_path

TEN = (0.0, 0.5, 0.7, 0.8, 0.87, 0.92, 0.95, 0.97, 0.98, 0.99)
FIVE = (0.5, 0.8, 0.9, 0.95, 0.98)


MEMORY = """
import sys
sys.path.insert(0, sys.argv[1])
import _peers
import json, tracemalloc
import numpy as np
from path import network, status
from skprune import SparsitySearchCV

kind, traced, n_rows = sys.argv[2], sys.argv[3] == "True", int(sys.argv[4])
X = np.random.default_rng(0).standard_normal((n_rows, 50)).astype(kind)
y = (X[:, 0] + X[:, 1] > 0).astype(int)

def search(n):
    clf = network((16,), 0, max_iter=1, prune_iter=1)
    return SparsitySearchCV(clf, sparsities=[0, 0.5, 0.9], cv=5).fit(X[:n], y[:n])

search(2000)
if traced:
    tracemalloc.start()
    search(n_rows)
    beyond = tracemalloc.get_traced_memory()[1]
else:
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    base = status("VmRSS")
    search(n_rows)
    beyond = status("VmHWM") - base
print(json.dumps({"table": X.nbytes, "beyond": beyond}))
"""


def status(name):
    """Return a figure of this process in bytes."""
    with open("/proc/self/status") as lines:
        return next(int(x.split()[1]) for x in lines if x.startswith(name)) * 1024


def memory(args):
    """Print what a search takes beyond X, refit included."""
    for kind in ("float32", "float64"):
        allocated, resident = (
            run(MEMORY, kind, str(traced), str(args.many)) for traced in (True, False)
        )
        print(
            f"{kind}: X {allocated['table'] / 1e6:.0f} MB, beyond it "
            f"{allocated['beyond'] / 1e6:.0f} MB in arrays, "
            f"{resident['beyond'] / 1e6:.0f} MB in all"
        )


def network(hidden, seed, **parameters):
    return PrunedMLPClassifier(
        hidden, early_stopping=True, random_state=seed, **parameters
    )


def cost(args):
    """Print seconds and best AUC of the searches over the same levels and folds."""
    table, y = taiwan(args.rows)
    X = QuantileTransformer(output_distribution="normal", random_state=0)
    X = X.fit_transform(table.astype(float)).astype(np.float32)
    print(f"{X.shape[0]:,} x {X.shape[1]} rows, {len(TEN)} levels, 5 folds, one thread")
    common = {"cv": StratifiedKFold(5, shuffle=True, random_state=0)}
    common |= {"scoring": "roc_auc", "n_jobs": 1}
    grid = {"sparsity": list(TEN)}
    clf = network((100,), 0)
    search = SparsitySearchCV(clf, sparsities=TEN, rule="best", **common)
    took = timed(search, X, y)
    report("SparsitySearchCV", took, search, took)
    began = time.perf_counter()
    search.at(0.5)
    print(f"  at(0.5): {time.perf_counter() - began:.6f} s")
    with tempfile.TemporaryDirectory() as memory:
        cached = GridSearchCV(network((100,), 0, memory=memory), grid, **common)
        report("GridSearchCV, memory", timed(cached, X, y), cached, took)
    plain = GridSearchCV(clf, grid, **common)
    report("GridSearchCV", timed(plain, X, y), plain, took)


def timed(search, X, y):
    """Return the processor seconds of a fit."""
    began = time.process_time()
    search.fit(X, y)
    return time.process_time() - began


def report(name, seconds, search, of_path):
    print(
        f"{name:22} {seconds:7.1f} s, the path takes {of_path / seconds:.3f} of that; "
        f"best AUC {search.best_score_:.4f} at {search.best_params_['sparsity']}",
        flush=True,
    )


def quality(args):
    """Print by how much the path's models differ from separate fits, in AUC."""
    rows = []
    for name in args.data or available():
        for i, fold in enumerate(islice(folds(name, 5, 0), args.folds)):
            for seed in range(i, i + 5 * args.seeds, 5):
                for level, gap, again in gaps(fold, seed):
                    rows.append((name, level, gap, again))
                    print(name, i, seed, level, f"{gap:.4f} {again:.4f}", flush=True)
    frame = pd.DataFrame(rows, columns=["data", "level", "gap", "again"])
    for column, what in [
        ("gap", "path less separate fits"),
        ("again", "separate fits less those from another seed"),
    ]:
        table = 1000 * frame.pivot_table(column, "data", "level", sort=False)
        mean, error = table.mean(), table.std() / np.sqrt(len(table))
        worst = table.min().min()
        table.loc["mean"], table.loc["standard error"] = mean, error
        print(
            f"\nAUC, {what}, in thousandths; "
            f"mean of {args.folds} folds and {args.seeds} seeds"
        )
        print(f"{table.round(1).to_string()}\nworst: {worst:.1f}")


def gaps(fold, seed):
    """Yield (level, path less separate, separate less another seed's), as AUC."""
    X, y, X_test, y_test = fold

    def auc(model):
        return roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])

    path = sparsity_path(network(HIDDEN, seed), X, y, sparsities=FIVE)
    with tempfile.TemporaryDirectory() as memory:
        for level in FIVE:
            alone, other = (
                auc(network(HIDDEN, s, sparsity=level, memory=memory).fit(X, y))
                for s in (seed, seed + 100)
            )
            yield level, auc(path.at(level)) - alone, alone - other


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", help="cost, quality, memory")
    parser.add_argument("--many", type=int, default=400_000, help="rows, for memory")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--folds", type=int, default=1, help="of five, for quality")
    parser.add_argument("--seeds", type=int, default=1, help="a fold, for quality")
    parser.add_argument("--data", nargs="+")
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for what in args.what or ("cost", "quality"):
        {"cost": cost, "quality": quality, "memory": memory}[what](args)


if __name__ == "__main__":
    main()
