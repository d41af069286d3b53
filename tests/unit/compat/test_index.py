from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from conformance.compat.index import IndexedRelease, releases
from conformance.subjects.errors import SubjectError
from conformance.toolchain import process
from conformance.toolchain.process import Finished

FILES = {
    "acme_ffi-1.10-py3-none-any.whl": False,
    "acme_ffi-1.9-cp311-cp311-linux_x86_64.whl": "broken",
    "acme_ffi-1.9-cp312-cp312-linux_x86_64.whl": False,
    "acme_ffi-1.9.post1-py3-none-any.whl": "broken too",
    "acme_ffi-1.11rc1-py3-none-any.whl": False,
    "acme_ffi-0.1.tar.gz": False,
}


class Index(http.server.BaseHTTPRequestHandler):
    """Answers for two packages in JSON, for another in HTML, and knows no fourth."""

    def do_GET(self) -> None:
        pages = {
            "/simple/acme-ffi/": json.dumps({"files": [{"filename": f, "yanked": y} for f, y in FILES.items()]}),
            "/simple/old/": "<html></html>",
            "/simple/sources/": json.dumps({"files": [{"filename": "sources-1.0.tar.gz", "yanked": False}]}),
        }
        page = pages.get(self.path)
        self.send_response(200 if page else 404)
        self.end_headers()
        self.wfile.write((page or "").encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def _index(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple/")
        yield
        server.shutdown()


@pytest.mark.usefixtures("_index")
def test_releases_come_oldest_first_and_tell_which_were_yanked() -> None:
    assert releases("Acme_FFI") == (
        IndexedRelease("1.9", yanked=False),
        IndexedRelease("1.9.post1", yanked=True),
        IndexedRelease("1.10", yanked=False),
    )


@pytest.mark.usefixtures("_index")
def test_candidates_are_asked_for() -> None:
    assert [release.version for release in releases("acme-ffi", candidates=True)] == [
        "1.9",
        "1.9.post1",
        "1.10",
        "1.11rc1",
    ]


LISTED = """WARNING: pip index is currently an experimental command.
acme (1.10)
Available versions: 1.10, 1.9, 1.11rc1
"""


@pytest.mark.usefixtures("_index")
def test_an_index_that_does_not_speak_json_is_asked_by_pip_and_tells_nothing_of_yanked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = process.run
    monkeypatch.setattr(
        process, "run", lambda argv, **how: Finished(0, LISTED) if "versions" in argv else real(argv, **how)
    )
    assert releases("old") == (IndexedRelease("1.9", yanked=None), IndexedRelease("1.10", yanked=None))


@pytest.mark.usefixtures("_index")
def test_what_no_index_has_is_one_sentence() -> None:
    with pytest.raises(SubjectError, match=r"pip does not say which releases of nobody-has-this there are \(No match"):
        releases("nobody-has-this")


@pytest.mark.usefixtures("_index")
def test_a_distribution_without_wheels_is_one_sentence() -> None:
    with pytest.raises(SubjectError, match="has no release of sources with a wheel"):
        releases("sources")
