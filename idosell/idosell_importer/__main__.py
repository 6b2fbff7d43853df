"""The program: ``python -m idosell_importer``, and `idosell_importer` where it is installed."""

from typing import NoReturn

from gateway_importer.cli import main

from idosell_importer.platform import PLATFORM


def run() -> NoReturn:
    main(PLATFORM)


if __name__ == "__main__":
    run()
