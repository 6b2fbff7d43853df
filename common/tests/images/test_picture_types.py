"""What a picture is, told by its first bytes."""

from __future__ import annotations

import io

import pytest
from gateway_importer.images.pictures import HEAD, file_name, picture_type
from gateway_importer.images.way import PictureFault
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features


@pytest.mark.parametrize(
    ("form", "extension"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif"), ("AVIF", "avif")]
)
def test_pictures_as_a_program_writes_them_are_known(form: str, extension: str) -> None:
    if form == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow writes no AVIF")
    written = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(written, form)
    type_ = picture_type(written.getvalue()[:HEAD])
    assert type_.extension == extension
    assert file_name("1021", type_) == f"1021.{extension}"


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"\xef\xbb\xbf\n<HTML>", "a page of HTML"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "an SVG drawing"),
        (b"<?xml version='1.0'?>", "a text in HTML or XML"),
        (b"BM\x00\x00", "BMP or TIFF"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"%PDF-1.7", "PDF"),
        (b"Fatal error", "a text"),
        (b"RIFF\x00\x00\x00\x00WAVE", "no picture in a known format|a text"),
        (b"\x00\xff\xfe", "no picture in a known format"),
    ],
)
def test_what_is_no_picture_is_called_by_its_name(start: bytes, said: str) -> None:
    with pytest.raises(PictureFault, match=said) as caught:
        picture_type(start)
    assert caught.value.code == "not_a_picture"
    assert not caught.value.again


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=HEAD))
def test_any_bytes_at_all_are_a_picture_or_a_fault(start: bytes) -> None:
    try:
        assert picture_type(start).content_type.startswith("image/")
    except PictureFault as fault:
        assert fault.code in {"not_a_picture", "picture_empty"}


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=100))
def test_any_key_makes_a_name_of_safe_characters(key: str) -> None:
    name = file_name(key, picture_type(b"\xff\xd8\xff"))
    assert name.endswith(".jpg") and name.isascii() and len(name) < 100
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert not name.startswith((".", "-"))
