"""Change one thing at a time in what is tested, and list the changes that pass.

A *mutant* differs from a module by one operator, constant, call, condition or
statement. It survives if the tests named beside the module pass with it. Nothing
on disk is changed: each mutant is compiled in a child process, in which the
module is imported from the changed tree. The parent has imported what takes long,
and forks.

    python tools/mutate.py                     # all targets
    python tools/mutate.py allocation units    # those whose name contains a word
"""

import ast
import copy
import importlib.abc
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60
"""A mutant that takes longer than this has been noticed."""

CRITERIA = ["tests/criteria/test_scores.py", "tests/criteria/test_laws.py"]
ORDERS = ["tests/criteria/test_evidence.py", "tests/criteria/test_orders.py"]
LSTM = ["tests/pruning/test_compaction_lstm.py", "tests/lstm/test_lstm_compaction.py"]
PATHS = ["tests/pruning/test_paths.py"]

# Module: the tests that are to notice.
TARGETS = {
    "skprune.criteria": CRITERIA,
    "skprune.criteria.base": CRITERIA,
    "skprune.criteria.size": CRITERIA,
    "skprune.criteria.sensitivity": CRITERIA,
    "skprune.criteria.reconstruction": CRITERIA,
    "skprune.criteria.measured": CRITERIA,
    "skprune.allocation": ["tests/pruning/test_allocation.py", *ORDERS[1:]],
    "skprune.units": ["tests/pruning/test_units.py", *ORDERS[1:]],
    "skprune.schedules": ["tests/pruning/test_schedules.py"],
    "skprune.training.connected": ["tests/pruning/test_connected.py"],
    "skprune.training.regrowth": ["tests/pruning/test_regrowth.py"],
    "skprune.training.surgeon": ["tests/pruning/test_surgeon.py"],
    "skprune.training.compensation": ["tests/pruning/test_compensation.py"],
    "skprune.training.evidence": ORDERS,
    "skprune.compaction": ["tests/pruning/test_compaction.py"],
    "skprune.compaction_lstm": LSTM,
    "skprune.modules.paths": PATHS,
    "skprune.modules.reach": PATHS,
}

COMPARISONS = {
    ast.Lt: [ast.LtE, ast.GtE], ast.LtE: [ast.Lt, ast.Gt], ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt], ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot], ast.IsNot: [ast.Is], ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}  # fmt: skip
OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}  # fmt: skip
DROPPED = {
    "abs", "sqrt", "square", "flip", "clone", "cumsum", "clamp_min", "expand_as",
    "double", "mean", "sum", "masked_fill", "repeat", "T", "to_dense", "bool",
}  # fmt: skip
RENAMED = {
    "any": "all", "all": "any", "max": "min", "min": "max", "argmax": "argmin",
    "argmin": "argmax", "sum": "mean", "mean": "sum", "maximum": "minimum",
    "ones": "zeros", "zeros": "ones", "ones_like": "zeros_like", "floor": "ceil",
    "zeros_like": "ones_like", "ceil": "floor", "round": "int", "ne": "eq",
}  # fmt: skip


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """Return what a node may be changed into, each a node of its own."""
    match node:
        case ast.Compare():
            for other in COMPARISONS[type(node.ops[0])]:
                yield ast.Compare(node.left, [other(), *node.ops[1:]], node.comparators)
        case ast.BinOp() if type(node.op) in OPERATORS:
            yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
        case ast.AugAssign() if type(node.op) in OPERATORS:
            yield ast.AugAssign(node.target, OPERATORS[type(node.op)](), node.value)
        case ast.UnaryOp():
            yield node.operand
        case ast.BoolOp():
            other = ast.Or if isinstance(node.op, ast.And) else ast.And
            yield ast.BoolOp(other(), node.values)
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int() | float()):
            yield ast.Constant(node.value + 1)
        case ast.Attribute(attr="T"):
            yield node.value
        case ast.Call(func=ast.Attribute() as func):
            if func.attr in DROPPED and not isinstance(func.value, ast.Name | ast.Call):
                yield func.value
            elif func.attr in DROPPED and getattr(func.value, "id", "torch") != "torch":
                yield func.value
            if func.attr in RENAMED:
                renamed = ast.Attribute(func.value, RENAMED[func.attr], func.ctx)
                yield ast.Call(renamed, node.args, node.keywords)
        case ast.Call(func=ast.Name(id=name)) if name in RENAMED:
            renamed = ast.Name(RENAMED[name], ast.Load())
            yield ast.Call(renamed, node.args, node.keywords)
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.If() | ast.While():
            yield type(node)(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.Return(value=ast.expr() as value):
            yield ast.Return(ast.UnaryOp(ast.USub(), value))
        case ast.Expr(value=ast.Call()) | ast.Continue() | ast.Break():
            yield ast.Pass()


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Run through the changed trees of a module, each with what was changed."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    skipped = _unchanged(tree)
    for i, node in enumerate(nodes):
        if id(node) in skipped:
            continue
        for k, new in enumerate(list(replacements(node))):
            ast.copy_location(new, node)
            before, after = ast.unparse(node), ast.unparse(new)
            changed = copy.deepcopy(tree)
            old = list(ast.walk(changed))[i]
            fresh = list(replacements(old))[k]
            _replace(changed, old, ast.copy_location(fresh, old))
            line = getattr(node, "lineno", 0)
            yield (
                f"{line}: {before} -> {after}".replace("\n", " "),
                ast.fix_missing_locations(changed),
            )


def _unchanged(tree: ast.Module) -> set[int]:
    # Annotations, `strict=` and conditions on the type checker say nothing that runs.
    found: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef):
            parts = [node.returns, *(a.annotation for a in node.args.args)]
        elif isinstance(node, ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.keyword) and node.arg == "strict":
            parts = [node.value]
        elif isinstance(node, ast.Assert) or "TYPE_CHECKING" in ast.unparse(
            getattr(node, "test", ast.Constant(None))
        ):
            parts = [node]
        for part in filter(None, parts):
            found |= {id(inner) for inner in ast.walk(part)}
    return found


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list) and any(item is old for item in value):
                value[next(i for i, item in enumerate(value) if item is old)] = new


class _Import(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports one module from a tree."""

    def __init__(self, name: str, path: Path, tree: ast.Module):
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self.name:
            return None
        is_package = self.path.name == "__init__.py"
        spec = importlib.util.spec_from_loader(fullname, self, is_package=is_package)
        if is_package:
            spec.submodule_search_locations = [str(self.path.parent)]
        return spec

    def get_source(self, fullname):
        return None

    def exec_module(self, module):
        module.__file__ = str(self.path)
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


def survives(name: str, path: Path, tree: ast.Module, tests: list[str]) -> bool:
    """Run a mutant's tests in a child; return whether they pass."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        sys.meta_path.insert(0, _Import(name, path, tree))
        os._exit(int(run_tests(tests)))
    return os.waitpid(child, 0)[1] == 0


def run_tests(tests: list[str]) -> int:
    """Run tests until one fails, each of hypothesis with few examples."""
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=mutants"]
    # What the parent has imported is not rewritten.
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return pytest.main([*options, *tests])


def prepare() -> None:
    """Import what is not changed, and ask for examples that are not shrunk."""
    import hypothesis
    import pytest  # noqa: F401
    import scipy.linalg  # noqa: F401
    import sklearn.datasets
    import sklearn.ensemble
    import sklearn.inspection  # noqa: F401
    import skorch.callbacks  # noqa: F401
    import torch

    torch.set_num_threads(1)
    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        deadline=None,
        max_examples=40,
        database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )


def main(words: list[str]) -> None:
    """Print the survivors of each target, and how many there were."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    prepare()
    for name, tests in TARGETS.items():
        if words and not any(word in name for word in words):
            continue
        path = Path(ROOT, *name.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        source, start = path.read_text(), time.time()
        if not survives(name, path, ast.parse(source), tests):
            raise SystemExit(f"{name}: the tests fail without any change")
        found, n = [], 0
        for label, tree in mutants(source):
            n += 1
            if survives(name, path, tree, tests):
                found.append(label)
                print(f"{path.relative_to(ROOT)}:{label}", flush=True)
        took = time.time() - start
        print(f"{name}: {len(found)} of {n} survive ({took:.0f} s)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
