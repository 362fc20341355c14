"""The architecture, read from the source: who may import whom, and how long."""

import ast
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1] / "skprune"
FILES = sorted(ROOT.rglob("*.py"))

# A file imports from strictly lower levels, or from its own package.
LEVELS = {
    "units": 0,
    "datasets": 0,
    "holdout": 0,
    "metrics": 0,
    "parameters": 0,
    "progress": 0,
    "report": 0,
    "targets": 0,
    "time_series": 0,
    "validation": 0,
    "criteria": 1,
    "schedules": 1,
    "allocation": 1,
    "modules": 1,
    "compaction": 2,
    "compaction_lstm": 3,
    "inference": 2,
    "quantisation": 2,
    "training": 3,
    "fitted": 4,
    "fitting": 4,
    "ensemble": 5,
    "incremental": 6,
    "base": 7,
    "classification": 8,
    "regression": 8,
    "lstm_face": 8,
    "mlp_face": 8,
    "selection": 8,
    "mlp": 9,
    "lstm": 9,
    "transformer": 9,
    "model_selection": 9,
    "inspection": 10,
    "export": 10,
    "__init__": 11,
}
MAY_LOAD_TORCH = {
    "units",
    "quantisation",
    "criteria",
    "schedules",
    "allocation",
    "modules",
    "compaction",
    "compaction_lstm",
    "training",
    "fitting",
    "selection",
}


def part_of(path):
    """Name the file or package of skprune that a path belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(node):
    """List the absolute names that an import statement brings in."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, "imports are absolute"
    if node.module == "skprune":
        return [f"skprune.{alias.name}" for alias in node.names]
    return [node.module]


def imports(tree):
    """List what a tree imports, wherever it does."""
    statements = (
        n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)
    )
    return [name for node in statements for name in imported(node)]


def loads(tree):
    """List what running a module imports at once: nothing in functions or for types."""
    skipped = ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imported(node)
        elif not isinstance(node, skipped):
            yield from loads(node)


def packages(names):
    return {name.split(".")[0] for name in names}


@pytest.fixture(params=FILES, ids=lambda path: str(path.relative_to(ROOT)))
def source(request):
    return part_of(request.param), ast.parse(request.param.read_text("utf-8"))


def test_each_part_has_a_level():
    assert not {part_of(path) for path in FILES} - LEVELS.keys()


def test_imports_point_down(source):
    part, tree = source
    ours = [name for name in imports(tree) if name.startswith("skprune.")]
    for other in {name.split(".")[1] for name in ours} - {part}:
        assert LEVELS[other] < LEVELS[part], f"{part} imports {other}"


def test_skorch_is_imported_in_training_alone(source):
    part, tree = source
    assert part == "training" or "skorch" not in packages(imports(tree))


def test_torch_is_loaded_on_the_inside_alone(source):
    part, tree = source
    assert part in MAY_LOAD_TORCH or "torch" not in packages(loads(tree))


def test_inference_needs_arrays_alone(source):
    part, tree = source
    allowed = {"numpy", "scipy", "skprune", *sys.stdlib_module_names}
    assert part != "inference" or packages(imports(tree)) <= allowed


def test_importing_skprune_loads_neither_torch_nor_skorch():
    program = (
        "import sys, skprune;"
        "public = [getattr(skprune, n) for n in getattr(skprune, '__all__', [])];"
        "print(*sys.modules)"
    )
    run = [sys.executable, "-c", program]
    loaded = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    assert "skprune" in loaded.split()
    assert not {"torch", "skorch"} & packages(loaded.split())


def test_files_are_short():
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert not {str(path): n for path, n in lengths.items() if n > 400}
    assert median(lengths.values()) <= 150
