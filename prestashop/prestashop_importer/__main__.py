"""The program: ``python -m prestashop_importer``."""

from gateway_importer.cli import main

from prestashop_importer.platform import PLATFORM

if __name__ == "__main__":
    main(PLATFORM)
