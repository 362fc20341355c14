"""What monotonicity costs: AUC of free networks and of monotonic ones.

    python benchmarks/monotone.py [german taiwan] [--seeds 2] [--folds 5]

A (64, 32) network with all defaults but ``early_stopping=True``, dense and at 95 %
sparsity, over stratified folds and seeds. "monotonic" is ``monotonic_cst`` with the
usual signs of credit; "repaired" is a free dense network that ``skprune.prune`` holds
to them from the first cut on. The difference is that to the free network on the same
folds, with its standard error; "against" is the share of the constrained columns that
some path of the network goes against.
"""

import argparse
import warnings

import numpy as np
import pandas as pd
from _credit import DATA, available, preprocessing
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

SPARSITIES = (0.0, 0.95)
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


def networks(X, y, constraints, seed):
    """Yield the kind, the sparsity and the fitted network of each."""
    same = {"early_stopping": True, "random_state": seed}
    for kind, cst in {"free": None, "monotonic": constraints}.items():
        network = PrunedMLPClassifier((64, 32), monotonic_cst=cst, **same)
        for sparsity in SPARSITIES:
            yield kind, sparsity, network.set_params(sparsity=sparsity).fit(X, y)
    dense = MLPClassifier((64, 32), **same).fit(X, y)
    held = {"monotonic_cst": constraints, "sparsity": SPARSITIES[-1]}
    yield "repaired", SPARSITIES[-1], prune(dense, X, y, **held, **same)


def against(network, constraints):
    """Return the share of constrained columns that some path goes against."""
    known = dict(zip(network.feature_names_in_, network.monotonicity_, strict=True))
    ways = {name: known[name].split(":")[0] for name in constraints}
    fine = [
        way == "constant" or SIGNS.get(way) == constraints[name]
        for name, way in ways.items()
    ]
    return 1.0 - np.mean(fine)


def judged(name, n_splits, n_seeds):
    """Return a row for each network of each fold."""
    rows = []
    for seed in range(n_seeds):
        for fold, (X, y, X_test, y_test) in enumerate(folds(name, n_splits, seed)):
            for kind, sparsity, network in networks(X, y, USUAL[name], seed):
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
    asked = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.simplefilter("ignore", PruningWarning)
    for name in asked.sets:
        print(compared(judged(name, asked.folds, asked.seeds)), flush=True)


if __name__ == "__main__":
    main()
