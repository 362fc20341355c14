"""Other people's test functions, run as they are installed, on our estimators."""

import importlib
import importlib.util
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import pytest
import sklearn

Names = Mapping[str, Any]

UPSTREAM_VERSION = "1.9"
"""The differences named beside each suite are those of this scikit-learn."""


def borrow(module: str, replaced: Mapping[str, Names], expected: Names) -> type:
    """Return a test class of all test functions of a module of scikit-learn's.

    Parameters
    ----------
    module : str
        Such as ``"sklearn.neural_network.tests.test_mlp"``.
    replaced : mapping of module name to mapping of name to object
        What the tests find under the names that they import from there. The
        decorators see it too, so that parametrisations are over our estimators.
    expected : mapping of test name, with or without parameters, to reason
        Tests that must fail, as ``conftest.py`` sees to, and why.
    """
    if not sklearn.__version__.startswith(UPSTREAM_VERSION + "."):
        pytest.skip(f"needs scikit-learn {UPSTREAM_VERSION}", allow_module_level=True)
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed", allow_module_level=True)
    tests = {
        name: staticmethod(function)
        for name, function in _run(module, replaced).items()
        if name.startswith("test_")
    }
    unknown = {key.partition("[")[0] for key in expected} - tests.keys()
    assert not unknown, f"{module} has no tests named {unknown}"
    return type("Test", (), {**tests, "expected": dict(expected)})


def _run(module: str, replaced: Mapping[str, Names]) -> dict[str, Any]:
    """Run a module anew, and return its names; the imported one stays as it is."""
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.loader is not None
    fresh = importlib.util.module_from_spec(spec)
    with ExitStack() as stack:
        for where, names in replaced.items():
            stack.enter_context(patch.multiple(importlib.import_module(where), **names))
        spec.loader.exec_module(fresh)
    return vars(fresh)
