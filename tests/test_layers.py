"""The architecture, read from the source: who may import whom, and how long."""

import ast
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1] / "skprune"
FILES = sorted(ROOT.rglob("*.py"))

# Each file stands on a floor and imports from lower ones alone; a folder's line holds
# for those of its files that have none of their own.
FLOORS = {
    "inference/cost": 0,
    "inference/activations": 0,
    "inference/quantised": 0,
    "inference/average": 0,
    "inference/storage": 1,
    "inference/layer": 2,
    "inference/signs": 0,
    "inference/base": 3,
    "inference/predictor": 4,
    "inference/cell_stack": 3,
    "inference/recurrent": 4,
    "inference/lstm": 5,
    "inference/gru": 5,
    "inference/__init__": 5,
    "datasets/_base": 0,
    "datasets": 1,
    "datasets/__init__": 2,
    "documentation": 0,
    "exceptions": 0,
    "warn": -1,
    "metrics": 0,
    "metrics/__init__": 1,
    "time_series/names": 0,
    "time_series/panels": 0,
    "time_series/scaling": 1,
    "time_series/tables": 1,
    "time_series/windows": 2,
    "time_series/__init__": 3,
    "schedules": 0,
    "pruning/units": 0,
    "pruning/allocation": 0,
    "pruning/cuts": 1,
    "pruning/fan_in": 0,
    "pruning/__init__": 0,
    "criteria/base": 1,
    "criteria": 2,
    "criteria/__init__": 3,
    "losses/base": 0,
    "losses": 1,
    "losses/quantiles": 2,
    "losses/__init__": 3,
    "networks/__init__": 0,
    "networks/outputs": 1,
    "networks/paths": 0,
    "networks/module": 1,
    "networks/rounding": 2,
    "networks/kind": 5,
    "networks/storing": 6,
    "networks/mlp/__init__": 0,
    "networks/mlp/directions": 0,
    "networks/mlp/module": 2,
    "networks/mlp/compaction": 3,
    "networks/mlp/stacking": 3,
    "networks/mlp/rebuilding": 3,
    "networks/mlp/kind": 7,
    "networks/recurrent/__init__": 0,
    "networks/recurrent/layer": 0,
    "networks/recurrent/gradients": 0,
    "networks/recurrent/module": 5,
    "networks/recurrent/compaction": 6,
    "networks/recurrent/rebuilding": 6,
    "networks/recurrent/kind": 7,
    "networks/lstm": 6,
    "networks/lstm/__init__": 0,
    "networks/gru": 6,
    "networks/gru/__init__": 0,
    "training/__init__": 0,
    "training/threads": 0,
    "training/optimizers": 0,
    "training/caching": 0,
    "training/rows": 0,
    "training/step": 0,
    "training/flat": 0,
    "training/surgeon": 0,
    "training/bounded_history": 0,
    "training/outcome": 0,
    "training/batches": 1,
    "training/readout": 2,
    "training/predicting": 3,
    "training/row_dataset": 4,
    "training/attribution": 2,
    "training/job": 6,
    "training/net": 7,
    "training/compact_net": 8,
    "training/callback_net": 8,
    "training/control": 8,
    "training/penalty": 8,
    "training/prior": 7,
    "training/factory": 9,
    "training/evidence": 9,
    "training/constant_evidence": 10,
    "training/compensation": 10,
    "training/regrowth": 11,
    "training/pruner": 12,
    "training/imitation": 10,
    "training/phase": 9,
    "training/phases": 13,
    "training/rehearsal": 15,
    "training/annealing": 16,
    "training/checkpoint": 9,
    "training/levels": 14,
    "training/lockstep": 13,
    "training/loop": 14,
    "training/grouping": 7,
    "training/strength": 14,
    "training/beginnings": 17,
    "training/held_out": 18,
    "training/run": 19,
    "training/stream": 19,
    "training/path": 20,
    "selection/units": 0,
    "preprocessing/pieces": 1,
    "preprocessing/groups": 2,
    "preprocessing/table": 3,
    "preprocessing/__init__": 4,
    "selection": 19,
    "estimator/__init__": 0,
    "estimator/parameter": 0,
    "estimator/training_parameters": 4,
    "estimator/parameters": 5,
    "estimator/targets": 3,
    "estimator/weights": 4,
    "estimator/devices": 0,
    "estimator/amount": 18,
    "estimator/holdout": 0,
    "estimator/quick_check": 0,
    "estimator/attributes": 0,
    "estimator/report": 0,
    "estimator/telling": 1,
    "estimator/recorded": 0,
    "estimator/callback_tree": 18,
    "estimator/layouts": 1,
    "estimator/windows": 2,
    "estimator/windowed": 22,
    "estimator/skorch_network": 17,
    "estimator/forest_judge": 0,
    "estimator/truth": 0,
    "estimator/pool": 1,
    "estimator/doubt": 2,
    "estimator/trust": 3,
    "estimator/synthetic": 1,
    "estimator/teaching": 2,
    "estimator/opinions": 17,
    "estimator/given": 0,
    "estimator/inputs": 1,
    "estimator/borrowed": 0,
    "estimator/seeds": 0,
    "estimator/setting_aside": 1,
    "estimator/fitted": 18,
    "estimator/summary": 18,
    "estimator/ensemble": 18,
    "estimator/monotone": 18,
    "estimator/jobs": 19,
    "estimator/listening": 20,
    "estimator/streaming": 20,
    "estimator/base": 21,
    "estimator/classification": 22,
    "estimator/regression": 22,
    "mlp": 23,
    "mlp/__init__": 24,
    "lstm": 23,
    "lstm/__init__": 24,
    "transformer": 23,
    "estimator/path": 22,
    "model_selection/last_step": 22,
    "model_selection/levels": 0,
    "model_selection/rules": 0,
    "model_selection/agreement": 0,
    "model_selection/path": 23,
    "model_selection/folds": 24,
    "model_selection/candidates": 24,
    "model_selection/results": 25,
    "model_selection/plan": 25,
    "model_selection/search": 26,
    "model_selection/__init__": 27,
    "pretrained/perceptrons": 1,
    "pretrained/sequential": 1,
    "pretrained/heads": 4,
    "pretrained/sources": 5,
    "pretrained/pruned": 25,
    "pretrained/__init__": 26,
    "scorecard": 24,
    "inspection/slopes": 0,
    "inspection/score_network": 1,
    "inspection/closed_form": 2,
    "inspection/ranking": 0,
    "inspection/path_integral": 3,
    "inspection": 25,
    "inspection/evidence": 26,
    "inspection/__init__": 28,
    "export/preparation/__init__": 0,
    "export/preparation": 24,
    "export/scoring_file/network": 1,
    "export/scoring_file/lstm": 2,
    "export/scoring_file/gru": 2,
    "export/scoring_file/states": 3,
    "export/scoring_file/reasons": 3,
    "export/scoring_file": 0,
    "export/source": 25,
    "export/nodes": 0,
    "export/recurrent": 26,
    "export/graph": 27,
    "export/columns": 28,
    "export/table": 28,
    "export/onnx_model": 29,
    "export/explanation": 27,
    "export/numpy_file": 28,
    "export": 29,
    "export/convert": 30,
    "export/sql/__init__": 32,
    "export/sql": 31,
    "export/__init__": 33,
    "__init__": 28,
}
MAY_LOAD_TORCH = {"pruning", "criteria", "losses", "networks", "training", "selection"}
LOADS_TORCH = {
    "estimator/amount",
    "estimator/devices",
    "estimator/jobs",
    "estimator/skorch_network",
    "estimator/listening",
    "estimator/opinions",
    "estimator/summary",
    "pretrained/sequential",
}
LOADS_NO_TORCH = {
    "criteria/__init__",
    "criteria/base",
    "losses/__init__",
    "networks/kind",
    "networks/mlp/kind",
    "networks/recurrent/kind",
}


def name_of(path):
    """Name a file by its path within skprune, without its ending."""
    return path.relative_to(ROOT).as_posix().removesuffix(".py")


def floor_of(name):
    """Return the floor that a file stands on."""
    return FLOORS.get(name, FLOORS.get(name.rpartition("/")[0]))


def file_of(module):
    """Return the name of the file that a module of skprune is."""
    path = module.removeprefix("skprune").lstrip(".").replace(".", "/")
    if (ROOT / path).is_dir():
        return f"{path}/__init__".lstrip("/")
    return path


def imported(node):
    """List the absolute names of modules that an import statement brings in."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, "imports are absolute"
    names = [f"{node.module}.{alias.name}" for alias in node.names]
    return [name if is_module(name) else node.module for name in names]


def is_module(name):
    """Return whether a dotted name is a file or folder of skprune."""
    path = ROOT.parent / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").exists()


def statements(node, *, types=True, functions=True):
    """List what a tree imports: for types too, in functions too, or not."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield from imported(child)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            if functions:
                yield from statements(child, types=types)
        elif (
            isinstance(child, ast.If)
            and "TYPE_CHECKING" in ast.unparse(child.test)
            and not types
        ):
            continue
        else:
            yield from statements(child, types=types, functions=functions)


def packages(names):
    return {name.split(".")[0] for name in names}


@pytest.fixture(params=FILES, ids=name_of)
def source(request):
    return name_of(request.param), ast.parse(request.param.read_text("utf-8"))


def test_each_file_has_a_floor(source):
    assert floor_of(source[0]) is not None


def test_files_import_from_lower_floors(source):
    name, tree = source
    folder = name.rpartition("/")[0]
    for module in statements(tree, types=False):
        if packages([module]) != {"skprune"}:
            continue
        other = file_of(module)
        same = folder and other.rpartition("/")[0] == folder and name not in FLOORS
        assert same or floor_of(other) < floor_of(name), f"{name} imports {other}"


def test_skorch_is_imported_in_training_alone(source):
    name, tree = source
    assert name.startswith("training/") or "skorch" not in packages(statements(tree))


def test_torch_is_loaded_on_the_inside_alone(source):
    name, tree = source
    inside = name.split("/")[0] in MAY_LOAD_TORCH and name not in LOADS_NO_TORCH
    if not inside and name not in LOADS_TORCH:
        loaded = statements(tree, types=False, functions=False)
        assert "torch" not in packages(loaded)


def test_inference_needs_arrays_alone(source):
    name, tree = source
    allowed = {"numpy", "scipy", "skprune", *sys.stdlib_module_names}
    assert not name.startswith("inference/") or packages(statements(tree)) <= allowed


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


def test_signatures_are_those_of_the_table():
    tool = ROOT.parent / "tools" / "signatures.py"
    run = [sys.executable, str(tool), "--check"]
    assert subprocess.run(run, capture_output=True).returncode == 0
