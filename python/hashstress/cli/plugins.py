"""`hashstress plugins`."""

from __future__ import annotations

import json
from typing import Any

import click

from hashstress import hookspecs, plugins
from hashstress.text import columns


@click.command(name="plugins")
@click.option(
    "--trace", is_flag=True, help="Also where each plugin comes from, what it cost to load and the digest of its files."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(trace: bool, as_json: bool) -> None:
    """List every plugin, its status, and what it offers to scenarios."""
    registry = plugins.registry()
    records = [_record(plugin, registry, trace) for plugin in registry.plugins]
    if as_json:
        click.echo(json.dumps(records, indent=2))
        return
    for record in records:
        _show(record)
    for warning in registry.warnings():
        click.echo(f"Warning: {warning}", err=True)


def _record(plugin: plugins.Plugin, registry: plugins.Registry, trace: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "name": plugin.name,
        "dist": plugin.dist,
        "version": plugin.version,
        "status": plugin.status,
    }
    record["reason"] = plugin.reason
    record["offers"] = [
        {"hook": offer.hook, "name": offer.descriptor.name, "mode": offer.descriptor.mode, "api": offer.descriptor.api}
        for offer in registry.offers
        if offer.plugin is plugin
    ]
    if trace:
        record |= {
            "entry_point": plugin.entry_point,
            "milliseconds": round(plugin.seconds * 1e3, 1),
            "sha256": plugin.sha256,
        }
    return record


def _show(record: dict[str, Any]) -> None:
    reason = f": {record['reason']}" if record["reason"] else ""
    click.echo(
        f"{record['name']} ({record['dist'] or 'this session'} {record['version'] or ''}) {record['status']}{reason}"
    )
    rows = [[_kind(offer["hook"]), offer["name"], offer["mode"]] for offer in record["offers"]]
    for line in columns(rows):
        click.echo(line)
    for key in ("entry_point", "milliseconds", "sha256"):
        if record.get(key):
            click.echo(f"  {key} {record[key]}")


def _kind(hook: str) -> str:
    return hook.removeprefix(f"{hookspecs.GROUP}_").replace("_", " ")
