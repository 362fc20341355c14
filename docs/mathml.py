"""Formulas as MathML, which browsers set themselves: no script, nothing to fetch.

What browsers fall back to where a machine has no mathematical font leaves out the bars
over means, so the site brings a font along.
"""

from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from math_core import LatexToMathML
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

FONT = Path(find_spec("ziamath").origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"
CONVERTER = LatexToMathML()


def set_inline(page: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a sentence."""
    formula = CONVERTER.convert_with_local_state(node.astext(), displaystyle=False)
    page.body.append(formula)
    raise nodes.SkipNode


def set_apart(page: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on lines of its own, which scroll where the page is narrow."""
    formula = CONVERTER.convert_with_local_state(node.astext(), displaystyle=True)
    page.body.append(f'<div class="formula">{formula}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Take the place of the script that Sphinx would load."""
    app.add_html_math_renderer("mathml", (set_inline, None), (set_apart, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
