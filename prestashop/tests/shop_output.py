"""How a PrestaShop writes rows: XML in CDATA that nobody escaped, and JSON as PHP's json_encode prints it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from catalogue import Row
from shop_query import Display
from shop_schema import INTEGER_BOOLEANS, Association, Field, Resource

XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<prestashop xmlns:xlink="http://www.w3.org/1999/xlink">\n'
XML_FOOT = "</prestashop>\n"

#: (name as written, name as answered, value)
Virtual = list[tuple[str, str, str]]
Errors = Sequence[tuple[int, str]]


@dataclass(frozen=True)
class Writer:
    """What both forms need to know of the request and the shop."""

    resource: Resource
    base: str
    languages: list[int]
    php: tuple[int, ...]
    version: tuple[int, ...]

    @property
    def native_types(self) -> bool:
        """Since PHP 8.1 the database driver hands out numbers as numbers."""
        return self.php >= (8, 1)


def php_json(value: object) -> str:
    """json_encode with JSON_UNESCAPED_UNICODE: slashes are escaped, so are the two line separators of JavaScript."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("/", "\\/").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def typed(writer: Writer, field: Field, value: object) -> object:
    """A stored value (a string, as PHP 7.4 sends it) in the type that this PHP gives it."""
    if not writer.native_types or not isinstance(value, str):
        return value
    whole = value.lstrip("-").isdigit()
    integer = field.kind in "ic" or (writer.resource.name, field.name) in INTEGER_BOOLEANS
    return int(value) if integer and whole else value


def texts(value: object) -> dict[str, str]:
    """The texts of a translated column by language id."""
    if isinstance(value, list):
        return {str(entry["id"]): entry["value"] for entry in value}
    return {}


def json_value(writer: Writer, field: Field, value: object) -> object:
    """A column as JSON holds it; a translated one collapses to a text where there is one language."""
    if field.kind != "L":
        return typed(writer, field, value)
    known = texts(value)
    if len(writer.languages) == 1:
        return known.get(str(writer.languages[0]), "")
    return [
        {"id": id_lang if writer.native_types else str(id_lang), "value": known.get(str(id_lang), "")}
        for id_lang in writer.languages
    ]


def chosen_fields(writer: Writer, shown: Display | str, virtual: Virtual) -> list[Field | tuple[str, str]]:
    """Columns in the shop's order, then virtual prices; one that bears a column's name takes its place."""
    replaced = {name: (key, value) for name, key, value in virtual}
    result: list[Field | tuple[str, str]] = []
    for field in writer.resource.fields:
        if shown == "full" or field.name in shown:
            result.append(replaced.pop(field.name, field))
        else:
            replaced.pop(field.name, None)
    for name, pair in replaced.items():
        if shown == "full" or name in shown:
            result.append(pair)
    return result


def json_row(writer: Writer, row: Row, shown: Display | str, virtual: Virtual) -> Row:
    """One object of an answer."""
    result: Row = {}
    for field in chosen_fields(writer, shown, virtual):
        if isinstance(field, tuple):
            result[field[0]] = field[1]
        else:
            result[field.name] = json_value(writer, field, row.get(field.name))
    associations: dict[str, Any] = {}
    for association, entries, names in chosen_associations(writer, row, shown):
        kept = [json_entry(writer, association, entry, names) for entry in entries]
        if kept:
            associations[association.name] = kept
    if associations:
        result["associations"] = associations
    return result


def json_entry(writer: Writer, association: Association, entry: Row, names: list[str]) -> Row:
    """One reference; ids are texts before PHP 8.1."""
    order = ["id", *(name for name, _ in association.fields)]
    picked = {name: entry.get(name, "") for name in order if name in names}
    if not writer.native_types:
        return picked
    return {name: int(value) if str(value).isdigit() else value for name, value in picked.items()}


def chosen_associations(
    writer: Writer, row: Row, shown: Display | str
) -> list[tuple[Association, list[Row], list[str]]]:
    """The lists of references to show, also the empty ones, with the names of their shown fields."""
    stored = row.get("associations", {})
    result = []
    for association in writer.resource.associations:
        every = ["id", *(name for name, _ in association.fields)]
        if isinstance(shown, str):
            result.append((association, stored.get(association.name, []), every))
        elif shown.get(association.name) is not None:
            result.append((association, stored.get(association.name, []), shown[association.name] or []))
    return result


def without_falsy(row: Row) -> Row:
    """What array_filter leaves of a single object since PrestaShop 8: neither "0" nor "" nor null."""
    return {name: value for name, value in row.items() if value not in ("", "0", 0, None, False) and value != []}


def json_list(writer: Writer, rows: list[Row]) -> object:
    """A list; an empty one is a bare array."""
    return {writer.resource.plural: rows} if rows else []


# --- XML


def cdata(value: object) -> str:
    """A text in CDATA, with nothing escaped: an end mark inside it breaks the document, as in the real one."""
    if value is None or value is False:
        value = ""
    if value is True:
        value = "1"
    return f"<![CDATA[{value}]]>"


def link(writer: Writer, path: str) -> str:
    """The attribute that leads to another resource."""
    return f' xlink:href="{writer.base}/api/{path}"'


def xml_field(writer: Writer, field: Field, row: Row) -> str:
    """One column."""
    value = row.get(field.name)
    attributes = ""
    if field.link and value not in (None, "", "0", 0):
        path = f"images/products/{row['id']}/{value}" if field.link == "images" else f"{field.link}/{value}"
        attributes = link(writer, path)
    if field.kind == "c":
        attributes += ' notFilterable="true"'
    if field.kind != "L":
        return f"\t<{field.name}{attributes}>{cdata(value)}</{field.name}>\n"
    known = texts(value)
    inner = "".join(
        f'<language id="{one}"{link(writer, f"languages/{one}")}>{cdata(known.get(str(one), ""))}</language>'
        for one in writer.languages
    )
    return f"\t<{field.name}>{inner}</{field.name}>\n"


def xml_entry(writer: Writer, association: Association, entry: Row, names: list[str], row: Row) -> str:
    """One reference."""
    path = association.link.format(**row) + str(entry["id"])
    there = link(writer, path) if association.link else ""
    on_entry, on_id = ("", there) if association.link_on_id else (there, "")
    lines = [f"\t<{association.node}{on_entry}>\n"]
    if "id" in names:
        lines.append(f"\t<id{on_id}>{cdata(entry['id'])}</id>\n")
    for name, target in association.fields:
        if name in names:
            attribute = link(writer, f"{target}/{entry[name]}") if target else ""
            lines.append(f"\t<{name}{attribute}>{cdata(entry[name])}</{name}>\n")
    return "".join([*lines, f"\t</{association.node}>\n"])


def xml_row(writer: Writer, row: Row, shown: Display | str, virtual: Virtual) -> str:
    """One object of an answer."""
    node = writer.resource.singular
    parts = [f"<{node}>\n"]
    for field in chosen_fields(writer, shown, virtual):
        if isinstance(field, tuple):
            parts.append(f"\t<{field[0]}>{cdata(field[1])}</{field[0]}>\n")
        else:
            parts.append(xml_field(writer, field, row))
    associations = chosen_associations(writer, row, shown)
    if associations:
        parts.append("<associations>\n")
        for association, entries, names in associations:
            opening = f'<{association.name} nodeType="{association.node}" api="{association.api}"'
            if entries:
                inner = "".join(xml_entry(writer, association, entry, names, row) for entry in entries)
                parts.append(f"{opening}>\n{inner}</{association.name}>\n")
            else:
                parts.append(f"{opening}/>\n")
        parts.append("</associations>\n")
    return "".join([*parts, f"</{node}>\n"])


def xml_minimum(writer: Writer, row: Row) -> str:
    """An object of a list without `display`: an address only."""
    address = link(writer, f"{writer.resource.name}/{row['id']}")
    return f'<{writer.resource.singular} id="{row["id"]}"{address}/>\n'


def xml_list(writer: Writer, rows: list[Row], render: Callable[[Row], str]) -> str:
    """A list of objects."""
    plural = writer.resource.plural
    return f"{XML_HEAD}<{plural}>\n{''.join(map(render, rows))}</{plural}>\n{XML_FOOT}"


def xml_errors(errors: Errors) -> str:
    """The list of errors, which in XML takes the place of everything else."""
    inner = "".join(
        f"<error>\n<code>{cdata(code)}</code>\n<message>{cdata(message)}</message>\n</error>\n"
        for code, message in errors
    )
    return f"{XML_HEAD}<errors>\n{inner}</errors>\n{XML_FOOT}"


def json_errors(errors: Errors) -> list[Row]:
    """The same in JSON, where it stands beside what was already written."""
    return [{"code": code, "message": message} for code, message in errors]
