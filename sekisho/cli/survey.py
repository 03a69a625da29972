"""`sekisho survey DIR`: scan what is admitted, from the chosen vantages, into the open run."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from sekisho.cli.commands import COMMANDS
from sekisho.cli.compose import only_one, survey_plan, tool_version
from sekisho.cli.options import Folder, Json, Lang
from sekisho.cli.record import intake_digest, opened_with
from sekisho.cli.terminal import SurveyProgress, print_json, warn
from sekisho.cli.vantages import Place, choose, places
from sekisho.engine.survey import Survey, SurveyPlan, SurveyResult, refuse_without_consent, run_id
from sekisho.errors import ExitCode, UsageError
from sekisho.gate.session import Way
from sekisho.intake.engagement_json import to_json
from sekisho.intake.in_force import governing_changes
from sekisho.messages import Sentence, said, say
from sekisho.model.engagement import Vantage
from sekisho.model.pace_json import pace_to_json
from sekisho.sending import register_changes
from sekisho.store.database import FILE_NAME
from sekisho.store.journal import Journal, Run


@dataclass(frozen=True, slots=True)
class _Done:
    """What one call did. attempts: tries recorded by this call, not by the run as a whole."""

    run: str
    attempts: int
    closed: bool
    result: SurveyResult


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("survey", help=COMMANDS["survey"].help)
    def survey(
        folder: Folder,
        vantage: Annotated[list[str] | None, typer.Option("--vantage", help="調査地点 / vantage (repeatable)")] = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="送信せず計画を表示 / show the plan, send nothing")
        ] = False,
        resume: Annotated[
            bool, typer.Option("--resume", help="中断した調査を再開 / go on with an interrupted run")
        ] = False,
        close: Annotated[
            bool, typer.Option("--close", help="終了後に調査回を閉じる / close the run afterwards")
        ] = False,
        nmap: Annotated[
            bool, typer.Option("--nmap", help="T3 の対象に nmap -sV を併用 / second opinion by nmap on T3")
        ] = False,
        lang: Lang = "ja",
        json: Json = False,
    ) -> None:
        plan = survey_plan(folder, lang=lang, nmap=nmap)
        asked = choose(plan.engagement, vantage or [], lang)
        refuse_without_consent(plan.scope(), datetime.now(UTC))
        chosen = places(asked, plan.scope(), lang)
        if dry_run:
            from sekisho.cli.dry_run import print_plan  # noqa: PLC0415 - its wording takes long to load

            print_plan(plan, chosen, lang=lang, as_json=json)
            return
        usable = _usable(chosen)
        with only_one(folder, lang):
            done = _survey(plan, usable, resume=resume, close=close, lang=lang)
        lacking = [say(lang, "cli.secret.missing", name=n) for n in plan.missing_secrets]
        done.result.failed.extend([*(p.unusable for p in chosen if p.unusable), *lacking])
        _finish(done, lang, as_json=json)


def _usable(chosen: list[Place]) -> list[tuple[Vantage, Way]]:
    """Give the places that can be looked from; the others are named, and these go on without them.

    Raises: UsageError when none is left though each kind exists; exit 3 when none is left for want of the kind.
    """
    usable = [(p.vantage, p.way) for p in chosen if p.way is not None]
    if usable:
        return usable
    if all(p.supported for p in chosen):
        raise UsageError("; ".join(p.unusable for p in chosen))
    for place in chosen:
        warn(place.unusable)
    raise typer.Exit(ExitCode.PARTIAL)


def _survey(plan: SurveyPlan, usable: list[tuple[Vantage, Way]], *, resume: bool, close: bool, lang: str) -> _Done:
    """Open or continue the run, survey, close if asked."""
    if resume and not (plan.folder / FILE_NAME).is_file():
        raise UsageError(say(lang, "cli.survey.nothing_to_resume"))  # before an empty database is made
    journal = Journal(plan.folder)
    try:
        if close and (stale := _of_other_rules(journal, plan)) is not None:
            journal.close_run(stale.id, datetime.now(UTC))
            warn(say(lang, "cli.survey.closed_as_is", run=stale.id))
            return _Done(stale.id, 0, closed=True, result=SurveyResult())
        run = _run_for(journal, plan, resume=resume, lang=lang)
        with SurveyProgress(lang) as progress:
            survey = Survey(plan, journal, run.id, progress)
            result = _go(survey, usable)
            complete = result.complete
            if close and complete:
                asyncio.run(survey.conclude())
        if close and complete:
            journal.close_run(run.id, datetime.now(UTC))
        warn(say(lang, "cli.survey.done" if complete else "cli.survey.partly", run=run.id, attempts=progress.attempts))
        if complete and not close:
            warn(say(lang, "cli.survey.still_open"))
        return _Done(run.id, progress.attempts, close and complete, result)
    finally:
        journal.dispose()


def _go(survey: Survey, usable: list[tuple[Vantage, Way]]) -> SurveyResult:
    """Run to the end or to Ctrl-C: asyncio cancels the survey, which ends its gate at once."""
    result = SurveyResult(interrupted=True)

    async def inner() -> None:
        """Survey; a stop asked for from outside cancels this task."""
        nonlocal result
        if (task := asyncio.current_task()) is not None:  # as asyncio itself does for Ctrl-C: cancelled, not torn off
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        result = await survey.run(usable)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(inner())
    return result


def _of_other_rules(journal: Journal, plan: SurveyPlan) -> Run | None:
    """Give the open run if the rules of the folder are no longer those it was opened with (docs/adr/0020)."""
    current = journal.open_now()
    return current if current is not None and _changed_rules(current, plan) else None


def _changed_rules(run: Run, plan: SurveyPlan) -> tuple[str, ...]:
    """Name what governs the survey and is no longer as the run was opened.

    A pace file may change under its name, and the registers may as long as no tier and no device hangs on it.
    """
    then, now = opened_with(run), plan.engagement
    own_pace = () if pace_to_json(plan.pace) == run.pace else (now.pace,)
    if settings := (*governing_changes(then, now), *own_pace):
        return settings
    if (then.devices, then.lines) == (now.devices, now.lines):
        return ()
    return register_changes(replace(plan, engagement=then).scope(), plan.scope())


def _run_for(journal: Journal, plan: SurveyPlan, *, resume: bool, lang: str) -> Run:
    """Give the open run, or open one.

    Raises: UsageError for --resume without an open run, and when the rules are no longer those of the open run.
    """
    if (current := journal.open_now()) is not None:
        if changed := _changed_rules(current, plan):
            raise UsageError(Sentence("cli.survey.rules_changed", run=current.id, sections=", ".join(changed)))
        return current
    if resume:
        raise UsageError(say(lang, "cli.survey.nothing_to_resume"))
    now = datetime.now(UTC)
    intake = to_json(plan.engagement)
    return journal.open_run(
        Run(run_id(now), now, None, tool_version(), pace_to_json(plan.pace), intake, intake_digest(intake))
    )


def _finish(done: _Done, lang: str, *, as_json: bool) -> None:
    """Say what went wrong and end with the contract's exit code."""
    result = done.result
    for line in result.not_started:
        warn(say(lang, "cli.survey.not_started", what=said(lang, line)))
    for line in result.failed:
        warn(say(lang, "cli.survey.failed", what=said(lang, line)))
    if result.stopped:
        warn(say(lang, "cli.survey.stopped", reason=said(lang, result.stopped)))
    if as_json:
        print_json({
            "run": done.run, "attempts": done.attempts, "closed": done.closed,
            "stopped": said(lang, result.stopped),
            "interrupted": result.interrupted, "failed": [said(lang, f) for f in result.failed],
            "not_started": [said(lang, n) for n in result.not_started],
        })  # fmt: skip
    if result.interrupted:
        raise typer.Exit(ExitCode.INTERRUPTED)
    if result.stopped or result.failed:
        raise typer.Exit(ExitCode.PARTIAL)
