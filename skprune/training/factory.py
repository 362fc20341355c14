"""A network that is ready to train, as a plan asks for it."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from skprune.training.batches import Batches
from skprune.training.callback_net import CallbackNet
from skprune.training.job import Audience, DensePlan, Job
from skprune.training.net import PruningNet
from skprune.training.optimizers import SGD, Adam, AdamW
from skprune.training.penalty import set_penalty

# One stream of draws for each purpose, so that one never shifts another.
DENSE, PRUNE, SCORE = range(3)


def generator(seed: int, stream: int, device: str = "cpu") -> torch.Generator:
    """Return the generator of a stream, on a device."""
    words = np.random.SeedSequence((seed, stream)).generate_state(2, np.uint32)
    return torch.Generator(device).manual_seed(int(words[0]) << 31 | int(words[1]) >> 1)


def make_net(
    plan: DensePlan,
    audience: Audience | None,
    stream: int,
    value: NDArray[Any] | None = None,
) -> PruningNet:
    """Return an initialised network, freshly drawn or with the weights given.

    Parameters
    ----------
    plan : DensePlan
    audience : Audience or None
    stream : int
        The stream that dropout draws from.
    value : ndarray of shape (n_parameters,), optional
        All parameters, as :class:`~skprune.training.flat.FlatParameters` has them.
    """
    module = plan.build()
    module.initialize(generator(plan.seed, DENSE))
    if plan.monotonic is not None:
        module.set_apart(plan.monotonic)
    module.to(plan.device)
    settings = {**OPTIMIZERS[plan.solver](plan), "device": plan.device}
    if audience is None:
        net = PruningNet(module, plan.loss, **settings)
    else:
        net = CallbackNet(
            module,
            plan.loss,
            readout=audience.readout,
            callbacks=list(audience.callbacks),
            verbose=int(audience.verbose),
            batch_size=plan.batch_size,
            iterator_valid__batch_size=valid_batch_size(plan),
            **settings,
        )
    return prepared(net.initialize(), plan, stream, value)


def prepared(
    net: PruningNet, plan: DensePlan, stream: int, value: NDArray[Any] | None
) -> PruningNet:
    """Return the network, ready for a phase under the plan."""
    net.module_.draw_from(generator(plan.seed, stream, plan.device))
    if value is not None:
        net.flat_.value.data.copy_(torch.from_numpy(value))
    net.optimizer_.state.clear()
    net.set_rate(plan.learning_rate_init)
    net.step_.clip_norm = plan.clip_norm
    set_penalty(net, plan)
    set_bounds(net, plan)
    return net


def valid_batch_size(plan: DensePlan) -> int:
    """Return how many rows are judged at once."""
    return max(plan.batch_size, 2048)


def make_batches(
    job: Job, plan: DensePlan, stream: int
) -> tuple[Batches, Batches | None]:
    """Return the training batches and, where there is a split, those of validation."""
    order = generator(plan.seed, stream) if plan.shuffle else None
    batches = Batches(
        job.rows,
        plan.batch_size,
        index=job.train,
        generator=order,
        device=plan.device,
    )
    if job.valid is None:
        return batches, None
    size = valid_batch_size(plan)
    return batches, Batches(job.rows, size, index=job.valid, device=plan.device)


def set_bounds(net: PruningNet, plan: DensePlan) -> None:
    """Hold the weights, from now on, where the plan's constraints are met."""
    net.step_.low = net.step_.high = None
    if plan.monotonic is None:
        return
    bounds = net.module_.weight_bounds(plan.monotonic)
    lows = {name: low for name, (low, _) in bounds.items()}
    highs = {name: high for name, (_, high) in bounds.items()}
    net.step_.low = net.flat_.join(lows, -torch.inf)
    net.step_.high = net.flat_.join(highs, torch.inf)
    net.step_.project()


def _adam(plan: DensePlan) -> dict[str, Any]:
    return {"optimizer": Adam, "lr": plan.learning_rate_init}


def _adamw(plan: DensePlan) -> dict[str, Any]:
    decay = plan.alpha * (1.0 - plan.l1_ratio) / plan.batch_size
    return {
        "optimizer": AdamW,
        "lr": plan.learning_rate_init,
        "optimizer__weight_decay": decay,
    }


def _sgd(plan: DensePlan) -> dict[str, Any]:
    return {
        "optimizer": SGD,
        "lr": plan.learning_rate_init,
        "optimizer__momentum": plan.momentum,
        "optimizer__nesterov": plan.momentum > 0.0,
    }


OPTIMIZERS = {"adam": _adam, "adamw": _adamw, "sgd": _sgd}
