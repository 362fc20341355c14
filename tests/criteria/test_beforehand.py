"""What is collected before the first cut, and stays the same for all of them."""

import dataclasses

import numpy as np
import plain_scores
import pytest
import torch
from cutting import CASES
from numpy.testing import assert_allclose, assert_array_equal
from parts import (
    DENSE,
    MLP_KIND,
    RECURRENT_KIND,
    SCORE,
    Batches,
    DensePlan,
    Rows,
    collect_constant,
    generator,
    get_loss,
    make_net,
)
from scipy import sparse

PLAN = DensePlan(
    kind=MLP_KIND, arguments=(("layer_units", (3, 4, 1)), ("activation", "tanh")),
    loss=get_loss("squared_error"), solver="sgd", momentum=0.0, alpha=0.0, l1_ratio=0.0,
    batch_size=100, learning_rate="constant", learning_rate_init=0.1,
    max_iter=1, tol=0.0, n_iter_no_change=1, shuffle=False, seed=4, device="cpu",
)  # fmt: skip
RECURRENT = {
    "cell": "lstm", "n_timesteps": 2, "n_channels": 3, "cells": (2,), "dense": (),
    "n_outputs": 1, "activation": "tanh", "lag_gates": True,
}  # fmt: skip


def rows(n_columns=3):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, n_columns)).astype("f4")
    # The second column decides, with the third to help.
    return Rows(x, (3 * x[:, 1:2] + x[:, 2:3]).astype("f4"))


def collect(field, plan=PLAN, of=None):
    net = make_net(plan, None, DENSE)
    return collect_constant((field,), plan, net, Batches(of or rows(), 100))[field]


def test_only_what_is_needed_and_stays_the_same_is_collected():
    net = make_net(PLAN, None, DENSE)
    found = collect_constant(("weight", "grad", "noise"), PLAN, net, Batches(rows(), 9))
    assert found.keys() == {"noise"}


def test_initial_is_the_product_in_the_network_as_it_was_drawn():
    net = make_net(PLAN, None, DENSE)
    case = CASES["regression"]()._replace(module=net.module_, x=rows().X, y=rows().y)
    case = case._replace(weight=np.ones(100))
    p = {name: w.astype("f8") for name, w in case.params.items()}
    expected = plain_scores.gradient(p, case)
    # The network at hand has been trained since: it is not the one that is meant.
    with torch.no_grad():
        net.flat_.value.data.mul_(3.0)
    found = collect_constant(("initial",), PLAN, net, Batches(rows(), 100))["initial"]
    for name, w in p.items():
        assert_allclose(found[name], np.abs(w * expected[name]), rtol=1e-3, atol=1e-7)


def test_initial_is_that_of_one_batch():
    plan = dataclasses.replace(PLAN, batch_size=10)
    batch = Batches(rows(), 100).sample(10, generator(plan.seed, SCORE))
    alone = collect("initial", plan, Rows(batch.x.numpy(), batch.y.numpy()))
    for name, found in collect("initial", plan).items():
        assert_allclose(found, alone[name], rtol=1e-5, atol=1e-8)


def test_noise_is_uniform_and_its_own_for_each_seed():
    wide = (("layer_units", (40, 50, 1)), ("activation", "tanh"))
    plan = dataclasses.replace(PLAN, arguments=wide)
    one, again = (collect("noise", plan) for _ in range(2))
    other = collect("noise", dataclasses.replace(plan, seed=5))
    for name, draws in one.items():
        assert_array_equal(draws, again[name])
        assert not np.array_equal(draws, other[name])
    draws = np.sort(one["layers.0.weight"].numpy().ravel())
    grid = (np.arange(2000) + 0.5) / 2000
    # Kolmogorov and Smirnov's distance, below its 1 % point 1.63 / sqrt(2000).
    assert np.abs(draws - grid).max() < 1.63 / 2000**0.5


@pytest.mark.parametrize("loss", ["squared_error", "binary", "multiclass"])
def test_columns_are_ranked_by_a_forest(loss):
    y = rows().y
    y = {"squared_error": y, "binary": (y > 0).astype("f4")}.get(loss, (y > 0)[:, 0])
    if loss == "multiclass":
        y = y.astype("i8")
    plan = dataclasses.replace(PLAN, loss=get_loss(loss))
    found = collect("column", plan, Rows(rows().X, y))
    by_row = found["layers.0.weight"]
    assert by_row.shape == (4, 3) and bool((by_row == by_row[0]).all())
    assert float(by_row[0].mean()) == pytest.approx(1.0, rel=1e-5)
    noise, main, help_ = by_row[0].tolist()
    assert 0 < noise < help_ < main
    # Elsewhere there are no columns.
    for name in ("layers.0.bias", "layers.1.weight", "layers.1.bias"):
        assert bool((found[name] == 1.0).all())


def test_a_column_that_says_nothing_keeps_a_millionth_of_the_best():
    of = rows()
    of.X[:, 0] = 1.0
    none, best, _ = collect("column", of=of)["layers.0.weight"][0].tolist()
    assert none / best == pytest.approx(1e-6, rel=1e-3)


def test_sparse_columns_are_ranked_as_dense_ones():
    of = rows()
    of.X[of.X < 0.3] = 0.0
    dense = collect("column", of=of)["layers.0.weight"]
    few = collect("column", of=Rows(sparse.csr_array(of.X), of.y))["layers.0.weight"]
    assert_array_equal(few, dense)


def test_columns_of_a_recurrent_network_are_steps_and_channels():
    recurrent = tuple(RECURRENT.items())
    plan = dataclasses.replace(PLAN, kind=RECURRENT_KIND, arguments=recurrent)
    found, of = collect("column", plan, rows(6)), rows(6)
    # As a perceptron that reads the same six columns has them.
    flat = (("layer_units", (6, 1)), ("activation", "tanh"))
    plan = dataclasses.replace(PLAN, arguments=flat)
    share = collect("column", plan, of)["layers.0.weight"][0].reshape(2, 3)
    assert share[0, 1] == share.max()
    for step in range(2):
        expected = float(sum(share[step])) / 3
        assert float(found["lags"][step]) == pytest.approx(expected)
    for channel in range(3):
        expected = float(share[0, channel] + share[1, channel]) / 2
        entries = found["layers.0.weight_ih_l0"][:, channel]
        assert entries.tolist() == pytest.approx([expected] * 8)
    assert bool((found["layers.0.weight_hh_l0"] == 1.0).all())
