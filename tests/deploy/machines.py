"""compose.yaml's machines as processes on ports of their own: what the image holds, by its own commands.

The folder, the commands and nginx's configuration are taken from deploy/ and compose.yaml; only paths,
ports and the certificate are the test's.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.engines import ROOT
from tests.launch import free_port

START_SECONDS, STOP_SECONDS = 60, 40
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
KEY = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Page:
    status: int
    headers: Any
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Visitor:
    """A browser without a face: keeps cookies, checks the certificate, follows no redirect."""

    def __init__(self, base: str, certificate: Path) -> None:
        self.base = base
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=certificate)),
            urllib.request.HTTPCookieProcessor(self.cookies),
            Unmoved(),
        )

    def ask(
        self,
        path: str,
        data: bytes | Iterator[bytes] | None = None,
        method: str | None = None,
        **headers: str,
    ) -> Page:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.base + path, data, named, method=method)
        try:
            with self.opener.open(request, timeout=30) as answer:
                return Page(answer.status, answer.headers, answer.read())
        except HTTPError as answer:
            return Page(answer.code, answer.headers, answer.read())

    def send(
        self,
        path: str,
        values: dict[str, Any],
        *,
        seen_on: str | None = None,
        before_the_end: Callable[[], None] | None = None,
    ) -> Page:
        """Fill in the form of a page and send it; with files as a browser would.

        `before_the_end` is called when all but the last bytes are sent.
        """
        key = KEY.search(self.ask(seen_on or path).text)
        assert key, f"no form on {seen_on or path}"
        values = {"csrfmiddlewaretoken": key[1], **values}
        referer = self.base + (seen_on or path)
        if any(hasattr(value, "read") for value in values.values()):
            body, kind = encode_multipart(BOUNDARY, values), MULTIPART_CONTENT
        else:
            body, kind = urlencode(values).encode(), "application/x-www-form-urlencoded"
        if before_the_end is None:
            return self.ask(path, body, Content_Type=kind, Referer=referer)
        slow = slowly(body, before_the_end)
        length = str(len(body))
        return self.ask(path, slow, Content_Type=kind, Referer=referer, Content_Length=length)

    def sign_in(self, username: str, password: str) -> None:
        answer = self.send("/login/", {"username": username, "password": password})
        assert (answer.status, answer.headers["Location"]) == (302, "/")


def slowly(body: bytes, before_the_end: Callable[[], None]) -> Iterator[bytes]:
    yield body[:-1]
    before_the_end()
    yield body[-1:]


class Unmoved(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


@dataclass
class Machines:
    """The running portal. `webs` are the ports behind nginx, in front of which is `base`."""

    folder: Path
    environment: dict[str, str]
    base: str = ""
    plain: str = ""
    webs: list[int] = field(default_factory=lambda: [free_port(), free_port()])
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def certificate(self) -> Path:
        return self.folder / "tls" / "fullchain.pem"

    def visitor(self) -> Visitor:
        return Visitor(self.base, self.certificate)

    def command(self, *command: str) -> list[str]:
        """The image's command in this test's Python."""
        return [sys.executable, "-m", *command]

    def start(self, name: str, command: list[str]) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=log, stderr=log
        )

    def start_web(self, port: int) -> None:
        command = [part.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for part in image_command()]
        self.start(f"web-{port}", self.command(*command))
        self.wait_for(port)

    def wait_for(self, port: int) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                request = urllib.request.Request(
                    f"http://127.0.0.1:{port}/healthz", headers={"Host": "localhost"}
                )
                urllib.request.urlopen(request, timeout=5).close()
                return
            except (URLError, OSError):
                time.sleep(0.1)
        raise AssertionError((self.folder / f"web-{port}.log").read_text())

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def logs(self) -> str:
        return "\n".join(
            f"--- {log.name}\n{log.read_text()}" for log in sorted(self.folder.glob("*.log"))
        )


@contextmanager
def started(folder: Path, database_url: str, redis_url: str) -> Iterator[Machines]:
    """Set up, then two webs, two workers, two beats and nginx; all are stopped at the end."""
    copy_image(folder)
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = compose["services"]
    machines = Machines(
        folder,
        {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DJANGO_SETTINGS_MODULE": "arbitration.settings",
            "SECRET_KEY": "of-the-machines-and-long-enough-for-any-check",
            "ALLOWED_HOSTS": "localhost",
            "BEHIND_PROXY": services["web"]["environment"]["BEHIND_PROXY"],
            "FILES_ACCEL_LOCATION": services["web"]["environment"]["FILES_ACCEL_LOCATION"],
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "VAR_DIR": str(folder / "var"),
            "ANCHOR_DIR": str(folder / "anchors"),
            "ANCHOR_KEY_FILE": str(folder / "keys" / "anchors.pem"),
            "LOG_LEVEL": "WARNING",
        },
    )
    with ExitStack() as ending:
        ending.callback(lambda: [machines.stop(name) for name in list(machines.running)])
        subprocess.run(
            shlex.split(services["setup"]["command"].replace("$$", "$")),
            cwd=folder,
            env=machines.environment,
            check=True,
            capture_output=True,
        )
        for port in machines.webs:
            machines.start_web(port)
        for number in (1, 2):
            worker = shlex.split(services["worker"]["command"])
            machines.start(
                f"worker-{number}", machines.command(*worker, "-n", f"worker-{number}@%h")
            )
            beat = services["beat"]["command"].replace("/tmp/", f"{folder}/beat-{number}-")
            machines.start(f"beat-{number}", machines.command(*shlex.split(beat)))
        start_proxy(machines)
        yield machines


def image_command() -> list[str]:
    """What the Dockerfile starts when nothing else is said."""
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    command: list[str] = json.loads(text.rpartition("\nCMD ")[2].replace("\\\n", ""))
    return command


def copy_image(folder: Path) -> None:
    """The files the Dockerfile copies, and no others."""
    folder.mkdir()
    for line in (ROOT / "deploy" / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY "):
            source = ROOT / line.split()[1]
            if source.is_dir():
                shutil.copytree(
                    source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__")
                )
            else:
                shutil.copy(source, folder)


def start_proxy(machines: Machines) -> None:
    """nginx with deploy/nginx.conf, checked first by nginx itself."""
    plain, secure = free_port(), free_port()
    machines.base, machines.plain = f"https://localhost:{secure}", f"http://localhost:{plain}"
    (machines.folder / "tls").mkdir()
    sign_certificate(machines.folder / "tls")
    webs = "\n".join(f"server 127.0.0.1:{port} max_fails=0;" for port in machines.webs)
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for ours, theirs in {
        "server web:8000 max_fails=0;": webs,
        "listen 8080;": f"listen 127.0.0.1:{plain};",
        "listen 8443 ssl;": f"listen 127.0.0.1:{secure} ssl;",
        "/srv/portal/var/": f"{machines.var}/",
        "/etc/nginx/tls/": f"{machines.folder}/tls/",
        "/tmp/nginx": f"{machines.folder}/nginx",
        "worker_processes auto;": f"worker_processes 1; user {getpass.getuser()};",
    }.items():
        assert ours in text, ours
        text = text.replace(ours, theirs)
    place = machines.folder / "nginx.conf"
    place.write_text(text)
    assert NGINX
    subprocess.run([NGINX, "-t", "-q", "-c", place], check=True)
    machines.start("nginx", [NGINX, "-c", str(place), "-g", "daemon off;"])
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", secure), timeout=5).close()
        except OSError:
            assert time.monotonic() < until, machines.logs()
            time.sleep(0.05)


def sign_certificate(folder: Path) -> None:
    """A certificate for localhost that nobody but this test believes in."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
