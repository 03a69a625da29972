"""A survey of one folder that stops after first contact and ports: what the discovery benchmark measures as ours."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sekisho.cli.compose import survey_plan, tool_version
from sekisho.engine.survey import Survey, refuse_without_consent, run_id
from sekisho.gate.namespaces import Namespace
from sekisho.intake.engagement_json import to_json
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Vantage
from sekisho.model.pace_json import pace_to_json
from sekisho.model.subjects import Subject
from sekisho.registry import Stage
from sekisho.store.chain import digest
from sekisho.store.journal import Journal, Run


class _Quiet:
    """No progress."""

    def finished(self, subject: Subject, scanner: str, outcome: Outcome) -> None:
        """Say nothing."""


def main(folder: Path, seconds: float) -> None:
    """Survey ports; end after so many seconds if it takes longer (0: never)."""
    plan = survey_plan(folder, lang="en", nmap=False)
    wanted = {i: s for i, s in plan.scanners.items() if s.stage in {Stage.HOST, Stage.PORTS}}
    plan = replace(plan, scanners=wanted)
    now = datetime.now(UTC)
    refuse_without_consent(plan.scope(), now)
    journal = Journal(folder)
    intake = to_json(plan.engagement)
    run = journal.open_run(
        Run(run_id(now), now, None, tool_version(), pace_to_json(plan.pace), intake, digest({"intake": intake}))
    )
    survey = Survey(plan, journal, run.id, _Quiet())
    try:
        asyncio.run(_bounded(survey, plan.engagement.vantages[0], seconds))
    finally:
        journal.dispose()


async def _bounded(survey: Survey, vantage: Vantage, seconds: float) -> None:
    """Run a survey to its end, or for a while."""
    task = asyncio.create_task(survey.run([(vantage, Namespace())]))
    if seconds:
        asyncio.get_running_loop().call_later(seconds, task.cancel)
    result = await task
    if result.failed or result.stopped:
        print(result.stopped, result.failed[:3], file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)  # noqa: PLR2004 - optional argument
