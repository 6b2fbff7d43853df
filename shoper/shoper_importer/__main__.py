"""The program: ``python -m shoper_importer``, and `shoper_importer` where it is installed."""

from typing import NoReturn

from gateway_importer.cli import main

from shoper_importer.platform import PLATFORM


def run() -> NoReturn:
    main(PLATFORM)


if __name__ == "__main__":
    run()
