"""Run the Python of the documentation's pages, and print what it prints below it.

    python tools/pages.py docs/sql.md docs/explaining.md

A page's blocks run from top to bottom with the names of those before. A block marked as
``text`` that follows one is what it prints, with the value of its last line if that is
an expression, as in a notebook.
"""

import ast
import contextlib
import io
import re
import sys
import textwrap
import warnings
from pathlib import Path

BLOCK = re.compile(r"^ *```python\n(.*?)```(\n\n```text\n)?", re.M | re.S)
PRINTED = re.compile(r"(.*?)```", re.S)


def run(source, names, page):
    """Run a block among ``names``; return what it prints."""
    tree = ast.parse(source)
    shown = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(tree, page, "exec"), names)
        if shown is not None:
            value = eval(compile(ast.Expression(shown.value), page, "eval"), names)
            if value is not None:
                print(value)
    lines = [line.rstrip() for line in out.getvalue().rstrip().splitlines()]
    return "".join(f"{line}\n" for line in lines)


def reprinted(text, page, **names):
    """Return a page's text with what its blocks print now, given some names."""
    names["__name__"] = "page"
    parts, at = [], 0
    for block in BLOCK.finditer(text):
        printed = run(textwrap.dedent(block[1]), names, page)
        parts.append(text[at : block.end()])
        at = block.end()
        if block[2]:
            at = PRINTED.match(text, at).end(1)
            parts.append(printed)
    return "".join([*parts, text[at:]])


def main():
    """Reprint the pages that are named."""
    warnings.simplefilter("ignore")
    for name in sys.argv[1:]:
        page = Path(name)
        text = page.read_text("utf-8")
        page.write_text(reprinted(text, name), "utf-8")


if __name__ == "__main__":
    main()
