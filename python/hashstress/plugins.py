"""Finding, loading and naming plugins: one at a time, so that a broken one is known by name and harms nobody else.

`HASHSTRESS_LOAD_PLUGINS=a,b` loads only these (empty: none); `HASHSTRESS_DISABLE_PLUGINS=a,b` skips these (`*`: all). Names are entry
points or distributions. Built-ins are always there.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar, cast

import pluggy

from hashstress import hookspecs
from hashstress.draws import normals, uniforms
from hashstress.errors import PluginError, ScenarioError, ScenarioProblem, nearest
from hashstress.hookspecs import Descriptor, LenderPolicy, PowerTariff, ScenarioSource
from hashstress.traces import told

__all__ = ["Offer", "Plugin", "Registry", "load", "normals", "register", "registry", "uniforms", "unregister"]

BUILTIN = "hashstress"
LOAD = "HASHSTRESS_LOAD_PLUGINS"
DISABLE = "HASHSTRESS_DISABLE_PLUGINS"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_KIND = {ScenarioSource: "price source", PowerTariff: "power tariff", LenderPolicy: "lender policy"}

D = TypeVar("D", ScenarioSource, PowerTariff, LenderPolicy)


@dataclass(frozen=True)
class Plugin:
    """One plugin and what became of it. `status` is `loaded`, `failed` or `skipped`; `reason` says why."""

    name: str
    dist: str | None = None
    version: str | None = None
    entry_point: str = ""
    status: str = "loaded"
    reason: str = ""
    hooks: tuple[str, ...] = ()
    seconds: float = 0.0
    target: object = field(default=None, repr=False, compare=False)

    @property
    def label(self) -> str:
        """`name (dist version)`."""
        return f"{self.name} ({self.dist} {self.version})" if self.dist else self.name

    @property
    def sha256(self) -> str | None:
        """Digest of the plugin's own files, or None when it has none (made in a session)."""
        folder_or_file = _home(self.target)
        return None if folder_or_file is None else digest_of_files(folder_or_file)


@dataclass(frozen=True)
class Offer:
    """A descriptor and the plugin that offers it."""

    plugin: Plugin
    hook: str
    descriptor: Descriptor

    def error(self, text: str) -> PluginError:
        """An error that names distribution, plugin and hook."""
        return PluginError(text, plugin=self.plugin.name, dist=self.plugin.dist, hook=self.hook)

    def raised(self, error: BaseException) -> PluginError:
        """An error for what the plugin's code raised, with the line of that code."""
        return self.error(told(error, _home(self.plugin.target)))


@dataclass(frozen=True)
class Registry:
    """Everything found: plugins in order of name, and their offers."""

    plugins: tuple[Plugin, ...]
    offers: tuple[Offer, ...]
    strangers: tuple[str, ...] = ()  # what the switches name and nobody is called, one sentence each

    def find(self, kind: type[D], name: str, *, scenario: str, path: str) -> Offer:
        """The one offer of this kind and name.

        Raises ScenarioError when there is none, PluginError when the plugin of that name is broken or two plugins claim the name.
        """
        found = [offer for offer in self._of(kind) if offer.descriptor.name == name]
        if len(found) == 1:
            return found[0]
        if found:
            providers = " and ".join(offer.plugin.label for offer in found)
            hint = f"disable one with {DISABLE}"
            raise found[1].error(f"{_KIND[kind]} {name!r} is offered by {providers}; {hint}")
        self._raise_if_broken(name)
        raise ScenarioError(scenario, [ScenarioProblem(path, self._unknown(kind, name))])

    def names(self, kind: type[D]) -> list[str]:
        """Names offered for a kind, sorted."""
        return sorted({offer.descriptor.name for offer in self._of(kind)})

    def failed(self) -> str:
        """Words for a message about an unknown name, which a plugin that failed might have offered; empty when none failed."""
        labels = [plugin.label for plugin in self.plugins if plugin.status == "failed"]
        return f" (failed to load: {', '.join(labels)})" if labels else ""

    def broken(self) -> list[str]:
        """Names of plugins that failed or were skipped, sorted."""
        return sorted({plugin.name for plugin in self.plugins if plugin.status != "loaded"})

    def warnings(self) -> list[str]:
        """What is wrong with plugins the run does not use, one sentence each."""
        broken = [
            f"plugin {plugin.label} failed to load: {plugin.reason}"
            for plugin in self.plugins
            if plugin.status == "failed"
        ]
        conflicts = [f"{_KIND[kind]} {name!r} is offered by {who}" for kind, name, who in self._conflicts()]
        return [*self.strangers, *broken, *conflicts]

    def _of(self, kind: type) -> list[Offer]:
        return [offer for offer in self.offers if isinstance(offer.descriptor, kind)]

    def _conflicts(self) -> Iterator[tuple[type, str, str]]:
        for kind in _KIND:
            claims: dict[str, list[str]] = {}
            for offer in self._of(kind):
                claims.setdefault(offer.descriptor.name, []).append(offer.plugin.label)
            yield from ((kind, name, " and ".join(who)) for name, who in sorted(claims.items()) if len(who) > 1)

    def _raise_if_broken(self, name: str) -> None:
        for plugin in self.plugins:
            if plugin.name == name and plugin.status != "loaded":
                raise PluginError(f"{plugin.status}: {plugin.reason}", plugin=name, dist=plugin.dist)

    def _unknown(self, kind: type[D], name: str) -> str:
        names = self.names(kind)
        return f"no {_KIND[kind]} {name!r}; there are {', '.join(names)}{nearest(name, names)}{self.failed()}"


class _Loader:
    """Registers plugins one by one with a pluggy manager and collects what their hooks return."""

    def __init__(self) -> None:
        self.manager = pluggy.PluginManager(hookspecs.GROUP)
        self.manager.add_hookspecs(hookspecs)
        self.plugins: list[Plugin] = []
        self.offers: list[Offer] = []

    def add(self, plugin: Plugin, load: Callable[[], object]) -> None:
        """Loads, registers and asks one plugin; whatever it raises is recorded under its name."""
        begun = time.perf_counter()
        try:
            target = load()
            hooks = self._register(plugin.name, target)
            made = replace(plugin, hooks=tuple(hooks), target=target, seconds=time.perf_counter() - begun)
            offers = [Offer(made, hook, item) for hook in hooks for item in self._ask(made.name, hook)]
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._forget(plugin.name)
            made = replace(plugin, status="failed", reason=told(error), seconds=time.perf_counter() - begun)
            offers = []
        self.plugins.append(made)
        self.offers.extend(offers)

    def _register(self, name: str, target: object) -> list[str]:
        if self.manager.has_plugin(name):
            raise ValueError(f"a plugin named {name!r} is already loaded")
        self.manager.register(target, name=name)
        self.manager.check_pending()
        return sorted(caller.name for caller in self.manager.get_hookcallers(target) or [])

    def _forget(self, name: str) -> None:
        taken = {plugin.name for plugin in self.plugins if plugin.status == "loaded"}
        if name not in taken and self.manager.has_plugin(name):
            self.manager.unregister(name=name)

    def _ask(self, name: str, hook: str) -> list[Descriptor]:
        (call,) = (
            impl.function for impl in getattr(self.manager.hook, hook).get_hookimpls() if impl.plugin_name == name
        )
        answer: Any = call()
        if not isinstance(answer, list | tuple):
            raise TypeError(
                f"hook {hook} returned {type(answer).__name__}, expected a list of {hookspecs.HOOKS[hook].__name__}"
            )
        return [_checked(hook, item) for item in answer]


def _checked(hook: str, item: object) -> Descriptor:
    kind = hookspecs.HOOKS[hook]
    if not isinstance(item, kind):
        raise TypeError(f"hook {hook} returned a {type(item).__name__}, expected {kind.__name__}")
    descriptor = cast(Descriptor, item)
    if not _NAME.fullmatch(str(descriptor.name)):
        raise ValueError(f"hook {hook}: name {descriptor.name!r} is not lower case letters, digits, hyphens")
    if descriptor.api != hookspecs.API:
        raise ValueError(
            f"hook {hook}: {descriptor.name!r} is written for api {descriptor.api!r}, this is api {hookspecs.API}"
        )
    if descriptor.mode not in hookspecs.MODES[kind]:
        raise ValueError(
            f"hook {hook}: {descriptor.name!r} has mode {descriptor.mode!r}, known are {sorted(hookspecs.MODES[kind])}"
        )
    if not callable(descriptor.factory):
        raise TypeError(f"hook {hook}: the factory of {descriptor.name!r} cannot be called")
    return descriptor


_session: dict[str, object] = {}


def register(plugin: object, name: str) -> None:
    """Adds a plugin made in this process (a notebook, a test), under a name; `unregister` takes it away."""
    _session[name] = plugin
    registry.cache_clear()


def unregister(name: str) -> None:
    """Takes away a plugin added by `register`; unknown names are no error."""
    _session.pop(name, None)
    registry.cache_clear()


@cache
def registry() -> Registry:
    """The plugins of this process, loaded once."""
    return load(os.environ, metadata.distributions(), _session)


def load(
    environ: Mapping[str, str], distributions: Iterable[metadata.Distribution], session: Mapping[str, object]
) -> Registry:
    """Loads built-ins, the plugins of a session and installed ones, in that order, each group sorted by name."""
    from hashstress import builtin

    loader = _Loader()
    for name, module in builtin.plugins():
        loader.add(Plugin(name, dist=BUILTIN, version=_own_version()), partial(_as_it_is, module))
    for name, target in sorted(session.items()):
        loader.add(Plugin(name), partial(_as_it_is, target))
    for plugin, entry in sorted(_installed(distributions), key=lambda pair: (pair[0].name, pair[0].dist or "")):
        reason = _skipped(plugin, environ)
        if reason:
            loader.plugins.append(replace(plugin, status="skipped", reason=reason))
        else:
            loader.add(plugin, entry.load)
    return Registry(tuple(loader.plugins), tuple(loader.offers), tuple(_strangers(loader.plugins, environ)))


def _as_it_is(target: object) -> object:
    return target


def _own_version() -> str:
    import hashstress

    return hashstress.__version__


def _installed(distributions: Iterable[metadata.Distribution]) -> Iterator[tuple[Plugin, metadata.EntryPoint]]:
    seen: set[tuple[str, str]] = set()
    for dist in distributions:
        try:
            name, version = dist.metadata["Name"], dist.version
            entries = [entry for entry in dist.entry_points if entry.group == hookspecs.GROUP]
        except Exception:  # (a damaged distribution of someone else's is not ours to report)
            continue
        for entry in entries:
            if (name, entry.name) not in seen:  # the first on the path wins, as in an import
                seen.add((name, entry.name))
                yield Plugin(entry.name, dist=name, version=version, entry_point=entry.value), entry


def _skipped(plugin: Plugin, environ: Mapping[str, str]) -> str:
    names = {plugin.name, plugin.dist}
    if LOAD in environ and not names & _words(environ[LOAD]):
        return f"not in {LOAD}"
    disabled = _words(environ.get(DISABLE, ""))
    return f"in {DISABLE}" if "*" in disabled or names & disabled else ""


def _strangers(found: Iterable[Plugin], environ: Mapping[str, str]) -> Iterator[str]:
    """Names in the switches that no installed plugin or distribution has."""
    known = {name for plugin in found if plugin.entry_point for name in (plugin.name, plugin.dist) if name}
    for switch in (LOAD, DISABLE):
        for name in sorted(_words(environ.get(switch, "")) - known - {"*"}):
            yield f"{switch} names {name!r}, which is no installed plugin{nearest(name, known)}"


def _words(text: str) -> set[str]:
    return {word.strip() for word in text.split(",") if word.strip()}


def _home(target: object) -> Path | None:
    """The package folder or the module file a plugin's code lives in."""
    module = (
        target
        if inspect.ismodule(target)
        else sys.modules.get(getattr(target, "__module__", None) or type(target).__module__)
    )
    file = getattr(module, "__file__", None)
    if file is None:
        return None
    path = Path(file)
    package = getattr(module, "__package__", "") or ""
    return (
        path.parent
        if path.name == "__init__.py" or (package and not package.startswith("hashstress.builtin"))
        else path
    )


def digest_of_files(place: Path) -> str:
    """sha256 over the names and bytes of a file, or of a folder's files in order of name (compiled caches left out)."""
    files = (
        [place]
        if place.is_file()
        else sorted(path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    )
    total = hashlib.sha256()
    for path in files:
        name = path.name if path == place else path.relative_to(place).as_posix()
        total.update(f"{name}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
