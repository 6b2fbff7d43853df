"""The program: ``python -m magento_importer``, and `magento_importer` where it is installed."""

from typing import NoReturn

from gateway_importer.cli import main

from magento_importer.platform import PLATFORM


def run() -> NoReturn:
    main(PLATFORM)


if __name__ == "__main__":
    run()
