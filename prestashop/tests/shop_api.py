"""The webservice itself: keys, permissions, shops, lists and single objects, without any network."""

import hashlib
import re
from urllib.parse import quote

from catalogue import Row
from shop_answers import (
    HTML,
    JSON,
    OUTPUT_FILE,
    REALM,
    XML,
    Answer,
    Call,
    Context,
    Key,
    active_languages,
    follow_ups,
    html,
    php,
    stumble,
)
from shop_output import (
    XML_FOOT,
    XML_HEAD,
    Errors,
    Virtual,
    Writer,
    json_errors,
    json_list,
    json_row,
    php_json,
    without_falsy,
    xml_errors,
    xml_list,
    xml_minimum,
    xml_row,
)
from shop_pictures import api_images
from shop_prices import OPTION_NAMES, Prices
from shop_query import (
    ApiError,
    Display,
    NotRecorded,
    did_you_mean,
    display,
    language_ids,
    ordered,
    parse,
    plan,
)
from shop_resources import RESOURCES
from shop_rows import Scope, rows_of, shown_row, visible
from shop_schema import Resource, numbers, resource

METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD")
#: Rows of these are made and unmade with their product only.
FORBIDDEN = {"stock_availables": ("POST", "DELETE"), "search": ("PUT", "POST", "PATCH", "DELETE")}


class Webservice:
    """One call to the webservice."""

    def __init__(self, context: Context, call: Call) -> None:
        self.context = context
        self.call = call
        self.settings = context.settings
        self.catalogue = context.catalogue
        self.query = parse(call.raw_query)
        wanted = [call.headers.get("io-format"), call.headers.get("output-format")]
        wanted += [self.query.plain.get("output_format"), self.query.plain.get("io_format")]
        # Compared as written: "json" in lower case is not known and gives XML.
        self.json = next((one for one in wanted if one), "XML") == "JSON"
        self.key: Key | None = None

    def answer(self) -> Answer:
        """Goes through PrestaShop's checks in its order."""
        supplied = self.call.user if self.call.user is not None else self.query.plain.get("ws_key")
        if not supplied:
            return html(401, "401 Unauthorized", WWW_Authenticate=REALM)
        try:
            scope = self.admit(supplied.strip())
            if isinstance(scope, Answer):
                return scope
            return self.digested(self.respond(scope))
        except ApiError as error:
            errors = [(error.code, error.message)]
            if error.in_list:
                trouble = follow_ups(self.context)
                return self.failure(500 if trouble else error.status, errors + trouble)
            return self.failure(error.status, errors)

    def headers(self, *, known: bool) -> dict[str, str]:
        """What every answer of the webservice carries; the version only for those who have a key (1.7 tells all)."""
        tells = known or numbers(self.settings.version) < (8,)
        return {
            "X-Powered-By": "PrestaShop Webservice",
            "PSWS-Version": self.settings.version if tells else "0",
            "Access-Time": "1795441353",
            "Execution-Time": "0.004" if known else "0",
        }

    def failure(self, status: int, errors: Errors, **headers: str) -> Answer:
        """A list of errors."""
        body = php_json({"errors": json_errors(errors)}) if self.json else xml_errors(errors)
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        all_headers = self.headers(known=self.key is not None) | extra
        return Answer(status, body.encode(), JSON if self.json else XML, all_headers)

    def good(self, body: str, status: int = 200) -> Answer:
        """A body that the webservice made."""
        return Answer(status, body.encode(), JSON if self.json else XML, self.headers(known=True))

    def digested(self, answer: Answer) -> Answer:
        """Adds the checksum; whoever sends the one of last time gets nothing."""
        if answer.status == 200 and answer.body:
            digest = hashlib.sha1(answer.body).hexdigest()
            answer.headers["Content-Sha1"] = digest
            if self.call.headers.get("local-content-sha1") == digest:
                return Answer(304, b"", "", answer.headers)
        return answer

    def admit(self, supplied: str) -> Scope | Answer:
        """Whether the webservice is on, the key good, and the shop there."""
        if not self.settings.webservice_enabled:
            text = "The PrestaShop webservice is disabled. Please activate it in the PrestaShop Back Office"
            return self.failure(503, [(22, text)])
        if len(supplied) != 32:
            return self.failure(401, [(18, "Invalid authentication key format")], WWW_Authenticate=REALM)
        key = next((one for one in self.context.keys.values() if one.value == supplied), None)
        errors = [] if key and key.active else [(20, "Authentification key is not active")]
        if errors or not key or not key.permissions:
            errors.append((21, "No permission for this authentication key"))
            return self.failure(401, errors, WWW_Authenticate=REALM)
        self.key = key
        return self.scope()

    def scope(self) -> Scope | Answer:
        """The shops that are asked for."""
        shops = {i: row for i, row in sorted(self.catalogue.table("shops").items()) if str(row["active"]) == "1"}
        default = min(shops)
        plain = self.query.plain
        group = plain.get("id_shop_group", plain.get("id_group_shop", ""))
        if group.isdigit():
            members = [i for i, row in shops.items() if str(row["id_shop_group"]) == group]
            if not members:
                raise ApiError(500, 999, "This shop group doesn't have shops")
            scope = Scope(members, default, int(group))
        elif "id_shop" not in plain:
            scope = Scope([default], default)
        elif plain["id_shop"] == "all":
            scope = Scope(list(shops), default)
        elif not plain["id_shop"].isdigit():
            raise ApiError(404, 999, "This shop id does not exist")
        elif int(plain["id_shop"]) not in shops:
            # The front controller sends strangers home before the webservice can say anything.
            return Answer(302, b"", HTML, {"Location": f"{self.call.base}/"})
        else:
            scope = Scope([int(plain["id_shop"])], int(plain["id_shop"]))
        allowed = self.settings.key_shops
        if allowed is not None and not allowed.intersection(scope.shops):
            raise ApiError(403, 132, "No permission for this key on this shop")
        return scope

    def permissions(self) -> dict[str, set[str]]:
        """What the key may do, less what the settings take from the full one."""
        assert self.key is not None
        held = self.key.permissions
        if self.key is self.context.keys["full"]:
            return {name: methods for name, methods in held.items() if name not in self.settings.forbidden}
        return held

    def known_resources(self) -> dict[str, str]:
        """The resources of this version."""
        at = numbers(self.settings.version)
        gone = {name for name in RESOURCES if name.startswith("supply_order") or name == "warehouse_product_locations"}
        known = {name: text for name, text in RESOURCES.items() if at < (9,) or name not in gone}
        if at >= (9,):
            known["order_returns"] = "Order returns"
        if at < (8,):
            known.pop("attachments")
        return dict(sorted(known.items()))

    def respond(self, scope: Scope) -> Answer:
        """Checks resource and method, then hands on."""
        name = self.call.segments[0] if self.call.segments else ""
        languages = active_languages(self.context)
        if "language" in self.query.plain:
            languages = language_ids(self.query.plain["language"], languages)
        known = self.known_resources()
        permissions = self.permissions()
        if name and name not in known:
            text = did_you_mean(f'Resource of type "{name}" does not exists', name, list(known))
            raise ApiError(400, 27, text)
        if name and name not in permissions:
            raise ApiError(401, 26, f'Resource of type "{name}" is not allowed with this authentication key')
        method = self.call.method
        if method not in METHODS or (method == "PATCH" and numbers(self.settings.version) < (8,)):
            raise ApiError(405, 23, f"Method {method} is not valid")
        if method in FORBIDDEN.get(name, ()):
            raise ApiError(405, 101, f"Method {method} is not allowed for the resource {name}")
        if name and method not in permissions[name]:
            text = f"Method {method} is not allowed for the resource {name} with this authentication key"
            raise ApiError(405, 25, text)
        if method not in ("GET", "HEAD"):
            raise NotRecorded(f"{method} on {name or 'the front page'}")
        if not name:
            return self.front_page(known, permissions)
        if name == "images":
            return api_images(self)
        found = resource(name, self.settings.version)
        if found is None:
            raise NotRecorded(f"the resource {name}")
        at = numbers(self.settings.version)
        writer = Writer(found, self.call.base, languages, php(self.context), at)
        if len(self.call.segments) > 1 and self.call.segments[1]:
            return self.single(writer, scope)
        return self.listing(writer, scope)

    def front_page(self, known: dict[str, str], permissions: dict[str, set[str]]) -> Answer:
        """The resources of this key; JSON breaks on it since PrestaShop 8."""
        names = [name for name in known if name in permissions]
        if self.json:
            if numbers(self.settings.version) < (8,):
                return self.good(php_json(names))
            if php(self.context) >= (8,):
                return Answer(500, b"", HTML, self.headers(known=True))
            body: Row = {str(number): None for number in range(len(names))}
            text = "[PHP Warning #2] array_filter() expects parameter 1 to be array, string given "
            text += f"({OUTPUT_FILE}, line 168)"
            return self.good(php_json(body | {"errors": json_errors([(3, text)] * len(names))}), 500)
        parts = [f'<api shopName="{self.shop_name()}">\n']
        for name in names:
            rights = " ".join(
                f'{method.lower()}="{str(method in permissions[name]).lower()}"'
                for method in METHODS
                if method != "PATCH" or numbers(self.settings.version) >= (8,)
            )
            address = f"{self.call.base}/api/{name}"
            parts.append(f'<{name} xlink:href="{address}" {rights}>\n')
            parts.append(f'<description xlink:href="{address}" {rights}>\n{known[name]}</description>\n')
            if name not in ("attachments", "images", "search"):
                for kind in ("blank", "synopsis"):
                    parts.append(f'<schema xlink:href="{address}?schema={kind}" type="{kind}"/>\n')
            parts.append(f"</{name}>\n")
        return self.good(f"{XML_HEAD}{''.join(parts)}</api>\n{XML_FOOT}")

    def shop_name(self) -> str:
        """PS_SHOP_NAME, which is the name of the first shop here."""
        shops = self.catalogue.table("shops")
        return str(shops[min(shops)]["name"]) if shops else "PrestaShop"

    # --- rows

    def listing(self, writer: Writer, scope: Scope) -> Answer:
        """A list of objects."""
        found = writer.resource
        if "schema" in self.query.plain:
            return self.schema(writer)
        chosen = plan(found, self.query, writer.languages)
        shown = display(found, self.query, in_list=True)
        rows = [] if chosen.nothing else rows_of(self.context, found, scope)
        for test in chosen.tests:
            rows = [row for row in rows if test(row)]
        rows = ordered(rows, found, chosen, writer.languages)
        if chosen.limit is not None:
            start, count = chosen.limit
            rows = rows[start : start + count]
        if shown == "minimum":
            if self.json:
                return self.good(php_json(json_list(writer, [{"id": row["id"]} for row in rows])))
            return self.good(xml_list(writer, rows, lambda row: xml_minimum(writer, row)))
        if self.dies(found, rows):
            return Answer(500, b"", HTML, {"X-Powered-By": "PHP/" + self.settings.php})
        virtual = self.virtual(found, rows, scope)
        notices = self.notices(found, rows, shown)
        if self.json:
            body = json_list(writer, [json_row(writer, row, shown, virtual.get(row["id"], [])) for row in rows])
            if notices and isinstance(body, dict):
                return self.good(php_json(body | {"errors": json_errors(notices)}), 500)
            return self.good(php_json(body))
        if notices:
            return self.failure(500, notices)
        return self.good(xml_list(writer, rows, lambda row: xml_row(writer, row, shown, virtual.get(row["id"], []))))

    def single(self, writer: Writer, scope: Scope) -> Answer:
        """One object by its id; an unknown one is an empty 404."""
        found = writer.resource
        shown = display(found, self.query, in_list=False)
        match = re.match(r"\s*\d+", self.call.segments[1])
        row = self.catalogue.table(found.name).get(int(match.group()) if match else 0)
        if row is None:
            return Answer(404, b"", "", self.headers(known=True))
        if not visible(self.context, found, row, scope):
            text = f"This {found.class_name} ({row['id']}) does not exists on this shop"
            raise ApiError(404, 131, text)
        if self.dies(found, [row]):
            return Answer(500, b"", HTML, {"X-Powered-By": "PHP/" + self.settings.php})
        row = shown_row(self.context, found, row, scope)
        old = numbers(self.settings.version) < (8,)
        asked = "display" in self.query.plain
        if asked and old:
            # 1.7 ignores the parameter, and writes the id alone in the form of a list.
            if self.json:
                return self.good(php_json(json_list(writer, [{"id": row["id"]}])))
            raise NotRecorded("a single object with `display` in XML on 1.7")
        fields: Display | str = shown if asked else "full"
        virtual = self.virtual(found, [row], scope).get(row["id"], [])
        notices = self.notices(found, [row], fields)
        if self.json:
            written = json_row(writer, row, fields, virtual)
            body: Row = {found.singular: written if old else without_falsy(written)}
            if asked:
                body = {found.plural: [written]}
            if notices:
                return self.good(php_json(body | {"errors": json_errors(notices)}), 500)
            return self.good(php_json(body))
        if notices:
            return self.failure(500, notices)
        node = xml_row(writer, row, fields, virtual)
        if asked:
            node = f"<{found.plural}>\n{node}</{found.plural}>\n"
        return self.good(XML_HEAD + node + XML_FOOT)

    def schema(self, writer: Writer) -> Answer:
        """The description of the fields, as far as it was recorded."""
        text = self.catalogue.synopsis.get(writer.resource.name)
        recorded = writer.version >= (8,) and writer.version < (9,)
        if self.query.plain["schema"] != "synopsis" or text is None or self.json or not recorded:
            raise NotRecorded(f"schema={self.query.plain['schema']} of {writer.resource.name}")
        text = text.replace("http://localhost:8188", self.call.base)
        template = (
            '<language id="{id}" xlink:href="{base}/api/languages/{id}" format="isUnsignedId" ><![CDATA[]]></language>'
        )
        every = "".join(template.format(id=one, base=self.call.base) for one in writer.languages)
        return self.good(re.sub(r"(<language id=.*</language>)", lambda _: every, text))

    def virtual(self, found: Resource, rows: list[Row], scope: Scope) -> dict[int, Virtual]:
        """The virtual prices of each row."""
        if not self.query.prices or found.name not in ("products", "combinations"):
            return {}
        for options in self.query.prices.values():
            for name, value in options.items():
                if not self.answerable(name, value):
                    raise NotRecorded(f"the option {name}={value} of a virtual price")
        prices = Prices(self.catalogue, self.settings, scope.values_of)
        return {
            row["id"]: [
                (name, name.lower(), prices.virtual(found.name, row["id"], options))
                for name, options in self.query.prices.items()
            ]
            for row in rows
        }

    def answerable(self, option: str, value: str) -> bool:
        """Whether the tables hold what an option of a virtual price points at."""
        if option in ("state", "county"):
            return value in ("", "0")
        tables = {"group": "groups", "country": "countries", "currency": "currencies"}
        if option == "product_attribute" and value not in ("", "0"):
            return value.isdigit() and int(value) in self.catalogue.combinations
        if option in tables:
            return value.isdigit() and int(value) in self.catalogue.table(tables[option])
        return option in OPTION_NAMES

    def dies(self, found: Resource, rows: list[Row]) -> bool:
        """Whether a module kills PHP at one of these products."""
        broken = self.catalogue.broken_products | self.settings.broken_products
        return found.name == "products" and any(row["id"] in broken for row in rows)

    def notices(self, found: Resource, rows: list[Row], shown: Display | str) -> list[tuple[int, str]]:
        """Notices raised while products are written; up to 1.7 one for each that has no picture."""
        if found.name != "products":
            return []
        text = "Trying to access array offset on value of type bool"
        result: list[tuple[int, str]] = []
        for row in rows:
            covered = shown == "full" or "id_default_image" in shown
            if covered and numbers(self.settings.version) < (8,) and row["id_default_image"] in ("", "0", None):
                result += stumble(self.context, text, text, "/srv/shop/classes/Product.php, line 6263")
            if row["id"] in self.settings.notice_products:
                place = "/srv/shop/modules/badges/badges.php, line 112"
                result += stumble(self.context, "Undefined index: badge", 'Undefined array key "badge"', place)
        return result


def lost_path(base: str, segments: list[str], raw_query: str) -> str:
    """Where a request with a wrong host name is sent: the path of the API is lost."""
    url = "url=" + quote("/".join(segments), safe="/")
    return f"{base}/?{url}{'&' + raw_query if raw_query else ''}"
