"""The folders hold scoring files, of the same names in each, which are no tests."""

collect_ignore_glob = ["*/*.py"]
