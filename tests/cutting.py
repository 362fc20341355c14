"""Small networks in double precision, and rows, ready to be scored and cut."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import plain_scores
import torch
from parts import (
    GRU,
    LSTM,
    MLP,
    Batches,
    PrunePlan,
    Pruner,
    PruningNet,
    Rows,
    evidence,
    get_loss,
    get_schedule,
)

from skprune.criteria import get_criterion


class Case(NamedTuple):
    """A network and rows; ``weight`` are the rows' weights."""

    module: Any
    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    loss: str

    @property
    def activation(self):
        return self.module.activation

    @property
    def n_channels(self):
        return getattr(self.module, "n_channels", 1)

    @property
    def params(self):
        """The parameters by name, as arrays."""
        named = self.module.named_parameters()
        return {name: p.detach().numpy().copy() for name, p in named}

    def net(self):
        """Return the trainable network, which changes the module."""
        # As small a rate as does not matter; no test here trains.
        loss = get_loss(self.loss)
        net = PruningNet(self.module, loss, optimizer=torch.optim.SGD, lr=0.1)
        return net.initialize()

    def batches(self, batch_size=1000):
        return Batches(Rows(self.x, self.y, self.weight), batch_size)


def perceptron(units=(3, 4, 3, 1), loss="binary", activation="tanh", seed=0):
    """Return a perceptron with rows for a loss."""
    return _case(MLP(units, activation), units[0], units[-1], loss, seed)


def recurrent(cells=(3, 2), loss="squared_error", seed=0, kind=LSTM):
    """Return a network of three steps of two channels, with a factor for each step."""
    return _case(kind(3, 2, cells, (2,), 2, "tanh", lag_gates=True), 6, 2, loss, seed)


def _case(module, n_columns, n_outputs, loss, seed, n_rows=20):
    rng, draws = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    module.double().eval()
    with torch.no_grad():
        for p in module.parameters():
            p.normal_(generator=draws)
    y = {
        "binary": rng.integers(0, 2, (n_rows, n_outputs)).astype(float),
        "multiclass": rng.integers(0, n_outputs, n_rows),
        "squared_error": rng.normal(size=(n_rows, n_outputs)),
    }[loss]
    x, weight = rng.normal(size=(n_rows, n_columns)), rng.uniform(0.5, 2, n_rows)
    return Case(module, x, y, weight, loss)


CASES = {
    "two classes": perceptron,
    "three classes": partial(perceptron, (3, 4, 3), "multiclass", "logistic"),
    "regression": partial(perceptron, (3, 4, 2), "squared_error", "identity"),
    "recurrent": recurrent,
    "gated units": partial(recurrent, kind=GRU),
}
GRANULARITIES = [
    *(("two classes", kind) for kind in ("weight", "unit", "feature")),
    *(("recurrent", kind) for kind in ("weight", "unit", "feature", "lag")),
    *(("gated units", kind) for kind in ("weight", "unit", "feature", "lag")),
]


def constant(case, seed=3):
    """Return draws for the fields that are collected before the first cut."""
    draws = torch.Generator().manual_seed(seed)
    return {
        field: {
            n: torch.rand(p.shape, generator=draws, dtype=p.dtype)
            for n, p in case.module.named_parameters()
        }
        for field in ("initial", "column", "noise")
    }


def collect(case, batch_size=1000, movement=None, seed=0):
    """Return the evidence for a case's network."""
    net, draws = case.net(), torch.Generator().manual_seed(seed)
    net.step_.movement = movement
    batches = case.batches(batch_size)
    return evidence.Evidence(net, batches, draws, constant(case))


def make_pruner(
    case,
    granularity,
    criterion="magnitude",
    *,
    amount=None,
    seed=0,
    movement=None,
    **plan,
):
    """Return the pruner of a case's network; half of the units go by default."""
    settings = {
        "schedule": get_schedule("cubic"),
        "scope": "global",
        "regrow": None,
        "prune_iter": None,
        "n_bits": None,
        "granularity": granularity,
        "criterion": get_criterion(criterion),
    }
    net, draws = case.net(), torch.Generator().manual_seed(seed)
    net.step_.movement = movement
    asked = PrunePlan(**settings | plan, **amount or {"sparsity": 0.5})
    return Pruner(net, asked, case.batches(), draws, constant(case))


def fields(case, movement):
    """Return, by name, what criteria read, computed in another way."""
    p, known = case.params, constant(case)
    return {
        "grad": plain_scores.gradient(p, case),
        "grad_sq": plain_scores.squared_gradient(p, case),
        "activation": plain_scores.input_sizes(p, case),
        "curvature": plain_scores.surgery(p, case),
        "movement": movement,
        "reach": plain_scores.reach(p, case),
        **{f: {n: t.numpy() for n, t in known[f].items()} for f in known},
    }
