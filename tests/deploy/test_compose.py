"""What compose.yaml and deploy/ say must be what the portal reads."""

import os
import re
import shutil
import subprocess

import pytest
import yaml
from django.conf import settings

from arbitration import settings as source
from evidence.intake import MOST_PER_SIDE
from tests.engines import ROOT

NGINX = (ROOT / "deploy" / "nginx.conf").read_text()
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
OURS = ("setup", "web", "worker", "beat")


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_one_the_settings_read(name):
    read = set(re.findall(r"[A-Z][A-Z_]+", source.__doc__))

    given = {key for key in SERVICES[name]["environment"] if not key.startswith("AWS_")}

    assert given <= read
    assert not given & {"DEMO", "DEBUG"}


def test_compose_itself_takes_the_file():
    docker = shutil.which("docker")
    compose = [docker or "docker", "compose"]
    if not docker or subprocess.run([*compose, "version"], capture_output=True).returncode:
        pytest.skip("needs docker with its compose plugin")
    asked = re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text())

    checked = subprocess.run(
        [*compose, "-f", ROOT / "compose.yaml", "config", "-q"],
        env=os.environ | dict.fromkeys(asked, "x"),
        capture_output=True,
        text=True,
    )

    assert (checked.returncode, checked.stderr) == (0, "")


def test_each_part_of_the_portal_runs_more_than_once():
    assert {name: SERVICES[name]["deploy"]["replicas"] for name in OURS[1:]} == {
        "web": 2,
        "worker": 2,
        "beat": 2,
    }


def test_only_the_proxy_can_be_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_a_full_broker_refuses_rather_than_forgets():
    assert "--maxmemory-policy noeviction" in SERVICES["broker"]["command"]


def test_the_proxy_lets_in_what_a_party_may_send_at_once():
    most = int(re.search(r"client_max_body_size (\d+)m;\s+proxy_pass", NGINX)[1]) * 1024 * 1024

    assert (
        MOST_PER_SIDE * settings.UPLOAD_MAX_BYTES
        < most
        < 1.1 * MOST_PER_SIDE * settings.UPLOAD_MAX_BYTES
    )


def test_the_proxy_finds_the_files_where_the_portal_says_they_are():
    location = SERVICES["web"]["environment"]["FILES_ACCEL_LOCATION"]

    block = re.search(rf"location {location} {{(.*?)}}", NGINX, re.DOTALL)[1]

    assert "internal;" in block
    assert f"alias /srv/portal/var/{settings.EVIDENCE_ROOT.name}/;" in block
