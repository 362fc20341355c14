"""What a fit draws from, known before anything is drawn."""

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

MOST = np.iinfo(np.int32).max
"""Seeds are below it."""


def settle_seed(estimator: Any) -> None:
    """Draw the seed of a fit, where the estimator's ``random_state`` is none itself.

    Whatever asks for randomness in this fit then finds the same.
    """
    given = estimator.random_state
    draws = check_random_state(given)
    whole = isinstance(given, Integral)
    estimator._seed = int(given if whole else draws.randint(MOST))


def seed_of(estimator: Any) -> Any:
    """Return the seed of the present fit, or ``random_state`` outside of one."""
    return vars(estimator).get("_seed", estimator.random_state)


def seeds_of_networks(estimator: Any) -> list[Any]:
    """Return a seed for each network: that of the fit where there is one network.

    Networks that go on learning keep theirs.
    """
    members = vars(estimator).get("estimators_")
    if members:
        return [member.random_state for member in members]
    if estimator.n_networks == 1:
        return [seed_of(estimator)]
    draws = check_random_state(seed_of(estimator))
    return [int(seed) for seed in draws.randint(MOST, size=estimator.n_networks)]
