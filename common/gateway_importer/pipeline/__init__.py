"""A product's way through the house: pages are read, pictures placed, products posted, and both sides compared."""
