"""The drawn network has an edge a weight, or says how many there are."""

import matplotlib
import numpy as np
import pytest
from instances import classifier
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_classification
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune.inference import Layer, StackPredictor
from skprune.inspection import NetworkDisplay, export_text
from skprune.inspection.palette import PALETTE

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(120, 6, n_informative=4, random_state=0)


@pytest.fixture(autouse=True)
def no_window():
    before = matplotlib.get_backend()
    plt.switch_backend("Agg")
    yield
    plt.close("all")
    plt.switch_backend(before)


def drawn_texts(display):
    return [text.get_text() for text in display.ax_.texts]


@pytest.mark.parametrize("sizes", [(8,), (6, 5), (5, 4, 3)])
def test_an_edge_is_a_weight(sizes):
    model = classifier(hidden_layer_sizes=sizes, sparsity=0.6).fit(X, y)
    display = NetworkDisplay.from_estimator(model)
    assert sum(len(e.get_segments()) for e in display.edges_) == model.n_nonzero_
    for edges, coefs in zip(display.edges_, model.coefs_, strict=True):
        size = np.sort(np.abs(coefs[coefs != 0]))
        widths = edges.get_linewidths()
        assert_allclose(widths, np.maximum(0.4, 4 * size / size[-1]), rtol=1e-5)
        positive = (edges.get_colors()[:, :3] == to_rgb(PALETTE[1])).all(1)
        signs = coefs[coefs != 0][np.argsort(np.abs(coefs[coefs != 0]), kind="stable")]
        assert_array_equal(positive, signs > 0)
    display.figure_.canvas.draw()


def test_edges_join_the_nodes_that_they_are_between():
    model = classifier(sparsity=0.6).fit(X, y)
    display = NetworkDisplay.from_estimator(model)
    at = {t.get_text(): tuple(t.xy) for t in display.ax_.texts}
    columns, units, (score,) = display.names
    weight = display.weights[0]
    found = {tuple(map(tuple, s)) for s in display.edges_[0].get_segments()}
    expected = {(at[columns[i]], at[units[j]]) for j, i in np.argwhere(weight)}
    assert found == expected
    assert score == "log-odds of 1"


def test_names_are_those_of_the_formula():
    model = make_pipeline(StandardScaler(), classifier(hidden_layer_sizes=(6, 5)))
    names = ["$a^b", "b\nc", "<c>", "x4", "x5", "x6"]
    display = NetworkDisplay.from_estimator(model.fit(X, y), feature_names=names)
    display.figure_.canvas.draw()
    texts, formula = drawn_texts(display), export_text(model, names)
    assert {name for name in names if name in texts} == {
        n for n in names if n in formula
    }
    units = [text for text in texts if text.startswith("h")]
    assert units and all(len(unit) >= 4 for unit in units)


def test_linear_networks_have_no_units():
    model = classifier(activation="identity").fit(X, y)
    display = NetworkDisplay.from_estimator(model)
    assert len(display.edges_) == 1 and len(display.names) == 2


def test_too_many_weights_are_summed_up():
    model = classifier(hidden_layer_sizes=(8,), sparsity=0.3).fit(X, y)
    display = NetworkDisplay.from_estimator(model, max_weights=20)
    n_columns, n_units = (len(names) for names in display.names[:2])
    assert display.edges_ == []
    texts = drawn_texts(display)
    assert f"{n_columns} columns" in texts and f"{n_units} units" in texts
    n = np.count_nonzero(model.coefs_[0])
    assert any(text.startswith(f"{n} weights,") for text in texts)
    assert f"{model.n_nonzero_} weights" in display.ax_.get_title()
    display.figure_.canvas.draw()


@pytest.mark.parametrize("max_weights", [200, -1])
def test_a_constant(max_weights):
    model = classifier().fit(X, y)
    layer = Layer(np.zeros((1, 0)), np.ones(1))
    model._predictor = StackPredictor([layer], np.zeros(0, int), "relu", "logistic")
    display = NetworkDisplay.from_estimator(model, max_weights=max_weights)
    display.figure_.canvas.draw()
    assert "log-odds of 1" in drawn_texts(display)
    assert export_text(model) == "log-odds of 1 = 1.000\n"


def test_axes_and_styles_of_ones_own():
    model = classifier().fit(X, y)
    _, ax = plt.subplots()
    display = NetworkDisplay.from_estimator(model, ax=ax, alpha=0.25)
    assert display.ax_ is ax and display.figure_ is ax.figure
    assert display.edges_[0].get_alpha() == 0.25


def test_several_networks_are_refused():
    model = classifier(n_networks=2).fit(X, y)
    with pytest.raises(ValueError, match="draw one of the network's estimators_"):
        NetworkDisplay.from_estimator(model)
    NetworkDisplay.from_estimator(model.estimators_[0], feature_names=list("abcdef"))
