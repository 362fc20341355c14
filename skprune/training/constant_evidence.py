"""Evidence that is the same for every cut, collected before the first one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skprune.training.batches import Batches
from skprune.training.factory import SCORE, generator, make_net
from skprune.training.job import DensePlan
from skprune.training.net import PruningNet

FOREST_ROWS = 2000


def collect_constant(
    needs: tuple[str, ...], plan: DensePlan, net: PruningNet, batches: Batches
) -> dict[str, dict[str, Tensor]]:
    """Return the fields of ``needs`` that do not change from cut to cut."""
    return {
        name: CONSTANT[name](plan, net, batches) for name in needs if name in CONSTANT
    }


def noise(plan: DensePlan, net: PruningNet, batches: Batches) -> dict[str, Tensor]:
    """Return uniform draws for every entry."""
    draws = generator(plan.seed, SCORE)
    return {
        name: torch.rand(p.shape, generator=draws, dtype=torch.float32).to(p.device)
        for name, p in net.module_.named_parameters()
    }


def initial(plan: DensePlan, net: PruningNet, batches: Batches) -> dict[str, Tensor]:
    """Return ``|w * g|`` of the network as it was drawn."""
    fresh = make_net(plan, None, SCORE)
    batch = batches.sample(plan.batch_size, generator(plan.seed, SCORE))
    fresh.train_step(batch)
    # The step has changed the weights but not the gradient; draw them again.
    drawn = dict(make_net(plan, None, SCORE).module_.named_parameters())
    grads = fresh.flat_.split(fresh.flat_.grad)
    return {name: (p.detach() * grads[name]).abs() for name, p in drawn.items()}


def column(plan: DensePlan, net: PruningNet, batches: Batches) -> dict[str, Tensor]:
    """Return the input columns' permutation importance to a forest, mean one."""
    batch = batches.sample(FOREST_ROWS, generator(plan.seed, SCORE))
    importance = _forest_importance(plan, batch.x.to_dense().numpy(force=True), batch)
    share = torch.from_numpy(importance / importance.mean()).float()
    sizes = {n: torch.ones_like(p) for n, p in net.module_.named_parameters()}
    for name in net.module_.input_weights():
        sizes[name] = net.module_.by_column(name, share.to(sizes[name].device))
    return sizes


def _forest_importance(plan: DensePlan, X: Any, batch: Any) -> Any:
    # Here: they take a third of a second to load, and few criteria ask for them.
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
    from sklearn.inspection import permutation_importance

    y = batch.y.numpy(force=True)
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    grows = (
        ExtraTreesRegressor if plan.loss.scaling is not None else ExtraTreesClassifier
    )
    # Leaves of several rows keep noise columns from looking useful.
    forest = grows(n_estimators=100, min_samples_leaf=5, random_state=plan.seed)
    forest.fit(X, y)
    found = permutation_importance(forest, X, y, n_repeats=3, random_state=plan.seed)
    importance = np.clip(found.importances_mean, 0.0, None)
    # Never zero: among columns that make no difference the weights decide.
    return importance + 1e-6 * max(importance.max(), 1.0)


CONSTANT: dict[str, Callable[..., dict[str, Tensor]]] = {
    "noise": noise,
    "initial": initial,
    "column": column,
}
