"""The page on trained networks does what it says."""

import re
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from skprune.pretrained.sequential import ACTIVATIONS, HEADS, IDLE

PAGE = (Path(__file__).parents[2] / "docs" / "pretrained.md").read_text("utf-8")


def test_the_code_runs(capsys):
    found = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.S):
        exec(compile(block, "pretrained.md", "exec"), found)
    assert "of the weights removed; validation rows" in capsys.readouterr().out
    assert found["network"].sparsity_ == pytest.approx(0.9, abs=0.001)
    assert np.mean(found["small"].predict(found["X"]) == found["y"]) > 0.65


@pytest.mark.parametrize("kind", [*ACTIVATIONS, *HEADS, *IDLE, nn.Linear])
def test_the_layers_are_named(kind):
    assert kind is nn.AlphaDropout or f"`{kind.__name__}`" in PAGE
