"""What the environment says; anything wrong stops the start with one line that names the variable."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Self

import httpx
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.controls.outbound import Outbound
from bot.domain.base import Duration, Environment
from bot.usecases.ports import Refused

URLS = {
    "DATABASE_URL": ("sqlite:///", "postgresql://"),
    "OWNER_DATABASE_URL": ("sqlite:///", "postgresql://"),
    "REDIS_URL": ("redis://", "rediss://", "unix://"),
    "SLACK_API_BASE_URL": ("https://", "http://"),
    "PUBLIC_URL": ("https://", "http://"),
    "ANCHOR_URL": ("https://", "http://"),
    "ANCHOR_TSA_URL": ("https://", "http://"),
}


class SettingsError(Exception):
    """A variable is wrong or missing; `str()` is one line that names it and what it should be."""


class Settings(BaseSettings):
    """Every variable that Breakwater reads; the README's table has their meaning."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    database_url: str = "sqlite:///var/breakwater.db"
    owner_database_url: str | None = None
    ledger_key_file: Path = Path("var/ledger.key")
    anchors_file: Path = Path("var/anchors.jsonl")
    anchor_url: str | None = None
    anchor_token: str | None = Field(default=None, repr=False)
    anchor_tsa_url: str | None = None
    totp_secrets_file: Path | None = None
    redis_url: str | None = None
    port: int = Field(default=3000, ge=0, le=65535)
    host: str | None = None
    slack_bot_token: str | None = Field(default=None, repr=False)
    slack_app_token: str | None = Field(default=None, repr=False)
    slack_signing_secret: str | None = Field(default=None, repr=False)
    slack_mode: Literal["http", "socket"] = "http"
    slack_api_base_url: str = "https://slack.com/api/"
    incidents_channel: str = "incidents"
    runbooks_dir: Path = Path("runbooks")
    templates_dir: Path = Path("templates")
    signals_token: str | None = Field(default=None, repr=False)
    outbound_hosts: str = ""
    environment: Environment = Environment.LIVE
    time_scale: float = Field(default=1.0, gt=0, le=10_000)
    time_origin: datetime | None = None
    time_file: Path | None = None
    watch_every: Duration = timedelta(seconds=60)
    lease: Duration = timedelta(seconds=30)
    public_url: str | None = None
    log_format: Literal["console", "json"] | None = None

    @field_validator("outbound_hosts")
    @classmethod
    def _hosts(cls, raw: str) -> str:
        Outbound.parse(raw)
        return raw

    @field_validator("time_origin")
    @classmethod
    def _zoned(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment with its zone, such as 2026-11-20T03:00:00Z")
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _urls(cls, value: object, info: object) -> object:
        starts = URLS.get(str(getattr(info, "field_name", "")).upper())
        if starts and isinstance(value, str) and not value.startswith(starts):
            raise ValueError(f"it begins with {' or '.join(starts)}")
        return value

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if self.environment is Environment.DRILL:
            raise ValueError("ENVIRONMENT: live or sandbox; drills are declared in a live deployment")
        if self.time_scale != 1 and self.environment is not Environment.SANDBOX:
            raise ValueError("TIME_SCALE: 1, unless ENVIRONMENT is sandbox")
        if self.time_file is not None and self.environment is not Environment.SANDBOX:
            raise ValueError("TIME_FILE: unset, unless ENVIRONMENT is sandbox")
        self._sane_places()
        if self.slack_mode == "socket":
            self._sane_socket()
        elif self.slack_bot_token and not self.slack_signing_secret:
            raise ValueError("SLACK_SIGNING_SECRET: the app's signing secret, since SLACK_BOT_TOKEN is set")
        return self

    def _sane_places(self) -> None:
        allowed = Outbound.parse(self.outbound_hosts)
        for name, url in (("ANCHOR_URL", self.anchor_url), ("ANCHOR_TSA_URL", self.anchor_tsa_url)):
            try:
                if url:
                    allowed.check(httpx.URL(url))
            except (Refused, httpx.InvalidURL):
                raise ValueError(f"{name}: an address whose host is among OUTBOUND_HOSTS") from None

    def _sane_socket(self) -> None:
        if not self.slack_bot_token:
            raise ValueError("SLACK_BOT_TOKEN: the app's bot token (xoxb-…), since SLACK_MODE is socket")
        if not (self.slack_app_token or "").startswith("xapp-"):
            what = "an app-level token (xapp-…, with the scope connections:write)"
            raise ValueError(f"SLACK_APP_TOKEN: {what}, since SLACK_MODE is socket")

    @property
    def bind_host(self) -> str:
        """Loopback unless a host or a port was asked for."""
        return self.host or ("0.0.0.0" if "port" in self.model_fields_set else "127.0.0.1")

    @property
    def link(self) -> str:
        """The address put into messages."""
        return (self.public_url or f"http://{self.host or '127.0.0.1'}:{self.port}").rstrip("/")

    @property
    def logs(self) -> str:
        """How to log: for a person on a terminal, else as JSON."""
        return self.log_format or ("console" if sys.stderr.isatty() else "json")


def read_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. Raises SettingsError with one line about the first mistake."""
    source = os.environ if env is None else env
    known = {name: source[name.upper()] for name in Settings.model_fields if source.get(name.upper())}
    try:
        return Settings.model_validate(known)
    except ValidationError as error:
        raise SettingsError(_line(error)) from None


def _line(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    what = str(first["msg"]).removeprefix("Value error, ")
    if not first["loc"]:
        return what
    name = str(first["loc"][0]).upper()
    return f"{name}: {what}" if what.startswith(name) else f"{name}: {what[0].lower()}{what[1:]}"
