import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import masked, seeds
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.special import softmax
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError

from skprune import PrunedMLPClassifier
from skprune.estimator.quick_check import plainly_valid
from skprune.inference import ACTIVATIONS, Layer, StackPredictor
from skprune.inference.cost import sparse_pays, sparse_pays_for
from skprune.inference.predictor import SPARSE_ROWS
from skprune.networks.mlp.compaction import compact_mlp

# Networks are trained for a few epochs only.
pytestmark = pytest.mark.filterwarnings("ignore:.*hasn't converged yet")


def predictor_of(module, out_activation="identity"):
    stack = compact_mlp(module)
    layers = [Layer(w.numpy(), b.numpy()) for w, b in stack.layers]
    columns = stack.columns.numpy()
    return StackPredictor(layers, columns, module.activation, out_activation)


@given(masked(torch.float32), st.sampled_from([np.float32, np.float64]), st.booleans())
@settings(max_examples=100)
def test_predictor_equals_the_torch_module(network, dtype, sparse_rows):
    module, x = network
    x = torch.where(x.abs() < 0.5, 0.0, x)
    with torch.no_grad():
        expected = module(x).numpy()
    rows = x.numpy().astype(dtype)
    given = predictor_of(module)(sparse.csr_array(rows) if sparse_rows else rows)
    assert given.dtype == dtype
    assert_allclose(given, expected, rtol=1e-4, atol=1e-4)


@pytest.fixture(scope="module")
def wide():
    """A network wide enough that large blocks are cut in chunks."""
    rng = np.random.default_rng(0)
    widths = [40, 300, 200, 3]
    layers = [
        Layer(
            rng.standard_normal((n, m)) * (rng.random((n, m)) < density),
            rng.standard_normal(n),
        )
        for m, n, density in zip(
            widths[:-1], widths[1:], (0.05, 0.05, 0.9), strict=True
        )
    ]
    return StackPredictor(layers, None, "relu", "softmax")


def plainly(predictor, X):
    for layer in predictor.layers[:-1]:
        X = np.maximum(X @ layer.dense.T.astype(float) + layer.bias[:, 0], 0)
    last = predictor.layers[-1]
    return softmax(X @ last.dense.T.astype(float) + last.bias[:, 0], axis=1)


@pytest.mark.parametrize("n_rows", [1, 7, 2000, 2 * SPARSE_ROWS + 1])
@pytest.mark.parametrize("order", ["C", "F"])
def test_chunks_equal_one_plain_product(wide, n_rows, order):
    X = np.random.default_rng(1).standard_normal((n_rows, 40))
    X[np.abs(X) < 1] = 0
    expected = plainly(wide, X)
    assert_allclose(wide(np.asarray(X, order=order)), expected, atol=2e-5)
    assert_allclose(wide(sparse.csr_array(X)), expected, atol=2e-5)


def test_both_forms_are_in_use(wide):
    assert [sparse.issparse(layer.weight) for layer in wide.layers] == [1, 1, 0]


@given(seeds)
@settings(max_examples=20)
def test_a_row_does_not_depend_on_the_others(wide, seed):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((1500, 40))
    some = rng.choice(1500, rng.integers(1, 60), replace=False)
    assert_allclose(wide(X[some]), wide(X)[some], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activations_equal_torch_and_do_not_overflow(name):
    x = np.array([[-200.0, -3, 0, 0.5, 90], [0, 3, 1, 200, 90]], np.float32)
    if name == "exp":
        # A rate that float32 does not hold is infinite; no other one overflows.
        x = x.clip(max=80)
    functions = {"identity": lambda z: z, "logistic": torch.sigmoid}
    function = functions.get(name) or getattr(torch, name)
    arguments = {"dim": 0} if name == "softmax" else {}
    expected = function(torch.from_numpy(x.copy()), **arguments).numpy()
    assert_allclose(ACTIVATIONS[name](x), expected, rtol=1e-5, atol=1e-30)


def test_one_row_never_makes_a_large_matrix_dense():
    n = 100_000
    weight = sparse.csr_array(sparse.eye_array(n, dtype=np.float32))
    layer = Layer(weight, np.zeros(n))
    x = np.ones((n, 1), np.float32)
    assert_array_equal(layer(x), x)
    assert layer._dense is None


@given(st.integers(1, 10**6), st.integers(0, 10**8), st.integers(0, 10**8))
@settings(max_examples=50)
def test_what_pays_for_some_rows_pays_for_many(n_rows, n_nonzero, size):
    if sparse_pays_for(n_rows, n_nonzero, size):
        assert sparse_pays_for(n_rows + 1, n_nonzero, size)
        assert sparse_pays(n_nonzero, size)


@pytest.fixture(scope="module")
def fitted():
    X, y = make_classification(300, 12, random_state=0)
    return PrunedMLPClassifier((30, 10), max_iter=5, random_state=0).fit(X, y), X


class TestChecks:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("n_rows", [1, 300])
    def test_what_is_not_finite(self, fitted, value, dtype, n_rows):
        model, X = fitted
        X = X[:n_rows].astype(dtype)
        X[-1, 3] = value
        with pytest.raises(ValueError, match="Input X contains (NaN|infinity)"):
            model.predict_proba(X)

    @pytest.mark.parametrize("n_rows", [1, 300])
    @pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
    def test_what_float32_cannot_hold(self, fitted, n_rows, form):
        model, X = fitted
        X = X[:n_rows].copy()
        X[-1, int(np.argmax(model.feature_importances_))] = 1e200
        with pytest.raises(ValueError, match="too large for dtype\\('float32'\\)"):
            model.predict_proba(form(X))

    def test_infinities_that_cancel(self):
        X = np.zeros((1, 12))
        X[0, :2] = np.inf, -np.inf
        assert not plainly_valid(X, 12)

    def test_a_sum_that_overflows_proves_nothing(self, fitted):
        model, X = fitted
        X = np.full((2, 12), 3e37, np.float32)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert not plainly_valid(X, 12)
            assert model.predict_proba(X).shape == (2, 2)

    @pytest.mark.parametrize(
        ("X", "message"),
        [
            (np.zeros((2, 11)), "X has 11 features, but .* is expecting 12 features"),
            (np.zeros((0, 12)), "Found array with 0 sample"),
            (np.zeros(12), "Expected 2D array, got 1D array instead"),
            (np.zeros((2, 12), complex), "Complex data not supported"),
            (np.full((2, 12), "a", object), "could not convert string to float"),
        ],
    )
    def test_scikit_learn_refuses_the_rest(self, fitted, X, message):
        with pytest.raises(ValueError, match=message):
            fitted[0].predict_proba(X)

    def test_names_are_missed(self):
        pandas = pytest.importorskip("pandas")
        X, y = make_classification(100, 5, n_redundant=0, random_state=0)
        frame = pandas.DataFrame(X, columns=list("abcde"))
        model = PrunedMLPClassifier((5,), max_iter=2, prune_iter=2).fit(frame, y)
        with pytest.warns(UserWarning, match="X does not have valid feature names"):
            model.predict_proba(X)
        with pytest.raises(ValueError, match="feature names should match"):
            model.predict_proba(frame[list("edcba")])

    def test_an_unfitted_network(self):
        with pytest.raises(NotFittedError):
            PrunedMLPClassifier().predict_proba(np.zeros((1, 2)))

    @pytest.mark.parametrize("dtype", [">f8", np.float16, np.int32, bool])
    def test_other_types_go_the_long_way(self, fitted, dtype):
        model, X = fitted
        X = X.astype(dtype)
        assert not plainly_valid(X, 12)
        assert_allclose(model.predict_proba(X), model.predict_proba(X.astype(float)))


def test_float64_rows_are_scored_as_their_float32(fitted):
    model, X = fitted
    double, single = model.predict_proba(X), model.predict_proba(X.astype("f4"))
    assert (double.dtype, single.dtype) == (np.float64, np.float32)
    # One of the two classes is what the other leaves of 1, in single precision.
    assert_allclose(double, single, rtol=1e-6, atol=1.2e-7)


def test_rows_are_not_written_to(fitted):
    model, X = fitted
    for rows in (X.astype(np.float32), X[:1].astype(np.float32), X):
        before = rows.copy()
        rows.setflags(write=False)
        model.predict_proba(rows)
        assert_array_equal(rows, before)


def test_a_constant_network_reads_nothing():
    constant = StackPredictor(
        [Layer(np.zeros((1, 0)), [2.0])], np.arange(0), "relu", "identity"
    )
    X = np.ones((3, 5))
    assert_array_equal(constant(X), np.full((3, 1), 2))
    assert_array_equal(constant(sparse.csr_array(X)), np.full((3, 1), 2))
    assert constant.n_features == constant.n_nonzero == 0
