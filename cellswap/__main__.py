"""`python -m cellswap`, the same as the `cellswap` script."""

from cellswap.cli import main

main()
