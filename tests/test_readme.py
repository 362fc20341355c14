"""What the pages show is what runs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "docs/from_mlp.md", "docs/skorch.md"]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_python_on_a_page_runs(page):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.S)
    assert blocks
    names = {"__name__": page}
    for block in blocks:
        # One level of the grid, in one process: it takes a while as it is.
        block = re.sub(r'(sparsity": )\[.*?\]', r"\1[0.9]", block)
        exec(block.replace("n_jobs=2", "n_jobs=1"), names)


def test_the_example_of_the_readme_has_twenty_lines():
    block = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert len(block[1].splitlines()) <= 20


def test_a_table_of_ones_own_takes_fifteen_lines_and_the_install():
    text = (ROOT / "docs" / "getting_started.md").read_text("utf-8")
    (block,) = re.findall(r"```python\n([^`]*read_csv.*?)```", text, re.S)
    assert len(block.splitlines()) + 2 <= 15


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text("utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    inside = [link for link in links if "://" not in link]
    assert not [link for link in inside if not ((ROOT / page).parent / link).exists()]


def test_a_package_index_can_follow_the_links_of_the_readme():
    text = (ROOT / "README.md").read_text("utf-8")
    links = re.findall(r"\]\(([^)]+)\)|(?:src|href)=[\"']?([^\"'\s>]+)", text)
    links += re.findall(r"^\[[^]]+\]:\s*(\S+)()", text, re.M)
    targets = [markdown or html for markdown, html in links]
    assert not [link for link in targets if not link.startswith("https://")]


def test_files_that_the_readme_names_are_there():
    text = (ROOT / "README.md").read_text("utf-8")
    named = re.findall(
        r"`((?:docs|benchmarks|examples)/[\w/.-]+\.\w+|[A-Z]+\.md)`", text
    )
    assert "docs/getting_started.md" in named
    assert not [name for name in named if not (ROOT / name).exists()]
