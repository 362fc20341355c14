"""What may change in mid-stream, and what is refused by name."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from skprune import PrunedLSTMRegressor, PrunedMLPClassifier, PrunedMLPRegressor

rng = np.random.default_rng(0)
X = rng.normal(size=(150, 8)).astype(np.float32)
y = (X[:, 0] > 0).astype(int)

OTHERS = {
    "hidden_layer_sizes": (5,),
    "activation": "tanh",
    "solver": "sgd",
    "momentum": 0.5,
    "alpha": 1.0,
    "batch_size": 10,
    "learning_rate": "adaptive",
    "max_iter": 7,
    "shuffle": False,
    "random_state": 1,
    "tol": 0.5,
    "n_iter_no_change": 3,
    "sparsity": 0.7,
    "n_keep": 9,
    "threshold": 0.1,
    "granularity": "unit",
    "criterion": "magnitude",
    "schedule": "linear",
    "scope": "layer",
    "regrow": "random",
    "prune_iter": 3,
    "l1_ratio": 0.5,
    "dropout": 0.1,
    "n_bits": 8,
    "n_networks": 2,
    "callbacks": [],
    "device": "meta",
    "prune_alpha": 0.5,
    "groups": [0, 0, 1, 1],
    "always_keep": [0],
    "monotonic_cst": [1] * 8,
    "teacher_cv": 3,
    "teacher_weight": 0.5,
}
TAKES_EFFECT = {"learning_rate_init": 0.1, "verbose": True, "class_weight": {0: 2.0}}
NOT_READ = {
    "memory": None,
    "warm_start": True,
    "validation_fraction": 0.2,
    "tolerance": 0.1,
}


def stream(n_calls, **params):
    known = {"random_state": 0, "max_iter": 5, "prune_iter": 6, "sparsity": 0.5}
    model = PrunedMLPClassifier((16,), **{**known, **params})
    return learn(model, n_calls)


def learn(model, n_calls):
    for _ in range(n_calls):
        model.partial_fit(X, y, classes=[0, 1])
    return model


def test_each_parameter_is_of_one_sort():
    sorts = [
        set(OTHERS),
        set(TAKES_EFFECT),
        set(NOT_READ),
        {"early_stopping", "teacher", "mask_unreliable"},
    ]
    names = PrunedMLPClassifier().get_params()
    assert set.union(*sorts) == set(names)
    assert sum(map(len, sorts)) == len(names)


@pytest.mark.parametrize("n_calls", [2, 8, 14])
@pytest.mark.parametrize("name", OTHERS)
def test_what_makes_the_network_is_refused_by_name(name, n_calls):
    model, other = stream(n_calls), stream(n_calls)
    before = model.get_params()[name]
    model.set_params(**{name: OTHERS[name]})
    with pytest.raises(ValueError, match=rf"{name} changed .*clone\(\)"):
        model.partial_fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), other.predict_proba(X))
    model.set_params(**{name: before})
    np.testing.assert_array_equal(
        learn(model, 2).predict_proba(X), learn(other, 2).predict_proba(X)
    )


def test_all_that_changed_is_named_of_several_networks_too():
    model = stream(3, n_networks=2).set_params(sparsity=0.9, activation="tanh")
    with pytest.raises(ValueError, match="activation, sparsity changed"):
        model.partial_fit(X, y)
    clone(model).partial_fit(X, y, classes=[0, 1])


def test_loss_and_quantile_of_a_regressor_are_refused():
    target = X[:, 0] + 3.0
    for cls, more in (
        (PrunedMLPRegressor, {}),
        (PrunedLSTMRegressor, {"n_timesteps": 4}),
    ):
        model = cls((6,), **more).partial_fit(X, target)
        with pytest.raises(ValueError, match="loss changed"):
            model.set_params(loss="quantile").partial_fit(X, target)


def test_equal_values_are_no_change():
    model = stream(3).set_params(hidden_layer_sizes=[16], sparsity=np.float64(0.5))
    assert learn(model, 1).n_iter_ == 4


def test_early_stopping_says_what_to_do():
    with pytest.raises(ValueError, match="early_stopping=False"):
        stream(3).set_params(early_stopping=True).partial_fit(X, y)


@pytest.mark.parametrize("name", NOT_READ)
def test_what_is_not_read_may_change(name):
    model = stream(6).set_params(**{name: NOT_READ[name]})
    np.testing.assert_array_equal(
        learn(model, 3).predict_proba(X), stream(9).predict_proba(X)
    )


SGD = {"solver": "sgd", "momentum": 0.0, "n_iter_no_change": np.inf}


# In the dense stage, in recovery, and afterwards: not where a call cuts.
@pytest.mark.parametrize("n_calls", [2, 8, 9, 14])
@pytest.mark.parametrize(
    "params", [SGD, {**SGD, "learning_rate": "invscaling"}, {}], ids=str
)
def test_a_new_learning_rate_takes_effect_at_once(params, n_calls):
    model, other = stream(n_calls, **params), stream(n_calls, **params)
    before = weights(model)
    model.set_params(learning_rate_init=10 * model.learning_rate_init)
    far = np.abs(weights(learn(model, 1)) - before).max()
    near = np.abs(weights(learn(other, 1)) - before).max()
    assert far == pytest.approx(10 * near, rel=0.01)
    learn(model, 20)
    assert model.sparsity_ == pytest.approx(0.5, abs=0.01)


def weights(model):
    return model._stream.net.weights()


def test_a_rate_set_back_is_as_if_it_had_not_changed():
    model, other = stream(7), stream(7)
    rate = model.learning_rate_init
    model.set_params(learning_rate_init=1e9 * rate)
    with pytest.raises(ValueError, match="finite"):
        model.partial_fit(X * np.float32(1e25), y)
    model.set_params(learning_rate_init=rate)
    np.testing.assert_array_equal(
        learn(model, 6).predict_proba(X), learn(other, 6).predict_proba(X)
    )


def test_weights_of_classes_and_verbosity_take_effect(capsys):
    model, other = stream(3), stream(3)
    learn(model.set_params(class_weight={0: 50.0, 1: 1.0}), 1)
    assert capsys.readouterr().out == ""
    learn(model.set_params(verbose=True), 1)
    assert "dense, epoch 5 of 5: loss" in capsys.readouterr().out
    learn(other, 2)
    # Towards the class that weighs more.
    assert model.predict_proba(X)[:, 0].mean() > other.predict_proba(X)[:, 0].mean()


@pytest.mark.parametrize("name", ["hidden_layer_sizes", "activation"])
def test_stored_weights_are_those_of_their_architecture(name):
    model = pickle.loads(pickle.dumps(stream(8)))
    model.set_params(**{name: OTHERS[name]})
    with pytest.raises(ValueError, match=f"{name} changed"):
        model.partial_fit(X, y)


def test_a_stream_taken_up_again_may_be_led_otherwise():
    model = pickle.loads(pickle.dumps(stream(4))).set_params(sparsity=0.8)
    assert learn(model, 10).sparsity_ == pytest.approx(0.8, abs=0.01)
    with pytest.raises(ValueError, match="sparsity changed"):
        model.set_params(sparsity=0.5).partial_fit(X, y)


def test_a_batch_size_found_out_is_that_of_each_call():
    # One row a call, then many: not as many steps as rows.
    model = PrunedMLPClassifier((8,), random_state=0, max_iter=50)
    model.partial_fit(X[:1], y[:1], classes=[0, 1])
    steps = []
    take = model._stream.net.train_step
    model._stream.net.train_step = lambda batch: steps.append(batch) or take(batch)
    learn(model, 1)
    assert len(steps) == 1
