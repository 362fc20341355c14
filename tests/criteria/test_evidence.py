"""What criteria see, against finite differences and loops over rows."""

import math

import numpy as np
import plain
import plain_scores
import pytest
import torch
from cutting import CASES, GRANULARITIES, collect
from numpy.testing import assert_allclose
from parts import evidence, unrolled

from skprune.criteria import get_criterion

each_case = pytest.mark.parametrize("name", CASES)


def assert_same(found, expected, **tolerance):
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        assert_allclose(tensor, expected[name], err_msg=name, **tolerance)


@each_case
@pytest.mark.parametrize(
    ("field", "oracle", "rtol"),
    [
        ("gradient", plain_scores.gradient, 1e-6),
        ("squared_gradient", plain_scores.squared_gradient, 1e-6),
        ("activation", plain_scores.input_sizes, 1e-12),
        ("curvature", plain_scores.surgery, 1e-6),
    ],
)
def test_field(name, field, oracle, rtol):
    case = CASES[name]()
    found = getattr(collect(case), field)
    assert_same(found, oracle(case.params, case), rtol=rtol, atol=1e-9)
