"""Imports the catalogue of an IdoSell (IAI-Shop.com) shop from its offer, which is IOF XML."""
