"""Which epoch of the dense phase to keep: judges of the loss on few rows.

A (64, 32) network trains for 60 epochs; a tenth of its rows is set aside, as under
``early_stopping=True``. Prints the mean AUC on the test rows where the epoch with the
lowest loss is kept, and by how much other judges are above it, in thousandths.

    python benchmarks/stopping.py
    python benchmarks/stopping.py --data few rare --folds 2
"""

import argparse
import warnings

import numpy as np
import pandas as pd
import torch
from _sets import SETS, available, folds
from quality import HIDDEN
from scipy.ndimage import uniform_filter1d
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split
from skorch.callbacks import Callback

from skprune import PrunedMLPClassifier

N_EPOCHS, N_SPLITS = 60, 5
ROWS = ["german", "polish", "rare", "attrition", "loans", "insurance", "few"]


class Watch(Callback):
    """Keeps, for each epoch, the probabilities of the rows that it is given."""

    def __init__(self, X):
        self.X = X

    def on_train_begin(self, net, **kwargs):
        self.found_ = []

    def on_epoch_end(self, net, **kwargs):
        self.found_.append(net.predict_proba(self.X)[:, 1])


def curves(X, y, rows, seed):
    """Return the probabilities of some rows after each epoch, (epochs, rows)."""
    watch = Watch(rows)
    model = PrunedMLPClassifier(
        HIDDEN,
        sparsity=0,
        max_iter=N_EPOCHS,
        tol=0.0,
        n_iter_no_change=N_EPOCHS,
        callbacks=[("watch", watch)],
        random_state=seed,
    )
    net = model.fit(X, y).net_
    return np.array(dict(net.callbacks_)["watch"].found_, dtype=float)


def log_losses(y, proba):
    """Return the loss of each row after each epoch, (epochs, rows)."""
    proba = proba.clip(1e-7, 1 - 1e-7)
    return -np.where(y == 1, np.log(proba), np.log1p(-proba))


def halves(X, y, size, seed):
    return train_test_split(X, y, test_size=size, stratify=y, random_state=seed)


def one_error(losses):
    """Return the first epoch within a standard error of the best one."""
    best = losses.mean(1).argmin()
    error = (losses - losses[best]).std(1, ddof=1) / losses.shape[1] ** 0.5
    return int(np.argmax(losses.mean(1) <= losses[best].mean() + error))


def judged(X_train, y_train, X_test, y_test, seed):
    """Return the AUC on the test rows by judge."""
    X, X_valid, y, y_valid = halves(X_train, y_train, 0.1, seed)
    proba = curves(X, y, np.vstack([X_valid, X_test]), seed)
    losses = log_losses(y_valid, proba[:, : len(y_valid)])
    areas = [roc_auc_score(y_test, p) for p in proba[:, len(y_valid) :]]
    mean = losses.mean(1)
    ranks = [-roc_auc_score(y_valid, p) for p in proba[:, : len(y_valid)]]
    found = {
        "lowest loss": areas[mean.argmin()],
        "within one standard error": areas[one_error(losses)],
        "mean loss of five epochs": areas[uniform_filter1d(mean, 5).argmin()],
        "highest AUC": areas[int(np.argmin(ranks))],
        "mean AUC of five epochs": areas[uniform_filter1d(ranks, 5).argmin()],
    }
    found["cross-fitted, then all rows"] = cross_fitted(
        X_train, y_train, X_test, y_test, seed
    )
    found["best epoch, were it known"] = max(areas)
    return found


def cross_fitted(X, y, X_test, y_test, seed):
    """Return the AUC of all rows' network after as many epochs as folds say."""
    cv = StratifiedKFold(N_SPLITS, shuffle=True, random_state=seed)
    mean = 0.0
    for train, valid in cv.split(X, y):
        proba = curves(X[train], y[train], X[valid], seed)
        mean = mean + log_losses(y[valid], proba).sum(1)
    # An epoch of all rows has more steps.
    epoch = round((int(np.argmin(mean)) + 1) * (1 - 1 / N_SPLITS)) - 1
    return roc_auc_score(y_test, curves(X, y, X_test, seed)[max(epoch, 0)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", choices=list(SETS), default=None)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    names = args.data or [name for name in ROWS if name in available()]
    found = pd.DataFrame(
        {"data": name, **judged(*fold, seed)}
        for name in names
        for seed in range(args.seeds)
        for fold in folds(name, args.folds, seed)
    )
    means = found.groupby("data", sort=False).mean()
    gaps = 1e3 * means.sub(means["lowest loss"], axis=0)
    gaps["lowest loss"] = means["lowest loss"]
    gaps.loc["mean"] = gaps.mean()
    print(gaps.T.to_string(float_format="{:.4g}".format))


if __name__ == "__main__":
    main()
