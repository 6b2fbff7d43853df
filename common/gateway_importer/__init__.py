"""Imports a merchant's product catalogue into the Gateway; what every platform shares."""

__version__ = "0.1.0"
