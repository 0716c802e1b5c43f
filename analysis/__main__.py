"""``python -m analysis`` is the ``escalation`` command."""

from analysis.cli import main

if __name__ == "__main__":
    main()
