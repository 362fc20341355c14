"""Weights that are none are refused by name; those of any size count by ratio."""

import numpy as np
import pytest
from instances import classifier, regressor
from sklearn.datasets import make_classification

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(100, 5, random_state=0)
labels = np.column_stack([y, 1 - y])


@pytest.mark.parametrize(
    "class_weight",
    [
        {0: -1, 1: 1},
        {0: -1, 1: -1},
        {0: np.nan, 1: 1},
        {0: np.inf, 1: 1},
        {0: "much", 1: 1},
        {0: None, 1: 1},
        {0: 0, 1: 0},
        {0: 0.0, 1: -0.0},
    ],
    ids=str,
)
def test_class_weights_that_are_none(class_weight):
    with pytest.raises(ValueError, match="class_weight"):
        classifier(class_weight=class_weight).fit(X, y)


def test_class_weights_of_labels():
    with pytest.raises(ValueError, match="class_weight"):
        classifier(class_weight=[{0: 1, 1: -2}, {0: 1, 1: -2}]).fit(X, labels)


def test_weights_that_cancel():
    model = classifier(class_weight={0: 0, 1: 1})
    with pytest.raises(ValueError, match="class_weight . sample_weight"):
        model.fit(X, y, sample_weight=(y == 0).astype(float))


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_sample_weights_that_are_none(value):
    weight = np.ones(100)
    weight[3] = value
    with pytest.raises(ValueError, match="sample_weight"):
        classifier().fit(X, y, sample_weight=weight)


SIZES = [2.0**-1070, 2.0**-300, 2.0**-140, 2.0**130, 2.0**1000]


@pytest.mark.parametrize("size", SIZES)
def test_only_ratios_of_class_weights_matter(size):
    plain = classifier(class_weight={0: 1, 1: 2}).fit(X, y)
    found = classifier(class_weight={0: size, 1: 2 * size}).fit(X, y)
    np.testing.assert_array_equal(found.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("make", [classifier, regressor])
def test_only_ratios_of_sample_weights_matter(make, size):
    weight = 1.0 + (np.arange(100) % 2)
    plain = make().fit(X, y, sample_weight=weight).predict(X)
    found = make().fit(X, y, sample_weight=weight * size).predict(X)
    np.testing.assert_allclose(found, plain, atol=1e-6)


@pytest.mark.parametrize("tiny", [1e-310, 1e-46, 1e-40])
def test_a_row_that_weighs_nothing_is_left_out(tiny):
    weight = np.where(np.arange(100) < 40, tiny, 1.0)
    found = classifier().fit(X, y, sample_weight=weight)
    plain = classifier().fit(X, y, sample_weight=np.round(weight))
    np.testing.assert_array_equal(found.predict_proba(X), plain.predict_proba(X))


def test_one_row_that_outweighs_all_others():
    weight = np.ones(100)
    weight[3] = 1e300
    # All others are left out, so that a batch has one row.
    model = classifier(batch_size="auto").fit(X, y, sample_weight=weight)
    assert model.predict(X[[3]]) == y[3]


def test_both_may_be_large():
    plain = classifier().fit(X, y, sample_weight=np.ones(100))
    found = classifier(class_weight={0: 1e300, 1: 1e300})
    found.fit(X, y, sample_weight=np.full(100, 1e300))
    np.testing.assert_allclose(
        found.predict_proba(X), plain.predict_proba(X), atol=1e-6
    )
