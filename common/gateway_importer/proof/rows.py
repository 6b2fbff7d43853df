"""What a proof says of one variant, and how many it says what of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from gateway_importer.proof.compare import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Row:
    """One variant. `address` is the page that was read in the end, `why` says why nothing was compared, or what
    differs where that is no single property."""

    product: str
    variant: str
    name: str
    sku: str
    verdict: Verdict
    why: str = ""
    address: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class Tally:
    """What a proof came to. `reasons` counts, by their words, why variants were not compared."""

    products: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, row: Row) -> None:
        self.verdicts[row.verdict] += 1
        if row.verdict is Verdict.NOT_COMPARED:
            self.reasons[row.why.partition(":")[0]] += 1

    @property
    def well(self) -> bool:
        return not self.verdicts[Verdict.DIFFERS]


def row_of(product: str, variant: str, name: str, sku: str, address: str, findings: tuple[Finding, ...]) -> Row:
    """A row whose verdict is the worst of its findings."""
    if not any(finding.what == "price" for finding in findings) and not any(
        finding.verdict is Verdict.DIFFERS for finding in findings
    ):
        why = "the page, or the Gateway, states no price that can be read"
        return Row(product, variant, name, sku, Verdict.NOT_COMPARED, why, address, findings)
    for verdict in (Verdict.DIFFERS, Verdict.EXPLAINED):
        if any(finding.verdict is verdict for finding in findings):
            return Row(product, variant, name, sku, verdict, "", address, findings)
    return Row(product, variant, name, sku, Verdict.AGREES, "", address, findings)
