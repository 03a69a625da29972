"""Synthetic open host: every TCP port takes the connection and says nothing, as behind a SYN proxy or a tarpit wall.

One silent service answers; nftables leads all other ports of its address to it. So a scenario names one port of its
choice, and the host has all 65,535. Needs nft.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.open_everywhere.redirect import redirect_rules
from lab.devices.silent import SilentParams
from lab.devices.silent import serve as serve_silence
from lab.nft import load_rules


class OpenEverywhereParams(KindParams):
    """Which ports are left out."""

    except_ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = Field(
        (), examples=[[22, 443]], description="ports of the host's other services, which keep their own answer"
    )


async def serve(params: OpenEverywhereParams, site: Site) -> Running:
    """Listen at `site`, and lead the other ports there.

    Raises: NftError when nft isn't there or refuses.
    """
    # Before anything is awaited: a driver may be in the host's namespace only for now.
    load_rules(redirect_rules(site.address, site.port, params.except_ports))
    return await serve_silence(SilentParams(), site)


KIND = Kind(name="open_everywhere", params=OpenEverywhereParams, transports=("tcp",), serve=serve)
