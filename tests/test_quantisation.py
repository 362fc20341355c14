import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from skprune.inference import Layer
from skprune.networks.rounding import round_rows, row_scales

weights = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12),
    elements=st.floats(-8, 8, width=32, allow_subnormal=False) | st.just(0.0),
)


@given(weights, st.sampled_from([8, 4]))
@settings(max_examples=60, deadline=None)
def test_training_rounds_as_storage_does(weight, n_bits):
    trained = round_rows(torch.from_numpy(weight), n_bits).numpy()
    stored = Layer(weight, np.zeros(len(weight)), n_bits).dense
    assert_array_equal(trained, stored)


@given(weights, st.sampled_from([8, 4]))
@settings(max_examples=60, deadline=None)
def test_a_weight_moves_by_at_most_half_a_step(weight, n_bits):
    step = np.abs(weight).max(1, initial=0, keepdims=True) / (2 ** (n_bits - 1) - 1)
    moved = np.abs(Layer(weight, np.zeros(len(weight)), n_bits).dense - weight)
    assert np.all(moved <= step * 0.50001 + 1e-37)


@pytest.mark.parametrize("n_bits", [8, 4])
def test_rounding_keeps_zeros_the_largest_and_itself(n_bits):
    rng = np.random.default_rng(0)
    weight = torch.from_numpy(rng.standard_normal((20, 30)).astype(np.float32))
    weight[weight.abs() < 1] = 0
    rounded = round_rows(weight, n_bits)
    assert not rounded[weight == 0].any()
    assert_allclose(rounded.abs().amax(1), weight.abs().amax(1), rtol=1e-6)
    assert_array_equal(round_rows(rounded, n_bits), rounded)


@pytest.mark.parametrize("n_bits", [8, 4])
def test_what_is_rounded_has_the_scale_that_it_was_rounded_by(n_bits):
    draws = torch.Generator().manual_seed(0)
    weight = torch.randn(300_000, 1, generator=draws)
    rounded = round_rows(weight, n_bits)
    assert_array_equal(row_scales(rounded, n_bits), row_scales(weight, n_bits))


@pytest.mark.parametrize("n_bits", [8, 4])
def test_a_row_that_lost_its_largest_weight_is_stored_as_it_was_rounded(n_bits):
    rng = np.random.default_rng(0)
    weight = torch.from_numpy(rng.standard_normal((200, 30)).astype(np.float32))
    weight[:, 0] = 5
    rounded = round_rows(weight, n_bits).numpy()
    scales, bias = row_scales(weight, n_bits).numpy(), np.zeros(200)
    layer = Layer(rounded[:, 1:], bias, n_bits, scales)
    assert_array_equal(layer.dense, rounded[:, 1:])
    assert_array_equal(pickle.loads(pickle.dumps(layer)).dense, rounded[:, 1:])
    assert np.any(Layer(rounded[:, 1:], bias, n_bits).dense != rounded[:, 1:])


def test_a_number_has_no_more_levels_than_its_bits():
    weight = torch.linspace(-1, 1, 1001)[None]
    assert len(round_rows(weight, 4).unique()) == 15
    assert len(round_rows(weight, 8).unique()) == 255
