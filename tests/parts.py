"""The parts of the package that tests of criteria and of pruning look into.

They are imported here and nowhere else in those tests, so that a part that moves
is followed in one place.
"""

from skprune.allocation import Amount, keep_best, keep_best_by_layer, layer_floor
from skprune.compaction import compact_mlp, compact_stack
from skprune.compaction_lstm import compact_lstm
from skprune.modules import LSTM, MLP, unrolled
from skprune.modules.base import ACTIVATIONS
from skprune.modules.paths import strongest_path
from skprune.modules.reach import on_a_path
from skprune.schedules import SCHEDULES, Iterative, Lottery, get_schedule
from skprune.training import connected, evidence, pruner
from skprune.training.compensation import compensate
from skprune.training.connected import Cut, keep_connected
from skprune.training.data import Batches, Rows, csr_tensor
from skprune.training.factory import DENSE, SCORE, generator, make_net
from skprune.training.given import collect_given
from skprune.training.losses import LOSSES
from skprune.training.net import PruningNet
from skprune.training.plan import Architecture, DensePlan, PrunePlan
from skprune.training.pruner import Pruner
from skprune.training.surgeon import removal_costs
from skprune.units import Member, UnitGroup, UnitView, gather, scatter

__all__ = [
    "ACTIVATIONS",
    "DENSE",
    "LOSSES",
    "LSTM",
    "MLP",
    "SCHEDULES",
    "SCORE",
    "Amount",
    "Architecture",
    "Batches",
    "Cut",
    "DensePlan",
    "Iterative",
    "Lottery",
    "Member",
    "PrunePlan",
    "Pruner",
    "PruningNet",
    "Rows",
    "UnitGroup",
    "UnitView",
    "collect_given",
    "compact_lstm",
    "compact_mlp",
    "compact_stack",
    "compensate",
    "connected",
    "csr_tensor",
    "evidence",
    "gather",
    "generator",
    "get_schedule",
    "keep_best",
    "keep_best_by_layer",
    "keep_connected",
    "layer_floor",
    "make_net",
    "on_a_path",
    "pruner",
    "removal_costs",
    "scatter",
    "strongest_path",
    "unrolled",
]
