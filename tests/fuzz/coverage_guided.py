"""Fuzz a target guided by coverage: `python -m tests.fuzz.coverage_guided article_page -runs=10000 [CORPUS]`.

Needs atheris, which is in no lock: `pip install atheris` into an environment of your own. Options after the
target's name are libFuzzer's.
"""

from __future__ import annotations

import sys

USAGE = "usage: python -m tests.fuzz.coverage_guided TARGET [libFuzzer options] [corpus folder]"


def main(arguments: list[str]) -> int:
    """Run one target until it breaks or its runs are over."""
    try:
        import atheris
    except ImportError:
        print(f"{USAGE}\natheris is not installed: pip install atheris", file=sys.stderr)
        return 2
    # Only what is imported here reports its coverage back.
    with atheris.instrument_imports(include=["crawler", "pipelines", "protego"]):
        from tests.fuzz.targets import TARGETS
    if not arguments or arguments[0] not in TARGETS:
        print(f"{USAGE}\ntargets: {', '.join(TARGETS)}", file=sys.stderr)
        return 2
    atheris.Setup([sys.argv[0], *arguments[1:]], TARGETS[arguments[0]])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
