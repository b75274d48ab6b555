"""Files handed over by the proxy, or kept in an object store: the same headers, the same strangers."""

import runpy
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.utils import timezone
from moto.server import ThreadedMotoServer

from arbitration import settings as source
from cases.lifecycle import State
from evidence.intake import Submission, submit_exhibit
from evidence.models import Exhibit, sealed
from tests.portal.test_exhibits import address, photo

FILES = ("original", "preview", "thumbnail")
KEPT = (
    "Content-Type",
    "Content-Disposition",
    "Content-Security-Policy",
    "Cross-Origin-Resource-Policy",
    "Cache-Control",
    "X-Content-Type-Options",
)


def send(case, by):
    return submit_exhibit(case, Submission(photo(), "杯子.jpg"), by=by, now=timezone.now()).exhibit


@pytest.fixture
def case(case_in):
    return case_in(State.REVIEWING, now=timezone.now())


@pytest.fixture
def bucket(monkeypatch, settings):
    """Evidence kept as the settings say for EVIDENCE_BUCKET, in a store of our own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "EVIDENCE_BUCKET": "evidence",
        "EVIDENCE_ENDPOINT": f"http://{host}:{port}",
        "EVIDENCE_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "FILES_ACCEL_LOCATION": "/sealed/",
    }.items():
        monkeypatch.setenv(name, value)
    read = runpy.run_path(str(Path(source.__file__)))
    settings.STORAGES = {**settings.STORAGES, "evidence": read["STORAGES"]["evidence"]}
    settings.FILES_ACCEL_LOCATION = read["FILES_ACCEL_LOCATION"]
    for name in FILES:
        monkeypatch.setattr(Exhibit._meta.get_field(name), "storage", storages["evidence"])
    storages["evidence"].bucket.create()
    yield storages["evidence"].bucket
    server.stop()


@pytest.mark.parametrize("name", ["exhibit_preview", "exhibit_thumb", "exhibit_original"])
def test_the_proxy_is_told_the_file_and_every_header_stays(
    case, buyer, arbitrator, signed_in, settings, name
):
    exhibit = send(case, buyer)
    sent = signed_in(arbitrator).get(address(exhibit, name))
    settings.FILES_ACCEL_LOCATION = "/sealed/"

    response = signed_in(arbitrator).get(address(exhibit, name))

    stored = dict(zip(("exhibit_original", "exhibit_preview", "exhibit_thumb"), FILES, strict=True))
    place = getattr(exhibit, stored[name]).name
    assert (response.content, response["X-Accel-Redirect"]) == (b"", f"/sealed/{place}")
    assert [response[header] for header in KEPT] == [sent[header] for header in KEPT]
    assert "X-Accel-Redirect" not in sent


def test_the_proxy_hears_of_no_file_for_strangers_or_when_it_is_gone(
    case, buyer, rival_buyer, signed_in, settings
):
    exhibit = send(case, buyer)
    settings.FILES_ACCEL_LOCATION = "/sealed/"

    assert signed_in(rival_buyer).get(address(exhibit)).status_code == 404

    sealed().delete(exhibit.preview.name)
    answer = signed_in(buyer).get(address(exhibit))
    assert (answer.status_code, "X-Accel-Redirect" in answer) == (409, False)


def test_an_original_from_the_object_store_is_the_same_bytes(
    case, buyer, arbitrator, bucket, signed_in
):
    exhibit = send(case, buyer)

    response = signed_in(arbitrator).get(address(exhibit, "exhibit_original"))

    assert response.content == photo()
    assert sorted(kept.key for kept in bucket.objects.all()) == sorted(
        getattr(exhibit, name).name for name in FILES
    )
    assert "X-Accel-Redirect" not in response


def test_what_the_object_store_has_lost_is_said_to_be_damaged(
    case, buyer, rival_buyer, bucket, signed_in
):
    exhibit = send(case, buyer)
    assert signed_in(buyer).get(address(exhibit)).status_code == 200
    assert signed_in(rival_buyer).get(address(exhibit)).status_code == 404

    bucket.objects.all().delete()

    assert signed_in(buyer).get(address(exhibit)).status_code == 409
