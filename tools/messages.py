"""The sentences people read, and their translations: extract, compile, check. Pure Python, no GNU gettext needed.

`make messages` finds every sentence in Python and in templates and brings `locale/*/LC_MESSAGES/django.po` up to date,
keeping what is translated. `.mo` files are made from them at start and in tests; they are not in the repository.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
LANGUAGES = ("nb", "sv", "da")
_CODE = ("busy", "timesheets", "orders", "integrations")
_NOT_FOR_PEOPLE = {"tests", "migrations", "embedded", "samples"}
_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "N_": None,  # the kernel's and the providers' mark
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_WRAP = 120


def extract() -> Catalog:
    """All sentences of the code, with the files they are in."""
    from babel.messages.catalog import Catalog

    catalog = Catalog(project="Busy", charset="utf-8", creation_date=datetime(2026, 1, 1, tzinfo=UTC))
    for path in _sources():
        where = path.relative_to(ROOT).as_posix()
        for line, message, comments, context in _sentences_of(path):
            catalog.add(message, locations=[(where, line)], auto_comments=comments, context=context)
    return catalog


def update() -> list[Path]:
    """Bring every language's file up to date; gives the files that changed."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    template = extract()
    changed = []
    for language in LANGUAGES:
        path = _po(language)
        catalog = _read(path, language) if path.exists() else Catalog(locale=language, project="Busy", charset="utf-8")
        # No guessing: a similar sentence's translation is a wrong one until a person has looked.
        catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalog.creation_date = catalog.revision_date = template.creation_date
        catalog.header_comment = f"# Busy in {catalog.locale.english_name if catalog.locale else language}."
        catalog.fuzzy = False
        written = BytesIO()
        # Sorted, with file names but no line numbers: a change of code shows only the sentences it changed.
        write_po(written, catalog, width=_WRAP, sort_output=True, include_lineno=False, ignore_obsolete=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != written.getvalue():
            path.write_bytes(written.getvalue())
            changed.append(path)
    return changed


def compile_stale(locale: Path = LOCALE) -> list[Path]:
    """Make the .mo beside each .po that has none or an older one; gives what was made. Empty `locale` is fine."""
    stale = [
        path
        for path in sorted(locale.glob("*/LC_MESSAGES/*.po"))
        if not path.with_suffix(".mo").exists() or path.with_suffix(".mo").stat().st_mtime < path.stat().st_mtime
    ]
    for path in stale:
        from babel.messages.mofile import write_mo

        draft = path.with_suffix(".mo.draft")
        with draft.open("wb") as compiled:
            write_mo(compiled, _read(path, path.parts[-3]))
        draft.rename(path.with_suffix(".mo"))  # whole or not at all: another process may be reading
    return [path.with_suffix(".mo") for path in stale]


def problems() -> list[str]:
    """One line for each sentence that is missing, empty, fuzzy, no longer used, or has other placeholders."""
    template = extract()
    found = []
    for language in LANGUAGES:
        path = _po(language)
        if not path.exists():
            found.append(f"{path.relative_to(ROOT)}: missing; run `make messages`")
            continue
        catalog = _read(path, language)
        wanted = {_key(message) for message in template if message.id}
        found += [f"{language}: {why}: {_first(message)!r}" for message, why in _faults(template, catalog)]
        found += [
            f"{language}: no longer used: {_first(message)!r}"
            for message in catalog
            if message.id and _key(message) not in wanted
        ]
    return found


def _faults(template: Catalog, catalog: Catalog) -> Iterator[tuple[Message, str]]:
    for wanted in template:
        if not wanted.id:
            continue
        message = catalog.get(wanted.id if isinstance(wanted.id, str) else wanted.id[0], wanted.context)
        if message is None:
            yield wanted, "missing"
        elif message.fuzzy:
            yield wanted, "fuzzy"
        elif not message.string or (not isinstance(message.string, str) and not all(message.string)):
            yield wanted, "empty"
        else:
            for error in message.check(catalog):
                yield wanted, str(error)


def _key(message: Message) -> tuple[str, str | None]:
    return _first(message), message.context or None


def _first(message: Message) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])


def _po(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _read(path: Path, language: str) -> Catalog:
    from babel.messages.pofile import read_po

    with path.open("rb") as text:
        return read_po(text, locale=language, abort_invalid=True)


def _sources() -> Iterator[Path]:
    folders = [ROOT / name for name in (*_CODE, "templates")]
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        is_template = path.suffix in {".html", ".txt"} and "templates" in path.parts
        if (is_template or path.suffix == ".py") and not _NOT_FOR_PEOPLE & set(path.relative_to(ROOT).parts):
            yield path


def _sentences_of(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    from babel.messages.extract import extract as babel_extract

    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        text = _as_python(text, path)
    elif "gettext" not in text and "N_(" not in text:
        return
    yield from babel_extract(
        "python",
        BytesIO(text.encode()),
        keywords=_KEYWORDS,
        comment_tags=["Translators"],
        options={"encoding": "utf-8"},
    )


def _as_python(template: str, path: Path) -> str:
    """A template as calls of gettext; its markup is blanked out, and its indentation would not be Python's."""
    from django.utils.translation.template import templatize

    return "\n".join(line.lstrip() for line in templatize(template, origin=str(path)).splitlines())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Extract, compile and check translations.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a translation is wanting")
    parser.add_argument("--compile", action="store_true", help="only make the .mo files")
    options = parser.parse_args(arguments)
    if options.check:
        wanting = problems()
        print("\n".join(wanting) or "every sentence is translated")
        return 1 if wanting else 0
    if not options.compile:
        from django.conf import settings

        settings.configure()  # templatize reads a few defaults
        for path in update():
            print("updated", path.relative_to(ROOT))
    for path in compile_stale():
        print("compiled", path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
