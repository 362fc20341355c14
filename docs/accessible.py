"""What Sphinx and docutils write that screen readers cannot follow, mended."""

from typing import Any

from sphinx.application import Sphinx


def mend(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Make items of what stands in a list."""
    body = context.get("body", "")
    if page == "_modules/index":
        body = nested(body)
    # The list is one by its role, and this one of an item is deprecated.
    context["body"] = body.replace('role="doc-biblioentry"', 'role="listitem"')


def nested(body: str) -> str:
    """Put the lists within the list of modules into items of it."""
    first, last = body.index("<ul>") + len("<ul>"), body.rindex("</ul>")
    within = body[first:last].replace("<ul>", '<li class="nested"><ul>')
    return body[:first] + within.replace("</ul>", "</ul></li>") + body[last:]


def setup(app: Sphinx) -> dict[str, bool]:
    """Have each page mended before it is written."""
    app.connect("html-page-context", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
