"""The parts of the package that tests of criteria and of pruning look into.

They are imported here and nowhere else in those tests, so that a part that moves
is followed in one place.
"""

from skprune.losses import get_loss
from skprune.networks.gru.module import GRU
from skprune.networks.lstm.module import LSTM
from skprune.networks.mlp.compaction import compact_mlp, compact_stack
from skprune.networks.mlp.kind import MLP_KIND
from skprune.networks.mlp.module import MLP
from skprune.networks.module import TORCH_ACTIVATIONS
from skprune.networks.paths import on_a_path, strongest_path
from skprune.networks.recurrent import gradients
from skprune.networks.recurrent.compaction import compact_recurrent
from skprune.networks.recurrent.kind import RECURRENT_KIND
from skprune.pruning import cuts
from skprune.pruning.allocation import keep_best, keep_best_by_layer, layer_floor
from skprune.pruning.cuts import Cut, cut_without_idle
from skprune.pruning.units import Member, UnitGroup, UnitView, gather, scatter
from skprune.schedules import SCHEDULES, Iterative, Lottery, get_schedule
from skprune.training import evidence, prior, strength
from skprune.training.batches import Batches, csr_tensor
from skprune.training.compensation import compensate
from skprune.training.constant_evidence import collect_constant
from skprune.training.control import BestEpoch, LastEpoch
from skprune.training.factory import DENSE, SCORE, generator, make_net
from skprune.training.job import DensePlan, PrunePlan
from skprune.training.net import PruningNet
from skprune.training.penalty import set_penalty
from skprune.training.prior import MOST, USUAL, Prior, blind_loss, whole_noise
from skprune.training.pruner import Pruner
from skprune.training.rows import Rows
from skprune.training.run import train_all
from skprune.training.strength import Race, entrants, penalised, prior_of
from skprune.training.surgeon import removal_costs

__all__ = [
    "DENSE",
    "GRU",
    "LSTM",
    "LastEpoch",
    "MLP",
    "MLP_KIND",
    "MOST",
    "RECURRENT_KIND",
    "SCHEDULES",
    "SCORE",
    "TORCH_ACTIVATIONS",
    "USUAL",
    "Batches",
    "BestEpoch",
    "Cut",
    "DensePlan",
    "Iterative",
    "Lottery",
    "Member",
    "PrunePlan",
    "Prior",
    "Pruner",
    "PruningNet",
    "Race",
    "Rows",
    "UnitGroup",
    "UnitView",
    "blind_loss",
    "whole_noise",
    "collect_constant",
    "compact_mlp",
    "compact_recurrent",
    "compact_stack",
    "compensate",
    "csr_tensor",
    "cut_without_idle",
    "cuts",
    "entrants",
    "evidence",
    "gather",
    "generator",
    "get_loss",
    "get_schedule",
    "gradients",
    "keep_best",
    "keep_best_by_layer",
    "layer_floor",
    "make_net",
    "on_a_path",
    "penalised",
    "prior",
    "prior_of",
    "removal_costs",
    "scatter",
    "set_penalty",
    "strength",
    "strongest_path",
    "train_all",
]
