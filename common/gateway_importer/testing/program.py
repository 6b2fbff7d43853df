"""The real program as a child process, with its answers piped to its prompts, as `docker run -i` has it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its exit code (negative: the signal that killed it) and what it wrote."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Program:
    """A platform's program. `folders` are where its packages lie, `answers` what is typed, a line each."""

    module: str
    folders: Sequence[Path]
    answers: Sequence[str]
    environment: Mapping[str, str]

    def full_environment(self) -> dict[str, str]:
        # COVERAGE_…: what the program does in a test counts as covered.
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in {"PATH", "HOME", "TERM", "LANG", "COLUMNS"} or name.startswith("COVERAGE_")
        }
        paths = os.pathsep.join(str(path) for path in self.folders)
        return {**kept, "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1", **self.environment}

    async def start(self, *arguments: str, shown: bool = False) -> asyncio.subprocess.Process:
        """Start it with its answers given. `shown`: it writes to this process's own output."""
        pipe = None if shown else asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self.module, *arguments,
            stdin=asyncio.subprocess.PIPE, stdout=pipe, stderr=pipe, env=self.full_environment(),
        )  # fmt: skip
        if child.stdin is None:
            raise RuntimeError("the program has no standard input")
        child.stdin.write("".join(f"{answer}\n" for answer in self.answers).encode())
        child.stdin.close()
        return child

    async def run(
        self, *arguments: str, kill_when: Awaitable[None] | None = None, seen: Callable[[int], object] | None = None
    ) -> Ended:
        """Run it to its end; killed (SIGKILL) as soon as `kill_when` is done, if that comes first. `seen` is called
        with the process's id as soon as it has one."""
        child = await self.start(*arguments)
        if seen is not None:
            seen(child.pid)
        killer = None if kill_when is None else asyncio.ensure_future(_kill_after(child, kill_when))
        try:
            out, err = await child.communicate()
        finally:
            if killer is not None:
                killer.cancel()
                await asyncio.gather(killer, return_exceptions=True)
            await end(child)
        return Ended(child.returncode if child.returncode is not None else 0, out.decode(), err.decode())


async def end(child: asyncio.subprocess.Process) -> None:
    """No process outlives who started it."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        await child.wait()


async def _kill_after(child: asyncio.subprocess.Process, moment: Awaitable[None]) -> None:
    await moment
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(signal.SIGKILL)
