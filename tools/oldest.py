"""Print the oldest versions that pyproject.toml promises, as constraints for pip.

What users install is held to its lower bound, what only tests use to the version of
constraints.txt; what these need in turn is left to pip::

    python tools/oldest.py > oldest.txt
    pip install --constraint oldest.txt '.[test,plot,onnx,dask]'
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOR_USERS = ("plot", "onnx", "dask")
BOUND = re.compile(r"(?P<name>[\w.-]+)(\[[\w,]+\])?>=(?P<version>[\w.]+)")


def lower_bounds(requirements: list[str]) -> dict[str, str]:
    """Return the bound of each requirement but those on skprune's own extras."""
    found = map(BOUND.fullmatch, requirements)
    return {match["name"].lower(): match["version"] for match in found if match}


def tested_versions() -> dict[str, str]:
    """Return what constraints.txt pins."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line.split("==") for line in lines if "==" in line]
    return {name.lower(): version for name, version in pins}


def oldest() -> dict[str, str]:
    """Return a version for each package that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    tested = tested_versions()
    tools = {name: tested[name] for name in lower_bounds(extras["test"])}
    for_users = [r for extra in FOR_USERS for r in extras[extra]]
    return tools | lower_bounds([*project["dependencies"], *for_users])


if __name__ == "__main__":
    sys.stdout.writelines(f"{n}=={v}\n" for n, v in sorted(oldest().items()))
