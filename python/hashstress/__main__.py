"""`python -m hashstress` and the command `hashstress`."""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> None:
    """The command line; Ctrl-C while it is still loading ends it without a traceback."""
    try:
        from hashstress import cli

        cli.main(prog_name="hashstress")
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
