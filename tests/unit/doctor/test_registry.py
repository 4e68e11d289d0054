"""Every check in the folder stands in the table, and its words can be said."""

import importlib
import pkgutil

import monitor.doctor.checks
from monitor.doctor.interface import Check
from monitor.doctor.registry import CHECKS, GROUPS, title_of


def test_every_check_file_is_in_the_table() -> None:
    found = [
        importlib.import_module(f"monitor.doctor.checks.{each.name}").CHECK
        for each in pkgutil.iter_modules(monitor.doctor.checks.__path__)
    ]
    assert len(found) >= 20
    assert {check.code for check in found} == {check.code for check in CHECKS}
    assert all(isinstance(check, Check) for check in found)


def test_codes_are_alone_and_belong_to_a_group_in_the_order_of_the_groups() -> None:
    codes = [check.code for check in CHECKS]
    assert len(set(codes)) == len(codes)
    groups = [code.partition(".")[0] for code in codes]
    assert list(dict.fromkeys(groups)) == list(GROUPS)


def test_a_finding_finds_its_title_also_by_a_longer_code() -> None:
    assert title_of("network.link.proxy") == title_of("network.link")
    assert title_of("notices.quiet") == title_of("notices.server")


def test_no_check_may_take_longer_than_the_whole_may() -> None:
    readers_s = 2.5
    assert max(check.limit_s for check in CHECKS) + readers_s < 15
