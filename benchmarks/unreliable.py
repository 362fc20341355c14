"""Flipped labels found, and AUC with and without the rows that are found.

    python benchmarks/unreliable.py [german ...] [--rows 2000] [--seeds 1] [--no-auc]

10 % of the training labels of each development set are flipped. "share" is how many of
the flipped rows are in the least trusted tenth: by ``unreliable_rows`` of a (64, 32)
network, by the out-of-fold probability of a random forest (300 trees, five folds), by
cleanlab's label quality as it comes (of a logistic regression; where it is installed).
AUC is on the other half of the rows, whose labels are as they were, of five networks of
all defaults but early stopping: as they are, and with ``mask_unreliable=0.1``;
"clean" is trained on labels as they were, too. Without them it takes a quarter of the
time. Each seed draws halves, flips and networks anew; means of several are printed.

``digits`` (is a digit odd?) and ``waves`` are no development sets: nothing was chosen
on them.
"""

import argparse
import warnings
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from _credit import preprocessing
from _sets import SETS, available, drawn
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import (
    StratifiedKFold,
    cross_val_predict,
    train_test_split,
)

from skprune import PrunedMLPClassifier
from skprune.exceptions import PruningWarning
from skprune.inspection import unreliable_rows

SHARE = 0.1


def digits():
    """Return scikit-learn's digits, and whether each is odd."""
    X, y = load_digits(return_X_y=True, as_frame=True)
    return X, (y % 2).to_numpy()


def waves(n_rows=2000):
    """30 % positive, 20 numbers: waves, a product and a threshold."""
    draws = np.random.default_rng(21)
    X = draws.normal(size=(n_rows, 20))
    logit = 3 * np.sin(2 * X[:, 0]) + 2 * X[:, 1] * X[:, 2] + 3 * (X[:, 3] > 1)
    logit += X[:, 4:8].sum(1)
    return pd.DataFrame(X), drawn(logit, 0.3, draws)


OTHERS = {"digits": digits, "waves": waves}


def halves(name, n_rows, seed):
    """Return prepared training and test rows, at most ``n_rows`` of each."""
    X, y = {**SETS, **OTHERS}[name]()
    X, X_test, y, y_test = train_test_split(
        X, y, test_size=0.5, stratify=y, random_state=seed
    )
    X, y, X_test, y_test = X[:n_rows], y[:n_rows], X_test[:n_rows], y_test[:n_rows]
    prepare = preprocessing(len(y)).fit(X)
    rows = (prepare.transform(one).astype(np.float32) for one in (X, X_test))
    return *rows, y, y_test


def found(doubt, flipped):
    """Return the share of the flipped rows that are in the most doubtful tenth."""
    worst = np.argsort(-doubt, kind="stable")[: round(SHARE * len(doubt))]
    return flipped[worst].sum() / flipped.sum()


def forest_doubt(X, y, seed):
    """Return how unlikely a forest that has not seen a row finds its label."""
    forest = RandomForestClassifier(300, min_samples_leaf=3, random_state=seed)
    cv = StratifiedKFold(5, shuffle=True, random_state=seed)
    proba = cross_val_predict(forest, X, y, cv=cv, method="predict_proba")
    return 1.0 - proba[np.arange(len(y)), y]


def cleanlab_doubt(X, y, seed):
    """Return how low cleanlab finds a label's quality; None if it is not there."""
    try:
        from cleanlab.classification import CleanLearning
    except ImportError:
        return None
    found = CleanLearning(seed=seed).find_label_issues(X, y)
    return 1.0 - found["label_quality"].to_numpy()


def network(seed, **changed):
    """Return the networks that are asked, and whose AUC is told."""
    same = {"early_stopping": True, "random_state": seed, "n_networks": 5}
    return PrunedMLPClassifier((64, 32), **same, **changed)


def shares(X, noisy, flipped, seed):
    """Return what is found of the flipped rows, by whom."""
    row = {
        "share": found(unreliable_rows(network(seed), X, noisy), flipped),
        "forest": found(forest_doubt(X, noisy, seed), flipped),
    }
    quality = cleanlab_doubt(X, noisy, seed)
    if quality is not None:
        row["cleanlab"] = found(quality, flipped)
    return row


def aucs(X, labels, X_test, y_test, seed):
    """Return the AUC of networks that learn from each of the labels, and masked."""
    row = {}
    for kind, target in labels.items():
        # Both learn the same before they are pruned.
        with TemporaryDirectory() as folder:
            for name, mask in ((f"AUC {kind}", None), (f"masked {kind}", SHARE)):
                model = network(seed, mask_unreliable=mask, memory=folder)
                p = model.fit(X, target).predict_proba(X_test)[:, 1]
                row[name] = roc_auc_score(y_test, p)
    return row


def judged(name, n_rows, seed, with_auc):
    """Return the figures of a set and a seed."""
    X, X_test, y, y_test = halves(name, n_rows, seed)
    draws = np.random.default_rng(seed)
    flipped = draws.permutation(len(y)) < round(SHARE * len(y))
    labels = {"clean": y, "flipped": np.where(flipped, 1 - y, y)}
    row = {"rows": len(y), **shares(X, labels["flipped"], flipped, seed)}
    if with_auc:
        row.update(aucs(X, labels, X_test, y_test, seed))
    return row


def main():
    """Print a row for each set, and the mean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=available())
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--no-auc", dest="auc", action="store_false")
    asked = parser.parse_args()
    warnings.simplefilter("ignore", PruningWarning)
    warnings.simplefilter("ignore", ConvergenceWarning)
    rows = []
    for name in asked.sets:
        for seed in range(asked.seeds):
            row = judged(name, asked.rows, seed, asked.auc)
            said = {k: round(float(v), 4) for k, v in row.items()}
            print(name, seed, said, flush=True)
            rows.append({"set": name, **row})
    table = pd.DataFrame(rows).groupby("set", sort=False).mean()
    table.loc["mean"] = table.mean()
    print(table.round(4).to_string())


if __name__ == "__main__":
    main()
