"""The figures as a page: one bar a figure, against its goal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Benchmark</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1d2330}
h2{margin:2rem 0 .3rem;font-size:1.1rem}.row{display:grid;grid-template-columns:17rem 1fr 5rem;
gap:.8rem;align-items:center}
.why{color:#5a6475;font-size:.85rem;margin:.1rem 0 .7rem 17.8rem}.n{text-align:right;font-variant-numeric:tabular-nums}
svg{width:100%;height:1.3rem}.yes{fill:#2f8f5b}.no{fill:#c8452f}.rail{fill:#e8ebf0}
@media(max-width:40rem){.row{grid-template-columns:1fr}.why{margin-left:0}}
</style>
<h1>Benchmark</h1>
<p>{{ machine }}. Every figure is a ratio of things measured in the same run. Green reaches its goal.</p>
{% for bench, figures in figures|groupby("bench") %}
<h2>{{ bench }}</h2>
{% for one in figures %}
<div class="row"><span>{{ one.name }}</span>
<svg viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label="{{ '%.3f'|format(one.value) }}">
<rect class="rail" width="1000" height="20"/>
<rect class="{{ 'yes' if one.reached else 'no' }}" width="{{ [1000, one.value / 2 * 1000]|min }}" height="20"/>
<rect x="499" width="2" height="20"/></svg>
<span class="n">{{ "%.3f"|format(one.value) }}</span></div>
<p class="why">to reach: {{ one.goal }}.
{% for label, value in one.shown.items() %}{{ label }} {{ value }}; {% endfor %}{{ one.remark }}
scale {{ one.scale }}, {{ one.when }}, {{ one.took }} s</p>
{% endfor %}{% endfor %}
<p>The mark in the middle of each bar is 1.</p>
</html>
"""


def write_page(folder: Path, results: dict[str, Any]) -> Path:
    path = folder / "index.html"
    path.write_text(Environment(autoescape=True).from_string(PAGE).render(**results), "utf-8")
    return path
