"""The report of a plan as a PDF: what the page says, on sheets of A4, with a drawn map.

Chinese is set in the machine's own face, of which the characters that occur go along; on a machine without one in the
Song face that every reader of PDFs has or replaces.
"""

from __future__ import annotations

import functools
import io
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import geopandas as gpd
import shapely
from reportlab.graphics.shapes import Drawing, Path, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from gridmap.report.printed import PrintedMap, Stroke, printed_map
from gridmap.report.words import Lang, phrase

_OWN, _SONG, _LATIN = "Chinese", "STSong-Light", "Helvetica"
_MARGIN = 18 * mm
_PADDING = 6
"""Points that reportlab leaves between the margin and what is printed."""
_WIDTH = A4[0] - 2 * (_MARGIN + _PADDING)
_MAP_HEIGHT = 150 * mm
_INK, _QUIET, _LINE, _BLUE, _PALE = (HexColor(one) for one in ("#1C2733", "#5A6775", "#DDE2E7", "#1F5FA8", "#E6EFF8"))
_ALL = (0, 0), (-1, -1)
_BOXED = TableStyle(
    [("BOX", *_ALL, 0.5, _LINE), ("LINEBEFORE", (1, 0), (-1, -1), 0.5, _LINE), ("VALIGN", *_ALL, "TOP")]
)
_RULED = TableStyle(
    [
        ("LINEBELOW", *_ALL, 0.5, _LINE),
        ("VALIGN", *_ALL, "TOP"),
        ("TOPPADDING", *_ALL, 1),
        ("BOTTOMPADDING", *_ALL, 1),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
    ]
)
_CLOSE = TableStyle(
    [
        ("TOPPADDING", *_ALL, 0),
        ("BOTTOMPADDING", *_ALL, 0),
        ("LEFTPADDING", *_ALL, 0),
        ("VALIGN", *_ALL, "MIDDLE"),
    ]
)
_FILL = 0.4
"""How much of an area's colour is put on the paper."""
_FEW = 40
"""So many of the blocks that leave their community are listed, as on the page."""
_CHINESE = re.compile(r"[^\x00-\xff–—…]+")
_UNKNOWN = str.maketrans({"↔": "–", "⌈": "[", "⌉": "]", "²": "2"})
"""What neither face has."""


def plan_pdf(
    told: Mapping[str, Any],
    labels: Mapping[str, Any],
    layers: Mapping[str, gpd.GeoDataFrame],
    reasons: Sequence[Mapping[str, Any]],
    *,
    attribution: str,
    lang: Lang,
    illustrative: bool,
) -> bytes:
    """The report as a PDF; everything as for `plan_html`, of the layers `regions` and `borders`."""
    pdfmetrics.registerFont(UnicodeCIDFont(_SONG))
    sheet = _Sheet(lang)
    printed = printed_map(layers["regions"], layers["borders"], lang=lang)
    made_up = f" · {phrase('illustrative', lang)}" if illustrative else ""
    parts: list[Flowable] = [
        sheet.quiet(f"{labels['title']}{made_up}"),
        sheet.head(str(told["label"]), 1),
        sheet.text(labels["answer"], size=13),
        sheet.figures(labels["figures"]),
        sheet.head(labels["map"], 2),
        _map(printed),
        *sheet.legend(printed.legend),
    ]
    if told["ensemble"]:
        parts.append(sheet.quiet(told["ensemble"]))
    if told["scores"]:
        parts += [sheet.head(labels["scores"], 2), sheet.text(labels["total"])]
        parts += [sheet.principle(one, labels["weight"]) for one in told["scores"]["principles"]]
    parts += [sheet.head(labels["regions"], 2), sheet.table(labels["region_rows"], heads=labels["region_heads"])]
    if told["hubs"]:
        parts += [sheet.head(labels["hubs"], 2), *sheet.points(hub["sentence"] for hub in told["hubs"])]
    parts.append(sheet.head(labels["unmet"], 2))
    unmet = [f"{part['place']}: {labels['stop'].join(part['sentences'])}" for part in told["unmet"]]
    parts += sheet.points(unmet) if unmet else [sheet.text(labels["all_met"])]
    parts.append(sheet.head(labels["reasons"], 2))
    for pair in reasons:
        parts += sheet.pair(pair)
    if told["changes"]:
        parts += [sheet.head(labels["changes"], 2), sheet.text(labels["changed"])]
        parts += sheet.points(one["sentence"] for one in told["changes"][:_FEW])
    parts += [sheet.head(labels["made"], 2), sheet.table(labels["settings"])]
    parts += [sheet.quiet(note) for note in told["notes"]]
    if attribution:
        parts.append(sheet.quiet(attribution))
    return _made(parts, title=f"{labels['title']} · {told['label']}")


def _made(parts: list[Flowable], *, title: str) -> bytes:
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=title,
        author="gridmap",
    )
    document.build(parts, onFirstPage=_numbered, onLaterPages=_numbered)
    return written.getvalue()


def _numbered(canvas: Canvas, _document: SimpleDocTemplate) -> None:
    canvas.setFont(_LATIN, 8)
    canvas.setFillColor(_QUIET)
    canvas.drawRightString(A4[0] - _MARGIN, _MARGIN / 2, str(canvas.getPageNumber()))


@functools.cache
def _own_face() -> TTFont | None:
    """The Chinese face that fontconfig names, known to reportlab, where it is one that can go along."""
    match = shutil.which("fc-match")
    if match is None:
        return None
    asked = [match, "--format=%{file}\n%{index}\n%{lang}", ":lang=zh-cn:fontformat=TrueType"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.splitlines()  # noqa: S603
    if len(answer) < len(("file", "index", "languages")) or "zh-cn" not in answer[2].split("|"):
        return None
    try:
        face = TTFont(_OWN, answer[0], subfontIndex=int(answer[1]))
    except (TTFError, OSError):  # outlines of another kind
        return None
    pdfmetrics.registerFont(face)
    return face


def _face_for(characters: str) -> str:
    own = _own_face()
    return _OWN if own and all(ord(one) in own.face.charToGlyph for one in characters) else _SONG


def _marked(words: object) -> str:
    """The words with Chinese set in its own face."""
    plain = escape(str(words).translate(_UNKNOWN))
    return _CHINESE.sub(lambda run: f'<font name="{_face_for(run[0])}">{run[0]}</font>', plain)


class _Sheet:
    """The pieces that a report is made of."""

    def __init__(self, lang: Lang) -> None:
        self._lang: Lang = lang
        self._wrap = "CJK" if lang == "zh" else None

    def _style(self, size: float, colour: Color = _INK, **more: Any) -> ParagraphStyle:
        return ParagraphStyle(
            "", fontName=_LATIN, fontSize=size, leading=size * 1.5, textColor=colour, wordWrap=self._wrap, **more
        )

    def text(self, words: object, *, size: float = 9.5, **more: Any) -> Paragraph:
        return Paragraph(_marked(words), self._style(size, spaceAfter=3, **more))

    def quiet(self, words: object, **more: Any) -> Paragraph:
        return Paragraph(_marked(words), self._style(8.5, _QUIET, spaceAfter=2, **more))

    def head(self, words: object, level: int) -> Paragraph:
        size = {1: 20.0, 2: 14.0, 3: 10.5}[level]
        before = {1: 0, 2: 12, 3: 6}[level]
        return Paragraph(_marked(words), self._style(size, spaceBefore=before, spaceAfter=3, keepWithNext=1))

    def points(self, lines: Iterable[object]) -> list[Flowable]:
        return [
            Paragraph(_marked(line), self._style(9.5, leftIndent=10, spaceAfter=2), bulletText="•") for line in lines
        ]

    def figures(self, figures: Sequence[tuple[str, object]]) -> Table:
        """The large figures, side by side."""
        cells = [[self.quiet(label) for label, _ in figures], [self.text(value, size=13) for _, value in figures]]
        table = Table(cells, colWidths=[_WIDTH / len(figures)] * len(figures), spaceBefore=6, spaceAfter=6)
        table.setStyle(_BOXED)
        return table

    def table(self, rows: Sequence[Sequence[object]], *, heads: Sequence[str] | None = None) -> Table:
        """Rows of words, the first column wide; with heads figures stand to the right."""
        align = {"alignment": 2} if heads else {}
        cells = [[self.quiet(head, **(align if n else {})) for n, head in enumerate(heads)]] if heads else []
        cells += [[self.text(value, **(align if n else {})) for n, value in enumerate(row)] for row in rows]
        count = max((len(row) for row in cells), default=1)
        first = {2: 0.4, 3: 0.55}.get(count, 0.3)
        widths = [_WIDTH * first, *[_WIDTH * (1 - first) / max(count - 1, 1)] * (count - 1)]
        table = Table(cells, colWidths=widths[:count], repeatRows=1 if heads else 0)
        table.setStyle(_RULED)
        return table

    def principle(self, one: Mapping[str, Any], weight: str) -> KeepTogether:
        """A principle's score as a bar, and its parts."""
        value = one["value"]
        bar = Drawing(_WIDTH, 6)
        for share, colour in ((100, _PALE), (value or 0, _BLUE)):
            filled = Rect(0, 1, _WIDTH * share / 100, 4)
            filled.fillColor, filled.strokeColor = colour, None
            bar.add(filled)
        title = f"{one['label']}: {'–' if value is None else value} / 100 ({weight} {one['weight']})"
        rows = [(part["label"], part["figure"], f"{part['worth'] * 100:.0f} / 100") for part in one["parts"]]
        return KeepTogether([self.head(title, 3), bar, self.table(rows) if rows else Spacer(1, 1)])

    def legend(self, strokes: Sequence[Stroke]) -> list[Flowable]:
        """What the borders' strokes mean."""
        found: list[Flowable] = []
        for colour, width, dash, words in strokes:
            line = Drawing(34, 8)
            path = Path(strokeColor=HexColor(colour), strokeWidth=width / 2, strokeDashArray=_dashed(dash))
            path.moveTo(0, 3)
            path.lineTo(28, 3)
            line.add(path)
            row = Table([[line, self.quiet(words)]], colWidths=[36, _WIDTH - 36])
            row.setStyle(_CLOSE)
            found.append(row)
        return found

    def pair(self, pair: Mapping[str, Any]) -> list[Flowable]:
        """The border of two regions: its summary, and its pieces one by one."""
        about = " · ".join(filter(None, (pair["length"], pair["firmness"])))
        found: list[Flowable] = [
            KeepTogether([self.head(pair["between"], 3), self.quiet(about), self.text(pair["summary"])])
        ]
        for piece in pair["pieces"]:
            words = f"{piece['number']}. {piece['head']}  {piece['sentence']}"
            found.append(self.text(words, size=8.5, leftIndent=10))
            found += [self.quiet(choice, leftIndent=22) for choice in piece["choices"]]
        return found


def _dashed(dash: Sequence[int]) -> Any:
    """As a stroke wants it: None for a whole line."""
    return list(dash) or None


def _map(printed: PrintedMap) -> Drawing:
    scale = min(_WIDTH / printed.width, _MAP_HEIGHT / printed.height)
    drawing = Drawing(printed.width * scale, printed.height * scale)
    for area in printed.areas:
        fill = HexColor(area.colour)
        path = _path(area.shape, printed.height, scale, fillColor=fill, fillOpacity=_FILL, strokeColor=None)
        path.fillMode = 0
        drawing.add(path)
    for line in printed.lines:
        drawing.add(
            _path(line.shape, printed.height, scale, fillColor=None, strokeColor=HexColor(line.colour),
                  strokeWidth=line.width * scale * 1.5, strokeDashArray=_dashed(line.dash))
        )  # fmt: skip
    for name in printed.names:
        place = (name.x * scale, (printed.height - name.y) * scale - 3)
        drawing.add(String(*place, name.words, fontName=_LATIN, fontSize=9, textAnchor="middle", fillColor=_INK))
    return drawing


def _path(shape: shapely.Geometry, height: float, scale: float, **how: Any) -> Path:
    path = Path(**how)
    for part in shapely.get_parts(shape):
        area = part.geom_type == "Polygon"
        for ring in [part.exterior, *part.interiors] if area else [part]:
            if ring.geom_type == "Point":
                continue
            (x, y), *rest = ring.coords
            path.moveTo(x * scale, (height - y) * scale)
            for x, y in rest:
                path.lineTo(x * scale, (height - y) * scale)
            if area:
                path.closePath()
    return path
