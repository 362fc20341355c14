"""Change one thing at a time in what is tested, and list the changes that pass.

A *mutant* differs from a module by one operator, constant, call, condition or
statement. It survives if the tests named beside the module pass with it. Nothing
on disk is changed: a child process, forked after the tests have run once, gives
the functions of the module the changed code.

    python tools/mutate.py                     # all targets
    python tools/mutate.py allocation units    # those whose name contains a word
"""

import ast
import copy
import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60
"""A mutant that takes longer than this has been noticed."""

CRITERIA = ["tests/criteria/test_scores.py"]
LSTM = ["tests/pruning/test_compaction_lstm.py", "tests/lstm/test_lstm_compaction.py"]

# Module: the tests that are to notice.
TARGETS = {
    "skprune.criteria": CRITERIA,
    "skprune.criteria.base": [*CRITERIA, "tests/criteria/test_laws.py"],
    "skprune.criteria.size": CRITERIA,
    "skprune.criteria.sensitivity": CRITERIA,
    "skprune.criteria.reconstruction": CRITERIA,
    "skprune.criteria.measured": CRITERIA,
    "skprune.pruning.allocation": ["tests/pruning/test_allocation.py"],
    "skprune.pruning.cuts": ["tests/pruning/test_cuts.py"],
    "skprune.pruning.units": ["tests/pruning/test_units.py"],
    "skprune.schedules": ["tests/pruning/test_schedules.py"],
    "skprune.training.regrowth": ["tests/pruning/test_regrowth.py"],
    "skprune.training.surgeon": ["tests/pruning/test_surgeon.py"],
    "skprune.training.compensation": ["tests/pruning/test_compensation.py"],
    "skprune.training.strength": ["tests/pruning/test_strength.py"],
    "skprune.training.evidence": [
        "tests/criteria/test_evidence.py",
        "tests/criteria/test_laws.py",
    ],
    "skprune.training.constant_evidence": ["tests/criteria/test_beforehand.py"],
    "skprune.training.pruner": [
        "tests/criteria/test_orders.py",
        "tests/pruning/test_pruner.py",
        "tests/pruning/test_cuts.py",
        "tests/pruning/test_regrowth.py",
        "tests/pruning/test_compensation.py",
    ],
    "skprune.networks.mlp.compaction": ["tests/pruning/test_compaction.py"],
    "skprune.networks.recurrent.compaction": LSTM,
    "skprune.networks.paths": ["tests/pruning/test_paths.py"],
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
        case ast.Return(value=ast.Constant(value=bool())):
            pass  # A constant is changed by itself, and minus one is as true as one.
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
    # Annotations, `strict=` and conditions on the type checker say nothing that runs,
    # and `force=` nothing on a CPU.
    found: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef):
            parts = [node.returns, *(a.annotation for a in node.args.args)]
        elif isinstance(node, ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.keyword) and node.arg in ("strict", "force"):
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


GRAFTED = FunctionType | property | cached_property | staticmethod


def graft(old: Any, new: Any) -> None:
    """Give a function or class the code of another, for all who hold it."""
    if isinstance(old, type):
        for name, value in vars(new).items():
            known = vars(old).get(name)
            if isinstance(value, GRAFTED):
                graft(known, value)
            elif not name.startswith("_"):
                setattr(old, name, value)
    elif isinstance(old, staticmethod):
        graft(old.__func__, new.__func__)
    elif isinstance(old, property):
        graft(old.fget, new.fget)
    elif isinstance(old, cached_property):
        graft(old.func, new.func)
    elif hasattr(old, "__wrapped__"):
        graft(old.__wrapped__, new.__wrapped__)
    else:
        old.__code__, old.__defaults__ = new.__code__, new.__defaults__
        old.__kwdefaults__ = new.__kwdefaults__


def change(name: str, tree: ast.Module) -> None:
    """Run a tree in the place of an imported module."""
    module = sys.modules[name]
    space = vars(module)
    own = {
        key: value
        for key, value in space.items()
        if getattr(value, "__module__", None) == name and callable(value)
    }
    exec(compile(tree, str(module.__file__), "exec"), space)
    for key, value in own.items():
        graft(value, space[key])
        space[key] = value


def survives(name: str, tree: ast.Module, tests: list[str]) -> bool:
    """Run a mutant's tests in a child; return whether they pass."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        try:
            change(name, tree)
            os._exit(int(run_tests(tests)))
        except BaseException:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def run_tests(tests: list[str]) -> int:
    """Run tests until one fails, each of hypothesis with few examples."""
    import pytest

    options = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider"]
    options += ["--hypothesis-profile=mutants"]
    # What the parent has imported is not rewritten.
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return pytest.main([*options, *tests])


def prepare() -> None:
    """Ask for examples that are not shrunk."""
    import hypothesis

    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        deadline=None,
        max_examples=25,
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
        gc.collect()
        gc.freeze()
        # Here, so that all is imported before it is changed.
        if run_tests(tests) or not survives(name, ast.parse(source), tests):
            raise SystemExit(f"{name}: the tests fail without any change")
        found, n = [], 0
        for label, tree in mutants(source):
            n += 1
            if survives(name, tree, tests):
                found.append(label)
                print(f"{path.relative_to(ROOT)}:{label}", flush=True)
        took = time.time() - start
        print(f"{name}: {len(found)} of {n} survive ({took:.0f} s)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
