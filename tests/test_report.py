"""The report prints, shows in a notebook, and gives a frame."""

import pytest

from skprune.estimator.report import NetworkSummary, PruningReport


@pytest.fixture
def report():
    dense = NetworkSummary(0.75, 0.5, 10, 4, 2000, 2000, 8000)
    pruned = NetworkSummary(0.7512, 0.48, 5, 3, 200, 250, 1000)
    return PruningReport(dense, pruned, 0.9, "validation", {"<a>": 0.1}, ("<a>",))


def test_prints_dense_beside_pruned(report):
    lines = str(report).splitlines()
    assert lines[0].split() == ["dense", "pruned", "ratio"]
    assert lines[1].split() == ["score", "0.7500", "0.7512"]
    assert lines[5].split() == ["nonzeros", "2,000", "200", "0.100"]
    assert len({len(line) for line in lines[:8]}) == 1, "columns are aligned"
    assert lines[8:] == [
        "90.0% of the units removed; validation rows",
        "near the floor: <a>",
    ]


def test_shows_as_html_and_escapes(report):
    html = report._repr_html_()
    assert html.startswith("<table>")
    assert html.count("<tr>") == 8
    assert "2,000" in html
    assert "&lt;a&gt;" in html and "<a>" not in html


def test_frame_holds_the_figures(report):
    frame = report.to_frame()
    assert list(frame.index) == ["dense", "pruned"]
    assert frame.loc["pruned", "nonzeros"] == 200
    assert frame.loc["dense", "score"] == 0.75


def test_a_network_without_weights_has_a_ratio_to_itself_of_nothing():
    empty = NetworkSummary(0.5, 0.7, 0, 0, 0, 0, 4)
    assert "nonzeros" in str(PruningReport(empty, empty, 0.0, "training"))
