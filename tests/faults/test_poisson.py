"""``loss="poisson"`` is that of scikit-learn's perceptron."""

import numpy as np
import pytest
import torch
from instances import regressor
from sklearn.linear_model import PoissonRegressor
from sklearn.metrics import d2_tweedie_score, r2_score
from sklearn.neural_network._base import poisson_loss

from skprune import PrunedLSTMRegressor
from skprune.export import to_numpy, to_onnx, to_torch
from skprune.losses import get_loss

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

draws = np.random.default_rng(0)
X = draws.normal(size=(400, 4))
rate = np.exp(0.8 * X[:, 0] - 0.5 * X[:, 1] + 1)
y = draws.poisson(rate).astype(float)


def model(**parameters):
    given = {"max_iter": 40, "prune_iter": 10, "sparsity": 0.3, "batch_size": 50}
    return regressor(loss="poisson", **(given | parameters))


def test_the_loss_is_scikit_learns():
    z, target = draws.normal(size=(30, 2)), draws.poisson(2.0, size=(30, 2)) * 1.0
    weight = draws.uniform(0.5, 2, 30)
    loss = get_loss("poisson")
    ours = loss.batch(*map(torch.from_numpy, (z, target, weight)))
    theirs = poisson_loss(target, np.exp(z), weight)
    # Theirs adds the outputs up, ours is their mean, as of the squared error.
    assert float(ours) == pytest.approx(theirs / 2, rel=1e-12)


def test_its_gradient_is_that_of_finite_differences():
    z = torch.from_numpy(draws.normal(size=(20, 2))).requires_grad_()
    target = torch.from_numpy(draws.poisson(2.0, size=(20, 2)) * 1.0)
    assert torch.autograd.gradcheck(lambda z: get_loss("poisson").rows(z, target), [z])


def test_it_is_zero_at_best_and_only_there():
    loss, target = get_loss("poisson"), torch.tensor([[0.0], [1.0], [3.0]])
    best = loss.rows(torch.log(target.clamp_min(1e-30)), target)
    torch.testing.assert_close(best, torch.zeros(3), atol=1e-6, rtol=0)
    assert (loss.rows(torch.full((3, 1), 0.5), target) > 0.01).all()


def test_rates_are_learnt():
    found = model().fit(X, y)
    assert found.out_activation_ == "exp"
    predicted = found.predict(X)
    assert (predicted > 0).all()
    assert d2_tweedie_score(rate, predicted, power=1) > 0.9
    assert found.score(X, y) == pytest.approx(r2_score(y, predicted))
    linear = PoissonRegressor(alpha=0).fit(X, y).predict(X)
    of_linear = d2_tweedie_score(y, linear, power=1)
    assert d2_tweedie_score(y, predicted, power=1) > of_linear - 0.03


def test_the_unpruned_loss_is_that_of_the_predictions():
    found = model(sparsity=0, max_iter=30, early_stopping=False).fit(X, y)
    report = found.pruning_report_.pruned
    assert report.loss == pytest.approx(poisson_loss(y, found.predict(X)), rel=1e-4)
    assert report.score == pytest.approx(found.score(X, y), abs=1e-4)


def test_exposure_is_a_weight():
    exposure = draws.uniform(0.5, 4.0, 400)
    counts = draws.poisson(rate * exposure)
    found = model().fit(X, counts / exposure, sample_weight=exposure)
    assert d2_tweedie_score(rate, found.predict(X), power=1) > 0.9
    total = exposure @ found.predict(X)
    assert total == pytest.approx(counts.sum(), rel=0.05)


def test_a_weight_is_a_repetition():
    some, repeats = X[:60], np.arange(60) % 3
    once = model(batch_size="auto").fit(some, y[:60], sample_weight=repeats)
    twice = model(batch_size="auto").fit(
        np.repeat(some, repeats, axis=0), np.repeat(y[:60], repeats)
    )
    np.testing.assert_allclose(once.predict(X), twice.predict(X), rtol=1e-4)


@pytest.mark.parametrize("targets", [y - 1, np.zeros(400)], ids=["negative", "zero"])
def test_targets_that_are_no_rates(targets):
    with pytest.raises(ValueError, match="loss 'poisson'"):
        model().fit(X, targets)


def test_no_weight_on_any_positive_target():
    with pytest.raises(ValueError, match="loss 'poisson'"):
        model().fit(X, y, sample_weight=(y == 0).astype(float))


def test_a_later_batch_may_be_all_zero_but_not_negative():
    stream = model(max_iter=3, prune_iter=2).partial_fit(X[:200], y[:200])
    stream.partial_fit(X[:50], np.zeros(50))
    assert (stream.predict(X) > 0).all()
    with pytest.raises(ValueError, match="negative"):
        stream.partial_fit(X, y - 1)


def test_several_outputs_and_windows():
    both = model().fit(X, np.column_stack([y, 1000 * y]))
    predicted = both.predict(X)
    assert predicted.shape == (400, 2) and (predicted > 0).all()
    assert d2_tweedie_score(1000 * rate, predicted[:, 1], power=1) > 0.85
    lstm = PrunedLSTMRegressor(
        (6,), loss="poisson", n_timesteps=2, max_iter=8, prune_iter=4, random_state=0
    )
    assert (lstm.fit(X, y).predict(X) > 0).all()


@pytest.mark.parametrize("n_networks", [1, 2])
def test_exports_agree(tmp_path, n_networks):
    found = model(n_networks=n_networks, max_iter=10).fit(X, y)
    rows = X.astype(np.float32)
    predicted = found.predict(rows)
    module = to_torch(found)
    with torch.no_grad():
        given = module(torch.from_numpy(rows)).numpy().ravel()
    np.testing.assert_allclose(given, predicted, rtol=1e-4)
    path = to_numpy(found, tmp_path / "scoring.py")
    scope = {"__name__": "scoring", "__file__": str(path)}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    np.testing.assert_allclose(scope["predict"](rows), predicted, rtol=1e-4)
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(to_onnx(found).SerializeToString())
    (given,) = session.run(None, {"X": rows})
    np.testing.assert_allclose(given.ravel(), predicted, rtol=1e-4)
