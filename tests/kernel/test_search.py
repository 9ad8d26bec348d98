"""Words are found in their other forms, on both databases."""

import pytest
import sqlalchemy as sa

from modules.kernel.predicates import Predicate
from modules.kernel.search import matching, searchable, stems, words
from modules.kernel.storage import Storage

FOUND = [  # what stands in a row, what is asked
    *(("Київ", asked) for asked in ("київ", "Києва", "Києву", "Києвом", "Києві", "київський", "КИЇВСЬКА", "ки")),
    *(("Києва", asked) for asked in ("київ", "Києві", "києв")),
    *(("Львівська обласна рада", asked) for asked in ("Львів", "львівської ради", "обласній раді", "обласна", "льв")),
    *(("Львова", asked) for asked in ("Львів", "Львові", "Львовом")),
    *(("Харків", asked) for asked in ("Харкова", "Харкові", "Харковом", "харківський")),
    *(("Біла Церква", asked) for asked in ("білої церкви", "Білій Церкві", "білу церкву", "Білою Церквою")),
    *(
        ("Громадська організація", asked)
        for asked in ("громадські організації", "організацій", "громадською", "громада")
    ),
    *(("Політична партія", asked) for asked in ("політичної партії", "партій", "політичну партію", "партіями")),
    *(("Партійна організація", asked) for asked in ("партія", "організацію", "партійною організацією")),
    *(("Центральна бібліотека", asked) for asked in ("бібліотеки", "бібліотекою", "бібліотек", "центральній")),
    *(("у бібліотеці", asked) for asked in ("бібліотека", "бібліотекою", "бібліотек")),
    *(("Гімназія і школа", asked) for asked in ("школи", "шкіл", "школою", "гімназії", "гімназій")),
    *(("ремонт шкіл", asked) for asked in ("школа", "школи", "ремонту")),
    *(("Ринок на площі", asked) for asked in ("ринку", "ринки", "ринків", "площа", "площею")),
    *(("Будинок культури", asked) for asked in ("будинку", "будинки", "будинків", "культура")),
    *(("Перелік послуг", asked) for asked in ("послуга", "послузі", "послугами", "переліку")),
    *(("Нова вулиця", asked) for asked in ("вулиці", "вулиць", "нової", "новій", "вулицею")),
    *(("Водопровід", asked) for asked in ("водопроводу", "водопроводи")),
    *(("Прозорість влади", asked) for asked in ("прозорості", "прозорістю", "влада")),
    *(("Обʼєднання співвласників", asked) for asked in ("об'єднання", "об’єднанню", "ОБ`ЄДНАНЬ", "співвласники")),
    *(("Об'єднання «Сад»", asked) for asked in ("обʼєднання", "сад", "«сад»", "'сад'")),
    *(("ОБ’ЄДНАННЯ", asked) for asked in ("об'єднаннями", "обʼ")),
    *(("Украї\u0301на, Іи\u0306", asked) for asked in ("україна", "України", "Ій")),
    *(
        ("City libraries of 100% Kyiv_region", asked)
        for asked in ("library", "Libraries", "LIBRARY city", "100%", "region")
    ),
    *(("00013497 та інші", asked) for asked in ("00013497", "0001", "00013497 інший")),
    *(("Івано-Франківська", asked) for asked in ("івано-франківськ", "франківська", "Івано Франківськ")),
    *(("будь-що", asked) for asked in ("", " ", "%", "_", "'", "!?")),
]
ABSENT = [
    ("Київ", "львів"),
    ("Вода і світло", "від"),
    ("Музика", "музей"),
    ("Радість", "рада міста"),
    ("Громадська організація", "рганізація"),
    ("Громадська організація", "громадська спілка"),
    ("Сто відсотків", "100%"),
    ("abc", "a%c"),
    ("abc", "a_c"),
    ("00013497", "13497"),
    ("Обʼєднання", "єднання"),
]


@pytest.mark.parametrize(("found", "pairs"), [(True, FOUND), (False, ABSENT)], ids=["found", "absent"])
async def test_a_question_finds_words_in_their_other_forms(
    storage: Storage, found: bool, pairs: list[tuple[str, str]]
) -> None:
    wrong = []
    column = sa.bindparam("text", type_=sa.Text())
    async with storage.reading() as read:
        for text, asked in pairs:
            matches = matching(column, asked) or Predicate(sa.true(), {})
            statement = sa.select(sa.case((matches.clause, 1), else_=0)).params(text=searchable(text), **matches.values)
            if bool(await read.value(statement)) is not found:
                wrong.append((text, asked, stems(asked.casefold())))
    assert wrong == []


def test_questions_of_the_same_shape_share_a_clause() -> None:
    column: sa.ColumnClause[str] = sa.column("search_text", sa.Text())
    one, other, longer = (matching(column, asked) for asked in ("рада", "вода", "нова рада"))
    assert one is not None
    assert other is not None
    assert longer is not None
    assert one.clause is other.clause
    assert one.clause is not longer.clause
    assert one.values != other.values


def test_a_question_without_words_narrows_nothing() -> None:
    assert matching(sa.column("search_text", sa.Text()), " %_'!? ") is None


def test_words_are_tidy_and_kept_once() -> None:
    assert words("Об’єднання «СПІВВЛАСНИКІВ», №12_а 'так'") == ["обʼєднання", "співвласників", "no12", "а", "так"]
    assert searchable("Рада рада", None, "", "Ради") == " рада ради"


def test_the_plain_stem_leads_its_other_forms() -> None:
    assert stems("києва") == ["києв", "київ"]
    assert stems("рада") == ["рад"]
    assert stems("12345678") == ["12345678"]
    assert len(stems("а" * 10_000)[0]) <= 40
