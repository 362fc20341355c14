"""Scores of a model as functions of the rows' weights.

A bootstrap draw is a weight for each row, how often it was drawn. What does not depend
on it, such as the order of the scores, is worked out once, so that a draw takes a few
passes over the rows.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skprune.inspection.evidence.task import Answers, Task

Array = NDArray[Any]
Floats = NDArray[np.float64]
Judge = Callable[[Floats], dict[str, float]]
"""From weights of the rows, (n_rows,), to scores by their names."""

LOWER_IS_BETTER = {"Brier score", "calibration error", "RMSE", "MAE"}
N_BINS = 10


class Ranking:
    """Rows by descending score, beside whether they are positive.

    Parameters
    ----------
    positive : ndarray of bool of shape (n_rows,)
    score : ndarray of shape (n_rows,)
    """

    def __init__(self, positive: NDArray[np.bool_], score: Floats):
        self.order = np.argsort(-score, kind="stable")
        self.positive = positive[self.order]
        # Rows of one score pass the threshold together: curves have a point for each.
        self.ends = np.flatnonzero(np.diff(score[self.order], append=np.nan))

    def curve(self, weight: Floats) -> tuple[Floats, Floats]:
        """Return the false and the true positive rates, (n_scores + 1,), from 0."""
        drawn = weight[self.order]
        positives = np.cumsum(drawn * self.positive)[self.ends]
        negatives = np.cumsum(drawn * ~self.positive)[self.ends]
        with np.errstate(invalid="ignore"):
            rates = negatives / negatives[-1], positives / positives[-1]
        return np.r_[0.0, rates[0]], np.r_[0.0, rates[1]]


def area(curve: tuple[Floats, Floats]) -> float:
    """Return the area under a ROC curve."""
    fpr, tpr = curve
    return float(np.trapezoid(tpr, fpr))


class Calibration:
    """Probabilities beside what happens, in bins of equally many rows.

    Parameters
    ----------
    likely : ndarray of shape (n_rows,)
        A probability for each row.
    hit : ndarray of bool of shape (n_rows,)
        Whether what it is of has happened.
    """

    def __init__(self, likely: Floats, hit: NDArray[np.bool_]):
        shares = np.arange(1, N_BINS) / N_BINS
        cuts = np.quantile(likely, shares, method="inverted_cdf")
        self.bins = np.searchsorted(np.unique(cuts), likely)
        self.likely, self.hit = likely, hit

    def error(self, weight: Floats) -> float:
        """Return the expected calibration error."""
        gaps = np.bincount(self.bins, weights=weight * (self.likely - self.hit))
        return float(np.abs(gaps).sum() / weight.sum())

    def points(self) -> tuple[Floats, Floats, NDArray[np.intp]]:
        """Return of each bin the mean probability, the share of hits, and the rows."""
        n = np.bincount(self.bins)
        used = n > 0
        sums = [np.bincount(self.bins, weights=v) for v in (self.likely, self.hit)]
        return sums[0][used] / n[used], sums[1][used] / n[used], n[used]


def judge_of(task: Task, y: Array, answers: Answers) -> Judge:
    """Return what scores a model's answers, given the targets."""
    if answers.decided is None:
        return _regression(y, answers.values)
    if task.is_binary:
        return _binary(y == 1, answers)
    return _multiclass(y, answers)


def calibration_of(y: Array, answers: Answers) -> Calibration:
    """Return the calibration of two classes, or of the likeliest of several."""
    if answers.values.shape[1] == 2:
        return Calibration(answers.score, y == 1)
    return Calibration(answers.score, answers.values.argmax(1) == y)


def _binary(positive: NDArray[np.bool_], answers: Answers) -> Judge:
    score, decided = answers.score, answers.decided == 1
    ranking, calibration = Ranking(positive, score), Calibration(score, positive)
    squares, right = (score - positive) ** 2, decided == positive
    both = decided & positive

    def judge(weight: Floats) -> dict[str, float]:
        total = weight.sum()
        curve = ranking.curve(weight)
        true = float(weight @ both)
        recall, precision, f1 = _rates(true, weight @ positive, weight @ decided)
        return {
            "AUC": area(curve),
            "Gini": 2.0 * area(curve) - 1.0,
            "KS": float(np.abs(curve[1] - curve[0]).max()),
            "Brier score": float(weight @ squares / total),
            "calibration error": calibration.error(weight),
            "accuracy": float(weight @ right / total),
            "recall": recall,
            "precision": precision,
            "F1": f1,
        }

    return judge


def _multiclass(y: Array, answers: Answers) -> Judge:
    n_classes = answers.values.shape[1]
    is_class = y[:, None] == np.arange(n_classes)
    rankings = [Ranking(is_class[:, k], answers.values[:, k]) for k in range(n_classes)]
    squares = ((answers.values - is_class) ** 2).sum(1)
    decided = answers.values.argmax(1)
    calibration, right = calibration_of(y, answers), decided == y

    def judge(weight: Floats) -> dict[str, float]:
        total = weight.sum()
        counts = [
            np.bincount(at, weights=w, minlength=n_classes)
            for at, w in (
                (y, weight * right),
                (y, weight),
                (decided, weight),
            )
        ]
        rates = [_rates(*one) for one in zip(*counts, strict=True)]
        recall, precision, f1 = (_mean(each) for each in zip(*rates, strict=True))
        return {
            "AUC": _mean([area(ranking.curve(weight)) for ranking in rankings]),
            "Brier score": float(weight @ squares / total),
            "calibration error": calibration.error(weight),
            "accuracy": float(weight @ right / total),
            "recall": recall,
            "precision": precision,
            "F1": f1,
        }

    return judge


def _regression(y: Floats, predicted: Floats) -> Judge:
    error = predicted - y

    def judge(weight: Floats) -> dict[str, float]:
        total = weight.sum()
        around = weight @ (y - weight @ y / total) ** 2
        squares = weight @ error**2
        return {
            "R2": float(1.0 - squares / around) if around else np.nan,
            "RMSE": float(np.sqrt(squares / total)),
            "MAE": float(weight @ np.abs(error) / total),
            "mean error": float(weight @ error / total),
        }

    return judge


def _rates(true: Any, positive: Any, decided: Any) -> tuple[float, float, float]:
    """Return recall, precision and F1; NaN where one divides by nothing."""
    pairs = ((true, positive), (true, decided), (2.0 * true, positive + decided))
    recall, precision, f1 = (float(a / b) if b else np.nan for a, b in pairs)
    return recall, precision, f1


def _mean(values: Sequence[float]) -> float:
    """Return the mean of those that are defined."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else np.nan
