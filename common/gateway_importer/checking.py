"""Tries everything that an import will need, and tells all that is wrong at once. Writes nothing."""

from __future__ import annotations

import os

from gateway_importer import options
from gateway_importer.ends import Ends, category_file, category_map, profile_lines
from gateway_importer.errors import ImporterError
from gateway_importer.failures import HttpFailure
from gateway_importer.gateway.answers import Refusal
from gateway_importer.settings import Values
from gateway_importer.source import Finding


class Check:
    """The command `check`, over both ends."""

    def __init__(self, ends: Ends, values: Values) -> None:
        self._ends = ends
        self._values = values

    async def findings(self) -> list[Finding]:
        """Everything that was tried, all at once."""
        findings = [*await self._gateway(), *self._folders()]
        shop = await self._shop()
        findings += shop
        if not any(finding.level == "error" and finding.subject != "State folder" for finding in findings):
            findings.append(await self._categories())
        return findings

    async def _gateway(self) -> list[Finding]:
        try:
            await self._ends.gateway.try_access()
            found = [Finding("ok", "Gateway", f"{self._ends.gateway.host.base} accepts the token and the shop guid.")]
            if self._values[options.IMAGES] == "uploads":
                await self._ends.gateway.upload_form("check.jpg", "image/jpeg")
                found.append(Finding("ok", "Gateway", "It gives forms for uploading pictures."))
        except ImporterError as error:
            return [Finding("error", "Gateway", error.happened, error.to_do)]
        except (Refusal, HttpFailure) as problem:
            cure = "Ask the marketplace whether uploads are open to this shop, or set IMAGES to another way."
            return [Finding("error", "Pictures", f"The Gateway gives no upload form: {problem}.", cure)]
        return found

    def _folders(self) -> list[Finding]:
        found = []
        for label, folder in (
            ("State folder", self._values[options.STATE_FOLDER]),
            ("Report folder", self._values.get(options.REPORT_FOLDER)),
        ):
            if folder is None:
                continue
            place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
            if os.access(place, os.W_OK | os.X_OK):
                found.append(Finding("ok", label, f"{folder} can be written."))
            else:
                cure = "Name a folder that can be written; in a container, mount a volume at /data."
                found.append(Finding("error", label, f"{folder} cannot be written.", cure))
        return found

    async def _shop(self) -> list[Finding]:
        try:
            found = list(await self._ends.source.check())
            if any(finding.level == "error" for finding in found):
                return found
            profile = await self._ends.source.profile()
        except (ImporterError, HttpFailure) as error:
            to_do = error.to_do if isinstance(error, ImporterError) else "See whether the shop is up, then check again."
            return [Finding("error", "Shop", str(error), to_do)]
        said = "\n".join(finding.text + finding.cure for finding in found)
        found += [Finding("ok", label, text) for label, text in profile_lines(profile)]
        found += [Finding("warning", "Shop", warning) for warning in profile.warnings if warning not in said]
        found += [
            Finding("error", question.setting, f"{question.question} {question.why}", f"Set {question.setting}.")
            for question in profile.questions
            if question.setting not in said
        ]
        if profile.proven:
            found.append(Finding("ok", "This program", profile.proven))
        return found

    async def _categories(self) -> Finding:
        path = category_file(self._values)
        try:
            categories = await category_map(self._ends, self._values)
        except ImporterError as error:
            return Finding("error", "Categories", error.happened, error.to_do)
        if categories.warnings:
            return Finding("warning", "Categories", "; ".join(categories.warnings))
        if path.exists():
            return Finding("ok", "Categories", f"{path} fits the shop's categories and the marketplace's.")
        return Finding("ok", "Categories", "There is no mapping file: categories match by their whole paths alone.")
