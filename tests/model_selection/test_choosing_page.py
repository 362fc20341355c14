"""The page on choosing the sparsity runs as it stands."""

import re
from pathlib import Path

import matplotlib
import pytest

matplotlib.use("Agg")

PAGE = Path(__file__).parents[2] / "docs" / "choosing_sparsity.md"


@pytest.mark.slow
def test_the_code_of_the_page_runs(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = {"__name__": "page"}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S):
        exec(compile(block, str(PAGE), "exec"), found)
    search = found["search"]
    assert search.best_sparsity_ in search.sparsities
    assert found["small"].sparsity == 0.95 and (tmp_path / "path.png").exists()
    out = capsys.readouterr().out
    assert "mean_n_nonzero" in out and "prunedmlpclassifier__sparsity" in out
