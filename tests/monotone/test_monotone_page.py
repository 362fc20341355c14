"""The page on monotonic networks does what it says."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "monotone.md"


def test_the_code_runs(capsys):
    found = {"__name__": "page"}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S):
        exec(compile(block, str(PAGE), "exec"), found)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 1
    for line in lines:
        assert re.search(r"is (decreasing: none of \d+ paths|constant)", line)
