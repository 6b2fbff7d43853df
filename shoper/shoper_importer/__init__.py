"""Imports the catalogue of a Shoper shop through its REST API."""
