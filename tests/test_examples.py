"""The examples run, at a smaller size."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

# dask calls pandas in a way that pandas gives up.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")

EXAMPLES = Path(__file__).parents[1] / "examples"
STREAM = EXAMPLES / "stream_parquet.py"


@pytest.fixture
def stream():
    pytest.importorskip("pyarrow")
    pytest.importorskip("dask.dataframe")
    pytest.importorskip("resource")
    return runpy.run_path(str(STREAM))


def test_stream_is_trained_on_in_the_stated_passes(stream, capsys):
    # The last batch is a short one.
    model, brier = stream["main"](n_rows=19_000, batch_size=2_000)
    n_passes = stream["DENSE_PASSES"] + stream["PRUNING_PASSES"]
    assert model.t_ == n_passes * 19_000
    assert model.n_iter_ == n_passes * 10
    assert model.sparsity_ == pytest.approx(0.9, abs=0.005)
    # Some 40 % are bad: their share alone would be off by .24.
    assert brier < 0.16
    out = capsys.readouterr().out
    assert f"pass {n_passes} of {n_passes}" in out
    assert "0% of the weights gone" in out


def test_scores_by_partition_are_those_of_the_whole(stream, tmp_path):
    path, to = tmp_path / "loans.parquet", tmp_path / "scores"
    stream["write_loans"](path, 5_000, 1_000)
    scaler = stream["fit_scaler"](path, 1_000)
    X, y = next(stream["read"](path, 5_000))
    model = stream["PrunedMLPClassifier"]((8,), max_iter=1, prune_iter=1)
    model.partial_fit(scaler.transform(X), y, classes=[0, 1])
    brier = stream["score"](path, scaler, model, to)
    score = model.predict_proba(scaler.transform(X))[:, 1]
    assert brier == pytest.approx(((score - y) ** 2).mean(), abs=1e-6)
    assert len(list(to.glob("*.parquet"))) == 5


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_stream_needs_no_more_memory_for_more_rows(stream):
    few, many = peak_of_training(60_000), peak_of_training(500_000)
    # 440,000 rows more take 53 MB as an array, and 79 as a file.
    assert many < few + 25


def peak_of_training(n_rows):
    program = f"""
import runpy, sys, tempfile
from pathlib import Path
stream = runpy.run_path({str(STREAM)!r})
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "loans.parquet")
    stream["write_loans"](path, {n_rows}, 20_000)
    scaler = stream["fit_scaler"](path, 20_000)
    stream["train"](path, scaler, 20_000)
print(stream["peak"]())
"""
    command = [sys.executable, "-c", program]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(out.splitlines()[-1])


@pytest.mark.filterwarnings("ignore::skprune.exceptions.PruningWarning")
def test_reasons_of_a_monotone_network_are_those_of_its_exports(capsys):
    pytest.importorskip("matplotlib")
    reasons = runpy.run_path(str(EXAMPLES / "credit_reasons.py"))
    X_train, X_test, y_train, y_test = reasons["load"]()
    model = reasons["fit"](X_train, y_train)
    assert model[-1].n_nonzero_ <= 60
    assert reasons["auc"](model, X_test, y_test) > 0.75
    proba = model.predict_proba(X_test)[:, 1]
    _, in_sqlite = reasons["scored_in_sqlite"](model, X_test)
    by_numpy, (names, _) = reasons["scored_by_numpy"](model, X_test)
    assert in_sqlite == pytest.approx(proba, abs=1e-6)
    assert by_numpy == pytest.approx(proba, abs=1e-6)
    codes = reasons["reason_codes"](model, X_test)
    assert (names[:, 0] == codes.reasons[:, 0]).mean() > 0.99
    longer = X_test.assign(duration_in_month=X_test["duration_in_month"] + 12)
    assert (model.predict_proba(longer)[:, 1] >= proba - 1e-6).all()


@pytest.mark.slow
def test_the_whole_forecast_reads_no_future_and_claims_what_it_shows(monkeypatch):
    plt = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    names = runpy.run_path(str(EXAMPLES / "plot_forecast.py"))
    prices, table = names["prices"], names["table"]
    changed = prices.copy()
    changed.iloc[3000:] *= 1.5
    known = table.index < prices.index[3000]
    again = names["channels"](changed)
    assert again[known].equals(table[known])
    assert not again[~known].equals(table[~known])
    # The last day that a training target reaches is before the first of the test.
    ahead = names["HORIZON"]
    last, first = (
        names["X"][names["train"]].index[-1],
        names["X"][names["test"]].index[0],
    )
    assert table.index.get_loc(first) - table.index.get_loc(last) >= ahead
    scores = names["scores"]
    assert scores["error / last price's"].between(0.99, 1.01).all()
    assert scores["in the band"].between(0.85, 0.95).all()
    assert (scores["pinball loss / past's"] < 0.95).all()
