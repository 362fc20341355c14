"""What pruning does to scikit-learn's own perceptron on German credit.

On each fold MLPClassifier is trained with early stopping, and pruned by
``skprune.prune`` on the same rows; beside it our own classifier, which trains the dense
network too. AUC on the test rows, the mean over folds and seeds with its standard
deviation; weights that are not zero, bytes of weights and biases (of our stored form),
and processor seconds.

    python benchmarks/pretrained.py
    python benchmarks/pretrained.py --seeds 1 --data cancer few
"""

import argparse
import time
import warnings
from functools import partial

import pandas as pd
from _sets import SETS, folds
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier

from skprune import PrunedMLPClassifier, prune
from skprune.exceptions import PruningWarning

HIDDEN = (64, 32)
LEVELS = (0.0, 0.8, 0.9, 0.95)
"""Shares of the weights that go; with 0 the network is as it was given."""


def measured(make, X_test, y_test):
    """Return what is shown of the model that a function makes."""
    start = time.process_time()
    model = make()
    took = time.process_time() - start
    report = model.pruning_report_.pruned
    return {
        "AUC": roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]),
        "weights": report.nonzeros,
        "bytes": report.bytes,
        "seconds": took,
    }


def evaluate(name, n_seeds):
    """Yield a row for each fold, seed and network."""
    for seed in range(n_seeds):
        common = {"early_stopping": True, "random_state": seed}
        for X, y, X_test, y_test in folds(name, 5, seed):
            dense = MLPClassifier(HIDDEN, **common).fit(X, y)
            for level in LEVELS:
                params = {"sparsity": level, **common}
                makers = {
                    "MLPClassifier, pruned": partial(prune, dense, X, y, **params),
                    "PrunedMLPClassifier": partial(
                        PrunedMLPClassifier(HIDDEN, **params).fit, X, y
                    ),
                }
                for network, make in makers.items():
                    found = measured(make, X_test, y_test)
                    yield {"network": network, "sparsity": level, **found}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", nargs="+", default=["german"], choices=SETS)
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.simplefilter("ignore", PruningWarning)
    for name in args.data:
        table = pd.DataFrame(evaluate(name, args.seeds))
        groups = table.groupby(["network", "sparsity"])
        means = groups.mean().assign(**{"sd of AUC": groups["AUC"].std()})
        print(f"\n{name}, {len(table) // (2 * len(LEVELS))} fits of each")
        print(means.to_string(float_format=lambda value: f"{value:,.4f}"))


if __name__ == "__main__":
    main()
