"""`python -m replicate_tui`."""

from replicate_tui.cli.main import main

if __name__ == "__main__":
    main()
