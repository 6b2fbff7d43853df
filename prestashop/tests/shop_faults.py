"""How answers go wrong on their way: firewalls, hosters, broken connections, and pictures that are none."""

import asyncio
from collections.abc import Mapping

from aiohttp import web
from shop_answers import JSON, Answer, html
from shop_settings import Fault, ShopSettings

PAGE_404 = "<!DOCTYPE HTML><html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>"
PAGES = {
    403: ("403 Forbidden", "Access denied by the web application firewall. Ray ID: 8a3b"),
    429: ("429 Too Many Requests", "You are being rate limited."),
    503: ("503 Service Unavailable", "The server is temporarily busy, try again later!"),
    508: ("508 Resource Limit Is Reached", "The website is temporarily unable to service your request."),
}
NOISE = (
    b"<br />\n<b>Warning</b>:  Undefined variable $x in "
    b"<b>/srv/shop/modules/badges/badges.php</b> on line <b>7</b><br />\n"
)
CHUNK = 64 * 1024


def waf_page(fault: Fault) -> Answer:
    """What somebody between shop and client answers in its stead."""
    if fault.kind == "empty":
        return Answer(200, b"", "text/html; charset=utf-8")
    if fault.kind == "nothing":
        return Answer(200, b"[]", JSON)
    title, text = PAGES.get(fault.status, (f"{fault.status} Error", "Something went wrong."))
    if fault.kind == "html":
        title, text = "Sklep", "Zapraszamy do sklepu!"
    answer = html(
        fault.status if fault.kind == "status" else 200,
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>",
    )
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = fault.retry_after
    return answer


def storefront(path: str, settings: ShopSettings) -> Answer:
    """The pages for customers, as far as anybody looks at them here."""
    if settings.maintenance:
        return html(503, "<html><body><h1>Wkrótce wrócimy</h1></body></html>", Retry_After="3600")
    if path in ("", "/", "/index.php"):
        return html(200, '<!doctype html><html lang="pl"><body>Sklep</body></html>')
    return html(404, PAGE_404)


async def damaged(request: web.Request, answer: Answer, fault: Fault) -> web.StreamResponse:
    """An answer after the fault has had its way with it."""
    body = b"" if request.method == "HEAD" else answer.body
    kind = answer.content_type or "none/none"
    match fault.kind:
        case "slow":
            await asyncio.sleep(fault.delay)
        case "reset":
            return hang_up(request)
        case "cut":
            return await cut(request, answer.status, body, dict(answer.headers) | {"Content-Type": kind})
        case "truncated":
            body = body[: len(body) // 2]
        case "bom":
            body = b"\xef\xbb\xbf" + body
        case "noise":
            body, kind = NOISE + body, "application/javascript"
    return web.Response(status=answer.status, body=body, headers=dict(answer.headers) | {"Content-Type": kind})


def hang_up(request: web.Request) -> web.StreamResponse:
    """Closes the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def cut(request: web.Request, status: int, body: bytes, headers: Mapping[str, str]) -> web.StreamResponse:
    """Announces the whole body, sends half and hangs up."""
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def send_picture(
    request: web.Request,
    body: bytes,
    headers: dict[str, str],
    settings: ShopSettings,
    id_image: int,
    fault: Fault | None,
) -> web.StreamResponse:
    """A picture's bytes, or what the settings make of them."""
    if settings.picture_delay:
        await asyncio.sleep(settings.picture_delay)
    if fault is not None:
        return await damaged(request, Answer(200, body, headers.pop("Content-Type"), headers), fault)
    if request.method == "HEAD":
        return web.Response(headers=headers)
    kind = settings.pictures.get(id_image)
    match kind:
        case "empty":
            body = b""
        case "html":
            body = b"<html><body>Nie znaleziono strony</body></html>"
            headers = headers | {"Content-Type": "text/html; charset=utf-8"}
        case "text":
            body = b"This is not a picture, whatever its type says.\n"
            headers = headers | {"Content-Type": "image/jpeg"}
        case "wrong-type":
            headers = headers | {"Content-Type": "application/octet-stream"}
        case "huge" | "huge-undeclared":
            return await huge(request, body, headers, settings.huge_bytes, declared=kind == "huge")
        case "truncated":
            return await cut(request, 200, body, headers)
        case "chunked" | "slow":
            pause = settings.picture_pause if kind == "slow" else 0.0
            return await in_pieces(request, body, headers, pause)
    return web.Response(body=body, headers=headers)


async def huge(
    request: web.Request, body: bytes, headers: dict[str, str], size: int, *, declared: bool
) -> web.StreamResponse:
    """A picture that goes on and on."""
    response = web.StreamResponse(headers=headers)
    if declared:
        response.content_length = size
    await response.prepare(request)
    await response.write(body)
    left = size - len(body)
    try:
        while left > 0:
            await response.write(bytes(min(left, CHUNK)))
            left -= CHUNK
        await response.write_eof()
    except ConnectionError:
        # Whoever has a limit hangs up before the end.
        return response
    return response


async def in_pieces(request: web.Request, body: bytes, headers: dict[str, str], pause: float) -> web.StreamResponse:
    """A picture without Content-Length, with a pause after its first byte."""
    response = web.StreamResponse(headers=headers)
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(body[:1])
    await asyncio.sleep(pause)
    await response.write(body[1:])
    await response.write_eof()
    return response
