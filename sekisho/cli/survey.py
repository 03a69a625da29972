"""`sekisho survey DIR`: scan what is admitted, from the chosen vantages, into the open run."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from sekisho.cli.compose import only_one, secret_of, survey_plan, tool_version
from sekisho.cli.dry_run import print_plan
from sekisho.cli.options import Folder, Json, Lang
from sekisho.cli.terminal import SurveyProgress, print_json, warn
from sekisho.engine.survey import Place, Survey, SurveyPlan, SurveyResult, refuse_without_consent, run_id
from sekisho.errors import ExitCode, UsageError
from sekisho.gate.jump import Jump, door
from sekisho.gate.namespaces import Namespace, resolve
from sekisho.intake.engagement_json import to_json
from sekisho.messages import say
from sekisho.model.engagement import Vantage
from sekisho.model.jump_host import is_jump
from sekisho.model.pace_json import pace_to_json
from sekisho.scope import Scope
from sekisho.store.chain import digest
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

    @app.command("survey", help="同意の範囲内で調査する / survey within the consent")
    def survey(
        folder: Folder,
        vantage: Annotated[list[str] | None, typer.Option("--vantage", help="観測点 / vantage (repeatable)")] = None,
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
        chosen = _choose(plan, vantage or [], lang)
        refuse_without_consent(plan.scope(), datetime.now(UTC))
        if dry_run:
            print_plan(plan, chosen, lang=lang, as_json=json)
            return
        places, unusable = _places(chosen, plan.scope(), lang)
        with only_one(folder, lang):
            done = _survey(plan, places, resume=resume, close=close, lang=lang)
        lacking = [say(lang, "cli.secret.missing", name=n) for n in plan.missing_secrets]
        done.result.failed.extend([*unusable, *lacking])
        _finish(done, lang, as_json=json)


def _choose(plan: SurveyPlan, names: list[str], lang: str) -> list[Vantage]:
    """Pick the vantages asked for, all by default."""
    known = {v.name: v for v in plan.engagement.vantages}
    if unknown := [n for n in names if n not in known]:
        raise UsageError(say(lang, "cli.survey.unknown_vantage", names=", ".join(unknown), known=", ".join(known)))
    return [known[n] for n in names] if names else list(known.values())


def _places(vantages: list[Vantage], scope: Scope, lang: str) -> tuple[list[Place], list[str]]:
    """Prepare to look from each vantage; one that can't be looked from is named, and the others go on.

    Raises: UsageError when none is left; ScopeError for a jump host that must not be touched.
    """
    places: list[Place] = []
    unusable: list[str] = []
    for vantage in vantages:
        try:
            places.append((vantage, _way(vantage, scope, lang)))
        except UsageError as error:
            unusable.append(str(error))
    if not places:
        raise UsageError("; ".join(unusable))
    return places, unusable


def _way(vantage: Vantage, scope: Scope, lang: str) -> Namespace | Jump:
    """Prepare one vantage; nothing is sent. Raises: UsageError, ScopeError."""
    if is_jump(vantage.via):
        way_in = door(vantage, scope)
        secret = secret_of(vantage.secret)
        if secret is None:
            raise UsageError(say(lang, "cli.survey.vantage_secret", name=vantage.name, secret=vantage.secret))
        try:
            return Jump(way_in, secret)
        except UsageError as error:
            msg = f"{vantage.name}: {error}"
            raise UsageError(msg) from error
    if vantage.via != "local" and not vantage.via.startswith("netns:"):
        raise UsageError(say(lang, "cli.survey.unsupported_vantage", name=vantage.name, via=vantage.via))
    try:
        return resolve(vantage.via)
    except UsageError as error:
        msg = f"{vantage.name}: {error}"
        raise UsageError(msg) from error


def _survey(plan: SurveyPlan, places: list[Place], *, resume: bool, close: bool, lang: str) -> _Done:
    """Open or continue the run, survey, close if asked."""
    if resume and not (plan.folder / FILE_NAME).is_file():
        raise UsageError(say(lang, "cli.survey.nothing_to_resume"))  # before an empty database is made
    journal = Journal(plan.folder)
    try:
        run = _run_for(journal, plan, resume=resume, lang=lang)
        with SurveyProgress(lang) as progress:
            result = _go(Survey(plan, journal, run.id, progress), places)
        complete = not result.stopped and not result.interrupted
        if close and complete:
            journal.close_run(run.id, datetime.now(UTC))
        warn(say(lang, "cli.survey.done" if complete else "cli.survey.partly", run=run.id, attempts=progress.attempts))
        if complete and not close:
            warn(say(lang, "cli.survey.still_open"))
        return _Done(run.id, progress.attempts, close and complete, result)
    finally:
        journal.dispose()


def _go(survey: Survey, places: list[Place]) -> SurveyResult:
    """Run to the end or to Ctrl-C: asyncio cancels the survey, which ends its gate at once."""
    result = SurveyResult(interrupted=True)

    async def inner() -> None:
        """Survey; a stop asked for from outside cancels this task."""
        nonlocal result
        if (task := asyncio.current_task()) is not None:  # as asyncio itself does for Ctrl-C: cancelled, not torn off
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        result = await survey.run(places)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(inner())
    return result


def _run_for(journal: Journal, plan: SurveyPlan, *, resume: bool, lang: str) -> Run:
    """Give the open run, or open one. Raises: UsageError for --resume without an open run."""
    if (current := journal.open_now()) is not None:
        return current
    if resume:
        raise UsageError(say(lang, "cli.survey.nothing_to_resume"))
    now = datetime.now(UTC)
    intake = to_json(plan.engagement)
    return journal.open_run(
        Run(run_id(now), now, None, tool_version(), pace_to_json(plan.pace), intake, digest({"intake": intake}))
    )


def _finish(done: _Done, lang: str, *, as_json: bool) -> None:
    """Say what went wrong and end with the contract's exit code."""
    result = done.result
    for line in result.failed:
        warn(say(lang, "cli.survey.failed", what=line))
    if result.stopped:
        warn(say(lang, "cli.survey.stopped", reason=result.stopped))
    if as_json:
        print_json({
            "run": done.run, "attempts": done.attempts, "closed": done.closed, "stopped": result.stopped,
            "interrupted": result.interrupted, "failed": result.failed,
        })  # fmt: skip
    if result.interrupted:
        raise typer.Exit(ExitCode.INTERRUPTED)
    if result.stopped or result.failed:
        raise typer.Exit(ExitCode.PARTIAL)
