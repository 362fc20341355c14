"""The formula, read back: it scores as the network does."""

import re

import numpy as np
import pandas as pd
import pytest
from instances import classifier, regressor
from numpy.testing import assert_allclose
from scipy.special import expit, logit
from sklearn.compose import make_column_transformer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from skprune.inspection import export_text

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.default_rng(0)
NAMES = ["a", "b", "c", "d", "e"]
TABLE = pd.DataFrame(rng.normal(size=(300, 5)) * [1, 10, 1e-4, 1e6, 3], columns=NAMES)
TABLE += np.array([0, 50, 0, -2e6, 1])
SIZED = (TABLE - TABLE.mean()) / TABLE.std()
y = np.maximum(SIZED.a + SIZED.b, 0) - SIZED.c + np.maximum(SIZED.d - 0.5, 0)
bad = (y > 0.5).astype(int)

FUNCTIONS = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "logistic": expit,
    "exp": np.exp,
}
TERM = re.compile(
    r"([+-]\S+) \* (?:(relu|tanh|logistic|exp)\((.*?)\)|(.+?))(, where .*)?"
)
WHERE = re.compile(r"(.+) = (\S+)")


def read(text, columns):
    """Return the score that a formula gives."""
    lines = [(line.count("|"), line.split("|--- ")[-1]) for line in text.splitlines()]
    units = {}

    def total(i):
        """Return the sum that line i heads, and the line after it."""
        depth, head = lines[i]
        value, i = float(WHERE.search(head)[2]), i + 1
        while i < len(lines) and lines[i][0] > depth:
            term, i = one_term(i)
            value = value + term
        return value, i

    def one_term(i):
        weight, function, inside, column, where = TERM.fullmatch(lines[i][1]).groups()
        after = i + 1
        if where:
            units[inside], after = total(i)
        if function is None:
            return float(weight) * columns[column], after
        z = units[inside] if inside in units else eval(inside, {}, dict(columns))
        return float(weight) * FUNCTIONS[function](z), after

    return total(0)[0]


def log_odds(model, X):
    return logit(model.predict_proba(X)[:, 1])


DEEP = {"hidden_layer_sizes": (6, 5, 4), "sparsity": 0.4}
CASES = {
    "one layer": (classifier(), bad),
    "one column a unit": (classifier(sparsity=0.9, hidden_layer_sizes=(20,)), bad),
    "deep": (classifier(**DEEP), bad),
    "tanh": (classifier(activation="tanh", sparsity=0.8), bad),
    "deep logistic": (classifier(activation="logistic", **DEEP), bad),
    "linear": (classifier(activation="identity", **DEEP), bad),
    "regression": (regressor(**DEEP), y),
    "rates": (regressor(loss="poisson", sparsity=0.5), np.exp(y / 4)),
}
SCALERS = {
    "standard": StandardScaler(),
    "no mean": make_pipeline(MaxAbsScaler(), StandardScaler(with_mean=False)),
    "robust": RobustScaler(),
    "range": MinMaxScaler((-1, 1)),
    "one after another": make_pipeline(
        SimpleImputer(), RobustScaler(), SelectKBest(k=4), StandardScaler()
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_scores_as_the_network_does(name):
    estimator, goal = CASES[name]
    model = make_pipeline(StandardScaler(), estimator).fit(TABLE, goal)
    found = read(export_text(model, decimals=15), TABLE)
    classifies = hasattr(model, "predict_proba")
    expected = log_odds(model, TABLE) if classifies else model.predict(TABLE)
    assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("name", SCALERS)
def test_scalers_are_undone(name):
    model = make_pipeline(SCALERS[name], classifier(sparsity=0.4)).fit(TABLE, bad)
    found = read(export_text(model, decimals=15), TABLE)
    assert_allclose(found, log_odds(model, TABLE), atol=1e-4)


def test_terms_come_by_size_in_like_units():
    model = make_pipeline(StandardScaler(), classifier(activation="identity"))
    text = export_text(model.fit(TABLE, bad), decimals=6)
    terms = [line.split(" * ") for line in text.splitlines()[1:]]
    spread = TABLE.std(ddof=0)
    sizes = [abs(float(w.removeprefix("|--- "))) * spread[name] for w, name in terms]
    assert sizes == sorted(sizes, reverse=True) and len(sizes) >= 3


def test_steps_that_are_not_linear_are_named():
    table = TABLE.assign(code=rng.choice(["u", "v"], 300))
    preparation = make_column_transformer(
        (QuantileTransformer(n_quantiles=20), ["a"]),
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["b"]),
        (OneHotEncoder(sparse_output=False), ["code"]),
        verbose_feature_names_out=False,
    )
    table.loc[::3, "b"] = np.nan
    model = make_pipeline(preparation, classifier(sparsity=0.0)).fit(table, bad)
    text = export_text(model)
    names = set(re.findall(r"[+-]\S+ \* ([\w()]+)$", text, re.M))
    expected = {"quantiletransformer(a)", "b", "missingindicator_b", "code_u", "code_v"}
    assert {n for n in names if not n.startswith("relu")} == expected


def test_several_networks():
    model = classifier(n_networks=2).fit(SIZED, bad)
    text = export_text(model, decimals=15)
    assert text.startswith("log-odds of 1 = the mean of 2 networks\n|--- network 1 = ")
    parts = re.split(r"^\|--- (?=network)", text, flags=re.M)[1:]
    each = [read(re.sub(r"^\|   ", "", part, flags=re.M), SIZED) for part in parts]
    scores = [log_odds(one, SIZED) for one in model.estimators_]
    assert_allclose(each, scores, atol=1e-4)


def test_scores_of_several_outputs_are_named():
    classes = np.array(["low", "mid", "high"])[np.digitize(y, [0, 1])]
    model = classifier().fit(SIZED, classes)
    text = export_text(model, target="mid")
    assert text.startswith("centred log-probability of mid = ")
    two = regressor().fit(SIZED, np.column_stack([y, -y]))
    assert export_text(two, target=1).startswith("prediction 1 = ")


def test_names_and_digits():
    model = classifier(activation="identity", sparsity=0.0).fit(SIZED.to_numpy(), bad)
    assert "* x0\n" in export_text(model)
    text = export_text(model, ["one", "two", "three", "four", "five"], decimals=2)
    assert re.search(r"^\|--- [+-](\d\.\d\d|0\.0*\d{1,2}) \* two$", text, re.M)
    with pytest.raises(ValueError, match="must contain 5 elements, got 2"):
        export_text(model, ["one", "two"])
    with pytest.raises(ValueError, match="'decimals' parameter of export_text"):
        export_text(model, decimals=0)


def test_small_weights_do_not_read_as_nothing():
    model = make_pipeline(StandardScaler(), classifier(activation="identity"))
    text = export_text(
        model.set_params(prunedmlpclassifier__sparsity=0).fit(TABLE, bad)
    )
    weight = float(re.search(r"\|--- (\S+) \* d$", text, re.M)[1])
    assert 0 < abs(weight) < 1e-5
