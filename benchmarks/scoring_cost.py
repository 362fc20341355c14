"""What one cut costs by each criterion, in shares of an epoch.

    python benchmarks/scoring_cost.py

24,000 rows x 30 columns, a (64, 32) network, batches of 200, one thread; the cut is
one of a ramp to 90 %, from 60 to 70 % of all that goes.
"""

import time

import numpy as np
import torch

from skprune.criteria import CRITERIA, get_criterion
from skprune.losses import get_loss
from skprune.networks.mlp.kind import MLP_KIND
from skprune.schedules import get_schedule
from skprune.training.beginnings import make_pruner
from skprune.training.factory import DENSE, make_batches, make_net
from skprune.training.job import DensePlan, Job, PrunePlan
from skprune.training.rows import Rows

N_ROWS, N_COLUMNS = 24_000, 30


def dense_plan():
    return DensePlan(
        kind=MLP_KIND,
        arguments=(("layer_units", (N_COLUMNS, 64, 32, 1)), ("activation", "relu")),
        loss=get_loss("binary"),
        solver="adam",
        momentum=0.9,
        alpha=1e-4,
        l1_ratio=0.0,
        batch_size=200,
        learning_rate="constant",
        learning_rate_init=1e-3,
        max_iter=1,
        tol=0.0,
        n_iter_no_change=10,
        shuffle=True,
        seed=0,
        device="cpu",
    )


def prune_plan(criterion):
    return PrunePlan(
        sparsity=0.9,
        granularity="weight",
        criterion=criterion,
        schedule=get_schedule("cubic"),
        scope="global",
        regrow=None,
        prune_iter=None,
        n_bits=None,
    )


def seconds(work, repeats=5):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def main():
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_ROWS, N_COLUMNS)).astype(np.float32)
    y = (X[:, :1] * X[:, 1:2] + X[:, 2:3] > 0).astype(np.float32)
    plan = dense_plan()
    net = make_net(plan, None, DENSE)
    net.step_.movement = torch.rand(net.flat_.grad.shape)
    batches, _ = make_batches(Job(plan, None, Rows(X, y)), plan, DENSE)
    epoch = seconds(lambda: net.train_epoch(batches))
    value = net.flat_.value.data.clone()
    print(f"an epoch: {batches.n_batches} steps; in shares of an epoch:\n")
    print("criterion     a cut   once")
    for name in CRITERIA:
        asked = prune_plan(get_criterion(name))
        start = time.perf_counter()
        pruner = make_pruner(net, plan, asked, batches, None)
        once = time.perf_counter() - start
        net.step_.set_mask(None)
        net.flat_.value.data.copy_(value)
        pruner.cut(0.6, last=False)
        before, weights = pruner.keep, net.flat_.value.data.clone()

        def cut(pruner=pruner, before=before, weights=weights):
            pruner.keep = before
            net.flat_.value.data.copy_(weights)
            pruner.cut(0.7, last=False)

        share = seconds(cut) / epoch
        print(f"{name:<12} {share:6.3f} {once / epoch:6.3f}", flush=True)


if __name__ == "__main__":
    main()
