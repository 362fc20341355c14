"""What was tried before the defaults were chosen, one change at a time.

    python benchmarks/defaults.py [--folds 3] [--data german polish ...]

Mean AUC of a (64, 32) network at 95 and 98 % sparsity on each data set of
``quality.py``; each row changes one thing about the defaults, which come first.
"""

import argparse
import tempfile
import warnings
from contextlib import ExitStack
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch
from _credit import available, folds
from sklearn.metrics import roc_auc_score

import skprune.training.control as rates
import skprune.training.run as trainer
from skprune import PrunedMLPClassifier
from skprune.criteria import Criterion

SPARSITIES = (0.95, 0.98)


class MagnitudeFisher(Criterion):
    """Geometric mean of the magnitude and the Fisher saliency."""

    needs = ("weight", "grad_sq")

    def score(self, view):
        mixed = view.weight.abs() * view.grad_sq.clamp_min(1e-20) ** 0.25
        return mixed.square().sum(1)


def no_prior(plan, **changes):
    return plan


# name -> (parameters of the estimator, attributes to replace)
VARIANTS = {
    "defaults": ({}, []),
    "criterion: magnitude": ({"criterion": "magnitude"}, []),
    "criterion: fisher": ({"criterion": "fisher"}, []),
    "criterion: magnitude x fisher": ({"criterion": MagnitudeFisher()}, []),
    "scope: layer": ({"scope": "layer"}, []),
    "schedule: one_shot": ({"schedule": "one_shot"}, []),
    "schedule: iterative": ({"schedule": "iterative"}, []),
    "regrow: gradient": ({"regrow": "gradient"}, []),
    "rate of pruning x 1": ({}, [(rates, "PRUNING_SHARE", 1.0)]),
    "rate of pruning x 3": ({}, [(rates, "PRUNING_SHARE", 3.0)]),
    "no prior": ({}, [(trainer, "replace", no_prior)]),
    "ramp of 600 steps": (
        {},
        [(trainer, "RAMP_STEPS", 600), (trainer, "RAMP_EPOCHS", (8, 40))],
    ),
    "ramp of 1500 steps": (
        {},
        [(trainer, "RAMP_STEPS", 1500), (trainer, "RAMP_EPOCHS", (15, 90))],
    ),
}


def auc(variant, sparsity, seed, fold, memory):
    parameters, changes = VARIANTS[variant]
    X_train, y_train, X_test, y_test = fold
    model = PrunedMLPClassifier(
        (64, 32),
        sparsity=sparsity,
        early_stopping=True,
        random_state=seed,
        memory=memory,
        **parameters,
    )
    with ExitStack() as stack:
        for home, name, value in changes:
            stack.enter_context(patch.object(home, name, value))
        model.fit(X_train, y_train)
    return roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])


def evaluate(name, variants, n_folds):
    """Return the mean AUC by variant and sparsity."""
    found = {}
    with tempfile.TemporaryDirectory() as memory:
        for seed, fold in enumerate(folds(name, n_folds, seed=1)):
            for variant in variants:
                for s in SPARSITIES:
                    score = auc(variant, s, seed, fold, memory)
                    found.setdefault((variant, s), []).append(score)
    return {key: float(np.mean(scores)) for key, scores in found.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--data", nargs="+", default=available())
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS))
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    columns = {}
    for name in args.data:
        columns[name] = pd.Series(evaluate(name, args.variants, args.folds))
        print(f"\n{name}\n{columns[name].unstack(sort=False).round(4).to_string()}")
    table = pd.DataFrame(columns)
    table["mean"] = table.mean(axis=1)
    print(f"\n{table.unstack().round(4).to_string()}")
    means = table["mean"].unstack(sort=False)
    print(f"\nmean over the sets\n{means.round(4).to_string()}")


if __name__ == "__main__":
    main()
