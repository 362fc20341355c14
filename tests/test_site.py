"""The site's pages, read as text: in the contents, linked, and about what there is."""

import re
import runpy
from pathlib import Path

import pytest
from matplotlib import pyplot as plt

from skprune.estimator.parameters import CLASSES

DOCS = Path(__file__).parents[1] / "docs"
EXAMPLES = DOCS.parent / "examples"
CHARTS = runpy.run_path(str(DOCS.parent / "tools" / "charts.py"))
PICTURES = CHARTS["PICTURES"]
PAGES = sorted(DOCS.glob("*.md"))
LINKS = runpy.run_path(str(DOCS.parent / "tools" / "links.py"))


def contents(page):
    """Return the pages that a page's tables of contents name."""
    tables = re.findall(r"```\{toctree\}\n(.*?)```", page.read_text("utf-8"), re.S)
    lines = [line.strip() for table in tables for line in table.splitlines()]
    named = [line for line in lines if line and not line.startswith(":")]
    return [re.sub(r".*<(.*)>", r"\1", line) for line in named]


def test_each_page_is_in_the_contents_once():
    named = [name for page in PAGES for name in contents(page)]
    assert len(named) == len(set(named))
    assert {page.stem for page in PAGES} - {"index"} == {
        name for name in named if not name.startswith("auto_examples/")
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_to_pages_and_examples(page):
    for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" in link:
            continue
        if link.startswith("auto_examples/"):
            assert (EXAMPLES / Path(link).with_suffix(".py").name).exists()
        else:
            assert (DOCS / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_column_of_a_table_has_a_heading(page):
    text = page.read_text("utf-8")
    for heads in re.findall(r"^\|(.*)\|\n\|[ :|-]+\|$", text, re.M):
        assert all(head.strip() for head in heads.split("|")), heads


def test_each_parameter_has_its_task():
    text = (DOCS / "parameters.md").read_text("utf-8")
    named = set(re.findall(r"`(\w+)`", text))
    all_of_them = {p.name for known in CLASSES.values() for p in known}
    assert all_of_them <= named


@pytest.mark.parametrize("name", ["why", "defaults", "performance"])
def test_measurements_have_a_picture_first_and_their_tables_folded(name):
    text = (DOCS / f"{name}.md").read_text("utf-8")
    folds = re.findall(r"^:::\{dropdown\} .*?^:::$", text, re.S | re.M)
    assert text.index("![") < text.index(":::{dropdown}")
    assert all(
        re.search(r"^Printed by `python benchmarks/", fold, re.M) for fold in folds
    )
    rest = text
    for fold in folds:
        rest = rest.replace(fold, "")
    assert "---:" not in rest
    assert "```" not in rest


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_show_what_the_tables_say(name):
    figure = PICTURES[name]()
    plt.close(figure)
    picture = (DOCS / f"{name}.svg").read_text("utf-8")
    for axes in figure.axes:
        assert axes.get_xlabel() in picture
        assert len(axes.lines) <= 6 * 3
    assert any(f"]({name}.svg)" in page.read_text("utf-8") for page in PAGES)


def test_a_picture_takes_its_figures_from_the_page():
    rows = CHARTS["table"]("performance", "Pickles")
    page = (DOCS / "performance.md").read_text("utf-8")
    (axes,) = PICTURES["bytes"]().axes
    assert len(axes.patches) == len(rows)
    assert all(f"| {bar.get_width():,.0f} |" in page for bar in axes.patches)
    plt.close("all")


def test_each_gallery_example_has_a_title_and_a_picture_or_prints():
    scripts = sorted(EXAMPLES.glob("plot_*.py"))
    assert len(scripts) >= 8
    for script in scripts:
        text = script.read_text("utf-8")
        title, rule = text.splitlines()[1:3]
        assert set(rule) == {"="} and len(rule) == len(title)
        assert "plt.show()" in text or "print(" in text


def test_each_example_has_its_place_in_the_gallery():
    place = runpy.run_path(str(DOCS / "gallery.py"))["place"]
    places = [place(script.name) for script in EXAMPLES.glob("plot_*.py")]
    assert sorted(places) == list(range(len(places)))


def test_warnings_of_examples_name_no_folder():
    written = runpy.run_path(str(DOCS / "gallery.py"))["format_warning"]
    shown = written("less would do", UserWarning, "/a/checkout/plot_text.py", 3)
    assert shown == "UserWarning: less would do\n"


def test_lists_hold_items_alone():
    pytest.importorskip("sphinx")
    nested = runpy.run_path(str(DOCS / "accessible.py"))["nested"]
    written = nested("<h1></h1><ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>")
    assert written == (
        '<h1></h1><ul><li>a</li><li class="nested"><ul><li>b</li></ul></li>'
        "<li>c</li></ul>"
    )


@pytest.mark.parametrize(
    ("tag", "wrong"),
    [
        ('<a href="https://elsewhere.test/page.html">', []),
        ('<a href="page.html#there">', []),
        ('<a href="page.html#nowhere">', ["page.html: no place page.html#nowhere"]),
        ('<a href="missing.html">', ["page.html: nothing at missing.html"]),
        ('<img src="page.html">', ["page.html: no words for page.html"]),
        ('<script src="//cdn.test/a.js">', ["page.html: fetches //cdn.test/a.js"]),
        (
            '<link rel="stylesheet" href="https://cdn.test/a.css">',
            ["page.html: fetches https://cdn.test/a.css"],
        ),
    ],
)
def test_what_is_wrong_with_a_built_page_is_found(tag, wrong, tmp_path):
    (tmp_path / "page.html").write_text(f'<p id="there">{tag}', "utf-8")
    assert LINKS["faults"](tmp_path) == wrong
