"""The merchant's categories to the marketplace's: by whole paths, or by a mapping file that a person filled in."""

from gateway_importer.categories.draft import DraftSummary, write_draft
from gateway_importer.categories.mapping import CategoryMap
from gateway_importer.categories.tree import TargetTree, UnknownTarget

__all__ = ["CategoryMap", "DraftSummary", "TargetTree", "UnknownTarget", "write_draft"]
