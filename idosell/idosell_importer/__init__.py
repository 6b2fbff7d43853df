"""Imports the catalogue of an IdoSell shop through its REST API (Admin API)."""
