import pytest


@pytest.fixture(autouse=True, scope="session")
def no_window():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
