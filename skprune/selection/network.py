"""The network path: columns go where held-out rows are no worse off without them.

The penalty is on whole columns of the first layer, and counts them: a column
either stays with its weights or is gone with all of them (the proximal step of
a group L0 penalty is that cut). It grows from round to round, the networks going
on from where they were. Which columns are cut is told by rows that a network
hasn't trained on, since memorised noise has large weights but helps no unseen
row; and the decay of the weights is led along the path by the same rows.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from skprune.selection.elimination import Scored, eliminate
from skprune.selection.perceptrons import Perceptrons
from skprune.selection.problem import Problem, Ranking
from skprune.training.threads import one_thread

# (epochs, least, most minibatches): before the first round, and in each later one
FIRST = (30, 300, 1000)
LATER = (8, 100, 250)
# Share of the score that comes from the rounds before.
MEMORY = 0.5


def rank_by_network(problem: Problem, n_keep: int) -> Ranking:
    """Rank by the rise of held-out loss that taking a column away costs."""
    with one_thread():
        return eliminate(problem, n_keep, Path(problem))


class Path:
    """One warm-started path; called once a round with the columns still alive."""

    def __init__(self, problem: Problem) -> None:
        self.units = problem.units
        generator = torch.Generator().manual_seed(problem.seed)
        self.networks = Perceptrons(problem, generator)
        self.scores = np.zeros(len(problem.units.label))

    def __call__(self, columns: NDArray[np.intp], turn: int) -> Scored:
        networks = self.networks
        networks.restrict(columns)
        networks.train(*(LATER if turn else FIRST))
        label = np.unique(self.units.label[columns], return_inverse=True)[1]
        loss, rises = networks.judge(grouped(label))
        best = int(loss.mean(dim=0).argmin())
        decay = float(networks.decays[best])
        networks.centre = decay
        rise = rises[:, best].mean(dim=0).double().numpy()
        # Rounds differ in scale: each counts by shares of what all units cost.
        rise /= max(float(np.maximum(rise, 0).sum()), 1e-12)
        # What a group costs is shared evenly among its columns.
        values = (rise / np.bincount(label))[label]
        if turn:
            values = MEMORY * self.scores[columns] + (1 - MEMORY) * values
        self.scores[columns] = values
        return Scored(values, decay, float(loss.mean(dim=0)[best]))


def grouped(label: NDArray[np.intp]) -> list[torch.Tensor] | None:
    """List the positions of each unit's columns; None where each has one."""
    n_units = int(label.max()) + 1
    if n_units == len(label):
        return None
    order = np.argsort(label, kind="stable")
    ends = np.cumsum(np.bincount(label))[:-1]
    return [torch.from_numpy(part) for part in np.split(order, ends)]
