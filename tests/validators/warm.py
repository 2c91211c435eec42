"""Put the context of RO-Crate 1.1 into the cache of rocrate-validator, so that it validates without a network: warm.py CACHE.

The validator fetches the context of a crate from its address and keeps it; with `--offline` it asks its cache alone. The context lies beside
this file, byte for byte as the package rocrate 0.13.0 ships it (CC0).
"""

import io
import sys
from pathlib import Path
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from urllib3 import HTTPResponse

ADDRESS = "https://w3id.org/ro/crate/1.1/context"
CONTEXT = Path(__file__).parent / "ro-crate-1.1-context.jsonld"
# what the validator asks for: once to check the context, once to read the crate by it
ACCEPTED = ("application/ld+json, application/json", "application/ld+json, application/json, */*;q=0.1")


class _FromFile(HTTPAdapter):
    """Answers with the file in place of the network."""

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
        """Give the context."""
        body = io.BytesIO(CONTEXT.read_bytes())
        headers = {"Content-Type": "application/ld+json"}
        return self.build_response(request, HTTPResponse(body, headers, status=200, preload_content=False))


def main() -> None:
    """Ask for the context as the validator does, so that the answers are kept."""
    session = CachedSession(cache_name=sys.argv[1], backend="sqlite", expire_after=-1, allowable_methods=("GET",))
    session.mount(ADDRESS, _FromFile())
    for accepted in ACCEPTED:
        session.get(ADDRESS, headers={"Accept": accepted})


if __name__ == "__main__":
    main()
