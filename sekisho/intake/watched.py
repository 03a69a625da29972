"""Watch targets held against the tiers that file, register, pace and consents together give."""

from __future__ import annotations

from pathlib import Path

from sekisho.errors import ProfileError
from sekisho.intake.config.problems import FILE
from sekisho.intake.remarks import Remarks
from sekisho.model.engagement import Engagement, Origin
from sekisho.model.tiers import Tier
from sekisho.profile_files import load_fragility, load_pace
from sekisho.scope import Scope


def check_watched(engagement: Engagement, folder: Path, remarks: Remarks) -> None:
    """Report every watch target that can't be watched because its device never has T2.

    Limits: says nothing when the pace can't be read; whoever needs the pace reports that.
    """
    if not engagement.stop.watch:
        return
    try:
        scope = Scope(engagement, load_pace(engagement.pace, folder=folder), load_fragility())
    except ProfileError:
        return
    for number, watched in enumerate(engagement.stop.watch, start=1):
        if (tier := scope.most_tier(watched.address)) < Tier.T2:
            place = f"stop.watch#{number}"
            remarks.wrong(Origin(FILE, place), f"{watched.address}:{watched.port}", "cross.watch_tier", tier=tier)
