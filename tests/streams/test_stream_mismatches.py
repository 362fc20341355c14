"""Rows that do not fit what a stream began with are refused, in words."""

import numpy as np
import pytest

from skprune import PrunedLSTMRegressor, PrunedMLPClassifier, PrunedMLPRegressor

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 8))
BINARY = (X[:, 0] > 0).astype(int)
LABELS = (X[:, :3] > 0).astype(int)


def classifier():
    return PrunedMLPClassifier((8,), random_state=0)


@pytest.mark.parametrize(
    ("y", "classes", "message"),
    [
        (LABELS, [0, 1], "shape .60, 3., .* 2 labels"),
        (LABELS[:, 0] + LABELS[:, 1], [0, 1], "classes not in"),
        (np.where(BINARY, "a", "b"), [0, 1], "classes not in|Mix|mix"),
        (np.stack([BINARY, BINARY + 1], 1), [0, 1, 2], "one column"),
        (X[:, 0], [0, 1], "Unknown label type"),
        (BINARY[:-1], [0, 1], "inconsistent numbers"),
        (BINARY, None, "classes must be passed"),
    ],
    ids=range(7),
)
def test_a_first_call_whose_target_is_another_than_named(y, classes, message):
    model = classifier()
    names = set(vars(model))
    with pytest.raises(ValueError, match=message):
        model.partial_fit(X, y, classes=classes)
    # Nothing was learnt of it: a first call is a first call again.
    assert set(vars(model)) == names
    model.partial_fit(X, BINARY, classes=[0, 1])
    assert model.predict(X).shape == (60,)


@pytest.mark.parametrize(
    ("rows", "y", "message"),
    [
        (X, LABELS, "one column of the classes"),
        (X, BINARY * 2, "classes not in"),
        (X[:, :5], BINARY, "5 features"),
        (X, X[:, 0], "Unknown label type"),
        (X[:0], BINARY[:0], "0 sample"),
    ],
    ids=range(5),
)
def test_a_later_call_that_differs_from_a_binary_start(rows, y, message):
    model, other = (classifier().partial_fit(X, BINARY, classes=[0, 1]) for _ in "ab")
    with pytest.raises(ValueError, match=message):
        model.partial_fit(rows, y)
    with pytest.raises(ValueError, match="not the same as on last call"):
        model.partial_fit(X, BINARY, classes=[0, 1, 2])
    for one in (model, other):
        one.partial_fit(X, BINARY)
    np.testing.assert_array_equal(model.predict_proba(X), other.predict_proba(X))


def test_a_later_call_that_differs_from_several_labels():
    model = classifier().partial_fit(X, LABELS, classes=[0, 1, 2])
    for y in (BINARY, LABELS[:, :2]):
        with pytest.raises(ValueError, match="3 labels: a column for each"):
            model.partial_fit(X, y)
    assert model.partial_fit(X, LABELS).predict(X).shape == LABELS.shape


@pytest.mark.parametrize("cls", [PrunedMLPRegressor, PrunedLSTMRegressor])
def test_a_regressor_keeps_to_its_outputs(cls):
    more = {"n_timesteps": 4} if cls is PrunedLSTMRegressor else {}
    model = cls((6,), random_state=0, **more).partial_fit(X, X[:, 0])
    before = model.predict(X)
    with pytest.raises(ValueError, match="2 outputs, but the network was fitted"):
        model.partial_fit(X, X[:, :2])
    with pytest.raises(ValueError, match="features"):
        model.partial_fit(X[:, :4], X[:, 0])
    np.testing.assert_array_equal(model.predict(X), before)
