"""How fast and how large the importer is, as ratios of things measured in one run: ``make bench``."""
