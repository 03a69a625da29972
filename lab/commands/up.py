"""`lab up`: copies a scenario and brings it to life."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from lab.commands.frame import WORK_FOLDERS, JsonOption, LangOption, Language, print_json, told_in
from lab.drivers import loopback
from lab.errors import LabError
from lab.scenario.copying import Vantages, lead_vantages, prepare_copy
from lab.scenario.load import find_scenario, load_scenario
from lab.scenario.model import Scenario
from lab.text import text
from lab.work import Work, fresh_folder

ENGAGEMENT = "engagement.toml"


def up(
    scenario: Annotated[str, typer.Argument(help=text("help.scenario"))],
    folder: Annotated[Path | None, typer.Option("--dir", help=text("help.dir"), show_default=False)] = None,
    driver: Annotated[str, typer.Option("--driver", help=text("help.driver"))] = "loopback",
    *,
    as_json: JsonOption = False,
    lang: LangOption = Language.JA,
) -> None:
    """Copy a scenario and bring up its networks and devices."""
    with told_in(lang):
        if driver != "loopback":
            raise LabError("driver.unknown", driver=driver)
        now = datetime.now(UTC)
        source = find_scenario(scenario)
        loaded = load_scenario(source, today=now.date())
        loopback.check_scenario(loaded)
        work = Work((folder or fresh_folder(WORK_FOLDERS, loaded.id)).resolve())
        prepare_copy(source, work.root, now=now)
        name = loopback.namespace_name(loaded, work)
        vantages = lead_vantages(work.engagement / ENGAGEMENT, loaded, name)
        status = loopback.start(work, name)
        _tell(work, loaded, vantages, services=len(status["services"]), name=name, lang=lang, as_json=as_json)


def _tell(
    work: Work, scenario: Scenario, vantages: Vantages, *, services: int, name: str, lang: Language, as_json: bool
) -> None:
    """Tell where everything is."""
    left_out = loopback.missing_here(scenario)
    if as_json:
        print_json(
            {
                "scenario": scenario.id,
                "work": str(work.root),
                "engagement": str(work.engagement),
                "netns": name,
                "services": services,
                "vantages": list(vantages.rewritten),
                "absent_vantages": list(vantages.absent),
                "left_out": list(left_out),
            }
        )
        return
    typer.echo(text("up.ready", lang, scenario=scenario.id, services=services))
    typer.echo(text("up.work", lang, folder=work.root))
    typer.echo(text("up.engagement", lang, folder=work.engagement))
    typer.echo(text("up.netns", lang, netns=name))
    typer.echo(text("up.vantages", lang, names=", ".join(vantages.rewritten) or "-"))
    if vantages.absent:
        typer.echo(text("up.absent_vantages", lang, names=", ".join(vantages.absent)), err=True)
    if left_out:
        typer.echo(text("up.left_out", lang, hosts=", ".join(left_out)), err=True)
