"""The link from an estimator's picture in a notebook to its page."""

from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any


@cache
def address() -> str:
    """Return where the documentation is, as the package's own data say, or nothing."""
    try:
        urls = metadata("skprune").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    named = dict(url.split(", ", 1) for url in urls)
    return named.get("Documentation", "").rstrip("/")


class DocumentationLink:
    """Lets scikit-learn's HTML show a link to the page of one of our classes.

    Its question mark is there as soon as ``pyproject.toml`` names an address.
    """

    _doc_link_module = "skprune"

    @property
    def _doc_link_template(self) -> str:
        return address() + "/generated/{public_name}.html"

    def _doc_link_url_param_generator(self) -> dict[str, Any]:
        # Networks and the transformer are at the top, whichever file they are in.
        cls = type(self)
        place = cls.__module__.split(".")[1]
        within = {"preprocessing": "skprune.preprocessing"}.get(place, "skprune")
        return {"public_name": f"{within}.{cls.__name__}"}

    def _get_doc_link(self) -> str:
        link: str = super()._get_doc_link() if address() else ""  # type: ignore[misc]
        return link
