"""What monotonicity costs: AUC of free networks and of monotonic ones.

    python benchmarks/monotone.py [german taiwan] [--seeds 2] [--sparsity 0 0.95]

A (64, 32) network with all defaults but ``early_stopping=True``, over stratified folds
and seeds. "monotonic" is ``monotonic_cst`` with the usual signs of credit; "none apart"
is the same without units that read no constrained column; "repaired" is a free dense
network that ``skprune.prune`` holds to the signs from the first cut on. The difference
is that to the free network on the same folds, with its standard error; "against" is the
share of the constrained columns that some path of the network goes against.
"""

import argparse
import warnings
from contextlib import nullcontext
from itertools import product
from unittest.mock import patch

import numpy as np
import pandas as pd
from _credit import DATA, available, preprocessing
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier

from skprune import PrunedMLPClassifier, prune
from skprune.exceptions import PruningWarning

USUAL = {
    "german": {
        "duration_in_month": 1,
        "credit_amount": 1,
        "installment_rate_in_percentage_of_disposable_income": 1,
        "age_in_years": -1,
    },
    "taiwan": {
        "LIMIT_BAL": -1,
        **{f"PAY_{month}": 1 for month in (0, 2, 3, 4, 5, 6)},
        **{f"PAY_AMT{month}": -1 for month in range(1, 7)},
    },
}
"""1 where the risk rises with a column, -1 where it falls: longer and larger loans,
months in arrears; age, the limit, and what was paid back."""

SIGNS = {"increasing": 1, "decreasing": -1}


def folds(name, n_splits, seed):
    """Yield (X_train, y_train, X_test, y_test), X as prepared DataFrames."""
    X, y = DATA[name]()
    cv = StratifiedKFold(n_splits, shuffle=True, random_state=seed)
    for train, test in cv.split(X, y):
        prepare = preprocessing(len(train)).set_output(transform="pandas")
        prepare.set_params(verbose_feature_names_out=False)
        X_train = prepare.fit_transform(X.iloc[train]).astype(np.float32)
        yield X_train, y[train], prepare.transform(X.iloc[test]), y[test]


def networks(X, y, constraints, sparsity, seed):
    """Yield the name and the fitted network of each kind."""
    same = {"early_stopping": True, "random_state": seed}
    free = PrunedMLPClassifier((64, 32), sparsity=sparsity, **same)
    yield "free", free.fit(X, y)
    held = {"monotonic_cst": constraints}
    for kind in ("monotonic", "none apart"):
        with none_apart() if kind == "none apart" else nullcontext():
            yield kind, clone(free).set_params(**held).fit(X, y)
    if sparsity:
        dense = MLPClassifier((64, 32), **same).fit(X, y)
        yield "repaired", prune(dense, X, y, sparsity=sparsity, **held, **same)


def none_apart():
    """Let all units of fresh networks read constrained columns."""
    return patch("skprune.networks.mlp.module.set_apart")


def against(network, constraints):
    """Return the share of constrained columns that some path goes against."""
    known = dict(zip(network.feature_names_in_, network.monotonicity_, strict=True))
    ways = {name: known[name].split(":")[0] for name in constraints}
    fine = [
        way == "constant" or SIGNS.get(way) == constraints[name]
        for name, way in ways.items()
    ]
    return 1.0 - np.mean(fine)


def judged(name, sparsities, n_splits, n_seeds):
    """Return a row for each network of each fold."""
    rows = []
    for seed, sparsity in product(range(n_seeds), sparsities):
        for fold, (X, y, X_test, y_test) in enumerate(folds(name, n_splits, seed)):
            for kind, network in networks(X, y, USUAL[name], sparsity, seed):
                auc = roc_auc_score(y_test, network.predict_proba(X_test)[:, 1])
                share = against(network, USUAL[name])
                rows.append((name, sparsity, kind, seed, fold, auc, share))
    columns = ["set", "sparsity", "kind", "seed", "fold", "auc", "against"]
    return pd.DataFrame(rows, columns=columns)


def compared(table):
    """Return means over seeds and folds, beside those of the free network."""
    folds_by = table.set_index(["set", "sparsity", "seed", "fold"])
    free = folds_by.loc[folds_by["kind"] == "free", "auc"]
    folds_by["difference"] = folds_by["auc"] - free.reindex(folds_by.index)
    groups = folds_by.groupby(["set", "sparsity", "kind"])
    means = groups[["auc", "difference", "against"]].mean()
    means.insert(2, "error", groups["difference"].sem())
    return means.round({"auc": 4, "difference": 4, "error": 4, "against": 2})


def main():
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sets = [name for name in USUAL if name in available()]
    parser.add_argument("sets", nargs="*", default=sets)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--sparsity", type=float, nargs="+", default=[0.0, 0.95])
    asked = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.simplefilter("ignore", PruningWarning)
    for name in asked.sets:
        table = judged(name, asked.sparsity, asked.folds, asked.seeds)
        print(compared(table), flush=True)


if __name__ == "__main__":
    main()
