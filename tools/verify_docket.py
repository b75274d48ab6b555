#!/usr/bin/env python3
"""Check an exported docket without the portal: python3 verify_docket.py docket.json [--key BASE64]

Or a whole exported case, zipped or unpacked: its files are then compared with the manifest,
and its exhibits and messages with the docket lines that entered them.
Nothing but Python 3.9 or newer is needed. Without --key the keys in the file are believed: compare
the one printed with the key the platform has published. Ends with 0 when everything fits, else with 1.
"""

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from pathlib import Path


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


# The chain ---------------------------------------------------------------------------------------


def line_hash(reference, line):
    content = {
        name: line[name] for name in ("actor", "at", "facts", "from", "name", "number", "to")
    }
    content["case"] = reference
    return sha256((line["previous"] + "\n" + canonical(content)).encode())


def check_lines(docket):
    """Yield one sentence for each line that does not fit."""
    previous = ""
    for expected, line in enumerate(docket["lines"], start=1):
        if line["number"] != expected:
            yield f"line {expected} is missing"
            return
        if line["previous"] != previous:
            yield f"line {expected} does not follow from the line before"
        if line_hash(docket["case"], line) != line["hash"]:
            yield f"line {expected}: its content does not match its hash"
        previous = line["hash"]


# The anchors -------------------------------------------------------------------------------------


def merkle_root(entry, path):
    """From one entry up to the root; each step is the neighbour's side and hash."""
    here = hashlib.sha256(b"\x00" + entry.encode()).digest()
    for step in path:
        other = bytes.fromhex(step[1:])
        here = hashlib.sha256(b"\x01" + (other + here if step[0] == "L" else here + other)).digest()
    return here.hex()


def check_anchors(docket, keys):
    """Yield one sentence for each anchor that does not fit the docket, or is not signed by a known key."""
    hashes = {line["number"]: line["hash"] for line in docket["lines"]}
    for proof in docket["anchors"]:
        anchor = dict(proof["anchor"])
        name = f"anchor {anchor['number']} of {anchor['at']}"
        signature = base64.b64decode(anchor.pop("signature"))
        signed = b"docket anchor 1\n" + canonical(anchor).encode()
        if anchor["key"] not in keys:
            yield f"{name}: signed by an unknown key {anchor['key']}"
        elif not verifies(keys[anchor["key"]], signed, signature):
            yield f"{name}: its signature is not valid"
        if merkle_root(proof["entry"], proof["path"]) != anchor["root"]:
            yield f"{name}: the entry does not belong to it"
        reference, _before, length, head = proof["entry"].split("\t")
        if reference != docket["case"]:
            yield f"{name}: speaks of another case"
        elif int(length) and hashes.get(int(length)) != head:
            yield f"{name}: line {length} is missing or was rewritten"


# Ed25519 (RFC 8032), verification only: slow and plain -------------------------------------------

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = add(found, point)
        point, number = add(point, point), number >> 1
    return found


def decompress(content):
    y = int.from_bytes(content, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def verifies(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = decompress(public), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    left, right = times(s, BASE), add(r, times(h, a))
    return not (
        (left[0] * right[2] - right[0] * left[2]) % P
        or (left[1] * right[2] - right[1] * left[2]) % P
    )


# The files ---------------------------------------------------------------------------------------


def check_files(manifest, read):
    """Yield one sentence for each file that is not the one the manifest names."""
    for file in manifest["files"]:
        try:
            content = read(file["path"])
        except (KeyError, OSError):
            yield f"{file['path']} is missing"
            continue
        if sha256(content) != file["sha256"]:
            yield f"{file['path']} is not the file that was exported"


# The exhibits ------------------------------------------------------------------------------------

SAID = ("number", "sent_at", "time_assumed", "sender", "side", "text", "flags")


def digest_of(messages):
    lines = (canonical([message[name] for name in SAID]) + "\n" for message in messages)
    return sha256("".join(lines).encode())


def check_exhibits(docket, manifest, messages):
    """Yield one sentence for each exhibit that is not the one its docket line entered."""
    records = {record["label"]: record for record in manifest["exhibits"]}
    packed = {file["path"]: file["sha256"] for file in manifest["files"]}
    entered = set()
    for line in docket["lines"]:
        facts = line["facts"]
        label, name = facts.get("label"), f"{facts.get('label')}, line {line['number']}"
        if line["name"] == "exhibit":
            entered.add(label)
            if label not in records:
                yield f"{name}: the exhibit is not in the export"
                continue
            record = records[label]
            stored = {file["role"]: file["sha256"] for file in record["files"]}
            made = facts.get("files", {})
            differing = [key for key in ("side", "sha256") if record[key] != facts[key]]
            differing += [role for role in made if stored.get(role) != made[role]]
            if packed.get(record["path"]) != facts["sha256"]:
                differing.append("original")
            if differing:
                yield f"{name}: not what was entered: {', '.join(differing)}"
        if line["name"] in ("exhibit", "confirm_chat_log") and facts.get("messages"):
            own = [message for message in messages if message.get("exhibit") == label]
            if digest_of(own) != facts["messages"]:
                yield f"{name}: its messages are not what was entered"
    for label in sorted(records.keys() - entered):
        yield f"{label}: no line entered it"


def reader(place):
    """How to read a file of an export, packed or not."""
    if place.is_dir():
        return lambda name: (place / name).read_bytes()
    return zipfile.ZipFile(place).read


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "export", type=Path, help="docket.json, or an exported case (.zip or folder)"
    )
    parser.add_argument(
        "--key", action="append", default=[], help="the published public key, base64"
    )
    options = parser.parse_args()

    faults = []
    if options.export.is_dir() or zipfile.is_zipfile(options.export):
        read = reader(options.export)
        docket = json.loads(read("docket.json"))
        manifest = json.loads(read("manifest.json"))
        faults += check_files(manifest, read)
        messages = json.loads(read("case.json"))["messages"]
        faults += check_exhibits(docket, manifest, messages)
        print(f"{len(manifest['files'])} files in the manifest")
    else:
        docket = json.loads(options.export.read_text(encoding="utf-8"))

    given = [base64.b64decode(key) for key in options.key or docket["keys"].values()]
    keys = {sha256(key)[:16]: key for key in given}
    faults += check_lines(docket)
    faults += check_anchors(docket, keys)

    anchored = max((int(proof["entry"].split("\t")[2]) for proof in docket["anchors"]), default=0)
    print(f"{docket['case']}: {len(docket['lines'])} lines, {anchored} of them anchored")
    if not options.key:
        for key in given:
            print(f"keys taken from the export itself; compare: {base64.b64encode(key).decode()}")
    for fault in faults:
        print(fault)
    print("everything fits" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
