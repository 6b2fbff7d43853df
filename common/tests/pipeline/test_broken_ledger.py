"""A ledger that cannot be written, or that is damaged: a clear error with its cure, and nothing posted that could
double. The next run with a whole ledger, or with none, brings in what is missing."""

from __future__ import annotations

import os
import random
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gateway_importer.errors import LedgerError
from gateway_importer.ledger.store import FILE
from gateway_importer.sandbox import DEMO_SHOP_GUID
from import_runs import World
from made_up_shop import grouped, simple

PRODUCTS = 60


def filled(world: World, count: int = PRODUCTS) -> None:
    text = "<p>" + "Opis " * 200 + "</p>"
    world.shop.put(*(simple(number, description=text, shows=[f"p{number}"]) for number in range(1, count)))
    world.shop.put(grouped(count))


def ledger_file(world: World) -> Path:
    return world.folder / DEMO_SHOP_GUID / FILE


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file of this process grows above `size` bytes: SQLite meets that as a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [60_000, 260_000])
async def test_a_disk_that_fills_up_ends_the_run_and_the_next_one_doubles_nothing(world: World, room: int) -> None:
    filled(world)
    with full_disk(room):
        try:
            run = await world.run()
            error: object = run.error
        except LedgerError as refused:
            error = refused
    assert isinstance(error, LedgerError), error
    assert "space" in error.to_do and "move" not in error.to_do
    before = len(world.objects())
    again = await world.run()
    assert again.error is None and "failed" not in again.counts
    assert len(world.by_sku(archived=None)) == PRODUCTS + 1 >= before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for 16 MiB; only who may mount one can have it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
@pytest.mark.parametrize("room", [0, 40_000, 400_000])
async def test_a_file_system_without_room_ends_the_run_and_with_room_again_nothing_is_doubled(
    world: World, small_disk: Path, room: int
) -> None:
    """A real file system that is full, for whatever else fills it: the ledger, its log, pictures on their way."""
    filled(world)
    world.folder = small_disk
    ballast = small_disk / "somebody else's"
    free = os.statvfs(small_disk)
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - room))
    try:
        error: object = (await world.run()).error
    except LedgerError as refused:
        error = refused
    assert isinstance(error, LedgerError), error
    assert "space" in error.to_do and "move" not in error.to_do
    ballast.unlink()
    again = await world.run()
    assert again.error is None and "failed" not in again.counts
    assert len(world.by_sku(archived=None)) == PRODUCTS + 1


async def test_a_ledger_that_may_only_be_read_is_refused_before_anything_is_posted(world: World) -> None:
    filled(world, 5)
    await world.run()
    # As root every file may be written; a database that says of itself that it is read-only is refused to anybody.
    with sqlite3.connect(ledger_file(world)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    raw = bytearray(ledger_file(world).read_bytes())
    raw[18] = 3  # the file format's write version: newer than any, so it may only be read
    ledger_file(world).write_bytes(bytes(raw))
    world.shop.put(simple(9))
    world.sandbox.reset_log()
    with pytest.raises(LedgerError) as refused:
        await world.run()
    assert "writable" in refused.value.to_do and world.writes() == []


@pytest.mark.parametrize("seed", range(3))
async def test_overwritten_pages_are_noticed_or_do_no_harm(world: World, seed: int) -> None:
    """Pages of garbage anywhere in the file: the run refuses the ledger, or ends with an error, and none of its objects
    is made twice; with the ledger moved away all is as it should be."""
    filled(world)
    await world.run()
    rng = random.Random(seed)
    raw = bytearray(ledger_file(world).read_bytes())
    pages = len(raw) // 4096
    for _ in range(2):
        start = rng.randrange(1, pages) * 4096
        raw[start : start + 4096] = rng.randbytes(4096)
    ledger_file(world).write_bytes(bytes(raw))
    for suffix in ("-wal", "-shm"):
        Path(f"{ledger_file(world)}{suffix}").unlink(missing_ok=True)
    world.sandbox.reset_log()
    try:
        error: object = (await world.run()).error
    except LedgerError as refused:
        error = refused
    assert error is None or (isinstance(error, LedgerError) and "backup" in error.to_do), error
    assert len(world.skus(archived=None)) == PRODUCTS + 1 and not world.posts()
    ledger_file(world).rename(ledger_file(world).with_suffix(".bad"))
    run = await world.run()
    assert run.error is None and run.counts == {"unchanged": PRODUCTS}
    assert len(world.by_sku(archived=None)) == PRODUCTS + 1
