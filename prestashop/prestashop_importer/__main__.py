"""The program: ``python -m prestashop_importer``, and `prestashop_importer` where it is installed."""

from typing import NoReturn

from gateway_importer.cli import main

from prestashop_importer.platform import PLATFORM


def run() -> NoReturn:
    main(PLATFORM)


if __name__ == "__main__":
    run()
