"""Pictures made on the spot: small, real JPEG, PNG and WebP files that differ visibly and are the same in every run."""

import io
import random
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

SIDE = 240  # pixels

MAGIC_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


@dataclass(frozen=True)
class Picture:
    """One picture of a product."""

    id: int
    product: int
    label: str
    format: str
    position: int


def plain(label: str) -> str:
    """Without marks on its letters: the font that Pillow brings knows no Polish ones."""
    marked = unicodedata.normalize("NFKD", label.replace("ł", "l").replace("Ł", "L"))
    return "".join(letter for letter in marked if not unicodedata.combining(letter) and letter not in "„”")


def lines(label: str, width: int = 22) -> list[str]:
    """The label broken into lines that fit."""
    rows = [""]
    for word in label.split():
        if rows[-1] and len(rows[-1]) + 1 + len(word) > width:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
    return rows[:5]


def draw(picture: Picture) -> Image.Image:
    """A coloured shape with the product's name below it."""
    rng = random.Random(picture.id * 7919 + picture.product)
    ground = tuple(rng.randint(190, 255) for _ in range(3))
    ink = tuple(rng.randint(20, 160) for _ in range(3))
    image = Image.new("RGB", (SIDE, SIDE), ground)
    pen = ImageDraw.Draw(image)
    inset = 30 + 6 * (picture.position % 4)
    box = (inset, inset - 10, SIDE - inset, SIDE - inset - 50)
    match picture.id % 4:
        case 0:
            pen.ellipse(box, fill=ink)
        case 1:
            pen.rectangle(box, fill=ink)
        case 2:
            pen.regular_polygon(((SIDE // 2, SIDE // 2 - 25), 75 - 4 * (picture.position % 4)), 6, fill=ink)
        case _:
            pen.rounded_rectangle(box, 25, fill=ink)
    pen.text((10, 8), f"#{picture.id}", fill=ink)
    font = ImageFont.load_default(13)
    for number, line in enumerate(lines(plain(picture.label))):
        pen.text((10, SIDE - 62 + 15 * number), line, fill=(20, 20, 20), font=font)
    return image


@lru_cache(maxsize=4096)
def picture_bytes(picture: Picture) -> bytes:
    """The file as it lies in the shop."""
    return encoded(draw(picture), picture.format)


def encoded(image: Image.Image, kind: str) -> bytes:
    """A file of that format, with one setting for each so that every run gives the same bytes."""
    out = io.BytesIO()
    match kind:
        case "JPEG":
            image.save(out, "JPEG", quality=80)
        case "PNG":
            image.quantize(32).save(out, "PNG")
        case _:
            image.save(out, "WEBP", quality=75, method=0)
    return out.getvalue()


@lru_cache(maxsize=512)
def resized(original: bytes, width: int, height: int) -> bytes:
    """A size as PrestaShop makes it: a JPEG that fits into the box, with white around it."""
    with Image.open(io.BytesIO(original)) as image:
        small = image.convert("RGB")
        small.thumbnail((width, height))
    page = Image.new("RGB", (width, height), "white")
    page.paste(small, ((width - small.width) // 2, (height - small.height) // 2))
    return encoded(page, "JPEG")


def content_type(body: bytes) -> str:
    """What the first bytes of a file say it is."""
    if body.startswith(b"\x89PNG"):
        return MAGIC_TYPES["PNG"]
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return MAGIC_TYPES["WEBP"]
    if body.startswith(b"GIF8"):
        return "image/gif"
    return MAGIC_TYPES["JPEG"]
