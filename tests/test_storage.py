import copy
import pickle

import numpy as np
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.datasets import make_classification, make_regression
from sklearn.neural_network import MLPClassifier

from skprune import PrunedMLPClassifier, PrunedMLPRegressor
from skprune.inference import Layer
from skprune.inference.storage import FORMS, Packed, pack, unpack

# Networks are trained for a few epochs only.
pytestmark = pytest.mark.filterwarnings("ignore:.*hasn't converged yet")

weights = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12),
    elements=st.floats(-8, 8, width=32) | st.just(0.0),
)


@given(weights, st.sampled_from(sorted(FORMS)))
@settings(max_examples=100)
def test_each_form_holds_each_matrix(weight, form):
    if form == "full":
        weight[weight == 0] = 1
    matrix = sparse.csr_array(weight)
    places = FORMS[form].pack(matrix)
    packed = Packed(matrix.shape, form, places, matrix.data, None, None)
    assert_array_equal(unpack(packed).toarray(), weight)
    assert sum(part.nbytes for part in places) == FORMS[form].n_bytes(matrix)


@given(weights, st.sampled_from([None, 8, 4]))
@settings(max_examples=100)
def test_a_layer_survives_pickling_to_the_last_bit(weight, n_bits):
    layer = Layer(weight, np.arange(len(weight)), n_bits)
    for other in (pickle.loads(pickle.dumps(layer)), copy.deepcopy(layer)):
        assert type(other.weight) is type(layer.weight)
        assert_array_equal(other.dense, layer.dense)
        assert_array_equal(other.bias, layer.bias)
        assert (other.n_bits, other.n_bytes) == (n_bits, layer.n_bytes)


@pytest.mark.parametrize("n_columns", [256, 257, 70_000])
def test_columns_are_counted_in_the_smallest_type(n_columns):
    weight = np.zeros((2, n_columns), np.float32)
    weight[:, [0, -1]] = 1
    packed = pack(sparse.csr_array(weight))
    assert packed.form == "columns"
    assert packed.places[0].itemsize == {256: 1, 257: 2, 70_000: 4}[n_columns]
    assert_array_equal(unpack(packed).toarray(), weight)


def test_the_smallest_form_is_taken():
    rng = np.random.default_rng(0)
    forms = {}
    for density in (0.01, 0.5, 1.0):
        weight = rng.random((100, 200)).astype(np.float32) + 1
        weight[rng.random(weight.shape) >= density] = 0
        forms[density] = pack(sparse.csr_array(weight)).form
    assert forms == {0.01: "columns", 0.5: "bits", 1.0: "full"}


@pytest.mark.parametrize("n_bits", [8, 4])
def test_bits_are_what_is_stored(n_bits):
    weight = np.random.default_rng(0).standard_normal((64, 64)).astype(np.float32)
    size = Layer(weight, np.zeros(64, np.float32), n_bits).n_bytes
    places, scales, bias = 64 * 64 / 8, 4 * 64, 4 * 64
    assert size <= 64 * 64 * n_bits / 8 + places + scales + bias


def test_caches_are_not_pickled():
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((200, 100)) * (rng.random((200, 100)) < 0.02)
    layer = Layer(weight, np.zeros(200))
    before = len(pickle.dumps(layer))
    layer(np.ones((100, 1), np.float32))
    assert layer._dense is not None
    assert len(pickle.dumps(layer)) == before < 4 * layer.n_nonzero * 3


def test_a_pruned_network_is_small_on_disk():
    X, y = make_classification(1000, 30, random_state=0)
    theirs = MLPClassifier((256, 128), max_iter=30, early_stopping=True).fit(X, y)
    ours = PrunedMLPClassifier(
        (256, 128), sparsity=0.95, max_iter=2, prune_iter=2, random_state=0
    ).fit(X, y)
    ratio = len(pickle.dumps(ours)) / len(pickle.dumps(theirs))
    assert ratio <= 0.03
    stored = len(pickle.dumps(ours._predictor))
    assert abs(ours.pruning_report_.pruned.bytes - stored) < 2000


FITTED = {
    "classifier": lambda X, y: PrunedMLPClassifier((8,), max_iter=3).fit(X, y),
    "names": lambda X, y: PrunedMLPClassifier(
        (8,), granularity="unit", sparsity=0.5, random_state=np.random.RandomState(0)
    ).fit(X, np.array(["no", "yes"])[y]),
    "regressor": lambda X, y: PrunedMLPRegressor((8,), max_iter=3).fit(X, X[:, :2]),
}


@pytest.mark.parametrize("name", FITTED)
def test_skops_loads_a_model_without_foreign_types(name):
    X, y = make_classification(100, 5, n_redundant=0, random_state=0)
    model = FITTED[name](X, y)
    stored = skops.io.dumps(model)
    untrusted = skops.io.get_untrusted_types(data=stored)
    packages = {kind.split(".")[0] for kind in untrusted}
    assert packages <= {"skprune", "numpy", "scipy"}
    again = skops.io.loads(stored, trusted=untrusted)
    assert_array_equal(again.predict(X), model.predict(X))
    assert str(again.pruning_report_) == str(model.pruning_report_)


def test_a_state_holds_arrays_and_no_torch():
    X, y = make_regression(100, 5, random_state=0)
    model = PrunedMLPRegressor((8,), max_iter=3).fit(X, y)
    assert model.net_ is not None and model.module_ is not None
    assert b"torch" not in pickle.dumps(model)
    assert b"skorch" not in pickle.dumps(model)
