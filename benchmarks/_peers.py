"""What the speed and size scripts share: data, peers, and a steady clock.

Everything runs on one thread. Times are of the processor, so that what else runs
on the machine hardly counts; candidates take turns, and medians are compared.
"""

import os
import sys

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import platform  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable, Iterable, Mapping  # noqa: E402
from statistics import median  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
from sklearn.datasets import make_classification  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

from skprune import PrunedMLPClassifier  # noqa: E402

# Epochs are what is compared, so nothing is trained to the end.
warnings.filterwarnings("ignore", message=".*hasn't converged yet")

# For what was loaded before the variables above were set.
threadpool_limits(1)

N_FEATURES = 30
QUICK = "--quick" in sys.argv


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Print a table in Markdown."""
    head = list(head)
    print("| " + " | ".join(head) + " |")
    print("| --- |" + " ---: |" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |", flush=True)
    print()


def machine() -> None:
    """Say where the figures are from."""
    import scipy
    import sklearn
    import torch

    print(
        f"{platform.machine()}, Python {platform.python_version()}, "
        f"NumPy {np.__version__}, SciPy {scipy.__version__}, "
        f"scikit-learn {sklearn.__version__}, torch {torch.__version__}; "
        "one thread, processor time, medians\n"
    )


def classification(n_rows: int, n_features: int = N_FEATURES) -> tuple[Any, Any]:
    """Return rows of float64 and two classes."""
    return make_classification(
        n_rows,
        n_features,
        n_informative=n_features // 2,
        n_redundant=0,
        flip_y=0.1,
        random_state=0,
    )


def take_turns(
    candidates: Mapping[Any, Callable[[], Any]], repeats: int, loops: int = 1
) -> dict[Any, float]:
    """Return the median seconds of each, run one after the other in each round."""
    for run in candidates.values():
        run()
    seconds: dict[Any, list[float]] = {name: [] for name in candidates}
    for _ in range(repeats):
        for name, run in candidates.items():
            start = time.process_time()
            for _ in range(loops):
                run()
            seconds[name].append((time.process_time() - start) / loops)
    return {name: median(found) for name, found in seconds.items()}


def epochs(n: int) -> dict[str, Any]:
    """Return the parameters by which a perceptron trains so many epochs."""
    return {"max_iter": n, "n_iter_no_change": np.inf, "tol": 0.0, "random_state": 0}


def pruned(
    hidden: tuple[int, ...], sparsity: float, granularity: str = "weight", n: int = 6
) -> PrunedMLPClassifier:
    """Return an unfitted network that trains n epochs, a half of them pruning."""
    dense = n if sparsity == 0 else n - n // 2
    return PrunedMLPClassifier(
        hidden,
        sparsity=sparsity,
        granularity=granularity,
        prune_iter=n // 2,
        **epochs(dense),
    )


def perceptron(hidden: tuple[int, ...], n: int = 6) -> MLPClassifier:
    """Return scikit-learn's unfitted network that trains n epochs."""
    return MLPClassifier(hidden, **epochs(n))


def torch_stack(hidden: tuple[int, ...], n_out: int = 2) -> Any:
    """Return a plain torch module."""
    from torch import nn

    widths, layers = [N_FEATURES, *hidden], []
    for fan_in, fan_out in zip(widths, hidden, strict=False):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], n_out))


def plain_skorch(hidden: tuple[int, ...], n: int = 6) -> Any:
    """Return skorch's classifier as it comes, without a validation split."""
    import torch
    from skorch import NeuralNetClassifier

    torch.set_num_threads(1)
    torch.manual_seed(0)
    return NeuralNetClassifier(
        torch_stack(hidden),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=0.001,
        max_epochs=n,
        batch_size=200,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )


def torch_pruned(hidden: tuple[int, ...], sparsity: float) -> Callable[[Any], Any]:
    """Return the scoring function of a module pruned by torch.nn.utils.prune."""
    import torch
    from torch.nn.utils import prune

    torch.set_num_threads(1)
    module = torch_stack(hidden).eval()
    linears = [(m, "weight") for m in module if isinstance(m, torch.nn.Linear)]
    prune.global_unstructured(linears, prune.L1Unstructured, amount=sparsity)
    for linear, name in linears:
        prune.remove(linear, name)

    def predict_proba(X: Any) -> Any:
        with torch.inference_mode():
            rows = torch.from_numpy(np.asarray(X, np.float32))
            return module(rows).softmax(1).numpy()

    return predict_proba


def onnx_runtime(model: Any) -> Callable[[Any], Any]:
    """Return the scoring function of a network in ONNX Runtime."""
    import onnxruntime

    from skprune.export import to_onnx

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        to_onnx(model).SerializeToString(),
        options,
        providers=["CPUExecutionProvider"],
    )

    def predict_proba(X: Any) -> Any:
        return session.run(["probabilities"], {"X": np.asarray(X, np.float32)})[0]

    return predict_proba
