"""One TLS service of tlslite-ng, as the lab serves it: port, folder, key, versions, suites, none|request|require."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from lab.devices.authority import new_authority
from lab.devices.certificate import CertificateParams
from lab.devices.kind import Site
from lab.devices.tls.params import TlsParams
from lab.devices.tls.tlslite_engine import serve_tlslite


async def main() -> None:
    """Serve until ended."""
    port, folder, key, versions, suites, client = sys.argv[1:]
    params = TlsParams.model_validate({
        "versions": versions.split(","), "suites": suites.split(","), "client_auth": client,
        "certificate": CertificateParams.model_validate({"key": key}),
    })  # fmt: skip
    site = Site("bench", "0.0.0.0", int(port), "tcp", Path(folder), new_authority(Path(folder)))
    running = serve_tlslite(params, site, lambda heard: b"HTTP/1.0 200 OK\r\n\r\n" if b"\r\n\r\n" in heard else None)
    try:
        await asyncio.Event().wait()
    finally:
        running.close()


if __name__ == "__main__":
    asyncio.run(main())
