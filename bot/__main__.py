"""`python -m bot` is the same as `breakwater`."""

from bot.cli.main import run

if __name__ == "__main__":
    run()
