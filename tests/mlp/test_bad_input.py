"""What can't be right is refused in words that say what to change."""

import numpy as np
import pytest
from instances import classifier, regressor
from scipy import sparse
from sklearn.datasets import make_classification
from skorch.callbacks import Callback

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(60, 5, random_state=0)


def with_value(value):
    bad = X.copy()
    bad[3, 2] = value
    return bad


FITS = {
    "NaN": (with_value(np.nan), y, {}, "Input X contains NaN"),
    "infinity": (with_value(np.inf), y, {}, "Input X contains infinity"),
    "too large": (with_value(1e300), y, {}, "Input X contains infinity"),
    "continuous classes": (X, y + 0.5 * X[:, 0], {}, "Unknown label type"),
    "NaN in y": (X, np.where(y == 1, np.nan, 0.0), {}, "y contains NaN"),
    "fewer targets": (X, y[:-1], {}, "inconsistent numbers of samples"),
    "no rows": (X[:0], y[:0], {}, "0 sample"),
    "no columns": (X[:, :0], y, {}, "0 feature"),
    "one column of rows": (X[:, 0], y, {}, "Expected 2D array"),
    "strings": (X.astype(str) + np.array("a"), y, {}, "could not convert"),
    "an empty layer": (X, y, {"hidden_layer_sizes": (5, 0)}, "must be > 0"),
    "sparsity of 1": (X, y, {"sparsity": 1.0}, "'sparsity' parameter.*must be"),
    "negative sparsity": (X, y, {"sparsity": -0.1}, "'sparsity' parameter.*must be"),
    "two amounts": (X, y, {"n_keep": 3, "threshold": 0.1}, "give only one"),
    "nothing kept": (X, y, {"n_keep": 0}, "'n_keep' parameter.*must be"),
    "unknown criterion": (X, y, {"criterion": "size"}, "(?=.*'magnitude').*'fisher'"),
    "unknown schedule": (X, y, {"schedule": "slow"}, "among.*'cubic'"),
    "unknown granularity": (X, y, {"granularity": "row"}, "among.*'feature'"),
    "a split of one row": (
        X[:20],
        y[:20],
        {"early_stopping": True, "validation_fraction": 0.01},
        "test_size = 1 should be greater|validation set is too small",
    ),
    "huge steps": (X, y, {"solver": "sgd", "learning_rate_init": 1e30}, "not finite"),
    "huge inputs": (X * 1e37, y, {}, "not finite.*Scale the inputs"),
}


# NumPy reports the cast to single precision, scikit-learn refuses its result.
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
@pytest.mark.parametrize("case", FITS)
def test_fit_refuses(case):
    rows, targets, parameters, message = FITS[case]
    with pytest.raises(ValueError, match=f"(?s){message}"):
        classifier(**parameters).fit(rows, targets)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.where(y == 1, -1.0, 1.0), "Negative values in data.*sample_weight"),
        (np.zeros(60), "at least one non-zero|are zero"),
        (np.ones(59), "sample_weight.shape == .59"),
        (np.where(y == 1, np.nan, 1.0), "sample_weight contains NaN"),
    ],
    ids=["negative", "all zero", "too few", "NaN"],
)
def test_fit_refuses_weights(weight, message):
    with pytest.raises(ValueError, match=message):
        classifier().fit(X, y, sample_weight=weight)


def test_rows_of_weight_zero_have_no_say():
    model = classifier().fit(X, y, sample_weight=(y == 1).astype(float))
    assert model.classes_.tolist() == [0, 1]
    assert (model.predict(X) == 1).all()


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (np.where(y == 1, np.inf, 0.0), "contains infinity"),
        (y.astype(str).astype(object) + "x", "could not convert"),
        (np.zeros((60, 2, 2)), "dim 3"),
    ],
    ids=["infinity", "strings", "cube"],
)
def test_regressor_refuses_targets(targets, message):
    with pytest.raises(ValueError, match=message):
        regressor().fit(X, targets)


PREDICTS = {
    "width": (X[:, :4], "X has 4 features, but .* is expecting 5 features"),
    "NaN": (with_value(np.nan), "Input X contains NaN"),
    "a single row": (X[0], "Expected 2D array, got 1D"),
}


@pytest.mark.parametrize("case", PREDICTS)
def test_predict_refuses(case):
    rows, message = PREDICTS[case]
    with pytest.raises(ValueError, match=message):
        classifier().fit(X, y).predict(rows)


def test_predict_refuses_columns_of_other_names():
    pandas = pytest.importorskip("pandas")
    model = classifier().fit(pandas.DataFrame(X, columns=list("abcde")), y)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(pandas.DataFrame(X, columns=list("abcdf")))
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(pandas.DataFrame(X, columns=list("edcba")))


def test_constant_columns_are_no_obstacle():
    constant = X.copy()
    constant[:, 1:3] = 7.0
    model = classifier(max_iter=60).fit(constant, y)
    assert model.score(constant, y) > 0.8
    assert model.feature_importances_[1:3].tolist() == [0, 0]


def test_a_constant_target_is_predicted():
    model = regressor().fit(X, np.full(60, 3.5))
    assert np.abs(model.predict(X) - 3.5).mean() < 0.1


def test_one_row_is_enough_for_a_regressor():
    with pytest.warns(UserWarning, match="clipped"):
        model = regressor().fit(X[:1], [2.0])
    assert model.predict(X[:1]) == pytest.approx([2.0], abs=0.2)


def test_a_batch_is_no_larger_than_the_rows():
    with pytest.warns(UserWarning, match="clipped"):
        clipped = classifier(batch_size=1000).fit(X, y)
    whole = classifier(batch_size=60).fit(X, y)
    np.testing.assert_array_equal(clipped.predict_proba(X), whole.predict_proba(X))


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_a_hundred_thousand_columns(form):
    # The oldest SciPy knows it by this name.
    rng = {"random_state": np.random.default_rng(0)}
    wide = sparse.random_array((40, 100_000), density=1e-3, format="csr", **rng)
    labels = np.arange(40) % 2
    wide = wide + sparse.csr_array((labels, (range(40), [5] * 40)), wide.shape)
    wide = form(wide.toarray())
    model = classifier(
        hidden_layer_sizes=(2,), max_iter=8, sparsity=0.999, prune_alpha=0.0
    )
    model.fit(wide, labels)
    assert model.score(wide, labels) == 1.0
    assert model.n_nonzero_ <= 200 + 2
    assert model.feature_importances_.argmax() == 5


class Interrupt(Callback):
    """Presses Ctrl-C after some epochs of a phase."""

    def __init__(self, phase, epochs):
        self.phase, self.epochs = phase, epochs

    def on_epoch_end(self, net, **kwargs):
        if net.history[:, "phase"].count(self.phase) == self.epochs:
            raise KeyboardInterrupt


@pytest.mark.parametrize(("phase", "epochs"), [("dense", 5), ("pruning", 2)])
def test_ctrl_c_keeps_what_was_learnt(phase, epochs):
    model = classifier(callbacks=[Interrupt(phase, epochs)])
    with pytest.warns(UserWarning, match=f"interrupted by user in the {phase} phase"):
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, y)
    assert model.net_.history[:, "phase"].count(phase) == epochs
    assert model.score(X, y) > 0.7
    assert (model.sparsity_ > 0) == (phase == "pruning")


class InterruptBatch(Callback):
    """Presses Ctrl-C in the midst of an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_batch_end(self, net, **kwargs):
        if len(net.history) == self.epoch:
            raise KeyboardInterrupt


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("epoch", [1, 4])
def test_ctrl_c_within_an_epoch_leaves_a_network(epoch, early_stopping):
    interrupt = InterruptBatch(epoch)
    model = classifier(callbacks=[interrupt], early_stopping=early_stopping)
    with pytest.warns(UserWarning, match="interrupted by user"):
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, y)
    assert model.n_iter_ == epoch - 1
    assert model.predict_proba(X).shape == (60, 2)
