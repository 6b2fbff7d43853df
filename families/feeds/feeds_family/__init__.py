"""Reads the catalogue of a shop that hands over a feed or a table, whatever program made it."""
