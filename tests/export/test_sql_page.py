"""The page on SQL shows what its code gives."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "sql.md"

pytest.importorskip("pandas")


def without_digits(query):
    """Leave out the numbers, whose last digits are the machine's."""
    return re.sub(r"\(?-?\b\d+(\.\d+)?e0\)?", "#", query)


def test_the_query_is_the_one_shown():
    page = PAGE.read_text("utf-8")
    code, shown = (
        re.search(rf"```{kind}\n(.*?)\n```", page, re.S)[1]
        for kind in ("python", "sql")
    )
    found = {}
    exec(compile(code, str(PAGE), "exec"), found)
    assert without_digits(shown) == without_digits(found["query"])
