"""How offers that could not be made are named in a sentence."""

from __future__ import annotations

from collections.abc import Iterable


def lost_offers(pairs: Iterable[tuple[str, str]]) -> str:
    """Name offers and why they were not made, each once: "tls1.0: timeout, dhe: timeout"; "" for none."""
    return ", ".join(dict.fromkeys(f"{offer}: {why}" for offer, why in pairs))
