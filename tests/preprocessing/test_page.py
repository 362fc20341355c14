"""The page on preparation does what it says."""

import re
from pathlib import Path

import numpy as np
from numpy.testing import assert_allclose

PAGE = Path(__file__).parents[2] / "docs" / "preprocessing.md"


def test_the_code_runs():
    found = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S):
        exec(compile(block, str(PAGE), "exec"), found)
    given = found["encoder"].transform([[9.0], [36.0], [np.nan]])
    assert_allclose(given, [[0.5, 0, 0, 0], [1, 1, 0.5, 0], [1, 0, 0, 1]])
    assert len(found["pruner"].support_) == len(
        found["column_groups"](found["model"][0])
    )
