"""The template that every network estimator fits by."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, _fit_context, is_classifier
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    check_memory,
    validate_data,
)

from skprune.documentation import DocumentationLink
from skprune.estimator.attributes import (
    forget,
    postpone,
    settle,
    unchanged_on_error,
)
from skprune.estimator.borrowed import validated
from skprune.estimator.callback_tree import CallbackProgress, say_nothing
from skprune.estimator.ensemble import join_members, members_of
from skprune.estimator.fitted import FittedNetwork
from skprune.estimator.inputs import InputMean, forget_unread, note_inputs
from skprune.estimator.layouts import Layout
from skprune.estimator.quick_check import plainly_valid
from skprune.estimator.seeds import settle_seed
from skprune.estimator.streaming import Streaming
from skprune.estimator.targets import Targets
from skprune.estimator.teaching import is_estimator, opinion_of_teacher
from skprune.estimator.telling import (
    closing_line,
    warn_unless_converged,
    warn_where_worse,
)
from skprune.estimator.trust import trust_of_rows
from skprune.estimator.weights import of_usable_size
from skprune.networks.kind import Kind
from skprune.warn import warn_user

if TYPE_CHECKING:
    from skprune.estimator.given import Given
    from skprune.training.job import Job
    from skprune.training.outcome import Outcome
    from skprune.training.rows import Rows

Array = NDArray[Any]


class BasePrunedNetwork(
    CallbackSupportMixin,
    Streaming,
    FittedNetwork,
    DocumentationLink,
    BaseEstimator,
    ABC,
):
    """Validate, train, adopt: the same steps for every network.

    Attributes
    ----------
    _kind : Kind
        What is built and compacted.
    _layout : Layout
        How rows are read.
    _arguments : dict
        Of the network that was fitted.
    _dtype : dtype
        Of the rows that it was fitted to, if that is float32, else float64.
    _inputs : InputMean
        What the rows that it was fitted to are like on the mean.
    _given : Given or None
        A trained network that ``fit`` prunes in place of one that it trains; what the
        targets are like is then known too.
    """

    _kind: ClassVar[Kind]
    _layout: ClassVar[Layout]
    _arguments: dict[str, Any]
    _dtype: np.dtype[Any]
    _inputs: InputMean
    teacher_weight_: float
    _given: "Given | None" = None

    @_fit_context(prefer_skip_nested_validation=True)
    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train, prune and compact a network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows in the loss and in the importance scores; rows of
            weight 0 are left out.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If the input is unusable, if two amounts are given, or if the loss
            stops being finite. What was fitted before is then left as it was.
        KeyboardInterrupt
            If the user interrupts; what was learnt until then is kept, whole.
        """
        return self._fit(X, y, sample_weight)

    def _fit(self, X: Any, y: Any, sample_weight: Any, series: Any = None) -> Self:
        given = {"sample_weight": sample_weight, "series": series}
        metadata = {name: value for name, value in given.items() if value is not None}
        # Dense and pruning; a search for the sparsity recovers in a phase of its own.
        # How many of several networks share their phases is found out on the way.
        n_phases = 3 if self.sparsity == "auto" else 2
        # So it is whether there is a rehearsal.
        alone = self.n_networks == 1 and self.teacher is None
        alone = alone and not self._layout.in_time
        context = self._init_callback_context(max_subtasks=n_phases if alone else None)
        context.call_on_fit_task_begin(estimator=self, X=X, y=y, metadata=metadata)
        began = perf_counter()
        with unchanged_on_error(self):
            again = self.warm_start and hasattr(self, "_predictor")
            members, jobs, targets = self._jobs(
                X, y, sample_weight, series, again=again
            )
            outcomes = self._train(
                jobs,
                memory=check_memory(self.memory),
                progress=self._progress(context, X, y, metadata, jobs, targets),
                log=print if self.verbose else say_nothing,
            )
            warn_unless_converged(self, outcomes)
            self._adopt_all(members, jobs, targets, outcomes)
            self._settle_all()
        if self.verbose:
            print(closing_line(self, perf_counter() - began))
        warn_where_worse(self)
        if any(outcome.interrupted for outcome in outcomes):
            raise KeyboardInterrupt
        context.call_on_fit_task_end(
            estimator=self, X=X, y=y, metadata=metadata, reconstruction_attributes={}
        )
        return self

    def _jobs(
        self, X: Any, y: Any, sample_weight: Any, series: Any = None, *, again: bool
    ) -> tuple[list[Any], list["Job"], Targets]:
        """Learn of the data; return the networks' estimators, and what to train."""
        forget(self, "_inputs", *(() if again else ("estimators_",)))
        settle_seed(self)
        rows, targets = self._read(
            X,
            y,
            sample_weight,
            series,
            reset=not again,
            learn_target=self._given is None,
        )
        members = members_of(self, again=again)
        for one in [self, *members]:
            one._forget_stream()
        jobs = [member._job(rows, targets, again=again) for member in members]
        forget(self, "_seed")
        if self._given is not None:
            jobs = [self._given.in_place_of_training(j, targets) for j in jobs]
        return members, jobs, targets

    def _adopt_all(
        self,
        members: Sequence[Any],
        jobs: Sequence["Job"],
        targets: Targets,
        outcomes: Sequence["Outcome"],
    ) -> None:
        """Take on what the networks have become, their reports postponed."""
        for member, job, outcome in zip(members, jobs, outcomes, strict=True):
            member._adopt(job, targets, outcome)
        join_members(self, members)
        forget_unread([self, *self._members()])

    def _settle_all(self) -> None:
        """Derive what is postponed, so that no rows are held."""
        for one in {*self._members(), self}:
            settle(one)

    def _train(self, jobs: Sequence["Job"], **how: Any) -> list["Outcome"]:
        """Train the jobs, with a teacher where there is one."""
        if hasattr(self, "teacher_weight_"):
            del self.teacher_weight_
        if self.teacher is None:
            from skprune.training.run import train_all

            return train_all(jobs, **how)
        from skprune.estimator.listening import train_taught

        outcomes, self.teacher_weight_ = train_taught(self, jobs, **how)
        return outcomes

    def _read(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        series: Any = None,
        *,
        reset: bool,
        learn_target: bool = True,
    ) -> tuple["Rows", Targets]:
        """Validate, and return the rows that have a weight, as the network sees them.

        With ``reset`` what the data are like is learnt, otherwise demanded; without
        ``learn_target`` what the targets are like is known even so.
        """
        from skprune.training.rows import Rows

        flat = self._layout.flat(self, X, fitted=not reset)
        given_y = y
        rows, y = validated(
            self,
            flat,
            y,
            reset=reset,
            accept_sparse=self._layout.accept_sparse,
            dtype=np.float32,
            multi_output=True,
            y_numeric=not is_classifier(self),
        )
        if reset:
            self._layout.learn(self, X, rows.shape[1])
            single = getattr(X, "dtype", None) == np.float32
            self._dtype = np.dtype(np.float32 if single else np.float64)
        of_series = self._layout.series(X, given_y, series, rows.shape[0])
        # Labels may come as a sparse matrix, of which the network needs every entry.
        labels = self._check_target(y.toarray() if issparse(y) else y)
        if learn_target and not reset:
            self._demand_like_before(labels)
        of_samples = self._sample_weights(rows, sample_weight)
        weight = self._row_weights(of_samples, labels)
        note_inputs(self, rows, of_samples)
        y, targets = self._encode(
            labels, weight, of_series, reset=reset and learn_target
        )
        self.n_outputs_ = targets.n_outputs
        self.out_activation_ = targets.loss.out_activation
        opinion, synthetic = opinion_of_teacher(
            self, flat, labels, sample_weight, weight, of_series, rows
        )
        trust = trust_of_rows(self, X, labels, sample_weight, weight, of_series)
        given = (rows, y, weight, opinion, of_series, trust, synthetic)
        return Rows.weighted(*given), targets

    def _sample_weights(self, X: Any, sample_weight: Any) -> Array | None:
        if sample_weight is None:
            return None
        weight = _check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
        return of_usable_size(weight, "sample_weight")

    def _row_weights(self, weight: Array | None, y: Array) -> Array | None:
        """Return the weights of the rows in the loss, given those of the samples."""
        return weight

    def _job(self, rows: "Rows", targets: Targets, *, again: bool) -> "Job":
        from skprune.estimator.jobs import make_job

        start = self._expanded(targets) if again else None
        return make_job(self, rows, targets, start)

    def _batch_size(self, n_rows: int) -> int:
        if self.batch_size == "auto":
            return self._layout.auto_batch_size(n_rows)
        if self.batch_size > n_rows:
            warn_user(
                "Got `batch_size` less than 1 or larger than sample size. It is "
                "going to be clipped"
            )
        return int(min(self.batch_size, n_rows))

    def _sizes(self, name: str) -> tuple[int, ...]:
        """Return the widths of layers, which a parameter has as a number or several."""
        sizes = np.atleast_1d(np.asarray(getattr(self, name), dtype=object)).tolist()
        if not all(isinstance(size, int | np.integer) and size > 0 for size in sizes):
            raise ValueError(f"{name} must be > 0 and whole, got {sizes}.")
        return tuple(int(size) for size in sizes)

    def _progress(
        self,
        context: Any,
        X: Any,
        y: Any,
        metadata: dict[str, Any],
        jobs: Sequence["Job"],
        targets: Targets,
    ) -> CallbackProgress:
        from skprune.estimator.jobs import snapshot

        known = {"estimator": self, "X": X, "y": y, "metadata": metadata}
        return CallbackProgress(
            context, known, lambda nets: snapshot(nets, jobs[0].plan, targets)
        )

    def _adopt(self, job: "Job", targets: Targets, outcome: "Outcome") -> None:
        """Store the compact network, and nothing that needs torch.

        The report, which takes longer than all the rest, is postponed.
        """
        from skprune.estimator.jobs import (
            figures,
            network_attributes,
            report_attributes,
        )

        network = network_attributes(job, targets, outcome)
        self.__dict__.update({**figures(job, targets, outcome), **network})
        predictor = network["_predictor"]
        reported = "pruning_report_", "feature_importances_"
        report = partial(report_attributes, job, targets, outcome, predictor)
        postpone(self, {reported: report})

    def _expanded(self, targets: Targets) -> Array:
        """Return all parameters of the full network, zeros where pruned."""
        arguments = self._kind.arguments(self)
        for argument, parameter in self._kind.shaped_by.items():
            if arguments[argument] != self._arguments[argument]:
                raise ValueError(
                    f"The network that there is goes on learning, so that {parameter} "
                    "must stay as it was. Use clone() to start anew."
                )
        return self._kind.expand(
            self._predictor, self._units, arguments, targets.into_unit_size
        )

    @abstractmethod
    def _check_target(self, y: Array) -> Array:
        """Return a valid ``y``."""

    def _demand_like_before(self, y: Array) -> None:
        """Refuse a ``y`` that the present network can't go on with, in ``fit``."""

    @abstractmethod
    def _encode(
        self, y: Array, weight: Array | None, series: Array | None, *, reset: bool
    ) -> tuple[Array, Targets]:
        """Return the targets as the network sees them, and what they are like.

        ``series`` tells which series each row is of, if that is known.
        """

    def _check_rows(self, X: Any) -> Any:
        """Return valid rows to predict for, as float64 or float32."""
        fitted = vars(self)
        if "_predictor" in fitted and "feature_names_in_" not in fitted:
            if plainly_valid(X, self.n_features_in_):
                return X
        flat = self._layout.flat(self, X, fitted=True)
        check_is_fitted(self, "_predictor")
        return validate_data(
            self,
            flat,
            reset=False,
            accept_sparse=self._layout.accept_sparse,
            dtype=[np.float64, np.float32],
        )

    def get_metadata_routing(self) -> Any:
        """Return who takes which metadata: this estimator, and its teacher.

        Returns
        -------
        routing : MetadataRouter or MetadataRequest
            A router where there is a teacher.
        """
        if not is_estimator(self.teacher):
            return super().get_metadata_routing()
        to_fit = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=self).add_self_request(self)
        return router.add(teacher=self.teacher, method_mapping=to_fit)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        self._layout.tag(tags.input_tags)
        return tags
