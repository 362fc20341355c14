"""What several networks in one estimator cost, and what they are worth.

First, processor seconds to fit ``n_networks`` of one shape, in units of one network
fitted alone. Second, five-fold AUC of one network and of several: of as many
connections each, and of as many connections together. ``--quick`` takes fewer rows
and one set.
"""

import warnings

import numpy as np
from _credit import available, folds
from _peers import QUICK, classification, machine, pruned, table, take_turns
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score

from skprune import PrunedMLPClassifier

COUNTS = (1, 2, 5, 10)
N_EPOCHS = 24
SHAPES = [(32, 16), (64, 32), (100,), (256, 128)]
SETS = ("german",) if QUICK else ("german", "taiwan", "polish", "cancer", "clusters")


def cost() -> None:
    X, y = classification(2_000 if QUICK else 5_000)
    rows = []
    for hidden in SHAPES:
        runs = {
            n: lambda h=hidden, n=n: (
                pruned(h, 0.9, n=N_EPOCHS).set_params(n_networks=n).fit(X, y)
            )
            for n in COUNTS
        }
        found = take_turns(runs, 3)
        rows.append([hidden, *(f"{found[n] / found[1]:.2f}" for n in COUNTS[1:])])
    print(f"Fit: {len(X):,} rows x {X.shape[1]}, {N_EPOCHS} epochs, in units of one\n")
    table(["network", *(str(n) for n in COUNTS[1:])], rows)


def network(sparsity: float, n_networks: int) -> PrunedMLPClassifier:
    return PrunedMLPClassifier(
        sparsity=sparsity,
        n_networks=n_networks,
        early_stopping=True,
        random_state=0,
    )


def worth() -> None:
    models = {
        "one, 90 %": network(0.9, 1),
        "five, 90 %": network(0.9, 5),
        "five, 98 %": network(0.98, 5),
    }
    rows = []
    for name in (name for name in SETS if name in available()):
        found = [
            [auc(model, *fold) for model in models.values()] for fold in folds(name)
        ]
        mean, error = np.mean(found, 0), np.std(found, 0, ddof=1) / np.sqrt(len(found))
        cells = zip(mean, error, strict=True)
        rows.append([name, *(f"{m:.3f} +- {e:.3f}" for m, e in cells)])
    print("AUC of five folds; five networks at 98 % have the weights of one at 90 %\n")
    table(["", *models], rows)


def auc(model, X_train, y_train, X_test, y_test) -> float:
    proba = model.fit(X_train, y_train).predict_proba(X_test)
    return float(roc_auc_score(y_test, proba[:, 1]))


def main() -> None:
    warnings.simplefilter("ignore", ConvergenceWarning)
    machine()
    cost()
    worth()


if __name__ == "__main__":
    main()
