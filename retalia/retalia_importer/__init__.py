"""Imports the catalogue of a shop on Retalia through the feeds and tables that it gives."""
