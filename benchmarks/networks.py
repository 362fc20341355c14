"""What several networks in one estimator cost, and what they are worth.

First, processor seconds to fit ``n_networks`` of one shape, in units of one network
fitted alone. Second, the same for the fits of a grid search over three sparsities, in
one loop that trains a fold's dense network once. Third, five-fold AUC of one network
and of several: of as many connections each, and of as many connections together.
Before these, a step of stacked networks beside ``torch.func``, torch's own way, and one
of stacked LSTMs beside as many of torch's own layers, one after another.

    python benchmarks/networks.py [stacking] [recurrent] [cost] [grid] [worth] [--quick]

``--quick`` takes fewer rows and one set.
"""

import sys
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
TIMESTEPS, CHANNELS = 20, 5
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
        encoded, targets = model._encode(y, None, None, reset=False)
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


def recurrent() -> None:
    """Compare a step of five LSTMs as batched products with one after another."""
    rows = []
    for cells, n_rows in [((50, 50), 64), ((16,), 64), ((16,), 16), ((10,), 200)]:
        networks = [
            torch.nn.LSTM(CHANNELS, cells[0], len(cells), batch_first=True)
            for _ in range(5)
        ]
        states, _ = stack_module_state(networks)
        x = torch.randn(5, n_rows, TIMESTEPS, CHANNELS)
        runs = {
            "one by one": lambda networks=networks, x=x: [
                _gradients(net(rows)[0][:, -1], net.parameters())
                for net, rows in zip(networks, x, strict=True)
            ],
            "stacked": lambda states=states, x=x: _gradients(
                _stacked_lstms(states, x), states.values()
            ),
        }
        apart, together = (run() for run in runs.values())
        same = all(
            torch.equal(torch.stack(each), stacked)
            for each, stacked in zip(zip(*apart, strict=True), together, strict=True)
        )
        found = take_turns(runs, 5, loops=20)
        ratio = f"{found['stacked'] / found['one by one']:.2f}"
        rows.append([cells, n_rows, ratio, "yes" if same else "no"])
    print("A step of five stacked LSTMs, in units of one after another\n")
    table(["cells", "rows", "five", "gradients bit-equal"], rows)


def _gradients(out, parameters):
    return torch.autograd.grad(out.square().mean((-2, -1)).sum(), list(parameters))


def _stacked_lstms(states, x):
    """Return the last states of stacked LSTMs: (networks, rows, cells)."""
    n_networks, n_rows, n_steps, _ = x.shape
    for i in range(len(states) // 4):
        ih, hh, bias_ih, bias_hh = (
            states[f"{name}_l{i}"]
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        # The inputs of all steps in one product.
        flat = x.reshape(n_networks, n_rows * n_steps, -1)
        inputs = torch.baddbmm((bias_ih + bias_hh)[:, None], flat, ih.mT)
        state = memory = x.new_zeros(n_networks, n_rows, hh.shape[2])
        after = []
        for entering in inputs.view(n_networks, n_rows, n_steps, -1).unbind(2):
            gates = torch.baddbmm(entering, state, hh.mT).chunk(4, 2)
            enter, stay, new, leave = gates
            memory = stay.sigmoid() * memory + enter.sigmoid() * new.tanh()
            state = leave.sigmoid() * memory.tanh()
            after.append(state)
        x = torch.stack(after, 2)
    return state


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
    table(["set", *models], rows)


def auc(model, X_train, y_train, X_test, y_test) -> float:
    proba = model.fit(X_train, y_train).predict_proba(X_test)
    return float(roc_auc_score(y_test, proba[:, 1]))


PARTS = {
    "stacking": stacking,
    "recurrent": recurrent,
    "cost": cost,
    "grid": grid,
    "worth": worth,
}


def main() -> None:
    warnings.simplefilter("ignore", ConvergenceWarning)
    machine()
    for part in [part for part in sys.argv[1:] if part in PARTS] or PARTS:
        PARTS[part]()


if __name__ == "__main__":
    main()
