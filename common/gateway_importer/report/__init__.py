"""What a run tells people: progress while it goes on, and what became of every product afterwards."""

from gateway_importer.report.files import write_report
from gateway_importer.report.terminal import LiveView, Lines, observer_for
from gateway_importer.report.text import print_summary, summary

__all__ = ["Lines", "LiveView", "observer_for", "print_summary", "summary", "write_report"]
