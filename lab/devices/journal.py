"""What devices of ours noticed, in the lab's own log: one line of JSON each, so that tests can prove what was sent."""

from __future__ import annotations

import json
import logging

from lab.devices.kind import Site

LOGGER = "lab.journal"
LONGEST_TEXT = 2000

log = logging.getLogger(LOGGER)


def note(site: Site, event: str, **details: str | int | bool) -> None:
    """Note an event at a service; texts are cut, and escaped by JSON, so that no client can forge a line."""
    kept = {key: value[:LONGEST_TEXT] if isinstance(value, str) else value for key, value in details.items()}
    place = {"host": site.host, "address": site.address, "port": site.port}
    log.info("%s", json.dumps({"event": event, **place, **kept}, sort_keys=True))
