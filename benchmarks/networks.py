"""What several networks in one estimator cost, and what they are worth.

First, processor seconds to fit ``n_networks`` of one shape, in units of one network
fitted alone. Second, the same for the fits of a grid search over three sparsities, in
one loop that trains a fold's dense network once. Third, five-fold AUC of one network
and of several: of as many connections each, and of as many connections together.
Before these, a step of stacked networks beside ``torch.func``, torch's own way.
``--quick`` takes fewer rows and one set.
"""

import warnings
from dataclasses import replace

import numpy as np
import torch
from _credit import available, folds
from _peers import QUICK, classification, machine, pruned, table, take_turns
from joblib import Memory
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from torch.func import functional_call, stack_module_state, vmap

from skprune import PrunedMLPClassifier
from skprune.estimator.jobs import make_job
from skprune.networks.mlp.module import MLP
from skprune.networks.mlp.stacking import StackedMLP
from skprune.training.rows import Rows
from skprune.training.run import train_all

COUNTS = (1, 2, 5, 10)
SPARSITIES = (0.5, 0.8, 0.9)
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)
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


class Silent:
    """Hears of training and says nothing."""

    def begin_phase(self, name, n_epochs): ...
    def begin_epoch(self): ...
    def end_epoch(self, nets): ...
    def end_phase(self): ...


def grid() -> None:
    """Compare the loop over folds and sparsities with one fit after another."""
    X, y = classification(2_000 if QUICK else 5_000)
    rows = []
    for hidden in SHAPES:
        model = pruned(hidden, 0.9, n=N_EPOCHS).fit(X, y)
        encoded, targets = model._encode(y, None, reset=False)
        data = Rows(X.astype(np.float32), encoded)
        whole = [
            make_job(model.set_params(sparsity=sparsity), data, targets, None)
            for sparsity in SPARSITIES
        ]
        jobs = [
            replace(job, train=train, valid=valid)
            for train, valid in FOLDS.split(X, y)
            for job in whole
        ]
        rest = Memory(None), Silent(), lambda line: None
        runs = {
            "one": lambda jobs=jobs, rest=rest: train_all(jobs[:1], *rest),
            "all": lambda jobs=jobs, rest=rest: train_all(jobs, *rest),
        }
        found = take_turns(runs, 3)
        rows.append([hidden, f"{found['all'] / found['one']:.2f}"])
    print(f"{len(jobs)} fits, five folds of three sparsities, in units of one\n")
    table(["network", str(len(jobs))], rows)


def stacking() -> None:
    """Compare forward and backward of five stacked networks, 200 rows each."""
    rows = []
    for hidden in SHAPES:
        units, draws = (30, *hidden, 1), torch.Generator().manual_seed(0)
        networks = [MLP(units, "relu") for _ in range(5)]
        for one in networks:
            one.initialize(draws)
        parameters, _ = stack_module_state(networks)
        x = torch.randn(5, 200, 30, generator=draws)
        forward = vmap(lambda p, x, base=networks[0]: functional_call(base, p, (x,)))
        ways = {
            "ours": StackedMLP(networks, parameters),
            "torch.func": lambda x, p=parameters, f=forward: f(p, x),
        }
        leaves = list(parameters.values())
        runs = {
            name: lambda way=way, x=x, leaves=leaves: [
                torch.autograd.grad(way(x).square().mean(), leaves) for _ in range(200)
            ]
            for name, way in ways.items()
        }
        found = take_turns(runs, 5)
        rows.append([hidden, f"{found['torch.func'] / found['ours']:.2f}"])
    print("A step's products by torch.func, in units of ours\n")
    table(["network", "five"], rows)


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
    stacking()
    cost()
    grid()
    worth()


if __name__ == "__main__":
    main()
