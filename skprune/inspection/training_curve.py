"""How training went, as a picture."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from skprune.inspection.palette import DASHES, GUIDE, PALETTE
from skprune.inspection.subject import Subject

Floats = NDArray[np.float64]


class TrainingCurveDisplay:
    """Losses over the dense phase and the pruning phase, with the sparsity.

    Make one with `from_estimator`.

    Parameters
    ----------
    epochs : ndarray of int of shape (n_epochs,)
        Counted from 1.
    train : ndarray of shape (n_epochs,)
        Training loss of each epoch.
    valid : ndarray of shape (n_epochs,) or None
        Loss on the rows set aside, where there are some.
    sparsity : ndarray of shape (n_epochs,)
        Share removed.
    n_dense : int
        How many of the epochs are of the dense phase.
    chosen : int or None
        The epoch whose weights were kept.

    Attributes
    ----------
    lines_ : list of Line2D
        Of the losses.
    sparsity_line_ : Line2D
        On an axis of its own, at the right.
    chosen_line_ : Line2D or None
        Where the epoch is that was kept.
    ax_ : Axes
        The axes of the losses.
    sparsity_ax_ : Axes
        That of the sparsity.
    figure_ : Figure
        The figure around it.

    See Also
    --------
    LayerSparsityDisplay : Where the network is sparse in the end.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skprune import PrunedMLPClassifier
    >>> from skprune.inspection import TrainingCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = PrunedMLPClassifier((10,), early_stopping=True, random_state=0).fit(X, y)
    >>> display = TrainingCurveDisplay.from_estimator(clf)
    """

    def __init__(
        self,
        *,
        epochs: NDArray[np.intp],
        train: Floats,
        valid: Floats | None,
        sparsity: Floats,
        n_dense: int,
        chosen: int | None,
    ) -> None:
        self.epochs = epochs
        self.train = train
        self.valid = valid
        self.sparsity = sparsity
        self.n_dense = n_dense
        self.chosen = chosen

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the history of a fitted network.

        Parameters
        ----------
        estimator : network of skprune, or Pipeline or search that ends in one
            Fitted, of one network.
        ax : Axes, default=None
            Where to draw; a new figure by default.
        **kwargs : dict
            Handed to `plot`.

        Returns
        -------
        display : TrainingCurveDisplay
            What was drawn.

        Raises
        ------
        TypeError
            If it is no network of skprune.
        ValueError
            If there are several networks.
        """
        network = Subject.of_estimator(estimator).one_network()
        history = network._history
        display = cls(
            epochs=history.n_dropped + 1 + np.arange(len(history.train)),
            train=history.train,
            valid=history.valid if len(history.valid) else None,
            sparsity=history.sparsity,
            n_dense=int(history.dense.sum()),
            chosen=network._kept_epoch(),
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; a new figure by default.
        **kwargs : dict
            Handed to matplotlib's ``plot`` for the losses.

        Returns
        -------
        self : TrainingCurveDisplay
            What was drawn.
        """
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        losses = {"training loss": self.train}
        if self.valid is not None:
            losses["validation loss"] = self.valid
        self.lines_ = []
        for i, (label, loss) in enumerate(losses.items()):
            style = {"color": PALETTE[i], "ls": DASHES[i], "label": label} | kwargs
            self.lines_ += ax.plot(self.epochs, loss, **style)
        right = ax.twinx()
        (self.sparsity_line_,) = right.plot(
            self.epochs, self.sparsity, color=PALETTE[2], ls=DASHES[3], label="sparsity"
        )
        shown = [*self.lines_, self.sparsity_line_]
        self.chosen_line_ = None
        if self.chosen is not None:
            self.chosen_line_ = ax.axvline(
                self.chosen, color=GUIDE, lw=1, label=f"kept: epoch {self.chosen}"
            )
            shown.append(self.chosen_line_)
        if 0 < self.n_dense < len(self.epochs):
            # Between the last epoch of the dense phase and the first of the other.
            begin = self.epochs[self.n_dense] - 0.5
            ax.axvspan(begin, self.epochs[-1] + 0.5, color="0.95", zorder=-1)
        right.set_ylim(0, 1)
        right.set_ylabel("Sparsity")
        ax.set_xlabel("Epoch")
        ax.set_ylabel("Loss")
        ax.legend(handles=shown, fontsize="small")
        self.ax_, self.sparsity_ax_, self.figure_ = ax, right, ax.figure
        return self
