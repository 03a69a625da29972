"""`lab up`: copies a scenario and brings it to life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from lab.commands.frame import WORK_FOLDERS, JsonOption, LangOption, Language, print_json, told_in
from lab.drivers import control
from lab.drivers.choice import driver_for
from lab.drivers.driver import Driver
from lab.scenario.copying import Vantages, id_of_copy, lead_vantages, prepare_copy
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
        now = datetime.now(UTC)
        source = find_scenario(scenario)
        loaded = load_scenario(source, today=now.date())
        chosen = driver_for(loaded, driver)
        if not chosen.is_prepared():
            typer.echo(text("up.preparing", lang), err=True)
            chosen.prepare()
        work = Work((folder or fresh_folder(WORK_FOLDERS, loaded.id)).resolve())
        again = work.private.is_dir() and id_of_copy(work.root) == loaded.id
        if again:
            control.make_room(work)
        prepare_copy(source, work.root, now=now, again=again)
        name = control.namespace_name(loaded, work)
        vantages = lead_vantages(work.engagement / ENGAGEMENT, loaded, chosen.vantages(loaded, name))
        status = control.start(work, name, driver)
        told = Told(work, loaded, chosen, vantages, services=len(status["services"]), name=name)
        _tell_json(told) if as_json else _tell(told, lang)


@dataclass(frozen=True, slots=True)
class Told:
    """What the user hears of a lab that is up."""

    work: Work
    scenario: Scenario
    driver: Driver
    vantages: Vantages
    services: int
    name: str


def _tell_json(told: Told) -> None:
    """Tell where everything is, as data."""
    print_json(
        {
            "scenario": told.scenario.id,
            "driver": told.driver.name,
            "work": str(told.work.root),
            "engagement": str(told.work.engagement),
            "netns": told.name,
            "services": told.services,
            "vantages": list(told.vantages.rewritten),
            "absent_vantages": list(told.vantages.absent),
            "left_out": list(told.driver.left_out(told.scenario)),
        }
    )


def _tell(told: Told, lang: Language) -> None:
    """Tell where everything is."""
    typer.echo(text("up.ready", lang, scenario=told.scenario.id, services=told.services))
    typer.echo(text("up.work", lang, folder=told.work.root))
    typer.echo(text("up.engagement", lang, folder=told.work.engagement))
    typer.echo(text("up.netns", lang, netns=told.name))
    typer.echo(text("up.vantages", lang, names=", ".join(told.vantages.rewritten) or "-"))
    if told.vantages.absent:
        typer.echo(text("up.absent_vantages", lang, names=", ".join(told.vantages.absent)), err=True)
    if left_out := told.driver.left_out(told.scenario):
        typer.echo(text("up.left_out", lang, hosts=", ".join(left_out)), err=True)
