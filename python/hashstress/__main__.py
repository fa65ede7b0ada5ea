"""`python -m hashstress`."""

from hashstress.cli import main

main(prog_name="hashstress")
