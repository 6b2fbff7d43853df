"""The program: ``python -m forteca_importer``, and `forteca_importer` where it is installed."""

from typing import NoReturn

from gateway_importer.cli import main

from forteca_importer.platform import PLATFORM


def run() -> NoReturn:
    main(PLATFORM)


if __name__ == "__main__":
    run()
