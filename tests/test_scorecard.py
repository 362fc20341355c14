"""Points, and the shift to a default rate."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from instances import classifier, regressor
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logit
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedLSTMClassifier
from skprune.export import to_numpy
from skprune.inspection import reason_codes
from skprune.scorecard import PointsScale, to_central_tendency

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(400, 8, weights=[0.9], random_state=0)

positive = st.floats(0.1, 1000)


@given(positive, st.floats(-1e4, 1e4), positive, st.floats(-30, 30))
def test_points_and_back(pdo, points, odds, log_odds):
    scale = PointsScale(pdo, points, odds)
    given = scale.to_points(log_odds)
    assert_allclose(scale.to_log_odds(given), log_odds, rtol=1e-6, atol=1e-6)
    assert_allclose(scale.to_points(-np.log(odds)), points, rtol=1e-9, atol=1e-6)
    # Half the odds of bad to good are pdo points more.
    more = scale.to_points(log_odds - np.log(2))
    assert_allclose(more - given, pdo, rtol=1e-6, atol=1e-6)


def test_points_by_hand():
    # Siddiqi's example: 600 points at 50 to 1, 20 points double the odds.
    scale = PointsScale()
    assert round(scale.factor, 4) == 28.8539
    offset = scale.to_points(0.0)
    assert_allclose(offset, 487.123, atol=1e-3)
    table = scale.to_points([[-np.log(100.0)], [0.0]])
    assert_allclose(table, [[620], [487.12287]], atol=1e-5)


@pytest.mark.parametrize(
    "parameters",
    [{"pdo": 0}, {"odds": -1}, {"points": np.nan}, {"pdo": "20"}, {"odds": np.inf}],
    ids=str,
)
def test_scales_that_are_none(parameters):
    with pytest.raises(ValueError, match=f"{next(iter(parameters))} must be"):
        PointsScale(**parameters)


def lstm(**parameters):
    return PrunedLSTMClassifier((4,), max_iter=3, prune_iter=2, **parameters)


MODELS = {
    "one network": lambda: classifier(class_weight="balanced"),
    "few bits": lambda: classifier(n_bits=4),
    "several": lambda: classifier(n_networks=3),
    "pipeline": lambda: make_pipeline(StandardScaler(), classifier()),
    "lstm": lstm,
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param]().fit(X, y)


@pytest.mark.parametrize("rate", [0.001, 0.05, 0.7, 0.999])
def test_the_rate_is_reached_and_the_order_kept(model, rate):
    before = model.predict_proba(X)
    shifted = to_central_tendency(model, X, rate)
    after = shifted.predict_proba(X)
    assert_allclose(after[:, 1].mean(), rate, rtol=1e-5)
    assert_allclose(after.sum(1), 1)
    shift = logit(after[:, 1]) - logit(before[:, 1])
    assert_allclose(shift, shift[0], atol=1e-4)
    # Probabilities that were told apart may meet in the last digits, but not cross.
    assert (np.diff(after[np.argsort(before[:, 1]), 1]) >= -1e-12).all()
    assert_array_equal(model.predict_proba(X), before)
    assert type(shifted) is type(model)


@pytest.mark.parametrize("name", [name for name in MODELS if name != "lstm"])
def test_reasons_stay(name):
    model = MODELS[name]().fit(X, y)
    shifted = to_central_tendency(model, X, 0.02)
    before, after = reason_codes(model, X), reason_codes(shifted, X)
    assert_array_equal(after.contributions, before.contributions)
    assert_array_equal(after.reasons, before.reasons)
    assert after.base_value[0] < before.base_value[0]


def test_weights_of_rows():
    model, weight = classifier().fit(X, y), np.arange(400.0)
    shifted = to_central_tendency(model, X, 0.1, sample_weight=weight)
    proba = shifted.predict_proba(X)[:, 1]
    assert_allclose(np.average(proba, weights=weight), 0.1, rtol=1e-5)


def test_scores_beyond_the_probabilities_that_there_are():
    model = classifier(sparsity=0).fit(X, y)
    shifted = to_central_tendency(model, 1000 * X, 0.3)
    assert_allclose(shifted.predict_proba(1000 * X)[:, 1].mean(), 0.3, rtol=1e-4)


def test_shifts_add_up(model):
    once = to_central_tendency(model, X, 0.2)
    twice = to_central_tendency(to_central_tendency(model, X, 0.9), X, 0.2)
    assert_allclose(twice.predict_proba(X), once.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize(
    "through", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]
)
def test_the_shift_is_stored(model, through):
    shifted = to_central_tendency(model, X, 0.05)
    again = through(shifted)
    assert_array_equal(again.predict_proba(X), shifted.predict_proba(X))


def test_a_shifted_network_is_exported(tmp_path):
    one = to_central_tendency(classifier().fit(X, y), X, 0.05)
    to_numpy(one, tmp_path / "one.py")
    several = to_central_tendency(classifier(n_networks=2).fit(X, y), X, 0.05)
    with pytest.raises(ValueError, match="mean of several networks is shifted"):
        to_numpy(several, tmp_path / "several.py")


@pytest.mark.parametrize("n_networks", [1, 2])
def test_a_stream_goes_on_apart(n_networks):
    model, twin = (
        classifier(n_networks=n_networks).partial_fit(X, y, classes=[0, 1])
        for _ in range(2)
    )
    shifted = to_central_tendency(model, X, 0.3)
    shifted.partial_fit(X, y)
    assert_array_equal(model.predict_proba(X), twin.predict_proba(X))
    proba = model.partial_fit(X, y).predict_proba(X)
    assert_array_equal(proba, twin.partial_fit(X, y).predict_proba(X))


def test_what_is_refused():
    with pytest.raises(TypeError, match="not LogisticRegression"):
        to_central_tendency(LogisticRegression().fit(X, y), X, 0.1)
    with pytest.raises(TypeError, match="not PrunedMLPRegressor"):
        to_central_tendency(regressor().fit(X, y), X, 0.1)
    model = classifier().fit(X, y)
    for rate in (0, 1, -0.1, np.nan):
        with pytest.raises(ValueError, match="rate must be between 0 and 1"):
            to_central_tendency(model, X, rate)
    three = classifier().fit(X, np.arange(400) % 3)
    with pytest.raises(ValueError, match="There must be two classes; there are 3"):
        to_central_tendency(three, X, 0.1)


def test_a_pipeline_keeps_its_names():
    table = pd.DataFrame(X, columns=list("abcdefgh"))
    model = make_pipeline(StandardScaler(), classifier()).fit(table, y)
    shifted = to_central_tendency(model, table, 0.1)
    assert shifted.feature_names_in_.tolist() == list("abcdefgh")
    assert [name for name, _ in shifted.steps] == [name for name, _ in model.steps]
