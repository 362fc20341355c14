"""How large models are, and how long they take."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from skprune.estimator.fitted import FittedNetwork

MANY = 1000
"""Rows of a large batch."""

UNIT = "seconds"
"""Of times, which their names begin with."""

REPEATS, FEWEST_REPEATS, SECONDS, SHORTEST = 15, 3, 0.5, 0.002
"""Timings of which the median counts, fewer where they would take longer than these
seconds; a shorter call is repeated within a timing."""


@dataclass(frozen=True)
class SizeRow:
    """One figure of each model; None where it has none.

    Attributes
    ----------
    name : str
    dense, pruned, challenger : float or None
    """

    name: str
    dense: float | None
    pruned: float | None
    challenger: float | None

    @property
    def ratio(self) -> float | None:
        """The pruned network's figure in that of the dense one."""
        if not self.dense or self.pruned is None:
            return None
        return self.pruned / self.dense


def size_rows(models: Mapping[str, Any]) -> tuple[SizeRow, ...]:
    """Return what the networks among the models hold."""
    found = {name: network_sizes(last_step(model)) for name, model in models.items()}
    return _table(found)


def latency_rows(models: Mapping[str, Any], X: Any) -> tuple[SizeRow, ...]:
    """Return the time that a prediction takes, in seconds, measured in turn.

    It is that of the whole model, its preparation included, on one row and on
    ``MANY``; and that of the networks alone on rows that are prepared.
    """
    found: dict[str, dict[str, float]] = {name: {} for name in models}
    n_many = min(MANY, _num_samples(X))
    for n_rows in dict.fromkeys((1, n_many)):
        rows = _safe_indexing(X, slice(n_rows))
        said = f"{n_rows:,} row" + "s" * (n_rows > 1)
        calls = {name: _call(model, rows) for name, model in models.items()}
        alone = {
            name: _call(last_step(model), _prepared(model, rows))
            for name, model in models.items()
            if isinstance(last_step(model), FittedNetwork)
        }
        for kind, each in (("model", calls), ("network", alone)):
            for name, seconds in _timed(each).items():
                found[name][f"{UNIT} for {said}, {kind}"] = seconds
    return _table(found)


def network_sizes(network: Any) -> dict[str, float]:
    """Return the sizes of a network of skprune, or of scikit-learn's perceptrons."""
    if isinstance(network, FittedNetwork):
        parts = [one._predictor for one in network._members()]
        return {
            "inputs of the network": len(network._columns_read()),
            "hidden units": sum(part.n_units for part in parts),
            "weights": network.n_nonzero_,
            "multiply-adds a row": sum(part.multiply_adds for part in parts),
            "bytes of weights": sum(part.n_bytes for part in parts),
        }
    weights = getattr(network, "coefs_", None)
    if weights is None or not hasattr(network, "intercepts_"):
        return {}
    biases = network.intercepts_
    return {
        "inputs of the network": int(network.n_features_in_),
        "hidden units": sum(len(bias) for bias in biases[:-1]),
        "weights": sum(int((weight != 0).sum()) for weight in weights),
        "multiply-adds a row": sum(weight.size for weight in weights),
        "bytes of weights": sum(part.nbytes for part in [*weights, *biases]),
    }


def last_step(model: Any) -> Any:
    """Return what a Pipeline ends in; another model as it is."""
    return model[-1] if hasattr(model, "steps") else model


def _prepared(model: Any, rows: Any) -> Any:
    if not hasattr(model, "steps") or len(model) == 1:
        return rows
    return model[:-1].transform(rows)


def _call(model: Any, rows: Any) -> Callable[[], Any]:
    ask = getattr(model, "predict_proba", model.predict)
    return lambda: ask(rows)


def _timed(calls: Mapping[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the median time of each call, each timed in turn with the others."""
    once = {name: _once(call) for name, call in calls.items()}
    counts = {name: max(1, round(SHORTEST / spent)) for name, spent in once.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    n_timings = round(SECONDS / max(sum(once.values()), 1e-9))
    for _ in range(min(max(n_timings, FEWEST_REPEATS), REPEATS)):
        for name, call in calls.items():
            begin = perf_counter()
            for _ in range(counts[name]):
                call()
            times[name].append((perf_counter() - begin) / counts[name])
    return {name: median(each) for name, each in times.items()}


def _once(call: Callable[[], Any]) -> float:
    """Return how long a call takes about; one before it warms the caches."""
    call()
    begin = perf_counter()
    call()
    return max(perf_counter() - begin, 1e-9)


def _table(found: Mapping[str, Mapping[str, float]]) -> tuple[SizeRow, ...]:
    names = dict.fromkeys(name for figures in found.values() for name in figures)

    def of(model: str, name: str) -> float | None:
        return found.get(model, {}).get(name)

    return tuple(
        SizeRow(name, of("dense", name), of("pruned", name), of("challenger", name))
        for name in names
    )
