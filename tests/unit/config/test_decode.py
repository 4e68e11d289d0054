"""A configuration file becomes settings, or every mistake in it is told at once."""

from pathlib import Path

import pytest

from monitor.config.decode import ConfigError, load
from monitor.config.rules import RULES
from monitor.config.settings import Settings, WalletSettings
from monitor.config.toml import as_toml
from monitor.locale import translator

ROOT = Path(__file__).parents[3]
BAD = sorted((ROOT / "tests/config/bad").glob("*.toml"))


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def expected(path: Path) -> list[str]:
    lines = path.read_bytes().decode("utf-8", "replace").splitlines()
    marks = [line.removeprefix("# expect: ") for line in lines if line.startswith("# expect: ")]
    return [mark.replace("{folder}", str(path.parent)) for mark in marks]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_each_mistake_has_its_message(path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(path)
    headline, *lines = str(caught.value).splitlines()
    assert headline == f"{path} cannot be used:"
    assert [line.strip() for line in lines] == expected(path)


def test_no_file_means_the_defaults() -> None:
    assert load(None) == Settings()


def test_the_example_holds_every_key_with_its_default() -> None:
    example = ROOT / "config.example.toml"
    assert load(example) == Settings()
    written_keys = {
        line.split(" = ")[0] for line in example.read_text(encoding="utf-8").splitlines()
    }
    default_keys = {line.split(" = ")[0] for line in as_toml(Settings()).splitlines()}
    assert default_keys - written_keys == set()


def test_a_table_of_the_user_keeps_the_other_defaults(tmp_path: Path) -> None:
    settings = load(written(tmp_path, "[wallets.icbc]\nheartbeat_s = 5\n"))
    default = Settings().wallets["icbc"]
    assert settings.wallets["icbc"].heartbeat_s == 5.0
    assert isinstance(settings.wallets["icbc"].heartbeat_s, float)
    assert settings.wallets["icbc"].hosts == default.hosts
    assert settings.wallets["alipay"] == Settings().wallets["alipay"]
    assert Settings().wallets["icbc"] == default


def test_a_new_wallet_starts_from_empty_settings(tmp_path: Path) -> None:
    settings = load(written(tmp_path, '[wallets.foo]\nhosts = ["[2001:db8::1]:8443"]\n'))
    assert settings.wallets["foo"] == WalletSettings(hosts=("[2001:db8::1]:8443",))
    assert list(settings.wallets) == ["icbc", "alipay", "wechat", "foo"]


def test_a_wallet_that_is_off_needs_no_hosts(tmp_path: Path) -> None:
    settings = load(written(tmp_path, "[wallets.foo]\nenabled = false\n"))
    assert not settings.wallets["foo"].enabled


def test_ca_file_is_seen_from_the_files_folder(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    settings = load(written(tmp_path, '[wallets.icbc]\nca_file = "ca.pem"\n'))
    assert settings.wallets["icbc"].ca_file == str(tmp_path / "ca.pem")


def test_a_byte_order_mark_is_welcome(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbfinterval_s = 2\n")
    assert load(path).interval_s == 2.0


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path} cannot be used:\n  it cannot be read: No such file or directory"
    )


def test_settings_survive_the_way_to_toml_and_back(tmp_path: Path) -> None:
    text = 'interval_s = 0.5\n[wallets."工行"]\nhosts = ["b.example:1"]\ntitle = "a\\"b"\n'
    settings = load(written(tmp_path, text))
    assert load(written(tmp_path, as_toml(settings))) == settings


def test_every_rule_is_about_a_key_that_exists() -> None:
    defaults = Settings()
    for section, rules in RULES.items():
        home = {"": defaults, "wallets": WalletSettings()}.get(section)
        for key in rules:
            assert hasattr(home or getattr(defaults, section), key)


def test_mistakes_speak_through_the_translator(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, "interval_s = 0\n"))
    assert caught.value.text(translator("en")) == str(caught.value)
