"""What is wrong with a parameter is said in words that name it."""

import numpy as np
import pytest
from instances import classifier, regressor
from scipy import sparse
from sklearn.datasets import make_classification
from sklearn.utils._param_validation import InvalidParameterError

from skprune import PrunedLSTMClassifier, PrunedMLPClassifier
from skprune.criteria import Magnitude

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(80, 6, random_state=0)


class Scorer:
    def score(self, view):
        return view.weight


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("schedule", lambda progress: progress),
        ("criterion", Scorer()),
        ("criterion", Magnitude),
        ("callbacks", 5),
        ("memory", 5),
        ("class_weight", "heavy"),
    ],
    ids=["a function", "an object", "a class", "a number", "no memory", "a word"],
)
def test_a_value_of_another_kind(name, value):
    with pytest.raises(InvalidParameterError, match=f"The '{name}' parameter"):
        classifier(**{name: value}).fit(X, y)


REFUSED = {
    "a number as callback": ({"callbacks": [5]}, "callbacks must be skorch callbacks"),
    "a named number": ({"callbacks": [("five", 5)]}, "callbacks must be skorch"),
    "no such device": ({"device": "nonsense"}, "device='nonsense' cannot be used"),
    "a device that holds nothing": ({"device": "meta"}, "device='meta' cannot be used"),
    "no hidden units": (
        {"hidden_layer_sizes": (), "granularity": "unit"},
        r"hidden_layer_sizes=\(\) has none",
    ),
    "a width that is text": (
        {"hidden_layer_sizes": ("10",)},
        "hidden_layer_sizes must",
    ),
    "half a neuron": ({"hidden_layer_sizes": (1.5,)}, "hidden_layer_sizes must"),
    "half of NumPy's": (
        {"hidden_layer_sizes": (np.float64(1.5),)},
        "hidden_layer_sizes",
    ),
    "float widths": (
        {"hidden_layer_sizes": np.array([3.0, 4.0])},
        "hidden_layer_sizes",
    ),
    "nested widths": ({"hidden_layer_sizes": [[3, 4]]}, "hidden_layer_sizes"),
    "a share and a number": ({"sparsity": 0.5, "n_keep": 10}, "sparsity and n_keep"),
    "a share and a bar": (
        {"sparsity": 0.0, "threshold": 0.1},
        "sparsity and threshold",
    ),
    "a search and a number": ({"sparsity": "auto", "n_keep": 9}, "sparsity and n_keep"),
    "a number and a bar": ({"n_keep": 9, "threshold": 0.1}, "give only one"),
    "all three": ({"sparsity": 0.1, "n_keep": 9, "threshold": 0.1}, "give only one"),
    "more than there are": (
        {"sparsity": 0.9, "n_keep": 57},
        "n_keep=57 units.*'weight' there are 56",
    ),
    "more neurons than there are": (
        {"sparsity": 0.9, "n_keep": 9, "granularity": "unit"},
        "n_keep=9 units.*'unit' there are 8",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_value_that_cannot_be(case):
    parameters, message = REFUSED[case]
    given = {"max_iter": 5, "hidden_layer_sizes": (8,)} | parameters
    with pytest.raises(ValueError, match=message):
        PrunedMLPClassifier(**given).fit(X, y)


def test_cuda_where_there_is_none():
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.raises(ValueError, match="device='cuda' cannot be used here"):
        classifier(device="cuda").fit(X, y)


def test_all_units_may_stay():
    model = classifier(sparsity=0.9, n_keep=56).fit(X, y)
    assert model.sparsity_ == 0.0


@pytest.mark.parametrize(
    "form", [sparse.csr_matrix, sparse.csr_array, sparse.coo_array]
)
def test_sparse_labels_are_taken(form):
    labels = np.column_stack([y, 1 - y, y])
    found, plain = (classifier().fit(X, t) for t in (form(labels), labels))
    np.testing.assert_array_equal(found.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize(
    ("before", "name", "value"),
    [
        ({}, "hidden_layer_sizes", (9,)),
        ({}, "hidden_layer_sizes", (8, 2)),
        ({"hidden_layer_sizes": (8, 4)}, "hidden_layer_sizes", (4, 8)),
        ({}, "activation", "tanh"),
    ],
)
def test_a_warm_start_keeps_the_architecture(before, name, value):
    model = classifier(warm_start=True, **before).fit(X, y)
    with pytest.raises(ValueError, match=f"{name} must stay as it was"):
        model.set_params(**{name: value}).fit(X, y)


@pytest.mark.parametrize(
    ("name", "value"),
    [("hidden_layer_sizes", (3,)), ("dense_layer_sizes", ()), ("granularity", "lag")],
)
def test_so_does_that_of_windows(name, value):
    model = PrunedLSTMClassifier(
        (4,), n_timesteps=3, max_iter=2, prune_iter=2, warm_start=True
    ).fit(X, y)
    with pytest.raises(ValueError, match=f"{name} must stay as it was"):
        model.set_params(**{name: value}).fit(X, y)


def test_a_warm_start_keeps_what_outputs_mean():
    model = regressor(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="no predictions under loss='poisson'"):
        model.set_params(loss="poisson").fit(X, y)


def test_a_warm_start_needs_all_classes():
    model = classifier(warm_start=True).fit(X, np.arange(80) % 3)
    with pytest.raises(
        ValueError, match="warm_start can only be used where `y` has the"
    ):
        model.fit(X, y)
    assert model.classes_.tolist() == [0, 1, 2]


def test_a_class_too_small_to_split_is_named():
    kinds = np.array(["common"] * 79 + ["rare"])
    with pytest.raises(ValueError, match="only 1 member: 'rare'"):
        classifier(early_stopping=True).fit(X, kinds)


@pytest.mark.parametrize("prune_iter", [1, 2, 4, 30])
def test_a_search_for_the_sparsity_keeps_to_its_epochs(prune_iter):
    model = classifier(sparsity="auto", prune_iter=prune_iter, tolerance=1.0)
    model.fit(X, y)
    phases = model.net_.history[:, "phase"]
    assert phases.count("pruning") == prune_iter
    assert model.sparsity_ > 0
