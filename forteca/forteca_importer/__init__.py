"""Imports the catalogue of a shop on Forteca through the feeds and tables that it gives."""
