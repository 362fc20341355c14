"""Paths through a network, against a search of all of them."""

import numpy as np
import plain
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from networks import seeds
from parts import MLP, on_a_path, strongest_path

widths = st.lists(st.integers(1, 4), min_size=2, max_size=5)


def chain(sizes, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(b, a)) for a, b in zip(sizes, sizes[1:], strict=False)]


@given(widths, seeds)
def test_the_strongest_path_is_the_best_of_all(sizes, seed):
    weights = chain(sizes, seed)
    found = strongest_path([torch.from_numpy(w) for w in weights])
    p = {f"layers.{i}.weight": w for i, w in enumerate(weights)}
    expected = list(plain.strongest_path(p).values())
    assert [tuple(mask.nonzero()[0].tolist()) for mask in found] == expected
    assert all(int(mask.sum()) == 1 for mask in found)


def test_the_largest_weight_need_not_be_on_the_strongest_path():
    # Through the first hidden unit 9 * 1, through the second 5 * 2.
    weights = [torch.tensor([[9.0, 0.0], [0.0, -5.0]]), torch.tensor([[1.0, 2.0]])]
    first, second = strongest_path(weights)
    assert first.tolist() == [[False, False], [False, True]]
    assert second.tolist() == [[False, True]]


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_products_neither_overflow_nor_vanish(scale):
    # Nothing reaches the first unit of a layer; the last is the stronger one.
    weights = [*[torch.diag(torch.tensor([0.0, 1.0, 2.0]))] * 5, torch.ones(1, 3)]
    masks = strongest_path([w * scale for w in weights])
    assert [mask.nonzero().tolist() for mask in masks] == [[[2, 2]]] * 5 + [[[0, 2]]]


def test_without_weights_some_path_is_named():
    assert [int(m.sum()) for m in strongest_path([torch.zeros(2, 3)])] == [1]


@given(widths, st.floats(0.2, 0.9), seeds)
def test_weights_on_a_path_are_those_that_a_search_finds(sizes, share, seed):
    rng = np.random.default_rng(seed)
    masks = [w < np.quantile(w, share) for w in chain(sizes, seed)]
    masks = [mask & (rng.random(mask.shape) < 0.9) for mask in masks]
    found = on_a_path([torch.from_numpy(mask) for mask in masks])
    for live, expected in zip(found, plain.on_paths(masks), strict=True):
        np.testing.assert_array_equal(live, expected)


@given(widths, seeds)
def test_a_perceptron_names_its_idle_weights(sizes, seed):
    module, rng = MLP(sizes, "relu"), np.random.default_rng(seed)
    masks = {
        f"layers.{i}.weight": torch.from_numpy(rng.random((b, a)) < 0.5)
        for i, (a, b) in enumerate(zip(sizes, sizes[1:], strict=False))
    }
    found = module.idle(masks)
    live = plain.on_paths([mask.numpy() for mask in masks.values()])
    for (name, mask), on_path in zip(masks.items(), live, strict=True):
        np.testing.assert_array_equal(found[name], mask.numpy() & ~on_path)
    # Where a layer's weights are no units, none is called idle.
    del masks["layers.0.weight"]
    assert module.idle(masks) == {}
