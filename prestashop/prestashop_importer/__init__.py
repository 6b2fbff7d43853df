"""Imports the catalogue of a PrestaShop shop through its webservice."""
