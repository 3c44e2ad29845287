"""The evidence of failures in an S3-compatible bucket, read with the dashboard's own key, never by the bucket's links.

Decided here: that only keys below the folder of a task are read. Names, kinds and what is shown inline: evidence.py.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sincro_contract.evidence import BucketUnusable, EvidenceBucket, read_secret
from sincro_dashboard.evidence import MOST_ATTEMPTS, attempt_and_file, is_file_name, is_task, media_type_of

_MOST_FILES = 500
_CHUNK = 1024 * 1024


class BucketUnavailable(Exception):
    """The bucket cannot be read now, or not with this key. The text says why, without the key."""


@dataclass(frozen=True, slots=True)
class BucketFile:
    """An object that may be sent."""

    name: str
    size: int
    media_type: str
    inline: bool
    """False: as a download."""
    chunks: AsyncIterator[bytes]


class BucketEvidence:
    """Reads one bucket. `secret`: the folder where its Secret is mounted, read anew when it is asked."""

    def __init__(self, bucket: EvidenceBucket, secret: Path) -> None:
        self._bucket = bucket
        self._secret = secret

    async def list(self, namespace: str, task: str) -> list[tuple[str, int]]:
        """Names such as `2/screenshot.png` and sizes in bytes, by attempt. Raises BucketUnavailable."""
        from obstore import list as list_objects

        home = self._home(namespace, task)
        if home is None:
            return []
        found: list[tuple[int, str, int]] = []
        with _said():
            async for part in list_objects(self._store(), prefix=f"{home}/"):
                for each in part:
                    path = PurePosixPath(each["path"])
                    # The client may leave out empty parts of a key: what is not exactly below the folder is not ours.
                    if len(path.parts) != len(PurePosixPath(home).parts) + 2 or str(path.parent.parent) != home:
                        continue
                    attempt = path.parent.name
                    if attempt.isdigit() and 1 <= int(attempt) <= MOST_ATTEMPTS and is_file_name(path.name):
                        found.append((int(attempt), path.name, each["size"]))
                if len(found) >= _MOST_FILES:
                    break
        return [(f"{attempt}/{name}", size) for attempt, name, size in sorted(found)[:_MOST_FILES]]

    async def open(self, namespace: str, task: str, name: str) -> BucketFile | None:
        """The file under a name such as `2/screenshot.png`; None when there is none. Raises BucketUnavailable."""
        from obstore import get_async
        from obstore.exceptions import NotFoundError

        home, wanted = self._home(namespace, task), attempt_and_file(name)
        if home is None or wanted is None:
            return None
        attempt, file = wanted
        with _said():
            try:
                got = await get_async(self._store(), f"{home}/{attempt}/{file}")
            except (NotFoundError, FileNotFoundError):
                return None
        media_type = media_type_of(file)
        inline = media_type is not None
        size = got.meta["size"]
        return BucketFile(file, size, media_type or "application/octet-stream", inline, _chunks(got))

    def _home(self, namespace: str, task: str) -> str | None:
        """The key below which the attempts of a task lie; None for names that are no names."""
        return self._bucket.folder(namespace, task, 1).rpartition("/")[0] if is_task(namespace, task) else None

    def _store(self) -> Any:
        from obstore.store import S3Store

        try:
            return S3Store(self._bucket.bucket, **self._bucket.client_arguments(read_secret(self._secret)))
        except (BucketUnusable, OSError, UnicodeDecodeError) as error:
            raise BucketUnavailable(str(error)) from None


async def _chunks(got: Any) -> AsyncIterator[bytes]:
    async for chunk in got.stream(min_chunk_size=_CHUNK):
        yield bytes(chunk)


@contextmanager
def _said() -> Iterator[None]:
    """Turns the client's errors into BucketUnavailable."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError) as error:
        first = (str(error) or type(error).__name__).splitlines()[0]
        raise BucketUnavailable(f"the bucket of evidence cannot be read: {first[:300]}") from None
