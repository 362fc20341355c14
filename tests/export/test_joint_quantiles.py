"""Several quantiles from one network: each one's share, never crossing, anywhere."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.base import clone
from sklearn.metrics import d2_pinball_score, mean_pinball_loss
from sklearn.model_selection import GridSearchCV
from sql_engines import load, run

from skprune import PrunedLSTMRegressor, PrunedMLPRegressor
from skprune.export import to_numpy, to_onnx, to_sql, to_torch
from skprune.losses.quantiles import JointQuantiles

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

LEVELS = (0.1, 0.5, 0.9)
TRAINED = {"learning_rate_init": 0.01, "max_iter": 40, "prune_iter": 20}
TRAINED |= {"sparsity": 0.5, "random_state": 0, "loss": "quantile", "quantile": LEVELS}
FORECASTERS = {
    "mlp": PrunedMLPRegressor((20,), **TRAINED),
    "lstm": PrunedLSTMRegressor((12,), dense_layer_sizes=(), **TRAINED),
}
SHORT = {"max_iter": 3, "prune_iter": 2}


def noisy_rows(seed, n=1500):
    """Rows whose noise grows with the first column; and what a quantile is."""
    draws = np.random.default_rng(seed)
    X = draws.uniform(-1, 1, size=(n, 4))
    centre, spread = 50 + 10 * X[:, -1], 4 * (1.2 + X[:, 0])
    y = centre + spread * draws.standard_normal(n)
    return X, y, lambda q: centre + spread * norm.ppf(q)


@pytest.fixture(scope="module", params=sorted(FORECASTERS))
def fitted(request):
    X, y, _ = noisy_rows(0)
    return clone(FORECASTERS[request.param]).fit(X, y)


def steps_ahead(name, **params):
    """A network for two steps ahead, of sizes far apart, and its rows."""
    X, y, _ = noisy_rows(2, n=300)
    net = clone(FORECASTERS[name]).set_params(**{**SHORT, **params})
    both = np.column_stack([y, 1000 * y])
    return net.fit(X, both), X, both


def test_the_share_below_each_is_the_quantile(fitted):
    X, y, _ = noisy_rows(1)
    found = fitted.predict(X)
    assert found.shape == (len(X), 3)
    np.testing.assert_allclose((y[:, None] <= found).mean(0), LEVELS, atol=0.04)


def test_the_band_follows_the_noise(fitted):
    X, y, quantile = noisy_rows(1)
    for level, found in zip(LEVELS, fitted.predict(X).T, strict=True):
        loss, best, flat = (
            mean_pinball_loss(y, forecast, alpha=level)
            for forecast in (
                found,
                quantile(level),
                np.full(len(y), np.quantile(y, level)),
            )
        )
        # On these rows the true quantile is the best but for chance.
        assert 0.99 * best < loss < best + 0.4 * (flat - best)


def test_quantiles_never_cross_wherever_rows_are(fitted):
    X = np.random.default_rng(3).normal(size=(2000, 4)) * 30
    assert (np.diff(fitted.predict(X), axis=1) >= 0).all()
    assert fitted.n_outputs_ == 3


def test_score_is_the_mean_d2(fitted):
    X, y, _ = noisy_rows(1)
    found, weight = fitted.predict(X), np.random.default_rng(0).uniform(size=len(y))
    each = [
        d2_pinball_score(y, found[:, k], sample_weight=weight, alpha=level)
        for k, level in enumerate(LEVELS)
    ]
    assert fitted.score(X, y, weight) == pytest.approx(np.mean(each))
    X, y, _ = noisy_rows(0)
    report = fitted.pruning_report_.pruned
    assert report.score == pytest.approx(fitted.score(X, y), abs=1e-5)
    loss = [
        mean_pinball_loss(y, found, alpha=level)
        for level, found in zip(LEVELS, fitted.predict(X).T, strict=True)
    ]
    assert report.loss == pytest.approx(np.mean(loss), rel=1e-4)


@pytest.mark.parametrize("name", FORECASTERS)
def test_several_steps_have_each_their_quantiles(name):
    net, X, both = steps_ahead(name, max_iter=40)
    found = net.predict(X)
    assert found.shape == (len(X), 2, 3)
    assert (np.diff(found, axis=2) >= 0).all()
    inside = (found[:, :, 0] <= both) & (both <= found[:, :, 2])
    assert (inside.mean(0) > 0.5).all()
    assert np.isfinite(net.score(X, both))


@pytest.mark.parametrize("name", FORECASTERS)
@pytest.mark.parametrize("n_networks", [1, 2])
def test_every_form_of_the_network_gives_the_same(name, n_networks, tmp_path):
    net, X, _ = steps_ahead(name, n_networks=n_networks, granularity="unit")
    X = X.astype(np.float32)
    expected = net.predict(X)
    scale = np.abs(expected).max()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(net)).predict(X), expected)
    forms = [to_torch(net)(torch.from_numpy(X)).detach().numpy()]
    if n_networks == 1:
        assert net.net_.predict(X).shape == (len(X), 6)
        forms.append(net.net_.predict(X))
    if name == "mlp":
        runtime = pytest.importorskip("onnxruntime")
        model = to_onnx(net).SerializeToString()
        session = runtime.InferenceSession(model, providers=["CPUExecutionProvider"])
        forms += session.run(None, {"X": X})
        written = load(to_numpy(net, tmp_path / "score.py")).predict(X)
        assert written.shape == expected.shape
        forms.append(written)
    for form in forms:
        given = np.asarray(form).reshape(expected.shape)
        np.testing.assert_allclose(given, expected, atol=1e-5 * scale)


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_sql_sorts_too(dialect):
    pd = pytest.importorskip("pandas")
    net, X, _ = steps_ahead("mlp")
    table = pd.DataFrame(X, columns=list("abcd"))
    net.fit(table, steps_ahead("mlp")[2])
    names, rows = run(dialect, to_sql(net, "loans", dialect=dialect), table)
    assert names == [f"prediction_{i}" for i in range(6)]
    expected = net.predict(table).reshape(len(X), 6)
    np.testing.assert_allclose(np.array(rows, float), expected, rtol=1e-4)


def test_a_stream_goes_on_as_one_network():
    X, y, _ = noisy_rows(0)
    net = clone(FORECASTERS["mlp"]).set_params(max_iter=20, prune_iter=10)
    for at in range(0, len(X), 50):
        net.partial_fit(X[at : at + 50], y[at : at + 50])
    found = net.predict(X)
    assert (np.diff(found, axis=1) >= 0).all()
    assert 0.6 < ((found[:, 0] <= y) & (y <= found[:, 2])).mean() < 0.95


def test_learning_goes_on_with_as_many_quantiles():
    net, X, both = steps_ahead("mlp", warm_start=True)
    net.set_params(quantile=(0.2, 0.5, 0.8)).fit(X, both)
    with pytest.raises(ValueError, match="number of quantiles must stay"):
        net.set_params(quantile=(0.1, 0.9)).fit(X, both)
    assert net.predict(X).shape == (len(X), 2, 3)


def test_a_search_scores_them():
    X, y, _ = noisy_rows(0, n=300)
    net = clone(FORECASTERS["mlp"]).set_params(**SHORT)
    search = GridSearchCV(net, {"sparsity": [0.0, 0.5]}, cv=2).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@given(
    levels=st.lists(st.floats(0.01, 0.99), min_size=1, max_size=4, unique=True),
    n_targets=st.integers(1, 3),
    seed=st.integers(0, 999),
)
def test_the_loss_is_pinball_of_what_is_sorted(levels, n_targets, seed):
    levels = sorted(levels)
    draws = np.random.default_rng(seed)
    z = draws.normal(size=(5, n_targets * len(levels)))
    y = draws.normal(size=(5, n_targets))
    by_target = np.sort(z.reshape(5, n_targets, -1), axis=2)
    each = [
        mean_pinball_loss(y[[row]], by_target[[row], :, k], alpha=level)
        for row in range(5)
        for k, level in enumerate(levels)
    ]
    expected = np.reshape(each, (5, -1)).mean(1)
    loss = JointQuantiles(levels)
    z, y = torch.from_numpy(z), torch.from_numpy(y)
    np.testing.assert_allclose(loss.rows(z, y), expected, rtol=1e-10)
    np.testing.assert_array_equal(loss.predicted(z), by_target.reshape(5, -1))
    unsorted = JointQuantiles(levels)
    unsorted._by_target = lambda z: z.unflatten(1, (-1, len(levels)))
    assert (loss.rows(z, y) <= unsorted.rows(z, y) + 1e-12).all()


@pytest.mark.parametrize("wrong", [[], [0.5, 0.1], [0.5, 0.5], [0.0, 0.5], [0.5, 1.0]])
def test_quantiles_ascend_between_0_and_1(wrong):
    X, y, _ = noisy_rows(0, n=20)
    with pytest.raises(ValueError, match="several in ascending order"):
        clone(FORECASTERS["mlp"]).set_params(quantile=wrong).fit(X, y)


def test_one_of_a_list_has_an_axis_of_its_own():
    X, y, _ = noisy_rows(0, n=50)
    net = clone(FORECASTERS["mlp"]).set_params(**SHORT, quantile=[0.3]).fit(X, y)
    assert net.predict(X).shape == (50, 1)


def test_quantiles_of_another_network_are_learnt_each_by_its_own():
    draws = np.random.default_rng(0)
    z, own = (torch.from_numpy(draws.normal(size=(5, 6))) for _ in range(2))
    loss, each = JointQuantiles(LEVELS), []
    by_target = np.sort(z.numpy().reshape(5, 2, 3), axis=2)
    for row in range(5):
        targets = own[row].numpy().reshape(2, 3)
        each += [
            mean_pinball_loss(targets[:, k], by_target[row, :, k], alpha=level)
            for k, level in enumerate(LEVELS)
        ]
    np.testing.assert_allclose(loss.rows(z, own), np.reshape(each, (5, 3)).mean(1))
    best = torch.sort(own.unflatten(1, (2, 3)), dim=2).values.flatten(1)
    assert float(loss.rows(best, best).max()) == 0
