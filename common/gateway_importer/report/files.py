"""Where a report is written."""

from __future__ import annotations

from pathlib import Path

from gateway_importer.report.json_report import write_json
from gateway_importer.report.model import Report
from gateway_importer.report.page import write_page


def write_report(report: Report, folder: Path) -> tuple[Path, Path]:
    """Write report.html and report.json into `folder`; their paths, the page first."""
    folder.mkdir(parents=True, exist_ok=True)
    html, data = folder / "report.html", folder / "report.json"
    write_json(report, data)
    write_page(report, html)
    return html, data
