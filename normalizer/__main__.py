"""`python -m normalizer` is the command `normalizer`."""

from normalizer.cli import main

main(prog_name="normalizer")
