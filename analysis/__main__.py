"""``python -m analysis`` is the ``escalation`` command."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C while it still loads ends it with a word, as later."""
    try:
        from analysis import cli

        cli.main()
    except KeyboardInterrupt:
        sys.exit("\nAborted!")


if __name__ == "__main__":
    main()
