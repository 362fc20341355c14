"""Learning from a network that is trained already, in place of the labels.

What a label says beyond the network's own prediction is for the most part noise, and
a network that goes on training learns it. The prediction has none: a network that is
cut down can come no further than to where the dense one is.

References
----------
C. Bucila, R. Caruana and A. Niculescu-Mizil, "Model compression", KDD, 2006.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from skprune.training.batches import Batches
from skprune.training.factory import PRUNE, make_net, valid_batch_size
from skprune.training.job import Job
from skprune.training.rows import Rows


@torch.no_grad()
def predictions_of(job: Job, value: NDArray[Any]) -> NDArray[np.float32]:
    """Return what a job's network with these weights predicts for all of its rows."""
    net = make_net(replace(job.plan, monotonic=None), None, PRUNE, value)
    net.module_.eval()
    rows = Batches(job.rows, valid_batch_size(job.plan), device=job.plan.device)
    predicted: NDArray[np.float32] | None = None
    for i, batch in enumerate(rows):
        some = job.plan.loss.predicted(net.module_(batch.x)).numpy(force=True)
        if predicted is None:
            # One block for all: small ones, kept among what batches take for a moment,
            # keep the C library from using that again.
            predicted = np.empty((rows.n_rows, some.shape[1]), np.float32)
        predicted[i * rows.batch_size :][: len(some)] = some
    assert predicted is not None
    return predicted


def imitating(job: Job, value: NDArray[Any]) -> Rows:
    """Return the job's rows, on which the network with these weights is the teacher.

    Validation rows keep their labels.
    """
    rows = replace(job.rows, opinion=predictions_of(job, value))
    return rows.taught(1.0, job.train)
