"""The program: ``python -m retalia_importer``, and `retalia_importer` where it is installed."""

from typing import NoReturn

from gateway_importer.cli import main

from retalia_importer.platform import PLATFORM


def run() -> NoReturn:
    main(PLATFORM)


if __name__ == "__main__":
    run()
