"""What skprune says of itself: warnings, names, and the link to its pages."""

import inspect
import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from instances import classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skprune
from skprune import PruningTransformer, documentation
from skprune.exceptions import PruningWarning
from skprune.preprocessing import PiecewiseLinearEncoder

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
y = (X[:, 0] > 0).astype(int)


def fitted(model):
    return model.fit(X, y)


def searched(model):
    return cross_val_score(model, X, y, cv=2)


def piped(model):
    return make_pipeline(StandardScaler(), model).fit(X, y)


def streamed(model):
    return model.partial_fit(X, y, classes=[0, 1])


@pytest.mark.parametrize("use", [fitted, searched, piped])
def test_a_warning_of_convergence_points_at_the_users_line(use):
    with pytest.warns(ConvergenceWarning) as caught:
        use(classifier(max_iter=2, tol=0.0, n_iter_no_change=50))
    (first, *_) = (one for one in caught if one.category is ConvergenceWarning)
    assert (first.filename, first.lineno) == where(use)


def test_a_warning_of_pruning_points_at_the_users_line():
    model = classifier(
        hidden_layer_sizes=(30,), max_iter=60, sparsity=0.99, early_stopping=True
    )
    noise = RNG.normal(size=(300, 4))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(noise, (noise[:, 0] * noise[:, 1] > 0).astype(int))
        line = inspect.currentframe().f_lineno - 1
    (found,) = (one for one in caught if one.category is PruningWarning)
    assert (found.filename, found.lineno) == (__file__, line)


def test_a_warning_of_a_batch_points_at_the_users_line():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted(classifier(batch_size=1000))
    (found,) = (one for one in caught if "clipped" in str(one.message))
    assert (found.filename, found.lineno) == where(fitted)


def where(function):
    """Return file and line of a function's one statement."""
    return __file__, inspect.getsourcelines(function)[1] + 1


def test_no_file_but_one_warns_by_itself():
    root = Path(skprune.__file__).parent
    direct = [p for p in root.rglob("*.py") if "warnings.warn(" in p.read_text("utf-8")]
    assert [p.name for p in direct] == ["warn.py"]


def test_dir_shows_public_names_alone_and_each_is_there():
    shown = dir(skprune)
    assert set(skprune.__all__) < set(shown)
    assert [name for name in shown if name.startswith("_")] == ["__version__"]
    for name in shown:
        assert getattr(skprune, name) is not None


def test_dir_shows_each_subpackage_of_the_reference():
    page = Path(skprune.__file__).parents[1] / "docs" / "api.md"
    dotted = [line.strip() for line in page.read_text("utf-8").splitlines()]
    dotted = [name for name in dotted if name.replace(".", "").isidentifier()]
    parts = {name.split(".")[0] for name in dotted if "." in name}
    assert parts <= set(dir(skprune))
    for part in parts:
        assert import_module(f"skprune.{part}") is getattr(skprune, part)


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setattr(documentation, "address", lambda: "https://docs.test")


@pytest.mark.parametrize(
    ("estimator", "page"),
    [
        (classifier(), "skprune.PrunedMLPClassifier"),
        (PruningTransformer(), "skprune.PruningTransformer"),
        (PiecewiseLinearEncoder(), "skprune.preprocessing.PiecewiseLinearEncoder"),
    ],
)
def test_the_picture_in_a_notebook_links_to_the_page(estimator, page, site):
    assert f'href="https://docs.test/generated/{page}.html"' in estimator._repr_html_()


def test_without_an_address_there_is_no_link(monkeypatch):
    monkeypatch.setattr(documentation, "address", lambda: "")
    assert classifier()._get_doc_link() == ""
    assert "generated/" not in classifier()._repr_html_()
