"""Photographs as evidence: untrusted bytes in, a checked photo with a clean preview out.

Nothing about a file is believed but its decoded pixels. The original is left as it is; what people
look at is drawn anew and carries no metadata. Runs in the processes of `evidence.darkroom`.
"""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any, TypeVar

import pillow_heif
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageChops, ImageCms, UnidentifiedImageError
from PIL.ExifTags import GPS, IFD, Base
from PIL.Image import Resampling, Transpose
from PIL.ImageFile import ImageFile

from evidence.likeness import hashes

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)

Claim = TypeVar("Claim")

READABLE = ("JPEG", "PNG", "WEBP", "HEIF")
BEGINS_LIKE_A_PHOTO = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF.{4}WEBP|.{4}ftyp(?:heic|heix|mif1)", re.DOTALL
)
MIME_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}
UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
SIDEWAYS = frozenset({5, 6, 7, 8})
XMP_TOOL = re.compile(rb"CreatorTool(?:=[\"']|>)([^\"'<]{1,100})")
PNG_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
JPEG_SCAN = b"\xff\xda"
UTC_OFFSET = re.compile(r"[+-][0-9]{2}:[0-9]{2}")

PREVIEW_SIDE = 2048
ENOUGH = 1600  # a JPEG decoded at half, a quarter or an eighth is shown as it is from here on
THUMBNAIL_SIDE = 320
SPARE = 1.4  # how much more than the preview's size is left for the last, finer step down
STRIP = 64  # rows of the shrunk picture
TINY_SIDE = 64
JPEG_QUALITY = 85

REASONS = {
    "empty": _("The file is empty."),
    "too_many_bytes": _("The photo is larger than {limit} MB. Please send a smaller one."),
    "too_many_pixels": _("The photo has more than {limit} million pixels."),
    "side_too_long": _("One side of the photo is longer than {limit} pixels."),
    "overloaded": _("The photo carries too much hidden data. Please save it anew and send that."),
    "unsupported": _("This is not a photo we can read. Please send JPEG, PNG, WebP or HEIC."),
    "incomplete": _("The photo arrived incomplete or damaged. Please send it again."),
}


@dataclass(frozen=True)
class PhotoLimits:
    """What is accepted. Pixels count all frames of an animation together."""

    max_bytes: int = 20_000_000
    max_pixels: int = 40_000_000
    max_side: int = 12_000
    max_parts: int = 1_000
    """Text chunks of a PNG, scans of a JPEG: a real photo has a handful, a bomb has thousands."""


@dataclass(frozen=True)
class Photo:
    """A photo that decoded whole. Width and height are those of the original held upright.

    `preview` and `thumbnail` are sRGB JPEG without metadata. `taken_at` is what the camera wrote,
    in ISO 8601, with an offset only if the camera gave one: a claim, not a fact. So are `camera`
    (make, model, serial number) and `software`, whatever saved the file last.
    `notes` are codes: tiny, animated, several_pictures. `derived` is what else was computed from the
    reduced picture while it was at hand, by name, as JSON can hold it.
    """

    format: str
    mime: str
    width: int
    height: int
    preview: bytes
    thumbnail: bytes
    has_location: bool
    taken_at: str | None
    notes: tuple[str, ...]
    camera: str = ""
    software: str = ""
    derived: Mapping[str, Any] = field(default_factory=dict)


class PhotoRefused(Exception):
    """Why a file is not taken as a photo: `code` is a key of REASONS, `facts` fill its blanks."""

    def __init__(self, code: str, **facts: int) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    @property
    def message(self) -> str:
        return explain(self.code, self.facts)


def explain(code: str, facts: Mapping[str, int]) -> str:
    """The reason as a sentence for the party, in the language active now."""
    return str(REASONS[code]).format(**facts)


def read_photo(original: bytes, *, limits: PhotoLimits = PhotoLimits()) -> Photo:
    """Check a photo by decoding it and draw what may be shown. A bad file raises PhotoRefused."""
    _check_bytes(original, limits)
    try:
        return _read(original, limits)
    except PhotoRefused:
        raise
    except MemoryError:
        raise  # of this process, not of the file
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoRefused("too_many_pixels", limit=limits.max_pixels // 1_000_000) from None
    except UnidentifiedImageError as error:
        cut_short = BEGINS_LIKE_A_PHOTO.match(original)
        raise PhotoRefused("incomplete" if cut_short else "unsupported") from error
    except Exception as error:  # Decoders raise all sorts: OSError, ValueError, SyntaxError, ...
        raise PhotoRefused("incomplete") from error


def _check_bytes(original: bytes, limits: PhotoLimits) -> None:
    if not original:
        raise PhotoRefused("empty")
    if len(original) > limits.max_bytes:
        raise PhotoRefused("too_many_bytes", limit=limits.max_bytes // 1_000_000)
    if original.startswith(b"\x89PNG"):
        _check_parts(original, PNG_TEXTS, limits)


def _check_parts(original: bytes, beginnings: tuple[bytes, ...], limits: PhotoLimits) -> None:
    if sum(original.count(beginning) for beginning in beginnings) > limits.max_parts:
        raise PhotoRefused("overloaded")


def _read(original: bytes, limits: PhotoLimits) -> Photo:
    file = _opened(original)
    format_name = "JPEG" if file.format == "MPO" else str(file.format)
    pictures = getattr(file, "n_frames", 1)
    is_animation = pictures > 1 and format_name in ("PNG", "WEBP")
    width, height = file.size
    _check_pixels(width, height, pictures if is_animation else 1, limits)
    if format_name == "JPEG" and _has_several_scans(file, original):
        _check_parts(original, (JPEG_SCAN,), limits)

    image = _decoded(original)
    orientation = _claimed(_orientation, image, otherwise=1)
    preview = _redrawn(image, orientation)
    if orientation in SIDEWAYS:
        width, height = height, width
    with ThreadPoolExecutor(1) as beside:  # compressing leaves Python to others meanwhile
        thumbnail = beside.submit(lambda: _as_jpeg(_at_most(preview, THUMBNAIL_SIDE)))
        shown = _as_jpeg(preview)

    notes = {
        "tiny": max(width, height) < TINY_SIDE,
        "animated": is_animation,
        "several_pictures": pictures > 1 and not is_animation,
    }
    return Photo(
        format=format_name,
        mime=MIME_TYPES[format_name],
        width=width,
        height=height,
        preview=shown,
        thumbnail=thumbnail.result(),
        has_location=_claimed(_has_location, image, otherwise=False),
        taken_at=_claimed(_taken_at, image, otherwise=None),
        notes=tuple(note for note, applies in notes.items() if applies),
        camera=_claimed(_camera, image, otherwise=""),
        software=_claimed(_software, image, otherwise=""),
        derived={"likeness": {str(int(way)): h for way, h in hashes(thumbnail.result()).items()}},
    )


def _opened(original: bytes) -> ImageFile:
    return Image.open(BytesIO(original), formats=READABLE)


def _check_pixels(width: int, height: int, frames: int, limits: PhotoLimits) -> None:
    if width * height * frames > limits.max_pixels:
        raise PhotoRefused("too_many_pixels", limit=limits.max_pixels // 1_000_000)
    if max(width, height) > limits.max_side:
        raise PhotoRefused("side_too_long", limit=limits.max_side)


def _has_several_scans(image: ImageFile, original: bytes) -> bool:
    """Whether the first scan leaves anything for a second: then there may be any number of them."""
    components = len(image.getbands())
    length = 6 + 2 * components  # of the head of a scan that holds all of them
    behind_the_head = image.fp.tell() if image.fp else 0
    head = original[behind_the_head - length : behind_the_head]
    holds_all = head.startswith(bytes([0, length, components]))
    return "progressive" in image.info or not holds_all


def _decoded(original: bytes) -> Image.Image:
    """The whole picture, a large JPEG at a fraction of its size; raises if any of it is missing."""
    # Decoding a PNG overlooks wrong checksums and a missing end. Verifying uses the image up.
    _opened(original).verify()
    image = _opened(original)
    # draft() keeps both sides at least as long as asked for, so ask in the photo's own proportions.
    image.draft("YCbCr" if _is_ycbcr(image) else None, _fitting(image.size, ENOUGH))
    image.load()
    return image


def _is_ycbcr(image: Image.Image) -> bool:
    """Whether colours can stay as the JPEG has them, to be written so again.

    Not under a profile, nor where the file stores red, green and blue (told as libjpeg tells it).
    """
    components = [component[0] for component in getattr(image, "layer", ())]
    stores_rgb = image.info.get("adobe_transform") == 0 or components == list(b"RGB")
    return image.mode == "RGB" and "icc_profile" not in image.info and not stores_rgb


def _fitting(size: tuple[int, int], side: int) -> tuple[int, int]:
    """`size` scaled down so that neither side exceeds `side`; never up, never to nothing."""
    scale = min(1.0, side / max(size))
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def _at_most(picture: Image.Image, side: int) -> Image.Image:
    size = _fitting(picture.size, side)
    if size == picture.size:
        return picture
    return picture.resize(size, Resampling.BICUBIC, reducing_gap=1.5)


def _redrawn(image: Image.Image, orientation: int) -> Image.Image:
    """The first picture at preview size: upright, on white, in sRGB."""
    profile = image.info.get("icc_profile")
    picture = _in_srgb(_at_most(_shrunk(image), PREVIEW_SIDE), profile)
    return picture.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else picture


def _shrunk(image: Image.Image) -> Image.Image:
    """In a plain mode and not much larger than it will be shown.

    Strip by strip: a second copy of forty megapixels would be more than a child may hold.
    """
    factor = int(max(image.size) / PREVIEW_SIDE / SPARE)
    if factor < 2:
        return _in_plain_mode(image)
    width, height = image.size
    canvas = None
    for top in range(0, height, STRIP * factor):
        strip = image.crop((0, top, width, min(height, top + STRIP * factor)))
        reduced = _in_plain_mode(strip).reduce(factor)
        if canvas is None:
            canvas = Image.new(reduced.mode, (reduced.width, -(-height // factor)))
        canvas.paste(reduced, (0, top // factor))
    return canvas or image


def _in_plain_mode(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # 16 bits a pixel. Converting alone would clip all but the darkest to white.
        return image.point(lambda value: value / 257).convert("L")
    if image.has_transparency_data:
        return _on_white(image if image.mode == "RGBA" else image.convert("RGBA"))
    if image.mode == "CMYK" and "adobe" not in image.info:
        # Only Adobe writes ink inverted, but every JPEG is read as if it had.
        return ImageChops.invert(image)
    if image.mode in ("RGB", "YCbCr", "L", "CMYK"):
        return image
    return image.convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    canvas = Image.new("RGB", picture.size, "white")
    canvas.paste(picture, mask=picture)
    return canvas


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if not profile:
        return picture if picture.mode in ("RGB", "YCbCr") else picture.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(
            picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        converted = None
    return converted or picture.convert("RGB")


def _as_jpeg(picture: Image.Image) -> bytes:
    jpeg = BytesIO()
    # Of all that a decoded picture carries, saving takes the comment along unless it is given one.
    picture.save(jpeg, "JPEG", quality=JPEG_QUALITY, comment=b"")
    return jpeg.getvalue()


def _claimed(
    read: Callable[[Image.Image], Claim], image: Image.Image, *, otherwise: Claim
) -> Claim:
    """What the metadata says. Anyone can write it, and badly: then `otherwise`, never a refusal."""
    try:
        return read(image)
    except Exception:
        return otherwise


def _orientation(image: Image.Image) -> int:
    return int(image.getexif().get(Base.Orientation, 1))


def _has_location(image: Image.Image) -> bool:
    position = image.getexif().get_ifd(IFD.GPSInfo)
    return GPS.GPSLatitude in position or b"GPSLatitude" in image.info.get("xmp", b"")


def _taken_at(image: Image.Image) -> str | None:
    exif = image.getexif()
    camera = exif.get_ifd(IFD.Exif)
    written = camera.get(Base.DateTimeOriginal) or exif.get(Base.DateTime)
    if not written:
        return None
    # Local time of wherever the camera thought it was: no zone to attach unless it says so. Not by
    # strptime, which would import when first used, and the darkroom's children open no files.
    date, _blank, time = written.strip("\0 ").partition(" ")
    moment = datetime.fromisoformat(f"{date.replace(':', '-')}T{time}")
    offset = str(camera.get(Base.OffsetTimeOriginal, "")).strip("\0 ")
    return moment.isoformat() + (offset if UTC_OFFSET.fullmatch(offset) else "")


def _camera(image: Image.Image) -> str:
    exif = image.getexif()
    serial = exif.get_ifd(IFD.Exif).get(Base.BodySerialNumber)
    make, model = _words(exif.get(Base.Make)), _words(exif.get(Base.Model))
    named = model if model.lower().startswith(make.lower()) else f"{make} {model}"
    return f"{named.strip()} {_words(serial) and '#' + _words(serial)}".strip()[:100]


def _software(image: Image.Image) -> str:
    tool = XMP_TOOL.search(image.info.get("xmp", b""))
    named = _words(image.getexif().get(Base.Software))
    return (named or _words(tool[1].decode() if tool else ""))[:100]


def _words(written: object) -> str:
    """One line of what can be shown."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(written or "")).split())
