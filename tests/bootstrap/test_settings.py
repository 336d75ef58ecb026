import pytest

from bot.bootstrap.settings import Settings, SettingsError, read_settings


def test_without_any_variable_it_runs_embedded_on_loopback() -> None:
    settings = read_settings({})
    assert settings.database_url == "sqlite:///var/breakwater.db"
    assert settings.redis_url is None
    assert (settings.bind_host, settings.link) == ("127.0.0.1", "http://127.0.0.1:3000")


def test_a_port_opens_every_interface_unless_a_host_is_named() -> None:
    assert read_settings({"PORT": "8000"}).bind_host == "0.0.0.0"
    assert read_settings({"PORT": "8000", "HOST": "127.0.0.1"}).bind_host == "127.0.0.1"


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("PORT", "eighty", "integer"),
        ("PORT", "70000", "65535"),
        ("DATABASE_URL", "mysql://db", "sqlite:/// or postgresql://"),
        ("REDIS_URL", "localhost", "redis://"),
        ("SLACK_API_BASE_URL", "slack.com", "https://"),
        ("ENVIRONMENT", "production", "live"),
        ("ENVIRONMENT", "drill", "sandbox"),
        ("TIME_SCALE", "5", "unless ENVIRONMENT is sandbox"),
        ("TIME_SCALE", "0", "greater than 0"),
        ("TIME_ORIGIN", "2026-11-20T03:00:00", "zone"),
        ("TIME_FILE", "pace.json", "unless ENVIRONMENT is sandbox"),
        ("SLACK_BOT_TOKEN", "xoxb-1", "SLACK_SIGNING_SECRET"),
        ("SLACK_MODE", "websocket", "http"),
        ("OUTBOUND_HOSTS", "http://x", "OUTBOUND_HOSTS lists hosts"),
        ("WATCH_EVERY", "soon", "duration"),
        ("LOG_FORMAT", "xml", "json"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(variable: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({variable: value})
    line = str(refused.value)
    assert "\n" not in line
    assert variable in line or "SLACK_SIGNING_SECRET" in line
    assert says in line


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    env = {"SLACK_BOT_TOKEN": "xoxb-hush", "SLACK_SIGNING_SECRET": "s-hush", "SIGNALS_TOKEN": "t-hush"}
    settings = read_settings(env)
    assert settings.slack_bot_token == "xoxb-hush"
    assert "hush" not in repr(settings) + str(settings)


def test_an_empty_variable_counts_as_unset() -> None:
    assert read_settings({"REDIS_URL": "", "PORT": ""}) == Settings.model_validate({})


BOT, APP = {"SLACK_BOT_TOKEN": "xoxb-1"}, {"SLACK_APP_TOKEN": "xapp-1"}


@pytest.mark.parametrize(
    ("env", "variable"),
    [
        ({}, "SLACK_BOT_TOKEN"),
        (APP, "SLACK_BOT_TOKEN"),
        (BOT, "SLACK_APP_TOKEN"),
        (BOT | {"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN"),
    ],
)
def test_socket_mode_needs_both_tokens_and_says_which_is_wrong(env: dict[str, str], variable: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable}: .* since SLACK_MODE is socket$"):
        read_settings(env | {"SLACK_MODE": "socket"})


def test_socket_mode_needs_no_signing_secret() -> None:
    settings = read_settings(BOT | {"SLACK_APP_TOKEN": "xapp-hush"} | {"SLACK_MODE": "socket"})
    assert settings.slack_mode == "socket"
    assert "hush" not in repr(settings)
