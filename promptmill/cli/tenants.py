"""`promptmill tenants`: what share of the lanes a tenant has, and its caps."""

import math
import re
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer
from rich.table import Table

from jobs.clock import utc_now
from jobs.tenant import DEFAULT_TENANT, DailySpending, Tenant, day_of
from promptmill.cli.console import print_json, sheet
from promptmill.cli.direct import opened
from promptmill.cli.options import DATA, Data, Json
from promptmill.cli.words import money

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


def checked_tenant(name: str) -> str:
    """Return the name of a tenant; raises `typer.BadParameter` for what can be none."""
    if not NAME.fullmatch(name):
        raise typer.BadParameter("a tenant's name has up to 64 letters, digits, dots, dashes and underscores")
    return name


def _above_zero(weight: float | None) -> float | None:
    if weight is not None and weight <= 0:
        raise typer.BadParameter("must be above 0")
    return _finite(weight)


def _finite(number: float | None) -> float | None:
    if number is not None and not math.isfinite(number):
        raise typer.BadParameter("must be a number")
    return number


Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The tenant, as its keys name it.", callback=checked_tenant)
]
Weight = Annotated[
    float | None,
    typer.Option(metavar="W", help="Its share of a lane beside others; 1 at first.", callback=_above_zero),
]
Budget = Annotated[
    float | None,
    typer.Option(min=0, metavar="USD", help="What it may cost a day, in UTC.", callback=_finite),
]
Pace = Annotated[int | None, typer.Option(min=1, metavar="N", help="Requests that it may make.")]
Queued = Annotated[int | None, typer.Option(min=0, metavar="N", help="Jobs that it may have queued at once.")]
NoBudget = Annotated[bool, typer.Option("--no-daily-budget", help="Let it cost what it will.")]
NoPace = Annotated[bool, typer.Option("--no-requests-per-minute", help="Take all its requests.")]
NoQueued = Annotated[bool, typer.Option("--no-max-queued", help="Take all its jobs.")]


def set_tenant(
    name: Name,
    weight: Weight = None,
    daily_budget: Budget = None,
    no_daily_budget: NoBudget = False,
    requests_per_minute: Pace = None,
    no_requests_per_minute: NoPace = False,
    max_queued: Queued = None,
    no_max_queued: NoQueued = False,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """Lay down a tenant's share and caps; what is not named stays as it is."""
    changes = {
        **({} if weight is None else {"weight": weight}),
        **_change("daily_budget", daily_budget, is_lifted=no_daily_budget),
        **_change("requests_per_minute", requests_per_minute, is_lifted=no_requests_per_minute),
        **_change("max_queued", max_queued, is_lifted=no_max_queued),
    }
    if not changes:
        raise typer.BadParameter("say what is to change: see `promptmill tenants set --help`")
    with opened(data, may_make=True) as (store, _):
        now = utc_now()
        with store.write() as tx:
            tenant = replace(tx.tenants.get(name), **changes)
            tx.tenants.put(tenant, now=now)
            spent = tx.spending.of_day(name, day_of(now))
    _show([(tenant, spent)], as_json=as_json)


def list_tenants(data: Data = DATA, as_json: Json = False) -> None:
    """List the tenants that have keys or caps, and what each has cost today."""
    with opened(data) as (store, _), store.read() as tx:
        today = day_of(utc_now())
        names = {tenant.name for tenant in tx.tenants.list()} | {key.tenant for key in tx.keys.list()}
        tenants = [tx.tenants.get(name) for name in sorted(names | {DEFAULT_TENANT})]
        spent = [tx.spending.of_day(tenant.name, today) for tenant in tenants]
    _show(list(zip(tenants, spent, strict=True)), as_json=as_json)


def _change(name: str, value: float | None, *, is_lifted: bool) -> dict[str, Any]:
    if is_lifted and value is not None:
        option = name.replace("_", "-")
        raise typer.BadParameter(f"--{option} and --no-{option} contradict each other")
    return {name: value} if is_lifted or value is not None else {}


def _show(found: list[tuple[Tenant, DailySpending]], *, as_json: bool) -> None:
    if as_json:
        for tenant, spent in found:
            print_json({**asdict(tenant), "spent_today": spent.usage.cost})
        return
    table = Table(
        "tenant", "weight", "daily budget", "spent today", "requests a minute", "max queued",
        box=None, pad_edge=False, header_style="bold",
    )  # fmt: skip
    for tenant, spent in found:
        table.add_row(
            tenant.name,
            f"{tenant.weight:g}",
            "-" if tenant.daily_budget is None else money(tenant.daily_budget),
            money(spent.usage.cost),
            _cap(tenant.requests_per_minute),
            _cap(tenant.max_queued),
        )
    sheet().print(table)


def _cap(cap: int | None) -> str:
    return "-" if cap is None else f"{cap:,}"
