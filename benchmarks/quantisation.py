"""What fewer bits a weight cost in AUC, and what they save in bytes.

Five folds; each network is pruned to 90 %, and stored in 32, 8 or 4 bits a weight.
"rounded" is the network of 32 bits whose weights are rounded after training, which
is what the training around rounded weights has to be better than. ``--quick`` takes
one set.
"""

import copy
import sys
import warnings

import numpy as np
from _credit import available, folds
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score

from skprune import PrunedMLPClassifier
from skprune.inference import Layer

SETS = ("german", "taiwan", "polish", "cancer", "clusters", "rare")


def network(n_bits):
    return PrunedMLPClassifier(n_bits=n_bits, early_stopping=True, random_state=0)


def rounded(model, n_bits):
    """Return a copy whose weights are rounded as they are stored."""
    rounded_copy = copy.deepcopy(model)
    predictor = rounded_copy._predictor
    predictor.layers = [Layer(w.weight, w.bias, n_bits) for w in predictor.layers]
    return rounded_copy


def fold(X_train, y_train, X_test, y_test):
    """Return AUC and bytes by kind of network."""
    models = {bits: network(bits).fit(X_train, y_train) for bits in (None, 8, 4)}
    models |= {f"rounded {bits}": rounded(models[None], bits) for bits in (8, 4)}
    return {
        name: (
            roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]),
            model._predictor.n_bytes,
        )
        for name, model in models.items()
    }


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)
    sets = SETS[:1] if "--quick" in sys.argv else SETS
    head = ["32 bits", "8 bits", "4 bits", "rounded to 8", "rounded to 4"]
    print("| AUC | " + " | ".join(head) + " | bytes at 32, 8, 4 |")
    print("| --- |" + " ---: |" * 6)
    for name in (name for name in sets if name in available()):
        found = [fold(*rows) for rows in folds(name)]
        aucs = {k: np.mean([f[k][0] for f in found]) for k in found[0]}
        size = {k: np.mean([f[k][1] for f in found]) for k in found[0]}
        cells = [f"{aucs[k]:.4f}" for k in aucs]
        sizes = ", ".join(f"{size[k]:,.0f}" for k in (None, 8, 4))
        print(f"| {name} | " + " | ".join(cells) + f" | {sizes} |", flush=True)


if __name__ == "__main__":
    main()
