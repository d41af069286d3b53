"""One worker and one set of compiled sides for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.transport.compiled.client import Worker

from .tiny import Tiny


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    with Worker() as made:
        yield made


@pytest.fixture(scope="session")
def tiny(worker: Worker, tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    return Tiny(worker, tmp_path_factory.mktemp("tiny"))
