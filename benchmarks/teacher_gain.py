"""What a teacher gives a small network, and what a bad one costs it.

    python benchmarks/teacher_gain.py [SET ...] [--alpha 1] [--folds 2] [--csv FILE]

AUC on test rows of the network at 95 % sparsity: by labels alone, and taught by
histogram boosting, by CatBoost (where it is installed), by histogram boosting that
was fitted to shuffled labels, and by one nearest neighbour, which remembers its rows.
Gaps are filled and flagged: trees would find them by the value they are filled with.
Beside them the teachers themselves, and how far the network listened. The last lines
say how far each taught network is ahead of the better of its teacher and the network of
labels; of bad teachers, ahead of the latter.
"""

import argparse
import time
import warnings
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from _sets import available, folds
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

from skprune import PrunedMLPClassifier

N_SPLITS = 5
BAD = ("shuffled", "neighbour")


class Shuffled(HistGradientBoostingClassifier):
    """Boosting that learns labels which belong to other rows."""

    def fit(self, X, y):
        """Fit to a permutation of y."""
        shuffled = np.random.default_rng(len(y)).permutation(y)
        return super().fit(X, shuffled)


def teachers():
    """Return the teachers by name, CatBoost where it is installed."""
    found = {
        "boosting": HistGradientBoostingClassifier(random_state=0),
        "shuffled": Shuffled(random_state=0),
        "neighbour": KNeighborsClassifier(1),
    }
    try:
        from catboost import CatBoostClassifier
    except ImportError:
        return found
    quiet = {"verbose": 0, "allow_writing_files": False, "thread_count": 1}
    return {"catboost": CatBoostClassifier(random_seed=0, **quiet), **found}


def auc(model, X, y):
    """Return the AUC of a fitted model."""
    return roc_auc_score(y, model.predict_proba(X)[:, 1])


def judged(name, fold, alpha, asked, memory):
    """Return the figures of one fold, by teacher."""
    X, y, X_test, y_test = fold
    network = PrunedMLPClassifier(
        (64, 32),
        sparsity=0.95,
        early_stopping=True,
        alpha=alpha,
        random_state=0,
        memory=memory,
    )
    row = {"set": name, "alpha": alpha}
    for who, teacher in {"labels": None, **asked}.items():
        start = time.process_time()
        pupil = clone(network).set_params(teacher=teacher).fit(X, y)
        row[who] = auc(pupil, X_test, y_test)
        row[f"{who}_seconds"] = time.process_time() - start
        if teacher is not None:
            row[f"{who}_weight"] = pupil.teacher_weight_
            row[f"{who}_itself"] = auc(clone(teacher).fit(X, y), X_test, y_test)
    return row


def ahead(means, names):
    """Return by set how far ahead of the best without them the taught networks are."""
    rivals = {
        who: ["labels"] if who in BAD else ["labels", f"{who}_itself"] for who in names
    }
    return pd.DataFrame(
        {who: means[who] - means[rivals[who]].max(axis=1) for who in names}
    )


def main():
    """Print a table of means, a row a set and strength of the penalty."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=available())
    parser.add_argument("--alpha", type=float, nargs="+", default=[1e-4])
    parser.add_argument("--folds", type=int, default=N_SPLITS)
    parser.add_argument("--teachers", nargs="+", default=[*teachers()])
    parser.add_argument("--csv")
    asked = parser.parse_args()
    some = {who: teachers()[who] for who in asked.teachers}
    warnings.simplefilter("ignore", ConvergenceWarning)
    rows = []
    with TemporaryDirectory() as memory:
        for name in asked.sets:
            for k, fold in enumerate(folds(name, N_SPLITS, flagged=True)):
                if k == asked.folds:
                    break
                for alpha in asked.alpha:
                    rows.append({**judged(name, fold, alpha, some, memory), "fold": k})
                    print(pd.Series(rows[-1]).to_dict(), flush=True)
    table = pd.DataFrame(rows)
    if asked.csv:
        table.to_csv(asked.csv, index=False)
    means = table.drop(columns="fold").groupby(["alpha", "set"]).mean()
    print(means.round(4).to_string())
    print(means.groupby("alpha").mean().round(4).to_string())
    print(ahead(means, some).agg(["mean", "min"]).round(4).to_string())


if __name__ == "__main__":
    main()
