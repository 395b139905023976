"""Names with several addresses, and names that move, as the C library looks them up."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shlex import quote

import orjson
import pytest
from tests.faults.privileges import with_mounts
from tests.support.black_hole import black_hole
from tests.support.certificates import Authority
from tests.support.tcp_server import Farm, Request, answer, answering, saying

SUPPORT = Path(__file__).parents[1] / "support"
PROBER, SENDER = SUPPORT / "prober_process.py", SUPPORT / "sender_process.py"
SOURCE = Path(__file__).parents[2] / "src"
FIRST, SECOND = "127.0.9.1", "127.0.9.2"
NAME = "two.faults.test"


@pytest.fixture
async def farm() -> AsyncIterator[Farm]:
    """Servers for one test."""
    farm = Farm()
    yield farm
    await farm.stop()


class Names:
    """The file that stands for /etc/hosts in the processes of one test."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "hosts"
        self.point_to()

    def point_to(self, *addresses: str) -> None:
        """Give the name these addresses from now on."""
        lines = ["127.0.0.1 localhost", *(f"{address} {NAME}" for address in addresses)]
        self.file.write_text("".join(f"{line}\n" for line in lines))

    @asynccontextmanager
    async def prober(self, *arguments: str, program: Path = PROBER, **environ: str) -> AsyncIterator[Process]:
        """Start a prober, or another program, that sees these names, with a timeout of two seconds."""
        process = await asyncio.create_subprocess_exec(
            *with_mounts(f"mount --bind {quote(str(self.file))} /etc/hosts"),
            *(sys.executable, str(program), "2", *arguments),
            env={**os.environ, "PYTHONPATH": str(SOURCE), **environ},
            stdin=PIPE,
            stdout=PIPE,
        )
        yield process
        assert process.stdin
        process.stdin.close()
        assert await process.wait() == 0


async def probed(process: Process, url: str) -> str:
    """Return the result of a probe."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{url}\n".encode())
    return (await process.stdout.readline()).decode().strip()


async def test_a_name_that_moves(farm: Farm, tmp_path: Path) -> None:
    """A kept connection is used while its name stays where it is, and not once after it has moved."""
    names = Names(tmp_path)
    old = await farm.serve(answering(lambda _: answer()), host=FIRST)
    new = await farm.serve(answering(lambda _: answer(b"", "503 Elsewhere")), host=SECOND, port=old.port)
    names.point_to(FIRST)
    async with names.prober() as process:
        url = f"http://{NAME}:{old.port}/"
        assert [await probed(process, url) for _ in range(3)] == ["200"] * 3
        assert (old.connections, new.connections) == (1, 0)
        names.point_to(SECOND)
        assert [await probed(process, url) for _ in range(2)] == ["503"] * 2
        names.point_to()
        assert await probed(process, url) == f"dns: no such host: {NAME}"


async def test_a_black_hole_first(farm: Farm, tmp_path: Path) -> None:
    """Where a name's first address drops all connections the second is tried, within one attempt."""
    names, authority = Names(tmp_path), Authority(tmp_path)
    names.point_to(FIRST, SECOND)
    plain = await farm.serve(answering(lambda _: answer()), host=SECOND)
    secure = await farm.serve(answering(lambda _: answer()), authority.server(NAME), SECOND)
    urls = [f"http://{NAME}:{plain.port}/", f"https://{NAME}:{secure.port}/"]
    redirects = [await farm.serve(saying(redirect(url))) for url in urls]
    with black_hole(FIRST, plain.port), black_hole(FIRST, secure.port):
        async with names.prober(SSL_CERT_FILE=str(authority.certificate)) as process:
            for url in (*urls, *(site.url for site in redirects)):
                assert await probed(process, url) == "200", url


async def test_a_black_hole_before_a_login(farm: Farm, tmp_path: Path) -> None:
    """A login's name may have such a first address, too."""
    names = Names(tmp_path)
    names.point_to(FIRST, SECOND)
    site = await farm.serve(answering(log_in), host=SECOND)
    with black_hole(FIRST, site.port):
        async with names.prober(f"http://{NAME}:{site.port}/login", "me", "secret") as process:
            assert await probed(process, f"http://{SECOND}:{site.port}/") == "200"


async def test_black_holes_alone(tmp_path: Path) -> None:
    """Where no address takes a connection the result says so."""
    names = Names(tmp_path)
    names.point_to(FIRST, SECOND)
    with black_hole(FIRST) as port, black_hole(SECOND, port):
        async with names.prober() as process:
            assert await probed(process, f"http://{NAME}:{port}/") == "timeout: connection timed out"


async def test_a_black_hole_before_a_service(farm: Farm, tmp_path: Path) -> None:
    """The server of a channel may have such a first address, too; black holes alone are a failure."""
    names = Names(tmp_path)
    names.point_to(FIRST, SECOND)
    site = await farm.serve(answering(lambda _: answer()), host=SECOND)
    with black_hole(FIRST, site.port), black_hole(FIRST) as port, black_hole(SECOND, port):
        async with names.prober(program=SENDER) as process:
            assert await probed(process, f"http://{NAME}:{site.port}/") == "200"
            assert await probed(process, f"http://{NAME}:{port}/") == "Service: no response within 2 s"


def redirect(location: str) -> bytes:
    """Return a redirect."""
    return answer(b"", "302 Found", f"Location: {location}")


def log_in(request: Request) -> bytes:
    """Give a token to whoever logs in, and a page to whoever shows it."""
    if request.line.startswith("POST"):
        return answer(orjson.dumps({"auth_token": "abcdefgh"}))
    return answer() if request.headers.get("authorization") == "abcdefgh" else answer(b"", "401 No")
