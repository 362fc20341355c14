"""The same network from other seeds, dense and pruned."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.random import RandomState

from skprune.inspection.subject import Subject


@dataclass(frozen=True)
class Refits:
    """Models that were fitted for the report.

    Attributes
    ----------
    dense : estimator or None
        The network without pruning, from the same seed.
    other_dense, other_pruned : sequence of estimator
        From other seeds, in the same order.
    """

    dense: Any
    other_dense: Sequence[Any]
    other_pruned: Sequence[Any]


def refit(
    subject: Subject,
    X: Any,
    y: Any,
    *,
    with_dense: bool,
    n_seeds: int,
    draws: RandomState,
) -> Refits:
    """Fit the dense network, if asked for, and both networks from other seeds.

    Where the user caches nothing, dense phases are cached for the while: a pruned
    network sets out from the dense one of its seed, which is then trained once.
    """
    seeds = draws.randint(np.iinfo(np.int32).max, size=n_seeds).tolist()
    dense = subject.dense_params()
    with TemporaryDirectory() as folder:
        memory = folder if subject.network.memory is None else subject.network.memory

        def fitted(params: dict[str, Any]) -> Any:
            model = subject.sibling({**params, "memory": memory, "verbose": False})
            with warnings.catch_warnings():
                # The cache is not the user's: where it is slow, nobody can help it.
                warnings.filterwarnings("ignore", "Persisting input arguments")
                model.fit(X, y)
            own = {f"{subject.path}memory": subject.network.memory}
            return model.set_params(**own)

        same = fitted(dense) if with_dense else None
        each = [{"random_state": seed} for seed in seeds]
        pairs = [(fitted({**dense, **one}), fitted(one)) for one in each]
    return Refits(same, [d for d, _ in pairs], [p for _, p in pairs])
