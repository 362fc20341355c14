"""A report's figures, recomputed from the models by scikit-learn and by hand."""

import json
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from report_cases import QUICK, SIZE, halves, rows
from sklearn import metrics
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import (
    PrunedLSTMClassifier,
    PrunedMLPClassifier,
    PrunedMLPRegressor,
)
from skprune.inspection import pruning_report
from skprune.metrics import (
    characteristic_stability_index,
    ks_score,
    population_stability_index,
)

FEW = {"n_seeds": 1, "n_bootstrap": 10, "random_state": 0}


@pytest.fixture(scope="module")
def reported():
    """Return a Pipeline of numbers and words, its rows, and the words of the report."""
    X, y = rows()
    words = np.where(y == 1, "bad", "good")
    words = words.astype(object)
    test, train = halves(X, words)
    # The positive class is the last: "good".
    network = PrunedMLPClassifier((10,), sparsity=0.8, **QUICK)
    model = make_pipeline(StandardScaler().set_output(transform="pandas"), network)
    return model.fit(train["X_train"], train["y_train"]), test, train


@pytest.fixture(scope="module")
def models(reported):
    """Return what a report should fit: the dense network, and a champion."""
    model, _, train = reported
    champion = make_pipeline(StandardScaler(), LogisticRegression())
    champion.fit(train["X_train"], train["y_train"])
    dense = clone(model).set_params(prunedmlpclassifier__sparsity=0)
    return dense.fit(train["X_train"], train["y_train"]), champion


@pytest.fixture(scope="module")
def evidence(reported, models):
    model, (X, y), train = reported
    return pruning_report(
        model,
        X,
        y,
        **train,
        challenger=models[1],
        segments=np.where(X["c0"] > 0, "high", "low"),
        periods=pd.date_range("2024", periods=2, freq="MS", unit="ns").repeat(
            len(y) // 2
        ),
        threshold=0.45,
        n_seeds=2,
        n_bootstrap=20,
        random_state=0,
    )


def test_scores_are_those_of_the_models(reported, models, evidence):
    model, (X, y), _ = reported
    frame, good = evidence.to_frame(), y == "good"
    for name, one in (("dense", models[0]), ("pruned", model)):
        p = one.predict_proba(X)[:, 1]
        assert_allclose(frame.loc["AUC", name], metrics.roc_auc_score(good, p))
        assert_allclose(frame.loc["KS", name], ks_score(good, p))
        assert_allclose(
            frame.loc["Brier score", name], metrics.brier_score_loss(good, p)
        )
        recall = metrics.recall_score(good, p > 0.45)
        assert_allclose(frame.loc["recall", name], recall)
    apart = frame["pruned"] - frame["challenger"]
    assert_allclose(frame["to_challenger"], apart)
    assert (frame["difference_low"] <= frame["difference_high"]).all()
    assert evidence.positive == "good"
    assert evidence.target == good.mean()


def test_flips_are_the_rows_decided_otherwise(reported, models, evidence):
    model, (X, y), _ = reported
    p = {
        name: one.predict_proba(X)[:, 1]
        for name, one in (("dense", models[0]), ("pruned", model))
    }
    before, after = p["dense"] > 0.45, p["pruned"] > 0.45
    flips = evidence.flips
    assert flips.share == (before != after).mean()
    assert flips.spoilt == ((before != after) & (before == (y == "good"))).mean()
    assert flips.share == pytest.approx(flips.spoilt + flips.corrected)
    frame = evidence.to_frame("flips")
    assert set(frame.index) == set(X.index[before != after])
    at = frame["row"].to_numpy()
    assert_array_equal(frame["dense_score"], p["dense"][at])
    moves = np.abs(frame["dense_score"] - frame["pruned_score"])
    assert (np.diff(moves) <= 1e-12).all()
    # Three dense networks, the report's own and two more: three pairs.
    assert len(flips.seeds_dense) == len(flips.seeds_pruned) == 3


def test_segments_and_periods_are_reports_of_their_rows(reported, models, evidence):
    model, (X, y), train = reported
    high = (X["c0"] > 0).to_numpy()
    p = model.predict_proba(X)[:, 1]
    frame = evidence.to_frame("segments")
    for name, some in (("high", high), ("low", ~high)):
        expected = metrics.roc_auc_score(y[some] == "good", p[some])
        assert_allclose(frame.loc[(name, "AUC"), "pruned"], expected)
        assert (frame.loc[name, "n_rows"] == some.sum()).all()
    strengths = [row.strength for row in evidence.segments]
    assert strengths == sorted(strengths)
    first = evidence.periods[0]
    assert first.name.startswith("2024-01-01")
    reference = model.predict_proba(train["X_train"])[:, 1]
    half = len(y) // 2
    expected = population_stability_index(reference, p[:half])
    assert_allclose(first.stability, expected)
    assert_allclose(
        first.metrics[0].pruned, metrics.roc_auc_score(y[:half] == "good", p[:half])
    )


def test_drift_and_inputs(reported, evidence):
    model, (X, _), train = reported
    now, then = (model.predict_proba(one)[:, 1] for one in (X, train["X_train"]))
    assert_allclose(evidence.drift["pruned"], population_stability_index(then, now))
    frame = evidence.to_frame("inputs")
    assert list(frame.index) == list(X.columns)
    expected = characteristic_stability_index(train["X_train"], X)
    assert_allclose(frame["stability"], expected)
    coefs = model[-1].coefs_[0]
    assert frame["read"].sum() == coefs.shape[0]
    assert set(np.round(frame["read_by_seeds"] * 3, 9)) <= {0.0, 1.0, 2.0, 3.0}
    assert_allclose(frame["importance"], model[-1].feature_importances_)


def test_layers_and_sizes(reported, models, evidence):
    model, (X, _), _ = reported
    network, frame = model[-1], evidence.to_frame("layers")
    # Units that have become constant are folded away, with the weights they read by.
    assert frame["n_kept"].sum() == 18 >= network.n_nonzero_
    assert_array_equal(frame["n_weights"], [80, 10])
    kept = [mask.sum() for mask in network.masks_.values()]
    assert_allclose(frame["sparsity"], 1 - np.array(kept) / [80, 10])
    sizes = evidence.to_frame("sizes")
    assert sizes.loc["weights", "dense"] == 90
    assert sizes.loc["weights", "pruned"] == network.n_nonzero_
    expected = network.pruning_report_.pruned
    assert sizes.loc["bytes of weights", "pruned"] == expected.bytes
    assert sizes.loc["multiply-adds a row", "pruned"] == expected.multiply_adds
    timed = sizes[sizes.index.str.startswith("seconds")]
    assert (timed[["dense", "pruned"]] > 0).all(axis=None)
    assert timed["challenger"].notna().sum() == 2


def test_noise_moves_little_and_more_with_its_level(evidence):
    frame = evidence.to_frame("noise").loc["pruned"]
    assert list(frame.index) == [0.01, 0.05, 0.1]
    assert (frame["mean_move"].diff().dropna() > 0).all()
    assert frame["mean_move"].iloc[-1] < 0.1
    assert (frame["flips"] >= 0).all()


def test_json_holds_every_figure_and_no_nan(evidence, tmp_path):
    text = evidence.to_json(tmp_path / "report.json")
    assert (tmp_path / "report.json").read_text("utf-8") == text
    found = json.loads(text, parse_constant=pytest.fail)
    assert found["metrics"][0]["pruned"] == evidence.metrics[0].pruned
    assert len(found["flips"]["rows"]) == len(evidence.flips.rows)
    assert found["provenance"]["seeds"]["of the report"] == "0"
    assert len(found["provenance"]["sha256"]["weights"]) == 64


def test_the_same_seed_makes_the_same_report(reported, evidence):
    model, (X, y), train = reported
    dropped = {"provenance", "sizes"}
    one, other = (
        json.loads(
            pruning_report(model, X, y, **train, **FEW, segments=X["c1"] > 0).to_json()
        )
        for _ in range(2)
    )
    assert all(one[name] == other[name] for name in one.keys() - dropped)
    assert one["provenance"]["sha256"] == other["provenance"]["sha256"]


class Page(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = [], [], "", []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_page_stands_alone(evidence, tmp_path):
    page = evidence.to_html(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text("utf-8") == page
    assert len(page.encode()) < 2_000_000
    parsed = Page(page)
    assert not parsed.open
    assert parsed.tags.count("svg") == 7
    assert not {"script", "link", "img", "iframe"} & set(parsed.tags)
    assert not {"src", "href"} & {name for name, _ in parsed.attributes}
    assert "http" not in page.replace("http-equiv", "")
    for said in ("Scores", "Segments", "Periods", "Provenance", "@media print"):
        assert said in page


LOWER = {"Brier score", "calibration error"}


def test_there_is_a_verdict_on_the_challenger(evidence):
    frame = evidence.to_frame()
    rises = np.where(frame.index.isin(LOWER), -1, 1)
    ends = frame[["to_challenger_low", "to_challenger_high"]].mul(rises, axis=0)
    text = Page(evidence.to_html()).text
    found = {
        "better": list(frame.index[ends.min(axis=1) > 0]),
        "worse": list(frame.index[ends.max(axis=1) < 0]),
    }
    for verdict, names in found.items():
        said = f"By more than chance {verdict} than the challenger: {', '.join(names)}."
        assert (said in text) == bool(names)
    assert any(found.values()) != ("No score is apart from the challenger's" in text)
    auc = frame.loc["AUC"]
    assert (
        f"AUC of the challenger is {auc['challenger']:.4f}: pruned less challenger "
        f"{auc['to_challenger']:+.4f} [{auc['to_challenger_low']:+.4f}, "
        f"{auc['to_challenger_high']:+.4f}]."
    ) in text
    lines = [line for line in str(evidence).splitlines() if " challenger " in line]
    assert [line[:18].strip() for line in lines] == list(frame.index)
    assert f"difference {auc['to_challenger']:+.4f}" in lines[0]


HOSTILE = '<script>alert("&\'x")</script>'


def test_hostile_names_are_text():
    X, y = rows()
    X = X.rename(columns={"c0": HOSTILE, "c1": "y" * 5000})
    labels = np.where(y == 1, HOSTILE, "fine").astype(object)
    test, train = halves(X, labels)
    network = PrunedMLPClassifier((10,), sparsity=0.5, **QUICK)
    network.fit(train["X_train"], train["y_train"])
    segments = np.where(test[0].iloc[:, 2] > 0, "</table><b onload=x>", "b")
    found = pruning_report(network, *test, **train, **FEW, segments=segments)
    parsed = Page(found.to_html())
    assert not parsed.open
    assert not {"script", "b"} & set(parsed.tags)
    assert HOSTILE in parsed.text
    assert "</table><b onload=x>" in parsed.text
    assert "y" * 100 not in found.to_html()
    assert json.loads(found.to_json())["inputs"][0]["column"] == HOSTILE


def kinds():
    """Return networks of every kind that a report takes."""
    plain = PrunedMLPClassifier((10,), sparsity=0.8, **QUICK)
    grid = GridSearchCV(plain, {"sparsity": [0.5]}, cv=2)
    return {
        "units": clone(plain).set_params(granularity="unit"),
        "features": clone(plain).set_params(granularity="feature", sparsity=0.5),
        "8 bits": clone(plain).set_params(n_bits=8),
        "ensemble": clone(plain).set_params(n_networks=2),
        "auto": clone(plain).set_params(sparsity="auto"),
        "taught": clone(plain).set_params(teacher="self", teacher_weight=0.5),
        "search": grid,
        "windows": PrunedLSTMClassifier((4,), n_timesteps=4, sparsity=0.5, **QUICK),
    }


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_of_network_takes_a_report(kind):
    X, y = rows()
    (X_test, y_test), train = halves(X, y)
    model = kinds()[kind].fit(train["X_train"], train["y_train"])
    found = pruning_report(model, X_test, y_test, **train, **FEW)
    expected = metrics.roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])
    assert_allclose(found.metrics[0].pruned, expected)
    network = getattr(model, "best_estimator_", model)
    sizes = found.to_frame("sizes")
    assert sizes.loc["weights", "pruned"] == network.n_nonzero_
    assert sizes.loc["weights", "dense"] >= network.n_nonzero_
    assert sum(row.read for row in found.inputs) == len(network._columns_read())
    kept = found.to_frame("layers")["n_kept"].sum()
    assert kept >= network.n_nonzero_
    assert not Page(found.to_html()).open


def test_three_classes():
    X, y = rows(3)
    test, train = halves(X, y)
    model = PrunedMLPClassifier((10,), sparsity=0.5, **QUICK)
    model.fit(train["X_train"], train["y_train"])
    found = pruning_report(model, *test, **train, **FEW, segments=test[0]["c0"] > 0)
    p = model.predict_proba(test[0])
    auc = metrics.roc_auc_score(test[1], p, multi_class="ovr")
    assert_allclose(found.metrics[0].pruned, auc)
    assert found.target is None
    assert found.positive is None
    assert not Page(found.to_html()).open
    with pytest.raises(ValueError, match="threshold is for two classes"):
        pruning_report(model, *test, **train, threshold=0.3)


def test_numbers_take_what_of_it_makes_sense():
    X, _ = rows()
    y = X["c0"].to_numpy() * 3 + X["c1"].to_numpy() + 7
    (X_test, y_test), train = halves(X, y)
    model = PrunedMLPRegressor((10,), sparsity=0.5, **QUICK)
    model.fit(train["X_train"], train["y_train"])
    found = pruning_report(
        model, X_test, y_test, **train, **FEW, segments=X_test["c0"] > 0
    )
    expected = metrics.r2_score(y_test, model.predict(X_test))
    assert_allclose(found.metrics[0].pruned, expected)
    assert found.flips is None
    assert found.calibration == ()
    assert found.to_frame("flips").empty
    assert_allclose(found.target, y_test.mean())
    assert not Page(found.to_html()).open
    two = PrunedMLPRegressor((4,), **QUICK).fit(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="takes one target"):
        pruning_report(two, X, y, dense=model)


def test_a_dense_network_that_is_given_needs_no_training_rows(reported):
    model, (X, y), train = reported
    mlp = make_pipeline(StandardScaler(), MLPClassifier((10,), max_iter=50, tol=1.0))
    mlp.fit(train["X_train"], train["y_train"])
    found = pruning_report(model, X, y, dense=mlp, n_bootstrap=0)
    expected = metrics.roc_auc_score(y == "good", mlp.predict_proba(X)[:, 1])
    assert_allclose(found.metrics[0].dense, expected)
    assert found.flips.seeds_dense == ()
    assert found.drift == {}
    assert len(found.notes) == 2
    assert found.to_frame("sizes").loc["weights", "dense"] == 90
    assert not Page(found.to_html()).open


def test_bad_requests_say_what_to_do(reported, models):
    model, (X, y), train = reported
    with pytest.raises(ValueError, match="give X_train and y_train"):
        pruning_report(model, X, y)
    with pytest.raises(ValueError, match="X_train and y_train go together"):
        pruning_report(model, X, y, X_train=X)
    dense = {"dense": models[0]}
    with pytest.raises(TypeError, match="is a network of skprune"):
        pruning_report(models[1], X, y, **dense)
    with pytest.raises(NotFittedError):
        pruning_report(clone(model), X, y, **dense)
    with pytest.raises(ValueError, match=r"unseen labels: \['ugly'\]"):
        pruning_report(model, X, np.where(y == "bad", "ugly", y), **dense)
    with pytest.raises(ValueError, match="segments must be labels or a column of X"):
        pruning_report(model, X, y, **dense, segments="region")
    with pytest.raises(ValueError, match="periods has 3 labels, but X has"):
        pruning_report(model, X, y, **dense, periods=[1, 2, 3])
    with pytest.raises(ValueError, match=f"There are {SIZE // 2} segments"):
        pruning_report(model, X, y, **dense, segments="c0", n_bootstrap=0)
    with pytest.raises(ValueError, match="'threshold' parameter"):
        pruning_report(model, X, y, **dense, threshold=1.0)
    other = LogisticRegression().fit(X, y == "good")
    with pytest.raises(ValueError, match="challenger knows the classes"):
        pruning_report(model, X, y, **dense, challenger=other)
    with pytest.raises(ValueError, match="table must be one of"):
        pruning_report(model, X, y, **dense, n_bootstrap=0).to_frame("tables")
