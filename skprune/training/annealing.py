"""How to train all weights of a recurrent network that nothing judges.

Of few rows none can be spared to tell how long to train, so that a prior has to do what
a rehearsal would: a network that ends where prior and rows agree learns no more noise
however long it trains. But held from the start as where all is noise, it may never
leave the best constant, as its weights shrink before it has found what the rows tell.
So the prior comes in by and by, as the divergence from the prior does where latent
variables are learnt that would else stay unused. Only then the loss may stand still.

References
----------
S. Bowman, L. Vilnis, O. Vinyals, A. Dai, R. Jozefowicz and S. Bengio, "Generating
sentences from a continuous space", CoNLL, 2016, section 3.1.
"""

import math
from dataclasses import replace

from skprune.training.batches import Batches
from skprune.training.control import Patience
from skprune.training.job import DensePlan
from skprune.training.net import PruningNet
from skprune.training.rehearsal import AveragedPhase

ANNEALING_STEPS = 600
"""Optimizer steps until the prior is whole, or half of the phase where that is less."""


class AnnealedPhase(AveragedPhase):
    """All weights, over all rows, under a prior that comes in by and by.

    Attributes
    ----------
    n_ramp : int
        Epochs until the prior is whole.
    """

    def __init__(self, net: PruningNet, plan: DensePlan, batches: Batches):
        super().__init__(net, plan, batches, None)
        assert self.prior is not None
        self.whole = self.prior.whole
        n_ramp = math.ceil(ANNEALING_STEPS / batches.n_batches)
        self.n_ramp = min(n_ramp, math.ceil(plan.max_iter / 2))

    def begin_epoch(self) -> None:
        """Hold the weights by as much of the prior as is in force."""
        assert self.prior is not None
        share = min(1.0, (self.done + 1) / self.n_ramp)
        self.prior = replace(self.prior, whole=share * self.whole)
        super().begin_epoch()

    def end_epoch(self, loss: float) -> bool:
        """Be patient from when the prior is whole: until then the loss may rise."""
        if self.done < self.n_ramp:
            self.patience = Patience(self.plan.tol, self.plan.n_iter_no_change)
        return super().end_epoch(loss)
