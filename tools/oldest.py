"""Print the oldest versions that pyproject.toml promises, as constraints for pip.

What these need in turn is left to pip::

    python tools/oldest.py > oldest.txt
    pip install --constraint oldest.txt '.[test,plot,onnx,dask]'
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXTRAS = ("test", "plot", "onnx", "dask")
BOUND = re.compile(r"(?P<name>[\w.-]+)(\[[\w,]+\])?>=(?P<version>[\w.]+)(,!=[\w.]+)*")


def lower_bounds(requirements: list[str]) -> dict[str, str]:
    """Return the bound of each requirement but those on skprune's own extras."""
    found = map(BOUND.fullmatch, requirements)
    return {match["name"].lower(): match["version"] for match in found if match}


def oldest() -> dict[str, str]:
    """Return a version for each package that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    optional = [line for extra in EXTRAS for line in extras[extra]]
    return lower_bounds([*project["dependencies"], *optional])


if __name__ == "__main__":
    sys.stdout.writelines(f"{n}=={v}\n" for n, v in sorted(oldest().items()))
