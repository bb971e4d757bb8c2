"""Measure a command's start-up without its calls: note what it imports, then import that and do nothing else.

    python benchmarks/startup.py note FILE apply …      runs `provision apply …`, writes what it imported to FILE
    python benchmarks/startup.py repeat FILE            imports it again, in the same order

A package that was imported in part (`provision.partial_import`) is imported in part again.
"""

import atexit
import json
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

PARTIAL_IMPORT = "provision.partial_import"


def note(file: Path, words: list[str]) -> None:
    """Run a command of provision to its end."""
    from provision.cli import main

    already = {*sys.modules}

    def write() -> None:
        names = [name for name in sys.modules if name not in already]
        in_part = [name for name in names if type(sys.modules[name]).__module__ == PARTIAL_IMPORT]
        file.write_text(json.dumps({"names": names, "in_part": in_part}), "utf-8")

    atexit.register(write)
    main(args=words, prog_name="provision")


def repeat(file: Path) -> None:
    """Import what was noted."""
    from provision import cli  # noqa: F401 - the noted command had it too

    noted = json.loads(file.read_text("utf-8"))
    if noted["in_part"]:
        import_module(PARTIAL_IMPORT).partial_import(*noted["in_part"])
    for name in noted["names"]:
        with suppress(ImportError):  # a name that only its own package can make
            import_module(name)


if sys.argv[1] == "note":
    note(Path(sys.argv[2]), sys.argv[3:])
else:
    repeat(Path(sys.argv[2]))
