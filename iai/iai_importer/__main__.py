"""The program: ``python -m iai_importer``, and `iai_importer` where it is installed."""

from typing import NoReturn

from gateway_importer.cli import main

from iai_importer.platform import PLATFORM


def run() -> NoReturn:
    main(PLATFORM)


if __name__ == "__main__":
    run()
