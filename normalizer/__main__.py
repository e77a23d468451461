"""`python -m normalizer` is the command `normalizer`."""

import sys


def run() -> None:
    """Run the command line. Ctrl-C while it is being loaded is no traceback."""
    try:
        from normalizer.cli import main
    except KeyboardInterrupt:
        sys.exit(130)  # as Exit.INTERRUPTED, which is not there yet
    main(prog_name="normalizer")


if __name__ == "__main__":
    run()
