"""The settings in force, fit to be handed out: numbers and choices stay, names do not."""

from dataclasses import replace

from monitor.config.settings import Settings, WalletSettings
from monitor.share.redact import Redactor


def plain_settings(settings: Settings, redactor: Redactor) -> Settings:
    """Return the settings with the redactor's names; a file made of them can be read back."""
    plain = Settings()
    wallets = {
        redactor.wallet(name): _wallet(name, wallet, redactor)
        for name, wallet in settings.wallets.items()
    }
    anchors, resolvers, portal = settings.anchors, settings.resolvers, settings.portal
    name = resolvers.name
    return replace(
        settings,
        wallets=wallets,
        gateway=replace(settings.gateway, host=redactor.host(settings.gateway.host)),
        anchors=replace(
            anchors,
            hosts=tuple(redactor.host(host) for host in anchors.hosts),
            hosts_v6=tuple(redactor.host(host) for host in anchors.hosts_v6),
        ),
        resolvers=replace(
            resolvers,
            hosts=tuple(redactor.host(host) for host in resolvers.hosts),
            name=name if name == plain.resolvers.name else redactor.host(name),
        ),
        portal=replace(portal, url=redactor.host(portal.url)),
    )


def _wallet(name: str, wallet: WalletSettings, redactor: Redactor) -> WalletSettings:
    """Return a wallet's settings without its names; its ports stay."""
    plain = Settings().wallets.get(name, WalletSettings())
    called = redactor.wallet(name)
    return replace(
        wallet,
        title=wallet.title if wallet.title in ("", plain.title) else called,
        hosts=tuple(_host_and_port(host, redactor) for host in wallet.hosts),
        ca_file="",
        heartbeat_path=wallet.heartbeat_path if wallet.heartbeat_path == "/" else "/path",
        process=redactor.names.name("program", wallet.process) if wallet.process else "",
    )


def _host_and_port(text: str, redactor: Redactor) -> str:
    host, _, port = text.rpartition(":")
    inner = redactor.host(host.strip("[]"))
    return f"[{inner}]:{port}" if ":" in inner else f"{inner}:{port}"
