"""The program: ``python -m clickshop_importer``, and `clickshop_importer` where it is installed."""

from typing import NoReturn

from gateway_importer.cli import main

from clickshop_importer.platform import PLATFORM


def run() -> NoReturn:
    main(PLATFORM)


if __name__ == "__main__":
    run()
