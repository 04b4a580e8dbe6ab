"""`python -m trailtui.cli`: the same as `trailtui`."""

from trailtui.cli.main import main

main()
