"""The order of the examples: from a first fit to what few come for."""

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
