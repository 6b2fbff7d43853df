"""Imports the catalogue of a ClickShop shop through its REST API."""
