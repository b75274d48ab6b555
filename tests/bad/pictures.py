"""Pictures as they should not be, drawn or bent by our own code."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, PngImagePlugin

SCRIPT = b"<script>alert(1)</script>"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def drawing(size: tuple[int, int] = (240, 160)) -> Image.Image:
    """Four corners of four colours, so that every turn and mirroring shows."""
    width, height = size
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, width // 2, height // 2), fill=(200, 40, 40))
    pen.rectangle((width // 2, 0, width, height // 2), fill=(40, 140, 60))
    pen.rectangle((0, height // 2, width // 2, height), fill=(40, 60, 180))
    return picture


def saved(picture: Image.Image, format_name: str = "JPEG", **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, format_name, **options)
    return file.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    sealed = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + sealed


def png(width: int, height: int, *chunks: bytes, bits: int = 1, colour: int = 0) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def black_png(width: int, height: int, *chunks: bytes, bits: int = 1, colour: int = 0) -> bytes:
    depth = bits * {0: 1, 2: 3, 6: 4}[colour]
    lines = zlib.compressobj(9 if bits == 1 else 1)
    line = bytes(1 + (width * depth + 7) // 8)
    packed = b"".join(lines.compress(line) for _line in range(height)) + lines.flush()
    return png(width, height, *chunks, chunk(b"IDAT", packed), bits=bits, colour=colour)


def header_only() -> bytes:
    """65535 × 65535 in 66 bytes."""
    content = chunk(b"IDAT", zlib.compress(b"")[:8])
    return png(65535, 65535, content)[:66]


def with_metadata_bomb(kind: bytes) -> bytes:
    """A pixel, and 200 MB of nothing once its metadata is unpacked."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _part in range(200)) + packer.flush()
    before = b"x\0\1\0\0\0" if kind == b"iTXt" else b"x\0\0"
    return png(1, 1, chunk(kind, before + packed), chunk(b"IDAT", zlib.compress(b"\0\0")))


def broken_png(damage: str) -> bytes:
    original = saved(drawing(), "PNG")
    pixels, end = original.index(b"IDAT") - 4, original.index(b"IEND") - 4
    return {
        "CRC": original[: end - 4] + b"\0\0\0\0" + original[end:],
        "IDAT": original[:pixels] + original[end:],
        "IEND": original[:end],
    }[damage]


def gif_of_frames(frames: int) -> bytes:
    """A GIF whose frames repeat one block of a few bytes."""
    once = saved(Image.new("L", (2, 2)), "GIF")
    block = once[once.index(b",") : -1]
    return once[:-1] + block * (frames - 1) + b";"


def animated_png(frames: int, side: int) -> bytes:
    control = chunk(b"acTL", struct.pack(">II", frames, 0))
    return black_png(side, side, control)


def animated_webp(frames: int, side: int) -> bytes:
    still = saved(Image.new("RGB", (side, side)), "WEBP", lossless=True)
    picture = still[12:]
    size = (side - 1).to_bytes(3, "little")
    frame = b"\0" * 6 + size * 2 + (100).to_bytes(3, "little") + b"\0" + picture
    frame_chunk = b"ANMF" + struct.pack("<I", len(frame)) + frame + b"\0" * (len(frame) % 2)
    parts = (
        (b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size * 2)
        + (b"ANIM" + struct.pack("<I", 6) + bytes(6))
        + frame_chunk * frames
    )
    return b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WEBP" + parts


def cmyk_jpeg(*, adobe: bool) -> bytes:
    """For print. Pillow writes Adobe's way, ink inverted; without Adobe's mark ink is plain."""
    picture = drawing().convert("CMYK")
    if adobe:
        return saved(picture, quality=95)
    inverted = picture.point(lambda ink: 255 - ink)
    original = saved(inverted, quality=95)
    mark = original.index(b"\xff\xeeAdobe"[:2] + b"\0\x0eAdobe")
    return original[:mark] + original[mark + 16 :]


def deep_png(shade: int, *, colour: bool) -> bytes:
    """64 × 64 pixels of 16 bits."""
    line = b"\0" + struct.pack(">H", shade) * (3 if colour else 1) * 64
    pixels = chunk(b"IDAT", zlib.compress(line * 64))
    return png(64, 64, pixels, bits=16, colour=2 if colour else 0)


def held(orientation: int) -> bytes:
    """The drawing as a camera held that way would store it."""
    turned = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    picture = drawing()
    if orientation in turned:
        picture = picture.transpose(turned[orientation])
    tags = Image.Exif()
    tags[0x0112] = orientation
    return saved(picture, exif=tags, quality=95)


def tagged() -> bytes:
    """A photo that says where it was taken, and more."""
    tags = Image.Exif()
    tags[0x010E] = SCRIPT.decode()
    tags.get_ifd(0x8825).update({1: "N", 2: (31.0, 14.0, 2.0), 3: "E", 4: (121.0, 29.0, 1.0)})
    return saved(drawing(), exif=tags, comment=SCRIPT, xmp=SCRIPT)


def with_texts() -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", SCRIPT.decode())
    return saved(drawing(), "PNG", pnginfo=texts)


def many_scans(scans: int) -> bytes:
    original = saved(drawing(), progressive=True)
    scan = original[original.index(b"\xff\xda") : -2]
    return original[:-2] + scan * scans + b"\xff\xd9"


def several(format_name: str, others: int = 1) -> bytes:
    black = [Image.new("RGB", (240, 160), "black")] * others
    return saved(drawing(), format_name, save_all=True, append_images=black)


def broken_heic() -> bytes:
    original = bytearray(saved(drawing(), "HEIF"))
    original[40:200] = bytes(160)
    return bytes(original)
