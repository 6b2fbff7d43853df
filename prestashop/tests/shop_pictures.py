"""Pictures of the shop: by the webservice with a key, and in public by the three addresses that PrestaShop knows."""

import hashlib
import re
from typing import TYPE_CHECKING

from catalogue import Catalogue, Row
from pictures import Picture, content_type, picture_bytes, resized
from shop_answers import OUTPUT_FILE, Answer, stumble
from shop_output import XML_FOOT, XML_HEAD, json_errors, php_json
from shop_query import ApiError, NotRecorded, did_you_mean
from shop_settings import ShopSettings

if TYPE_CHECKING:
    from shop_api import Webservice

FAMILIES = ("general", "products", "categories", "manufacturers", "suppliers", "stores", "customizations")
MIME_TYPES = "image/gif, image/jpg, image/jpeg, image/pjpeg, image/png, image/webp, image/x-png"


def image_types(catalogue: Catalogue) -> list[Row]:
    """Sizes made of product pictures, by name."""
    rows = [row for row in catalogue.table("image_types").values() if str(row["products"]) == "1"]
    return sorted(rows, key=lambda row: str(row["name"]))


def original(catalogue: Catalogue, picture: Picture) -> bytes:
    """The file as it was uploaded."""
    return catalogue.recorded_pictures.get((picture.id, "")) or picture_bytes(picture)


def sized(catalogue: Catalogue, picture: Picture, size: str) -> bytes | None:
    """The file in one of the shop's sizes; None for a size that is not there."""
    if not size:
        return original(catalogue, picture)
    recorded = catalogue.recorded_pictures.get((picture.id, size))
    if recorded is not None:
        return recorded
    row = next((row for row in image_types(catalogue) if row["name"] == size), None)
    if row is None:
        return None
    return resized(original(catalogue, picture), int(row["width"]), int(row["height"]))


def of_product(catalogue: Catalogue, id_product: int) -> list[Picture]:
    """The pictures of a product by position."""
    row = catalogue.products.get(id_product)
    links = row.get("associations", {}).get("images", []) if row else []
    found = (catalogue.pictures.get(int(link["id"])) for link in links)
    return [picture for picture in found if picture is not None]


def api_images(call: "Webservice") -> Answer:
    """Everything below /api/images."""
    segments = [*call.call.segments[1:], "", "", "", ""]
    family, owner, image, size = segments[:4]
    base = f"{call.call.base}/api"
    if not family:
        if call.json:
            raise NotRecorded("the list of image families in JSON")
        rights = 'get="true" put="false" post="false" patch="false" delete="false" head="true"'
        lines = [
            f'<{name} xlink:href="{base}/images/{name}" {rights} upload_allowed_mimetypes="{MIME_TYPES}"/>\n'
            for name in FAMILIES
        ]
        return call.good(f"{XML_HEAD}<image_types>\n{''.join(lines)}</image_types>\n{XML_FOOT}")
    if family in ("categories", "manufacturers") and owner:
        raise ApiError(500, 61, "This image does not exist on disk")
    if family != "products":
        raise NotRecorded(f"/api/images/{family}")
    if not owner:
        return listing(call, base)
    if not owner.isdigit():
        raise ApiError(400, 60, 'The image id is invalid. Please set a valid id or the "default" value')
    pictures = of_product(call.catalogue, int(owner))
    if not image:
        return declinations(call, base, owner, pictures)
    picture = next((one for one in pictures if str(one.id) == image), None)
    if picture is None:
        raise ApiError(400, 57, "This image id does not exist")
    return file(call, picture, size)


def listing(call: "Webservice", base: str) -> Answer:
    """Sizes, and products that have pictures."""
    if call.json:
        raise NotRecorded("the list of products with pictures in JSON")
    types = [
        f'<image_type id="{row["id"]}" name="{row["name"]}" xlink:href="{base}/image_types/{row["id"]}"/>\n'
        for row in image_types(call.catalogue)
    ]
    owners = sorted(i for i, row in call.catalogue.products.items() if row.get("associations", {}).get("images"))
    images = [f'<image id="{one}" xlink:href="{base}/images/products/{one}"/>\n' for one in owners]
    body = f"<image_types>\n{''.join(types)}</image_types>\n<images>\n{''.join(images)}</images>\n"
    return call.good(XML_HEAD + body + XML_FOOT)


def declinations(call: "Webservice", base: str, owner: str, pictures: list[Picture]) -> Answer:
    """The pictures of one product; in JSON this is rubbish in the real shop too."""
    if not pictures:
        return Answer(404, b"", "", call.headers(known=True))
    if call.json:
        place = f"{OUTPUT_FILE}, line 127"
        errors = []
        for _ in range(len(pictures) + 1):
            notice, warning = "Undefined index: objectsNodeName", 'Undefined array key "objectsNodeName"'
            errors += stumble(call.context, notice, warning, place)
        errors.append((61, "This image does not exist on disk"))
        rubbish = [{"id": owner}, *({"id": str(picture.id)} for picture in pictures)]
        return call.good(php_json({"": rubbish, "errors": json_errors(errors)}), 500)
    lines = [
        f'<declination id="{picture.id}" xlink:href="{base}/images/products/{owner}/{picture.id}"/>\n'
        for picture in pictures
    ]
    return call.good(f'{XML_HEAD}<image id="{owner}">\n{"".join(lines)}</image>\n{XML_FOOT}')


def file(call: "Webservice", picture: Picture, size: str) -> Answer:
    """The bytes of a picture, under the type that its content has."""
    names = [str(row["name"]) for row in image_types(call.catalogue)]
    if size and size not in names:
        raise ApiError(400, 58, did_you_mean("This image size does not exist", size, names))
    body = sized(call.catalogue, picture, size)
    if body is None or call.settings.pictures.get(picture.id) == "missing":
        raise ApiError(500, 61, "This image does not exist on disk")
    return Answer(200, body, content_type(body), call.headers(known=True))


#: Original or size by folders, then the two pretty forms (with or without the language).
FOLDERS = re.compile(r"/img/p/((?:\d/)+)(\d+)(?:-(\w+))?\.jpg")
PRETTY = re.compile(r"(?:/[a-z]{2})?/(\d+)(?:-([a-z_]+))?/[^/]+\.jpg")


def public_picture(path: str, catalogue: Catalogue, settings: ShopSettings) -> tuple[Picture, bytes, str] | None:
    """The picture that a public address means, its bytes and its tag; None where there is no such file."""
    match = FOLDERS.fullmatch(path)
    if match is not None:
        folders, image, size = match.groups()
        if folders.replace("/", "") != image:
            return None
    else:
        match = PRETTY.fullmatch(path)
        stored = catalogue.configuration()
        if match is None or settings.configured(stored, "PS_REWRITING_SETTINGS", "1") != "1":
            return None
        image, size = match.groups()
    picture = catalogue.pictures.get(int(image))
    if picture is None or settings.pictures.get(picture.id) == "missing":
        return None
    body = sized(catalogue, picture, size or "")
    if body is None:
        return None
    return picture, body, f'"{hashlib.sha1(body).hexdigest()[:16]}"'
