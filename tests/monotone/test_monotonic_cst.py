"""How a constraint is asked for, refused, and kept whatever happens on the way."""

import numpy as np
import pandas as pd
import pytest
import torch
from instances import classifier, regressor
from skorch.callbacks import Callback

from skprune.training.step import Step

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.default_rng(0)
X = rng.normal(size=(100, 4))
y = (X[:, 0] - X[:, 1] + 0.3 * rng.normal(size=100) > 0).astype(int)
NAMES = ["age_score", "age_missing", "sum", "home_own"]
TABLE = pd.DataFrame(X, columns=NAMES)
LABELS = ["age", "age", "sum", "home"]


def known(model):
    """Return what is known of each column, without how."""
    return [text.split(":")[0] for text in model.monotonicity_]


def asked(**parameters):
    return classifier(sparsity=0.0, max_iter=5, **parameters)


@pytest.mark.parametrize(
    ("cst", "groups"),
    [
        ([1, 1, -1, 0], None),
        (np.array([1.0, 1.0, -1.0, 0.0]), None),
        ({"age_score": 1, "age_missing": 1, "sum": -1}, None),
        ({"age": 1, "sum": -1}, LABELS),
        ({"age_": 1, "sum": -1}, ["age_", "home_"]),
        ({"age": -1, "age_score": 1, "age_missing": 1, "sum": -1}, LABELS),
    ],
)
def test_ways_to_ask(cst, groups):
    model = asked(monotonic_cst=cst, groups=groups).fit(TABLE, y)
    expected = asked(monotonic_cst=[1, 1, -1, 0]).fit(TABLE, y)
    np.testing.assert_array_equal(
        model.predict_proba(TABLE), expected.predict_proba(TABLE)
    )
    assert known(model)[2] == "decreasing"


def test_a_column_goes_before_its_group():
    model = asked(monotonic_cst={"age": -1, "age_missing": 0}, groups=LABELS)
    expected = asked(monotonic_cst=[-1, 0, 0, 0])
    np.testing.assert_array_equal(
        model.fit(TABLE, y).predict_proba(TABLE),
        expected.fit(TABLE, y).predict_proba(TABLE),
    )


@pytest.mark.parametrize(
    ("cst", "message"),
    [
        ([1, 0], r"monotonic_cst has shape \(2,\) but the input data X has 4"),
        ([1, 0, 2, 0], "array-like of -1, 0 or 1. Observed values: "),
        ({"agee": 1}, "1 unexpected feature names: "),
        ({"age": 3}, r"monotonic_cst\['age_score'\] must be either -1, 0 or 1"),
    ],
)
def test_refuses_what_is_no_constraint(cst, message):
    with pytest.raises(ValueError, match=message):
        asked(monotonic_cst=cst, groups=LABELS).fit(TABLE, y)


def test_names_need_columns_that_have_some():
    with pytest.raises(ValueError, match="not fitted on data with feature names"):
        asked(monotonic_cst={"age": 1}, groups=LABELS).fit(X, y)


@pytest.mark.parametrize(
    ("model", "target"),
    [
        (classifier, np.arange(100) % 3),
        (classifier, np.stack([y, 1 - y], axis=1)),
        (regressor, np.stack([X[:, 0], X[:, 1]], axis=1)),
    ],
    ids=["classes", "labels", "targets"],
)
def test_refuses_several_outputs(model, target):
    with pytest.raises(ValueError, match="monotonic constraints are not supported for"):
        model(monotonic_cst=[1, 0, 0, 0]).fit(X, target)
    free = model(monotonic_cst=[0] * 4).fit(X, target)
    assert not hasattr(free, "monotonicity_")


def test_what_is_known_of_networks_that_nobody_constrained():
    assert not hasattr(classifier(), "monotonicity_")
    linear = regressor(hidden_layer_sizes=(), sparsity=0.0, max_iter=60)
    linear.fit(X, X[:, 0] - X[:, 1])
    assert known(linear)[:2] == ["increasing", "decreasing"]
    deep = classifier(hidden_layer_sizes=(9, 6), sparsity=0.0, n_networks=2).fit(X, y)
    assert known(deep) == ["not known"] * 4
    narrow = classifier(granularity="feature", n_keep=1, sparsity=0.9).fit(X, y)
    assert known(narrow).count("constant") == 3


class Load(Callback):
    """Loads weights that go against all constraints, whenever it is asked."""

    def _load(self, net, **kwargs):
        with torch.no_grad():
            for parameter in net.module_.parameters():
                parameter.copy_(torch.randn_like(parameter))

    on_train_begin = on_epoch_begin = on_batch_begin = on_batch_end = _load
    on_epoch_end = on_train_end = _load


def test_callbacks_load_no_violation():
    model = asked(monotonic_cst=[1, 1, -1, -1], callbacks=[Load()]).fit(X, y)
    assert set(known(model)) <= {"increasing", "decreasing", "constant"}


@pytest.mark.parametrize("phase", ["dense", "pruning"])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_ctrl_c_in_the_midst_of_a_step_leaves_no_violation(phase, method, monkeypatch):
    model = classifier(monotonic_cst=[1, 1, -1, -1], max_iter=3, prune_iter=4)
    project, left = Step._bound, [8 if phase == "dense" else 28]

    def interrupted(step):
        left[0] -= 1
        if left[0] == 0:
            step.value.data.neg_()
            raise KeyboardInterrupt
        project(step)

    monkeypatch.setattr(Step, "_bound", interrupted)
    with pytest.warns(UserWarning, match=f"interrupted by user in the {phase} phase"):
        with pytest.raises(KeyboardInterrupt):
            if method == "fit":
                model.fit(X, y)
            for _ in range(7):
                model.partial_fit(X, y, classes=[0, 1])
    assert set(known(model)) <= {"increasing", "decreasing", "constant"}
