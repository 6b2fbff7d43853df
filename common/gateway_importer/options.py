"""The settings that every platform shares. Each is here because a user needs it; each default works."""

from __future__ import annotations

from gateway_importer.settings import (
    Setting,
    address,
    deadline,
    flag,
    guid,
    how_many,
    listen,
    moment,
    number,
    one_of,
    pairs,
    path,
    signing_key,
    text,
    whole_number,
    words,
)

# --- the Gateway ---------------------------------------------------------------------------------------------

DEVELOPMENT_GATEWAY = "https://sma.dev.gwapi.eu"

TOKEN_SIGNING_KEY = Setting(
    "TOKEN_SIGNING_KEY", signing_key, "The shop's shared secret at the Gateway, base64-encoded.",
    question="Token signing key (base64):", secret=True, group="Gateway",
)  # fmt: skip
SHOP_GUID = Setting("SHOP_GUID", guid, "The shop's guid at the Gateway.", question="Shop guid:", group="Gateway")
GATEWAY_URL = Setting(
    "GATEWAY_URL", address, "The Gateway's base address.", default=DEVELOPMENT_GATEWAY, group="Gateway"
)
GATEWAY_CONCURRENCY = Setting(
    "GATEWAY_CONCURRENCY", whole_number(1, 256), "Requests at once at the Gateway.", default="16", group="Gateway"
)
GATEWAY_RATE = Setting(
    "GATEWAY_RATE", number("0.1", "10000"),
    "Requests a second that the Gateway allows; without it the pace is found from its refusals.", group="Gateway",
)  # fmt: skip
STORE_CONCURRENCY = Setting(
    "STORE_CONCURRENCY", whole_number(1, 256), "Pictures on their way to the object store at once.",
    default="16", group="Gateway",
)  # fmt: skip
UPDATE = Setting(
    "UPDATE", one_of("put", "replace"),
    "How a product is changed: 'put' changes it; 'replace' creates it anew and deletes the old one, for a "
    "Gateway without the route to change.", default="put", group="Gateway", choices=("put", "replace"),
)  # fmt: skip
ARCHIVE = Setting(
    "ARCHIVE", one_of("put", "delete"), "How a product is archived: marked as archived, or deleted.",
    default="put", group="Gateway", choices=("put", "delete"),
)  # fmt: skip
SETTLE_SECONDS = Setting(
    "SETTLE_SECONDS", number("0", "3600"),
    "How long a request whose answer was lost may still be carried out; only then 'it is not there' is believed.",
    default="60", group="Gateway",
)  # fmt: skip
INDEX_SECONDS = Setting(
    "INDEX_SECONDS", number("0", "3600"), "How long the Gateway's query may lag behind what was written.",
    default="60", group="Gateway",
)  # fmt: skip

# --- what is imported, and how ---------------------------------------------------------------------------------

LANGUAGE = Setting(
    "LANGUAGE", text, "Language of names and texts, as the shop calls it (pl, en, …); else the shop's default."
)
PRICE = Setting(
    "PRICE", one_of("regular", "reduced"), "Which price is imported: before a reduction, or what is paid today.",
    default="regular", choices=("regular", "reduced"),
)  # fmt: skip
NET_DECIMALS = Setting(
    "NET_DECIMALS", one_of("exact", "2"),
    "Decimals of the net amount: 'exact' gives back the shop's gross to the grosz; '2' rounds.",
    default="exact", choices=("exact", "2"),
)  # fmt: skip
VAT_MAP = Setting(
    "VAT_MAP", pairs,
    "VAT that has no class at the Gateway, e.g. exempt=VAT0,none=VAT0,7=VAT8 ('none': no tax rule at all).",
)  # fmt: skip
CURRENCY_RATES = Setting(
    "CURRENCY_RATES", pairs, "Your own rates for prices in other currencies, e.g. EUR=4.31; else they fail."
)
DESCRIPTION = Setting(
    "DESCRIPTION", one_of("html", "text"), "Descriptions as safe HTML, or as plain text.", default="html",
    choices=("html", "text"),
)  # fmt: skip
IMAGES = Setting(
    "IMAGES", one_of("uploads", "downloads", "s3", "hotlink", "none"),
    "How pictures reach the Gateway: streamed to its upload forms, fetched by the Gateway, put into a bucket of "
    "your own, linked at the shop, or not at all.",
    default="uploads", choices=("uploads", "downloads", "s3", "hotlink", "none"),
)  # fmt: skip
REQUIRE_IMAGE = Setting("REQUIRE_IMAGE", flag, "A product without any picture that can be had fails.", default="no")
IMAGE_BYTES = Setting(
    "IMAGE_BYTES", whole_number(1000, 1_000_000_000), "The largest picture, in bytes.", default="20000000"
)
S3_BUCKET = Setting("S3_BUCKET", text, "Bucket for IMAGES=s3 (credentials by AWS's usual chain).", group="S3")
S3_PREFIX = Setting("S3_PREFIX", str.strip, "Prefix of the keys in the bucket.", default="", group="S3")
S3_PUBLIC_URL = Setting("S3_PUBLIC_URL", address, "Public base address of the bucket's content.", group="S3")
S3_ENDPOINT = Setting("S3_ENDPOINT", address, "Another S3 service than AWS's.", group="S3")
CATEGORY_MAP = Setting(
    "CATEGORY_MAP", path, "The mapping file (CSV); else categories.csv in the shop's state folder, if it is there."
)
IMPORT_PRICE_ZERO = Setting("IMPORT_PRICE_ZERO", flag, "Import products of price 0.", default="no")
IMPORT_VIRTUAL = Setting("IMPORT_VIRTUAL", flag, "Import virtual and downloadable goods.", default="no")
IMPORT_BUNDLES = Setting(
    "IMPORT_BUNDLES", flag, "Import bundles, sets and packs with a price of their own, as simple products.",
    default="no",
)  # fmt: skip
IMPORT_NOT_ORDERABLE = Setting(
    "IMPORT_NOT_ORDERABLE", flag, "Import what is shown but cannot be ordered, as not for sale.", default="no"
)
BACKORDERS = Setting(
    "BACKORDERS", one_of("counted", "unlimited"),
    "Stock of goods that are sold beyond it: as counted, or 100001.", default="counted",
    choices=("counted", "unlimited"),
)  # fmt: skip
BAD_VARIANTS = Setting(
    "BAD_VARIANTS", one_of("fail", "leave-out"),
    "A product with a variant that cannot be represented fails, or comes in without that variant.",
    default="fail", choices=("fail", "leave-out"),
)  # fmt: skip
PRICE_DIFFERENCE = Setting(
    "PRICE_DIFFERENCE", one_of("warn", "fail"),
    "The shop's own price and our computation of it differ: imported with a warning, or failed.",
    default="warn", choices=("warn", "fail"),
)  # fmt: skip
GONE = Setting(
    "GONE", one_of("archive", "not-for-sale"),
    "What was imported and is now switched off or hidden: archived, or kept as not for sale.",
    default="archive", choices=("archive", "not-for-sale"),
)  # fmt: skip
KEEP = Setting("KEEP", words, "Fields that are never overwritten once they are at the Gateway, e.g. name,desc,images.")
OVERWRITE = Setting(
    "OVERWRITE", one_of("changed", "always"),
    "'changed' sends what changed at the shop and keeps edits made at the Gateway; 'always' makes the Gateway "
    "equal to the shop.", default="changed", choices=("changed", "always"),
)  # fmt: skip
SKU_FORM = Setting(
    "SKU_FORM", one_of("plain", "ids"),
    "'plain': the merchant's own SKU; 'ids': product;variant;sku, as older importers sent it.",
    default="plain", choices=("plain", "ids"),
)  # fmt: skip
NOW = Setting("NOW", moment, "The moment that counts as now, for prices with dates (for proofs over recordings).")

# --- the run ---------------------------------------------------------------------------------------------------

STATE_FOLDER = Setting(
    "STATE_FOLDER", path, "Where ledgers and reports are kept, one folder a shop.", default="state", group="Run"
)
REPORT_FOLDER = Setting(
    "REPORT_FOLDER", path, "Where report.html and report.json go; else the shop's state folder.", group="Run"
)
SHOP_CONCURRENCY = Setting(
    "SHOP_CONCURRENCY", whole_number(1, 64), "Pages read at once at the shop.", default="4", group="Run"
)
IMAGE_CONCURRENCY = Setting(
    "IMAGE_CONCURRENCY", whole_number(1, 64), "Pictures read at once at the shop.", default="8", group="Run"
)
SHOP_RATE = Setting("SHOP_RATE", number("0.1", "10000"), "Requests a second that the shop allows.", group="Run")
TRUST_DATES = Setting(
    "TRUST_DATES", flag,
    "Read only what the shop's change dates, stock and special prices show to have changed since the last run.",
    default="no", group="Run",
)  # fmt: skip
FULL_DAYS = Setting(
    "FULL_DAYS", whole_number(1, 365), "With TRUST_DATES: days after which everything is read and compared again.",
    default="7", group="Run",
)  # fmt: skip
READ_BACK = Setting(
    "READ_BACK", number("0", "100"),
    "Percent of the products that each run reads back from the Gateway and holds against what was sent.",
    default="1", group="Run",
)  # fmt: skip
VERIFY_PRODUCTS = Setting(
    "VERIFY_PRODUCTS", how_many, "How many products `verify` holds against their public pages; 'all' for every one.",
    default="20", group="Run",
)  # fmt: skip
ARCHIVE_MANY = Setting(
    "ARCHIVE_MANY", flag,
    "Archive even where more than 20 % of the shop's products (and more than five) have vanished. For one run.",
    default="no", group="Run",
)  # fmt: skip
ACCEPT_CHANGE = Setting(
    "ACCEPT_CHANGE", flag,
    "Let the ledger go over to another language, kind of price, shop of a multistore or address. For one run.",
    default="no", group="Run",
)  # fmt: skip
ALLOW_PRIVATE_ADDRESSES = Setting(
    "ALLOW_PRIVATE_ADDRESSES", flag,
    "Let addresses that the shop's answers point to lead into private networks.", default="no", group="Run",
)  # fmt: skip
CONTACT = Setting(
    "CONTACT", text, "How a merchant who reads his log can reach you; part of the User-Agent.",
    default="ask the marketplace's integration team", group="Run",
)  # fmt: skip
TRIES = Setting("TRIES", whole_number(1, 20), "Tries of what can be tried again.", default="5", group="Run")
FIRST_PAUSE = Setting(
    "FIRST_PAUSE", number("0", "60"), "Seconds before the second try; each further pause is twice as long.",
    default="0.5", group="Run",
)  # fmt: skip
PATIENCE = Setting(
    "PATIENCE", number("0", "86400"),
    "Seconds that the run waits for a side that has gone down in the middle of it.", default="900", group="Run",
)  # fmt: skip
LOG_LEVEL = Setting(
    "LOG_LEVEL", one_of("debug", "info", "warning", "error"), "What is logged to standard error.",
    default="warning", choices=("debug", "info", "warning", "error"), group="Run",
)  # fmt: skip

LOG_FORMAT = Setting(
    "LOG_FORMAT", one_of("text", "json"),
    "What goes to standard error: text for people, or one JSON object a line, progress included.",
    default="text", choices=("text", "json"), group="Run",
)  # fmt: skip
METRICS_LISTEN = Setting(
    "METRICS_LISTEN", listen, "Where Prometheus may scrape while a run goes on: 9464 on this machine, or 0.0.0.0:9464.",
    group="Run",
)  # fmt: skip
METRICS_FILE = Setting(
    "METRICS_FILE", path, "File into which a run's metrics are written at its end (for a textfile collector).",
    group="Run",
)  # fmt: skip
DEADLINE = Setting(
    "DEADLINE", deadline,
    "End tidily after that long (4h, 90m) or at that moment (2026-11-25T05:30+01:00); the next run goes on from there.",
    group="Run",
)  # fmt: skip

GATEWAY_QUESTIONS = (TOKEN_SIGNING_KEY, SHOP_GUID)

OPTIONS = (
    GATEWAY_URL, GATEWAY_CONCURRENCY, GATEWAY_RATE, STORE_CONCURRENCY, UPDATE, ARCHIVE, SETTLE_SECONDS,
    INDEX_SECONDS, LANGUAGE, PRICE, NET_DECIMALS, VAT_MAP, CURRENCY_RATES, DESCRIPTION, IMAGES, REQUIRE_IMAGE,
    IMAGE_BYTES, S3_BUCKET, S3_PREFIX, S3_PUBLIC_URL, S3_ENDPOINT, CATEGORY_MAP, IMPORT_PRICE_ZERO,
    IMPORT_VIRTUAL, IMPORT_BUNDLES, IMPORT_NOT_ORDERABLE, BACKORDERS, BAD_VARIANTS, PRICE_DIFFERENCE, GONE, KEEP,
    OVERWRITE, SKU_FORM, NOW, STATE_FOLDER, REPORT_FOLDER, SHOP_CONCURRENCY, IMAGE_CONCURRENCY, SHOP_RATE,
    TRUST_DATES, FULL_DAYS, READ_BACK, VERIFY_PRODUCTS, ARCHIVE_MANY, ACCEPT_CHANGE,
    ALLOW_PRIVATE_ADDRESSES, CONTACT, TRIES, FIRST_PAUSE, PATIENCE, LOG_LEVEL, LOG_FORMAT, METRICS_LISTEN,
    METRICS_FILE, DEADLINE,
)  # fmt: skip
