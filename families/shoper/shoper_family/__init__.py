"""Reads the catalogue of a shop that runs on Shoper's software, whoever sells it."""
