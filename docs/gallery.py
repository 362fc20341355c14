"""The examples: their order, from a first fit to what few come for, and warnings."""

ORDER = (
    "german_credit",
    "one_standard_error",
    "granularity",
    "regularisers",
    "imbalanced",
    "reasons",
    "teacher",
    "ensemble",
    "exports",
    "text",
    "digits",
    "forecast",
    "volatility",
    "criterion",
)


def place(name: str) -> int:
    """Return the place of an example, ``plot_<name>.py``, in the gallery."""
    return ORDER.index(str(name).removeprefix("plot_").removesuffix(".py"))


def format_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,
) -> str:
    """Return a warning as a page prints it: without the folder of the checkout."""
    return f"{category.__name__}: {message}\n"
