"""The page on explaining does what it says, and shows what comes out."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

PAGE = (Path(__file__).parents[2] / "docs" / "explaining.md").read_text("utf-8")


@pytest.fixture(autouse=True)
def no_window():
    plt.switch_backend("Agg")
    yield
    plt.close("all")


def shown(block, names, capsys):
    """Run a block, and return what it prints, its last line's value included."""
    *before, last = ast.parse(block).body
    exec(compile(ast.Module(before, []), "explaining.md", "exec"), names)
    if not isinstance(last, ast.Expr):
        exec(compile(ast.Module([last], []), "explaining.md", "exec"), names)
    elif (value := eval(ast.unparse(last), names)) is not None:
        print(value)
    return capsys.readouterr().out


def words(text):
    """Return a text without its numbers, whose last digits a machine may differ in."""
    return re.sub(r"[-+]?[\d.]+(e-\d+)?|\s+", " ", text).split()


def test_what_is_shown_comes_out(capsys):
    names = {}
    found = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", PAGE, re.S)
    assert len(found) == 7
    for block, text in found:
        printed = shown(block, names, capsys)
        assert words(printed) == words(text)
    assert names["network"].n_nonzero_ == 20
    assert np.isclose(names["shifted"].predict_proba(names["X"])[:, 1].mean(), 0.05)
    assert len(names["display"].edges_) == 2
