"""Displays show the figures of the networks that they are made from."""

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler

from skprune import PrunedLSTMClassifier, PrunedMLPClassifier, PrunedMLPRegressor
from skprune.inspection import (
    FeatureImportanceDisplay,
    LayerSparsityDisplay,
    ReliabilityComparisonDisplay,
    TrainingCurveDisplay,
)
from skprune.inspection.palette import DASHES, MARKERS, MOST_LINES, PALETTE

X, y = make_classification(300, 8, n_informative=4, flip_y=0.2, random_state=0)
QUICK = {"early_stopping": True, "random_state": 0, "max_iter": 15, "prune_iter": 6}


@pytest.fixture(autouse=True)
def no_window():
    before = matplotlib.get_backend()
    plt.switch_backend("Agg")
    yield
    plt.close("all")
    plt.switch_backend(before)


@pytest.fixture(scope="module")
def network():
    return PrunedMLPClassifier((10, 5), sparsity=0.7, **QUICK).fit(X, y)


@pytest.fixture(scope="module")
def folds():
    network = PrunedMLPClassifier((10,), sparsity=0.7, **QUICK)
    return cross_validate(network, X, y, cv=3, return_estimator=True)


# What colours look like without one of the three kinds of cones, in linear RGB:
# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of
# color vision deficiency", 2009, severity 1.
DEFICIENCIES = {
    "none": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(linear):
    """Return CIE Lab of linear RGB, (n, 3), beside the white of D65."""
    to_xyz = [
        [0.4124, 0.3576, 0.1805],
        [0.2126, 0.7152, 0.0722],
        [0.0193, 0.1192, 0.9505],
    ]
    x, y, z = np.cbrt(np.clip(linear, 0, 1) @ np.transpose(to_xyz) / [0.95, 1, 1.089]).T
    return np.column_stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_lines_of_a_panel_are_told_apart(deficiency):
    assert MOST_LINES == 6 == len(set(PALETTE)) == len(set(DASHES)) == len(set(MARKERS))
    rgb = np.array([matplotlib.colors.to_rgb(color) for color in PALETTE])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = lab(linear @ np.transpose(DEFICIENCIES[deficiency]))
    apart = np.linalg.norm(seen[:, None] - seen, axis=-1)[np.triu_indices(6, 1)]
    # A distance of about 2.3 can just be noticed.
    assert apart.min() > 10
    assert np.linalg.norm(seen - [100, 0, 0], axis=1).min() > 30


def test_layers_are_as_sparse_as_their_masks(network):
    display = LayerSparsityDisplay.from_estimator(network)
    expected = [1 - mask.mean() for mask in network.masks_.values()]
    assert_allclose([bar.get_width() for bar in display.bars_], expected)
    labels = [tick.get_text() for tick in display.ax_.get_yticklabels()]
    assert labels == list(network.masks_)
    assert display.bars_.errorbar is None
    again = LayerSparsityDisplay.from_estimator(
        make_pipeline(network), ax=display.ax_, color="k"
    )
    assert again.figure_ is display.figure_


def test_layers_of_folds_have_error_bars(folds):
    display = LayerSparsityDisplay.from_cv_results(folds)
    each = [[1 - m.mean() for m in e.masks_.values()] for e in folds["estimator"]]
    assert_allclose([bar.get_width() for bar in display.bars_], np.mean(each, axis=0))
    assert display.bars_.errorbar is not None
    with pytest.raises(ValueError, match="return_estimator=True"):
        LayerSparsityDisplay.from_cv_results({"test_score": [1.0]})


def test_a_dense_network_has_no_sparsity():
    network = PrunedMLPRegressor((4,), sparsity=0.0, **QUICK).fit(X, y)
    display = LayerSparsityDisplay.from_estimator(network)
    assert_array_equal(display.sparsities, [[0.0, 0.0]])


def test_training_curve_is_the_history(network):
    display = TrainingCurveDisplay.from_estimator(network)
    train, valid = display.lines_
    assert_allclose(train.get_ydata(), network.loss_curve_)
    assert_allclose(valid.get_ydata(), -np.array(network.validation_scores_))
    history = network.net_.history
    sparsity = display.sparsity_line_.get_ydata()
    assert_allclose(sparsity, history[:, "sparsity"], rtol=1e-6)
    # What was kept is the best epoch at the final sparsity.
    at = display.chosen - 1
    best = network.best_validation_score_
    assert network.validation_scores_[at] == best
    assert_allclose(sparsity[at], network.sparsity_, rtol=1e-6)
    assert display.n_dense == [row["phase"] for row in history].count("dense")
    assert list(display.chosen_line_.get_xdata()) == [display.chosen] * 2


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_training_curve_without_validation():
    quick = QUICK | {"early_stopping": False}
    pruned = PrunedMLPClassifier((6,), sparsity=0.5, **quick).fit(X, y)
    display = TrainingCurveDisplay.from_estimator(pruned)
    assert len(display.lines_) == 1
    # A classifier's training loss judges no epoch.
    assert display.chosen == pruned.n_iter_
    values = PrunedMLPRegressor((6,), sparsity=0.5, **quick).fit(X, y)
    chosen = TrainingCurveDisplay.from_estimator(values).chosen
    assert values.loss_curve_[chosen - 1] == values.best_loss_
    # A recurrent one has rehearsed, whoever teaches it, but on few rows.
    teacher = LogisticRegression()
    taught = PrunedLSTMClassifier((4,), n_timesteps=4, teacher=teacher, **quick)
    chosen = TrainingCurveDisplay.from_estimator(taught.fit(X, y)).chosen
    assert taught.loss_curve_[chosen - 1] == taught.best_loss_
    chosen = TrainingCurveDisplay.from_estimator(taught.fit(X[:40], y[:40])).chosen
    assert chosen == taught.n_iter_
    dense = PrunedMLPClassifier((6,), sparsity=0.0, **quick).fit(X, y)
    assert TrainingCurveDisplay.from_estimator(dense).chosen == dense.n_iter_
    many = PrunedMLPClassifier((6,), n_networks=2, **QUICK).fit(X, y)
    with pytest.raises(ValueError, match="draw one of the network's estimators_"):
        TrainingCurveDisplay.from_estimator(many)
    assert TrainingCurveDisplay.from_estimator(many.estimators_[0]).chosen
    with pytest.raises(TypeError, match="not LogisticRegression"):
        TrainingCurveDisplay.from_estimator(LogisticRegression().fit(X, y))


def test_reliability_is_that_of_the_calibration_curve(network):
    logistic = LogisticRegression().fit(X, y)
    display = ReliabilityComparisonDisplay.from_estimator(
        network, X, y, others={"logistic": logistic}, n_bins=5
    )
    assert list(display.curves) == ["pruned", "logistic"]
    p = logistic.predict_proba(X)[:, 1]
    happened, mean = calibration_curve(y, p, n_bins=5, strategy="quantile")
    curve = display.curves["logistic"]
    # 300 rows without ties: five bins of sixty by either rule.
    assert_allclose(curve.happened, happened, atol=0.04)
    assert_allclose(curve.probability, mean, atol=0.02)
    assert len(display.lines_) == 2


def test_reliability_by_hand():
    hit, p = np.array([0, 1, 0, 1, 1, 1]), np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9])
    labels = np.where(hit, "bad", "good")
    display = ReliabilityComparisonDisplay.from_predictions(
        labels, {"a": p}, n_bins=2, pos_label="bad"
    )
    curve = display.curves["a"]
    assert_allclose(curve.probability, [0.2, 0.8])
    assert_allclose(curve.happened, [1 / 3, 1])
    for i, k in enumerate((1, 3)):
        wilson = binomtest(k, 3).proportion_ci(method="wilson")
        assert_allclose([curve.low[i], curve.high[i]], list(wilson), atol=1e-6)
    with pytest.raises(ValueError, match="At most 6 models"):
        ReliabilityComparisonDisplay.from_predictions(
            hit, {str(i): p for i in range(7)}
        )


def test_importances_of_a_network_and_of_raw_columns(network):
    display = FeatureImportanceDisplay.from_estimator(network, max_features=None)
    assert_allclose(display.importances, network.feature_importances_)
    assert display.support.sum() == network._predictor.n_features
    bins = KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf")
    steps = make_column_transformer((bins, [0]), (StandardScaler(), [2, 1]))
    model = make_pipeline(steps, PrunedMLPClassifier((6,), sparsity=0.5, **QUICK))
    found = FeatureImportanceDisplay.from_estimator(model.fit(X, y))
    seen = model[-1].feature_importances_
    expected = [seen[:3].sum(), seen[4], seen[3], 0, 0, 0, 0, 0]
    assert_allclose(found.importances, expected)
    mixed = make_pipeline(PCA(3), PrunedMLPClassifier((6,), sparsity=0.5, **QUICK))
    found = FeatureImportanceDisplay.from_estimator(mixed.fit(X, y))
    assert_allclose(found.importances, mixed[-1].feature_importances_)
    with pytest.raises(TypeError, match="not LogisticRegression"):
        FeatureImportanceDisplay.from_estimator(LogisticRegression().fit(X, y))


def test_importances_of_several_networks_have_error_bars(folds):
    display = FeatureImportanceDisplay.from_cv_results(folds)
    each = np.array([e.feature_importances_ for e in folds["estimator"]])
    assert_allclose(display.importances, each.mean(0))
    assert_allclose(display.spread, each.std(0))
    read = [np.isin(range(8), e._columns_read()) for e in folds["estimator"]]
    assert_array_equal(display.support, np.sum(read, axis=0) >= 2)
    assert display.bars_.errorbar is not None
    many = PrunedMLPClassifier((6,), sparsity=0.8, n_networks=2, **QUICK).fit(X, y)
    found = FeatureImportanceDisplay.from_estimator(many)
    assert_allclose(found.importances, many.feature_importances_)
    assert found.support.sum() == len(many._columns_read())
