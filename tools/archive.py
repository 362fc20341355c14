"""Check what `make dist` built: what belongs in it is in it.

The source archive holds each file of the repository but its hidden ones; the wheel
holds the package alone, with its data and its marker of being typed.
"""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def tracked() -> set[str]:
    """Return the files of the repository that are no settings of git or a service."""
    command = ["git", "-C", str(ROOT), "ls-files"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {name for name in listed.splitlines() if not name.startswith(".")}


def in_sdist(path: Path) -> set[str]:
    """Return the names in a source archive, without the folder around them."""
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def in_wheel(path: Path) -> set[str]:
    """Return the names in a wheel."""
    return set(zipfile.ZipFile(path).namelist())


def faults(folder: Path) -> list[str]:
    """Return what is missing, and what is too many, in the one build of a folder."""
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    package = {name for name in tracked() if name.startswith("skprune/")}
    wheeled = in_wheel(wheel)
    foreign = {n for n in wheeled if not n.startswith(("skprune/", "skprune-"))}
    return [
        *(f"{sdist.name} lacks {name}" for name in sorted(tracked() - in_sdist(sdist))),
        *(f"{wheel.name} lacks {name}" for name in sorted(package - wheeled)),
        *(f"{wheel.name} holds {name}" for name in sorted(foreign)),
    ]


if __name__ == "__main__":
    found = faults(Path(sys.argv[1]))
    print("\n".join(found) or "The archives hold what they should.")
    sys.exit(bool(found))
