"""Opens the source of one shop from the answers of a platform that reads feeds and tables."""

from __future__ import annotations

from collections.abc import Callable

from gateway_importer.errors import InputError
from gateway_importer.http import Http, Limits
from gateway_importer.options import FIRST_PAUSE, IMAGE_BYTES, IMAGE_CONCURRENCY, PATIENCE, SHOP_RATE, TRIES
from gateway_importer.platform import OwnCommand, Platform
from gateway_importer.settings import Values
from gateway_importer.source import Source

from feeds_family.choices import Choices
from feeds_family.drafting import HELP, write_drafts
from feeds_family.fetching import Fetching, Login
from feeds_family.pictures import PictureFolder
from feeds_family.places import Address, OnServer
from feeds_family.profile import FAMILY, Profile
from feeds_family.settings import OPTIONS, SFTP_HOST_KEY, SFTP_KEY_FILE
from feeds_family.source import FeedSource
from feeds_family.store import Store

AT_ONCE = 2  # files; no server of feeds is asked for more


def source_of(profile: Profile) -> Callable[[Values, Http], Source]:
    """What makes the source from the answers; nothing is asked yet."""

    def open_source(values: Values, http: Http) -> Source:
        choices = Choices(values, profile.questions, profile.ready)
        pictures = Limits(
            concurrency=values[IMAGE_CONCURRENCY],
            attempts=values[TRIES],
            first_pause=values[FIRST_PAUSE],
            patience=values[PATIENCE],
            max_body=values[IMAGE_BYTES],
        )
        store = Store(choices.folder)
        fetching = _fetching(profile, choices, values, http, store)
        return FeedSource(profile, values, fetching, PictureFolder(http, pictures), store, choices)

    return open_source


def _fetching(profile: Profile, choices: Choices, values: Values, http: Http, store: Store) -> Fetching:
    asked = profile.questions
    login = Login(
        values.get(asked.login) or "",
        values.get(asked.password) or "",
        values.get(SFTP_KEY_FILE),
        values.get(SFTP_HOST_KEY) or "",
    )
    places = (choices.places.first, choices.places.second)
    servers = sorted({one.server for one in places if isinstance(one, Address | OnServer)})
    if login.user and len(servers) > 1:
        raise InputError(
            f"{asked.login.name} would be sent to two servers: {' and '.join(servers)}.",
            "Give both files at one server, or one of them as a file.",
        )
    files = Limits(
        concurrency=AT_ONCE,
        per_second=values.get(SHOP_RATE),
        first_pause=values[FIRST_PAUSE],
        patience=values[PATIENCE],
    )
    return Fetching(http, store, files, login, tries=values[TRIES], first_pause=values[FIRST_PAUSE])


def _columns(profile: Profile) -> OwnCommand:
    async def run(values: Values, http: Http) -> str:
        choices = Choices(values, profile.questions, profile.ready)
        store = Store(choices.folder)
        return await write_drafts(choices, _fetching(profile, choices, values, http, store), store)

    return OwnCommand("columns", HELP, run)


def platform_of(name: str, profile: Profile) -> Platform:
    """The platform that a profile is."""
    return Platform(
        name=name,
        title=profile.title,
        family=FAMILY,
        questions=profile.questions.all,
        settings=OPTIONS,
        open_source=source_of(profile),
        commands=(_columns(profile),),
    )
