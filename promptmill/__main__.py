"""`python -m promptmill` is the `promptmill` command."""

from promptmill.cli.app import main

if __name__ == "__main__":
    main()
