"""Is pruning worth it? AUC against sparsity, beside what else a user could do.

For each data set and sparsity: the dense network, the pruned one by each
criterion, a small dense network with as many weights, one-shot magnitude pruning
by ``torch.nn.utils.prune`` with fine-tuning, an L1 penalty, boosted trees and
logistic regression. A network that is pruned is also trained for longer, under a
prior and with a falling rate; "..., as long" has had all of that, and lost nothing.
Prints a table a set and the means over the sets; writes ``docs/quality.csv``, of
which ``tools/charts.py`` draws the picture.

    python benchmarks/quality.py            # 3 folds, 3 criteria: half an hour
    python benchmarks/quality.py --quick    # 2 folds: minutes
    python benchmarks/quality.py --full     # 5 folds, every criterion: hours
"""

import argparse
import tempfile
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from _credit import available, folds
from _torch_prune import OneShotTorch
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from skprune import PrunedMLPClassifier
from skprune.criteria import CRITERIA

HIDDEN = (64, 32)
SPARSITIES = (0.8, 0.9, 0.95, 0.98, 0.99)
NOTHING = 1e-9
"""A share that rounds to no weight at all, but runs the pruning phase."""

SOME_CRITERIA = ("magnitude", "fisher", "random")
DOCS = Path(__file__).parents[1] / "docs"


def n_weights(n_features, hidden):
    widths = (n_features, *hidden, 1)
    return sum(a * b for a, b in zip(widths, widths[1:], strict=False))


def small_widths(n_features, n_nonzero):
    """Return the widths, in the proportion of HIDDEN, nearest to so many weights."""
    shapes = [(h, max(1, round(h / 2))) for h in range(1, HIDDEN[0] + 1)]
    return min(
        shapes, key=lambda hidden: abs(n_weights(n_features, hidden) - n_nonzero)
    )


def at_any_sparsity(seed, memory):
    network = partial(
        PrunedMLPClassifier, early_stopping=True, random_state=seed, memory=memory
    )
    return {
        "dense": lambda: network(HIDDEN, sparsity=0),
        "dense, as long": lambda: network(HIDDEN, sparsity=NOTHING),
        "l1 penalty": lambda: network(HIDDEN, sparsity=0, alpha=0.05, l1_ratio=1.0),
        "boosted trees": lambda: HistGradientBoostingClassifier(random_state=seed),
        "logistic": lambda: LogisticRegression(max_iter=2000),
    }


def at_sparsity(sparsity, n_features, seed, memory, criteria):
    network = partial(
        PrunedMLPClassifier, early_stopping=True, random_state=seed, memory=memory
    )
    n_nonzero = n_weights(n_features, HIDDEN) * (1 - sparsity)
    widths = small_widths(n_features, n_nonzero)
    models = {
        "small dense": lambda: network(widths, sparsity=0),
        "small dense, as long": lambda: network(widths, sparsity=NOTHING),
        "torch one-shot": lambda: OneShotTorch(HIDDEN, sparsity, seed),
        "default": lambda: network(HIDDEN, sparsity=sparsity),
    }
    for name in criteria:
        models[name] = partial(network, HIDDEN, sparsity=sparsity, criterion=name)
    return models


def auc(model, fold):
    X_train, y_train, X_test, y_test = fold
    model.fit(X_train, y_train)
    return roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])


def evaluate(name, args, memory):
    rows = []
    for seed, fold in enumerate(folds(name, args.folds)):
        n_features = fold[0].shape[1]
        for method, make in at_any_sparsity(seed, memory).items():
            score = auc(make(), fold)
            rows += [(name, method, s, seed, score) for s in args.sparsities]
        for s in args.sparsities:
            models = at_sparsity(s, n_features, seed, memory, args.criteria)
            rows += [
                (name, method, s, seed, auc(make(), fold))
                for method, make in models.items()
            ]
    return rows


def show(table, title):
    means = table.pivot_table(
        index="method", columns="sparsity", values="auc", sort=False
    )
    print(f"\n{title}\n{means.round(4).to_string()}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--folds", type=int)
    parser.add_argument("--data", nargs="+", default=available())
    parser.add_argument("--criteria", nargs="*", default=None)
    parser.add_argument("--sparsities", nargs="+", type=float, default=None)
    parser.add_argument("--out", type=Path, default=DOCS)
    args = parser.parse_args()
    args.folds = args.folds or (5 if args.full else 2 if args.quick else 3)
    if args.criteria is None:
        args.criteria = list(CRITERIA) if args.full else SOME_CRITERIA
    if args.sparsities is None:
        args.sparsities = SPARSITIES if args.full else SPARSITIES[1:4]
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    columns = ["data", "method", "sparsity", "fold", "auc"]
    tables = []
    for name in args.data:
        with tempfile.TemporaryDirectory() as memory:
            rows = evaluate(name, args, memory)
        tables.append(pd.DataFrame(rows, columns=columns))
        show(tables[-1], name)
    table = pd.concat(tables)
    show(table, f"mean over {len(args.data)} sets, {args.folds} folds each")
    for rival in ("small dense", "small dense, as long"):
        worst = worst_gap(table, rival)
        print(f"\nlargest shortfall of the default against {rival}: {worst:.4f}")
    table.to_csv(args.out / "quality.csv", index=False)


def worst_gap(table, rival):
    by_set = table.pivot_table(
        index=["data", "sparsity"], columns="method", values="auc"
    )
    return float(np.max(by_set[rival] - by_set["default"]))


if __name__ == "__main__":
    main()
