from datetime import timedelta

import pytest

from jobs.errors import SettingError
from jobs.settings import read_settings


def test_an_empty_environment_gives_the_embedded_defaults():
    settings = read_settings({})
    assert settings.anthropic_base_url == "https://api.anthropic.com"
    assert settings.database_url.startswith("sqlite:///")
    assert settings.redis_url == "redis://127.0.0.1:6379/0"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.expires_in == timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROMPTMILL_PORT", "eighty"),
        ("PROMPTMILL_PORT", "70000"),
        ("PROMPTMILL_CONCURRENCY", "0"),
        ("PROMPTMILL_CONCURRENCY", "2.5"),
        ("PROMPTMILL_GRACE_S", "-1"),
        ("PROMPTMILL_GRACE_S", "nan"),
        ("PROMPTMILL_MAX_FAILURES", "many"),
        ("PROMPTMILL_LOG", "xml"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("REDIS_URL", "localhost:6379"),
        ("ANTHROPIC_BASE_URL", "api.anthropic.com"),
    ],
)
def test_a_bad_value_is_refused_by_name(name, value):
    with pytest.raises(SettingError, match=f"^{name} must "):
        read_settings({name: value})


def test_a_refused_url_is_not_repeated_because_it_may_hold_a_password():
    with pytest.raises(SettingError) as caught:
        read_settings({"DATABASE_URL": "mysql://me:hunter2@localhost/x"})
    assert "hunter2" not in str(caught.value)


def test_secrets_are_not_shown_by_repr():
    shown = repr(
        read_settings(
            {
                "ANTHROPIC_API_KEY": "sk-ant-secret",
                "DATABASE_URL": "postgresql://me:hunter2@localhost/x",
                "REDIS_URL": "redis://:hunter3@localhost",
                "PROMPTMILL_STACK_KEY": "hunter4",
            }
        )
    )
    assert not any(secret in shown for secret in ("sk-ant-secret", "hunter2", "hunter3", "hunter4"))


def test_claudes_key_may_stand_in_a_file(tmp_path):
    (tmp_path / "key").write_text("sk-ant-secret\n")
    settings = read_settings({"ANTHROPIC_API_KEY_FILE": str(tmp_path / "key"), "ANTHROPIC_API_KEY": ""})
    assert settings.anthropic_key() == "sk-ant-secret"
    assert "sk-ant-secret" not in repr(settings)


def test_a_key_and_a_file_for_it_leave_no_doubt_which_holds(tmp_path):
    (tmp_path / "key").write_text("sk-ant-secret")
    both = {"ANTHROPIC_API_KEY": "sk-ant-other", "ANTHROPIC_API_KEY_FILE": str(tmp_path / "key")}
    with pytest.raises(SettingError, match="are both set") as caught:
        read_settings(both)
    assert "sk-ant" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"sk-\xff"])
def test_a_file_that_cannot_be_read_is_named_by_its_variable(tmp_path, content):
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(SettingError, match=r"^ANTHROPIC_API_KEY_FILE cannot be read"):
        read_settings({"ANTHROPIC_API_KEY_FILE": str(tmp_path / "key")})


def test_a_missing_key_is_an_error_that_names_the_variable():
    with pytest.raises(SettingError, match="ANTHROPIC_API_KEY"):
        read_settings({"ANTHROPIC_API_KEY": "  "}).anthropic_key()


@pytest.mark.parametrize("key", ["sk-ant-ключ", "sk-ant-a\nb", "sk-ant-“quoted”"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(key):
    with pytest.raises(SettingError, match=r"^ANTHROPIC_API_KEY ") as caught:
        read_settings({"ANTHROPIC_API_KEY": key}).anthropic_key()
    assert key not in str(caught.value)


def test_a_misspelt_setting_is_refused_with_the_one_that_was_meant():
    with pytest.raises(SettingError, match=r"PROMPTMILL_CONCURENCY .*PROMPTMILL_CONCURRENCY\?"):
        read_settings({"PROMPTMILL_CONCURENCY": "5"})


def test_webhooks_are_signed_with_the_master_in_a_variable_or_a_file(tmp_path):
    new, old = "n" * 24, "o" * 24
    (tmp_path / "kept").write_text(f"{new}\n{old}\n")
    by_file = read_settings({"PROMPTMILL_WEBHOOK_SECRET_FILE": str(tmp_path / "kept")})
    by_value = read_settings({"PROMPTMILL_WEBHOOK_SECRET": f"{new}, {old}"})
    assert by_file.webhook_masters == by_value.webhook_masters == (new, old)
    assert new not in repr(by_value)
    assert read_settings({}).webhook_masters == ()


def test_a_master_that_can_be_guessed_is_refused_without_being_repeated():
    with pytest.raises(SettingError, match="at least 24 characters") as refused:
        read_settings({"PROMPTMILL_WEBHOOK_SECRET": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_workers_serve_metrics_only_where_a_port_is_set():
    assert read_settings({}).metrics_port is None
    assert read_settings({"PROMPTMILL_METRICS_PORT": "0"}).metrics_port == 0
