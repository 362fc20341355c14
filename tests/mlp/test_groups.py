"""Columns that go together, and columns that never go."""

import numpy as np
import pandas as pd
import pytest
import torch
from instances import classifier, regressor

from skprune.criteria import CRITERIA
from skprune.pruning.units import Member, UnitGroup, gather, scatter

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.default_rng(0)
# Two variables of three dummies, two numbers, one of which matters.
LEVELS = rng.integers(0, 3, (300, 2))
NUMBERS = rng.normal(size=(300, 2))
X = np.hstack([np.eye(3)[LEVELS[:, 0]], np.eye(3)[LEVELS[:, 1]], NUMBERS])
y = (LEVELS[:, 0] + NUMBERS[:, 0] > 1).astype(int)
NAMES = ["a_0", "a_1", "a_2", "b_0", "b_1", "b_2", "c", "d"]
GROUPS = ["a", "a", "a", "b", "b", "b", "c", "d"]
LABELS = np.array([0, 0, 0, 1, 1, 1, 2, 3])


def columns_read(model):
    return np.flatnonzero(model.masks_["layers.0.weight"].any(axis=0))


def pruned(**parameters):
    settings = {"granularity": "feature", "sparsity": 0.5, "max_iter": 40}
    return classifier(**settings | parameters)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_the_columns_of_a_group_go_together(criterion):
    model = pruned(groups=GROUPS, criterion=criterion).fit(X, y)
    read = set(LABELS[columns_read(model)])
    assert len(read) == 2, "half of the four groups stay"
    assert set(columns_read(model)) == set(np.flatnonzero(np.isin(LABELS, list(read))))
    assert model.sparsity_ == 0.5


def test_the_variables_that_matter_stay():
    model = pruned(groups=GROUPS).fit(X, y)
    assert columns_read(model).tolist() == [0, 1, 2, 6]
    assert (model.feature_importances_ > 0).sum() == 4


def test_prefixes_of_names_are_groups():
    table = pd.DataFrame(X, columns=NAMES)
    by_name = pruned(groups=["a_", "b_"]).fit(table, y)
    by_label = pruned(groups=GROUPS).fit(X, y)
    np.testing.assert_array_equal(columns_read(by_name), columns_read(by_label))


def test_each_column_alone_is_no_group():
    plain, alone = pruned().fit(X, y), pruned(groups=range(8)).fit(X, y)
    np.testing.assert_array_equal(plain.predict_proba(X), alone.predict_proba(X))


def test_columns_that_are_always_kept():
    model = pruned(always_keep=[7], sparsity=0.75).fit(X, y)
    assert 7 in columns_read(model) and len(columns_read(model)) == 2
    grouped = pruned(always_keep=[4], groups=GROUPS, n_keep=1, sparsity=0.9).fit(X, y)
    assert columns_read(grouped).tolist() == [3, 4, 5]
    mask = np.arange(8) >= 6
    both = pruned(always_keep=mask, n_keep=3, sparsity=0.9).fit(X, y)
    assert {6, 7} <= set(columns_read(both))


def test_regressors_and_several_networks_take_groups():
    model = regressor(
        granularity="feature", sparsity=0.5, groups=GROUPS, n_networks=2, max_iter=20
    ).fit(X, X[:, 6] + LEVELS[:, 0])
    for one in model.estimators_:
        assert columns_read(one).tolist() == [0, 1, 2, 6]


def test_a_stream_takes_groups():
    model = pruned(groups=GROUPS, max_iter=5, prune_iter=6)
    for _ in range(12):
        model.partial_fit(X, y, classes=[0, 1])
    assert set(np.bincount(LABELS[columns_read(model)])) <= {0, 1, 3}
    assert model.sparsity_ == 0.5


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"groups": ["a", "b"]}, "groups has 2 labels, but X has 8"),
        ({"always_keep": [9]}, "always_keep holds 9"),
        ({"always_keep": [0], "granularity": "weight"}, "only granularity='feature'"),
        ({"always_keep": [0, 1, 2], "n_keep": 2, "sparsity": 0.9}, "holds 3 columns"),
        ({"groups": GROUPS, "n_keep": 5, "sparsity": 0.9}, "there are 4"),
    ],
)
def test_refuses_what_cannot_be(parameters, message):
    with pytest.raises(ValueError, match=message):
        pruned(**parameters).fit(X, y)


def test_entries_of_uneven_units_are_laid_side_by_side():
    weight = torch.arange(1.0, 9.0).reshape(2, 4)
    group = UnitGroup("inputs", 4, (Member("w", 1),)).joined((0, 1, 0, 0))
    assert gather(group, {"w": weight}).tolist() == [
        [1, 5, 3, 7, 4, 8],
        [2, 6, 0, 0, 0, 0],
    ]
    masks = scatter([group], [torch.tensor([False, True])], {"w": weight})
    assert masks["w"].tolist() == [[False, True, False, False]] * 2
