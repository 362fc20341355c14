"""Losses by row against their formulas, and what they promise one another."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from skprune.losses import CLASSIFICATION, REGRESSION, get_loss

rng = np.random.default_rng(0)
Z = torch.from_numpy(rng.normal(size=(40, 3)))
TARGETS = {
    "binary": torch.from_numpy(rng.integers(0, 2, (40, 3)).astype(float)),
    "multiclass": torch.from_numpy(rng.integers(0, 3, 40)),
    "squared_error": torch.from_numpy(rng.normal(size=(40, 3))),
    "quantile": torch.from_numpy(rng.normal(size=(40, 3))),
    "poisson": torch.from_numpy(rng.poisson(2.0, (40, 3)).astype(float)),
}
LOSSES = {
    name: get_loss(name, **({"quantile": 0.8} if name == "quantile" else {}))
    for name in [*CLASSIFICATION, *REGRESSION]
}


def plain(name, z, y):
    """Return a row's loss, from the textbook."""
    if name == "binary":
        p = 1 / (1 + np.exp(-z))
        return -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum()
    if name == "multiclass":
        return np.log(np.exp(z).sum()) - z[int(y)]
    if name == "squared_error":
        return ((z - y) ** 2).mean() / 2
    if name == "quantile":
        return np.where(y > z, 0.8 * (y - z), 0.2 * (z - y)).mean()
    logs = np.where(y > 0, y * np.log(np.where(y > 0, y, 1.0)), 0.0)
    return (np.exp(z) - y * z + logs - y).mean()


@pytest.mark.parametrize("name", LOSSES)
def test_rows_are_those_of_the_formula(name):
    y = TARGETS[name]
    expected = [plain(name, z, t) for z, t in zip(Z.numpy(), y.numpy(), strict=True)]
    assert_allclose(LOSSES[name].rows(Z, y), expected, rtol=1e-10)


@pytest.mark.parametrize("name", LOSSES)
def test_the_mean_is_that_of_the_rows(name):
    loss, y = LOSSES[name], TARGETS[name]
    weight = torch.from_numpy(rng.uniform(0.5, 2, 40))
    assert_allclose(loss.mean(Z, y), loss.rows(Z, y).mean(), rtol=1e-10)
    expected = np.average(loss.rows(Z, y), weights=weight)
    assert_allclose(loss.batch(Z, y, weight), expected, rtol=1e-10)


@pytest.mark.parametrize("name", REGRESSION)
def test_a_number_is_mistaken_by_its_own_loss(name):
    loss, y = LOSSES[name], TARGETS[name]
    torch.testing.assert_close(loss.mistakes(Z, y), loss.rows(Z, y))


def test_a_class_is_mistaken_or_not():
    wrong = LOSSES["multiclass"].mistakes(Z, TARGETS["multiclass"])
    assert_allclose(wrong, Z.numpy().argmax(1) != TARGETS["multiclass"].numpy())
    labels = TARGETS["binary"].numpy() > 0.5
    wrong = LOSSES["binary"].mistakes(Z, TARGETS["binary"])
    assert_allclose(wrong, ((Z.numpy() > 0) != labels).any(1))


def test_equal_losses_are_one_key_in_a_cache():
    assert get_loss("quantile", quantile=0.3) == get_loss("quantile", quantile=0.3)
    assert get_loss("quantile", quantile=0.3) != get_loss("quantile", quantile=0.4)
    assert len({get_loss("poisson"), get_loss("poisson"), get_loss("binary")}) == 2
