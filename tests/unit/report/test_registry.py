"""No format is forgotten: each file of the room that can render is what `--format` takes."""

from importlib import import_module
from pkgutil import iter_modules

from monitor import report
from monitor.report.registry import FORMATS


def test_every_file_that_renders_is_registered() -> None:
    names = [module.name for module in iter_modules(report.__path__)]
    modules = [import_module(f"monitor.report.{name}") for name in names]
    renderers = {module.render for module in modules if hasattr(module, "render")}
    assert renderers == set(FORMATS.values())
