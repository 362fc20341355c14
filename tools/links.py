"""Check the built site: each local link leads to a file, and to a place within it.

Pictures that say nothing to those who cannot see them are faults too, and so is
whatever a page would fetch from elsewhere to be shown::

    python tools/links.py docs/_build/html
"""

import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Made by scripts when the page is open.
LATE_ANCHORS = {"search-input"}


class Page(HTMLParser):
    """What a page links to, and the places in it that have a name.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path):
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set(LATE_ANCHORS)
        self.silent: list[str] = []
        self.fetched: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag links to, and what it is called."""
        known = dict(attrs)
        self.anchors |= {known[key] or "" for key in ("id", "name") if key in known}
        target = known.get("href") or known.get("src")
        if target:
            self.links.append(target)
        if "src" in known or (tag, known.get("rel")) == ("link", "stylesheet"):
            self.fetched.append(target or "")
        if tag == "img" and "alt" not in known:
            self.silent.append(known.get("src") or "")


@cache
def page(path: Path) -> Page:
    """Return a page, read once."""
    return Page(path)


def fault(path: Path, link: str) -> str | None:
    """Return what is wrong with a link of a page, if anything is."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.exists():
        return f"{path.name}: nothing at {link}"
    fragment = unquote(parts.fragment)
    if fragment and target.suffix == ".html" and fragment not in page(target).anchors:
        return f"{path.name}: no place {link}"
    return None


def faults(folder: Path) -> list[str]:
    """Return the dead links, silent pictures and foreign files of a site."""
    found = []
    for path in sorted(folder.resolve().rglob("*.html")):
        # Listings of source text name what a folder hands on by both of its names.
        if {"_static", "_modules"} & set(path.parts):
            continue
        found += [wrong for link in page(path).links if (wrong := fault(path, link))]
        found += [f"{path.name}: no words for {src}" for src in page(path).silent]
        foreign = [src for src in page(path).fetched if urlsplit(src).netloc]
        found += [f"{path.name}: fetches {src}" for src in foreign]
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    wrong = faults(Path(sys.argv[1]))
    print("\n".join(wrong) or "All local links lead somewhere.")
    sys.exit(bool(wrong))
