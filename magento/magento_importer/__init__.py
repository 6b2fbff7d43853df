"""Imports the catalogue of a Magento Open Source or Adobe Commerce shop through its REST API."""
