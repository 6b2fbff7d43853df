"""Writes a run's two reports, each beside its old one and then in its place, so that nobody reads half of one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gateway_importer.report.digest import Digest, digest_of
from gateway_importer.report.json_report import json_chunks
from gateway_importer.report.model import Report
from gateway_importer.report.page import page_chunks

PAGE_NAME = "report.html"
JSON_NAME = "report.json"


def write_report(report: Report, folder: Path, digest: Digest | None = None) -> tuple[Path, Path]:
    """Write report.html and report.json into `folder` (made where it is missing); their paths, the page first.

    Raises `OSError` where the folder cannot be written; an older report is then as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digest = digest or digest_of(report)
    page, data = folder / PAGE_NAME, folder / JSON_NAME
    _replace(data, json_chunks(report, digest))
    _replace(page, page_chunks(report, digest))
    return page, data


def _replace(path: Path, chunks: Iterable[str]) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(chunks)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
