"""Holds what a shop shows to its customers against what the Gateway shows, to prove that an import is right."""
