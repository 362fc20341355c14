"""Write the signatures and docstrings of the public networks from their one table.

python tools/signatures.py            # rewrite what has changed
python tools/signatures.py --check    # say what has not been written
"""

import argparse
import sys
import textwrap
from pathlib import Path

from skprune.estimator.parameter import Parameter
from skprune.estimator.parameters import CLASSES, N_POSITIONAL

ROOT = Path(__file__).parents[1] / "skprune"
FILES = {
    "PrunedMLPClassifier": ROOT / "mlp" / "classifier.py",
    "PrunedMLPRegressor": ROOT / "mlp" / "regressor.py",
    "PrunedLSTMClassifier": ROOT / "lstm" / "classifier.py",
    "PrunedLSTMRegressor": ROOT / "lstm" / "regressor.py",
}
WIDTH = 88
DOCUMENTED = ("    Parameters\n    ----------\n", "\n    Attributes\n    ----------\n")
SIGNED = (
    "    def __init__(\n        self,\n",
    "        store_parameters(self, locals())\n",
)


def documented(parameter: Parameter) -> str:
    """Return a parameter's entry in the docstring."""
    head = f"    {parameter.name} : {parameter.kind}, default={quoted(parameter)}"
    indent = " " * 8
    body = textwrap.fill(
        parameter.meaning,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return f"{head}\n{body}\n"


def quoted(parameter: Parameter) -> str:
    """Return a default as a docstring has it."""
    return parameter.default.replace('"', "'")


def signed(parameters: tuple[Parameter, ...]) -> str:
    """Return the signature's lines, those by position first."""
    lines = [f"        {p.name}: {p.annotation} = {p.default},\n" for p in parameters]
    lines.insert(N_POSITIONAL, "        *,\n")
    return "".join(lines) + "    ) -> None:\n"


def between(text: str, ends: tuple[str, str], body: str) -> str:
    """Replace what stands between two lines that are there once."""
    begin, end = ends
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}{body}{end}{after}"


def written(name: str) -> str:
    """Return the file of a class as it should be."""
    text, parameters = FILES[name].read_text("utf-8"), CLASSES[name]
    text = between(text, DOCUMENTED, "".join(map(documented, parameters)))
    return between(text, SIGNED, signed(parameters))


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = [name for name in FILES if FILES[name].read_text("utf-8") != written(name)]
    for name in stale:
        print(f"{name} is stale" if check else f"wrote {FILES[name]}")
        if not check:
            FILES[name].write_text(written(name), "utf-8")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
