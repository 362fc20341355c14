import pytest


@pytest.fixture(autouse=True, scope="session")
def no_window():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")


@pytest.fixture
def small(monkeypatch):
    """Few trees and short training, for laws that hold however well it's done."""
    monkeypatch.setattr("skprune.selection.forest.N_TREES", 8)
    monkeypatch.setattr("skprune.selection.permutation.N_TREES", 8)
    monkeypatch.setattr("skprune.selection.network.FIRST", (2, 10, 20))
    monkeypatch.setattr("skprune.selection.network.LATER", (1, 5, 10))
