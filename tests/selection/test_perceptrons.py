"""The batch of networks: its step is AdamW's, its judgement that of formulas."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.metrics import brier_score_loss

from skprune.selection.judging import errors, judged
from skprune.selection.perceptrons import LEARNING_RATE, Perceptrons
from skprune.selection.table import Table, encoded, kind_of_target, varying
from skprune.selection.units import resolve_units


def perceptrons(y, n=60, p=6):
    X = np.random.default_rng(0).normal(size=(n, p))
    kind = kind_of_target(y)
    units = resolve_units(None, None, None, p)
    weight = np.random.default_rng(1).uniform(1, 2, n)
    table = Table(X, encoded(y, kind), weight, kind, units, varying(X), 0.2, 0, None)
    return Perceptrons(table, torch.Generator().manual_seed(0))


def three_classes(n=60):
    return np.arange(n) % 3


def test_a_step_is_that_of_adamw_with_each_networks_decay():
    networks = perceptrons(three_classes())
    n_networks = len(networks.params[0])
    copies = [[w[e].clone() for w in networks.params] for e in range(n_networks)]
    optimizers = [
        torch.optim.AdamW(
            [
                {"params": copy[::2], "weight_decay": float(decay)},
                {"params": copy[1::2], "weight_decay": 0.0},
            ],
            lr=LEARNING_RATE,
        )
        for copy, decay in zip(copies, networks.decays, strict=True)
    ]
    for seed in range(4):
        generator = torch.Generator().manual_seed(seed)
        grads = [torch.randn(w.shape, generator=generator) for w in networks.params]
        networks._descend(grads)
        for e, optimizer in enumerate(optimizers):
            for param, grad in zip(copies[e], grads, strict=True):
                param.grad = grad[e]
            optimizer.step()
    for i, params in enumerate(networks.params):
        oracle = torch.stack([copy[i] for copy in copies])
        assert_allclose(params.numpy(), oracle.numpy(), rtol=1e-4, atol=1e-6)


def test_networks_go_on_from_where_they_were_without_a_column():
    networks, fewer = perceptrons(three_classes()), perceptrons(three_classes())
    for one in (networks, fewer):
        one.train(1, 3, 3)
    alive = np.array([0, 2, 3, 5])
    fewer.restrict(alive)
    first, rest = networks.params[0], fewer.params[0]
    assert_allclose(rest.numpy(), first[:, alive].numpy())
    for name in ("exp_avg", "exp_avg_sq"):
        moments = networks.optimizer.state[first][name][:, alive]
        assert_allclose(fewer.optimizer.state[rest][name].numpy(), moments.numpy())
    fewer.train(1, 3, 3)
    assert fewer.params[0].shape == (12, 4, 32)


def test_classes_are_judged_by_the_brier_score():
    networks = perceptrons(three_classes())
    index = torch.arange(60)
    output = torch.randn(60, 3, generator=torch.Generator().manual_seed(0)) * 3
    found = errors(networks, output, index)
    proba = torch.softmax(output.double(), dim=1).numpy()
    oracle = brier_score_loss(three_classes(), proba, scale_by_half=False)
    assert float(found.mean()) == pytest.approx(oracle, rel=1e-5)
    # However sure and wrong, a row costs two at most.
    sure = torch.full((60, 3), -1e4)
    sure[:, 0] = 1e4
    assert float(errors(networks, sure, index).max()) == 2.0
    assert float(networks.losses(sure, index).max()) > 1e4


def test_other_targets_are_judged_by_what_is_minimised():
    for y in (np.linspace(0, 1, 60), np.eye(2, dtype=int)[np.arange(60) % 2]):
        networks, index = perceptrons(y), torch.arange(60)
        output = torch.randn(60, networks.target.shape[1])
        found = errors(networks, output, index)
        assert_allclose(found.numpy(), networks.losses(output, index).numpy())


@pytest.mark.parametrize("units", [None, [[0], [1, 4], [2, 3, 5]]])
def test_a_rise_is_what_setting_the_columns_to_zero_costs(units):
    networks = perceptrons(three_classes())
    networks.train(5, 20, 20)
    groups = None if units is None else [torch.tensor(unit) for unit in units]
    loss, rises = judged(networks, groups)
    fold, level = 2, 1
    index = networks.folds[fold]
    w, b, v, c = (part[fold * 3 + level].double().numpy() for part in networks.params)
    weight = networks.weight[index].numpy()
    x, y = networks.columns.rows(index).numpy(), networks.target[index].numpy()

    def brier_and_log_loss(x):
        output = np.maximum(x @ w + b, 0) @ v + c
        proba = np.exp(output) / np.exp(output).sum(axis=1, keepdims=True)
        rows = ((proba - np.eye(3)[y]) ** 2).sum(axis=1)
        surprise = -np.log(proba[np.arange(len(y)), y])
        return np.average(rows, weights=weight), np.average(surprise, weights=weight)

    before, log_loss = brier_and_log_loss(x)
    assert float(loss[fold, level]) == pytest.approx(log_loss, rel=1e-4)
    for u, unit in enumerate(units or [[j] for j in range(6)]):
        without = x.copy()
        without[:, unit] = 0
        rise = brier_and_log_loss(without)[0] - before
        assert float(rises[fold, level, u]) == pytest.approx(rise, abs=1e-5)
