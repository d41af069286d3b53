from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from conformance.compat.index import IndexedRelease, releases
from conformance.subjects.errors import SubjectError

FILES = {
    "acme_ffi-1.10-py3-none-any.whl": False,
    "acme_ffi-1.9-cp311-cp311-linux_x86_64.whl": "broken",
    "acme_ffi-1.9-cp312-cp312-linux_x86_64.whl": False,
    "acme_ffi-1.9.post1-py3-none-any.whl": "broken too",
    "acme_ffi-1.11rc1-py3-none-any.whl": False,
    "acme_ffi-0.1.tar.gz": False,
}


class Index(http.server.BaseHTTPRequestHandler):
    """Answers for one package in JSON, for another in HTML, and knows no third."""

    def do_GET(self) -> None:
        pages = {
            "/simple/acme-ffi/": json.dumps({"files": [{"filename": f, "yanked": y} for f, y in FILES.items()]}),
            "/simple/old/": "<html></html>",
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
@pytest.mark.parametrize(
    ("name", "message"), [("old", "is no JSON, which an index has to know"), ("nobody", "does not answer at .*404")]
)
def test_an_index_that_does_not_tell_is_said(name: str, message: str) -> None:
    with pytest.raises(SubjectError, match=message):
        releases(name)


def test_an_index_on_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "/srv/index")
    with pytest.raises(SubjectError, match="is no web address; set it to an index such as"):
        releases("acme")
