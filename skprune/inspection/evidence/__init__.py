"""What a validator asks of a pruned network: one call, one object, one file."""

from skprune.inspection.evidence.report import pruning_report
from skprune.inspection.evidence.result import PruningEvidence

__all__ = ["PruningEvidence", "pruning_report"]
