"""The page on teachers runs as it stands."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "teachers.md"


def test_the_code_of_the_page_runs(capsys):
    found = {"__name__": "page"}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S):
        exec(compile(block, str(PAGE), "exec"), found)
    weight, head, *_ = capsys.readouterr().out.splitlines()
    assert float(weight) in (0.0, 0.5)
    assert head.split() == ["dense", "pruned", "ratio", "teacher"]
