"""Remote-maintenance access seen on devices that carry a way in, and what the line register says of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sekisho.inventory.assets import Asset
from sekisho.inventory.points import MAINTENANCE, Point
from sekisho.inventory.tunnels import TUNNELS
from sekisho.model.facts import RemoteMaintenance, ServiceExposure
from sekisho.model.subjects import Subject

_REMOTE_CONTROL: Final = frozenset({
    "telnet", "ssh", "rdp", "vnc", "winbox", "anydesk", "teamviewer", "splashtop", "radmin", "dameware",
})  # fmt: skip
_VPN: Final = frozenset({"K3", "K4"})


def remote_maintenance(
    asset: Asset, points: Iterable[Point], exposures: Iterable[tuple[Subject, ServiceExposure]], *, register: bool
) -> RemoteMaintenance | None:
    """Say what one device shows, and what its lines declare; None for a device without a point of K3 to K8.

    register: a line register was handed over at all. declared: yes | no | unstated | unlisted | no_register.
    """
    own = [p for p in points if set(p.kinds) & MAINTENANCE]
    if not own:
        return None
    access = {s for s, e in exposures if e.protocol in _REMOTE_CONTROL or e.why.startswith("page ")}
    access |= {s for s, e in exposures if e.protocol in TUNNELS}
    portals = {s for p in own if p.observed and set(p.kinds) & _VPN and not p.lines for s in p.services}
    portals |= {h.subject for h in asset.hits if set(h.product.kinds) & _VPN}
    return RemoteMaintenance(
        seen=tuple(sorted(access | portals)),
        kinds=tuple(sorted({k for p in own for k in p.kinds}, key=lambda k: int(k[1:]))),
        declared=_declared(asset) if register else "no_register",
    )


def _declared(asset: Asset) -> str:
    """Give what the device's lines say: one yes is enough, then an explicit no, then silence."""
    if not asset.lines:
        return "unlisted"
    answers = {line.remote_maintenance for line in asset.lines}
    return next((a for a in ("yes", "no") if a in answers), "unstated")
