"""Every cause file is in the registry, every code has its cause, and every fix its words."""

from pathlib import Path

from monitor.diagnose import causes
from monitor.diagnose.causes.registry import CAUSE_OF, CAUSES
from monitor.diagnose.fixes import FIX_OF, FIXES
from monitor.model import CauseCode, FixCode

NOT_CAUSES = {"__init__", "interface", "registry"}


def test_every_file_of_the_folder_is_listed() -> None:
    folder = Path(str(causes.__file__)).parent
    files = {file.stem for file in folder.glob("*.py")} - NOT_CAUSES
    listed = {cause.judge.__module__.rpartition(".")[2] for cause in CAUSES}
    assert files == listed


def test_every_code_has_one_cause() -> None:
    assert len(CAUSES) == len(CAUSE_OF)
    assert set(CAUSE_OF) == set(CauseCode)


def test_every_fix_code_has_words_and_is_offered_for_some_cause() -> None:
    assert len(FIXES) == len(FIX_OF)
    assert set(FIX_OF) == set(FixCode)
    assert {fix for cause in CAUSES for fix in cause.fixes} == set(FixCode)


def test_the_bank_is_the_last_step_of_every_cause_but_sleep() -> None:
    for cause in CAUSES:
        if cause.code is not CauseCode.SLEEP:
            assert FixCode.CONTACT_BANK in cause.fixes
            assert FixCode.SAFE_CHANNELS in cause.fixes


def test_nothing_hides_itself_and_no_two_hide_each_other() -> None:
    for cause in CAUSES:
        for hider in cause.hidden_by:
            assert hider is not cause.code
            assert cause.code not in CAUSE_OF[hider].hidden_by
