"""Every public docstring is whole: numpydoc's validation, with its excuses by name."""

import inspect
import tomllib
from importlib import import_module
from pathlib import Path
from types import FunctionType

import pytest

import skprune

validate = pytest.importorskip("numpydoc.validate").validate

CONFIG = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
LEFT_OUT = set(CONFIG["tool"]["numpydoc_validation"]["checks"])
EXCUSES = CONFIG["tool"]["skprune"]["docstrings"]


def public_names():
    """Return the dotted names of all functions and classes that users may import."""
    modules = [
        import_module(f"skprune.{name}") for name in sorted(skprune._SUBPACKAGES)
    ]
    return [
        f"{module.__name__}.{name}"
        for module in [skprune, *modules]
        for name in module.__all__
        if isinstance(getattr(module, name), type | FunctionType)
    ]


def members(cls):
    """Return the public methods and properties of a class that skprune has written."""
    for name, value in inspect.getmembers(cls):
        function = value.fget if isinstance(value, property) else value
        ours = getattr(function, "__module__", None) or ""
        if not name.startswith("_") and ours.startswith("skprune"):
            yield name


def found(dotted, excused):
    """Return what numpydoc finds wrong, but for what is excused."""
    errors = validate(dotted)["errors"]
    return [f"{dotted}: {code} {say}" for code, say in errors if code not in excused]


NAMES = public_names()


@pytest.mark.parametrize("dotted", NAMES)
def test_numpydoc_finds_nothing(dotted):
    module, _, name = dotted.rpartition(".")
    public = getattr(import_module(module), name)
    by_name = EXCUSES["excused"].get(dotted, [])
    faults = found(dotted, {*LEFT_OUT, *by_name})
    for member in members(public) if isinstance(public, type) else ():
        documented = getattr(vars(public).get(member), "__doc__", None)
        inherits = member in vars(public) and documented is None
        excused = {*LEFT_OUT, *EXCUSES["members"]}
        excused |= set(EXCUSES["overrides"]) if inherits else set()
        faults += found(f"{dotted}.{member}", excused)
    assert not faults


def test_excuses_are_for_names_that_need_them():
    for dotted, codes in EXCUSES["excused"].items():
        assert dotted in NAMES
        assert set(codes) <= {code for code, _ in validate(dotted)["errors"]}


def test_the_reference_lists_each_public_name():
    page = (Path(__file__).parents[1] / "docs" / "api.md").read_text("utf-8")
    listed, module = set(), ""
    for line in map(str.strip, page.splitlines()):
        if line.startswith(".. currentmodule:: "):
            module = line.split()[-1]
        listed.add(f"{module}.{line}")
    assert not set(NAMES) - listed
