"""A query that computes columns step by step."""

from collections.abc import Sequence


class Query:
    """Columns that are computed of others, each as soon as these are there.

    A column's step is one more than the latest of those that it reads; those of step 0
    read the table. Each step is a common table expression, which hands on what later
    ones read.
    """

    def __init__(self) -> None:
        self._steps: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._last_read: dict[str, int] = {}

    def column(self, text: str, reads: Sequence[str] = ()) -> str:
        """Add a column and return its name.

        Parameters
        ----------
        text : str
            The expression.
        reads : sequence of str
            Names of the columns in it.
        """
        step = max((self._steps[name] + 1 for name in reads), default=0)
        name = f"c{len(self._steps)}"
        self._steps[name], self._texts[name] = step, text
        self._last_read[name] = step
        for read in reads:
            self._last_read[read] = max(self._last_read[read], step)
        return name

    def keep(self, names: Sequence[str]) -> None:
        """Have columns there after the last step."""
        for name in names:
            self._last_read[name] = len(self._steps)

    def write(
        self, source: str, prefix: str, materialized: str, outputs: list[str]
    ) -> str:
        """Return the query over a table, whose alias is ``t`` in step 0.

        Parameters
        ----------
        source : str
            The quoted table.
        prefix : str
            What the names of the steps start with.
        materialized : str
            What stands before the parenthesis of each step.
        outputs : list of str
            What is selected of the columns that are kept.
        """
        last = max(self._steps.values())
        origins = [f"{source} AS t", *(f"{prefix}{step}" for step in range(last + 1))]
        tables = [
            f"{prefix}{step} AS {materialized}(\n"
            f"{_select(self._of_step(step), origins[step], '  ')}\n)"
            for step in range(last + 1)
        ]
        return f"WITH {', '.join(tables)}\n{_select(outputs, origins[-1], '')}"

    def _of_step(self, step: int) -> list[str]:
        """List what a step hands on, and what it computes."""
        handed_on = [
            name
            for name, made in self._steps.items()
            if made < step < self._last_read[name]
        ]
        made = [name for name, when in self._steps.items() if when == step]
        return handed_on + [f"{self._texts[name]} AS {name}" for name in made]


def _select(columns: list[str], origin: str, indent: str) -> str:
    listed = f",\n{indent}  ".join(columns)
    return f"{indent}SELECT\n{indent}  {listed}\n{indent}FROM {origin}"
