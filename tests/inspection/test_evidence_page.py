"""The page on evidence does what it says, and shows what comes out."""

import ast
import re
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

PAGE = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text("utf-8")


@pytest.fixture(autouse=True)
def no_window():
    plt.switch_backend("Agg")
    yield
    plt.close("all")


def shown(block, names, capsys):
    """Run a block, and return what it prints, its last line's value included."""
    *before, last = ast.parse(block).body
    exec(compile(ast.Module(before, []), "evidence.md", "exec"), names)
    if not isinstance(last, ast.Expr):
        exec(compile(ast.Module([last], []), "evidence.md", "exec"), names)
    elif (value := eval(ast.unparse(last), names)) is not None:
        print(value)
    return capsys.readouterr().out


def words(text):
    """Return a text without its numbers, in which machines may differ."""
    return re.sub(r"[-+]?[\d.]+%?|\s+", " ", text).split()


def test_what_is_shown_comes_out(capsys):
    names = {}
    found = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", PAGE, re.S)
    assert len(found) >= 5
    for block, text in found:
        printed = shown(block, names, capsys)
        assert words(printed) == words(text)
    evidence = names["evidence"]
    assert len(evidence.flips.seeds_dense) == 6
    low, high = evidence.metrics[0].to_dense.low, evidence.metrics[0].to_dense.high
    assert low < 0 < high
    assert 30_000 < len(names["page"]) < 40_000
    assert names["curve"].chosen is not None
    assert len(names["spread"].bars_) == 10
    flipped = names["doubt"][::10].mean()
    assert flipped > names["doubt"].mean() + 0.05
