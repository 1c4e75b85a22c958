"""Columns of a manifest that tell who a person is, by what they are called and by what they hold.

A name, a date of birth, an address or a number of a patient has no place beside predictions that
are passed on. What is found is refused by a run unless the user keeps or drops the column; so a
wrong guess costs one option, and a right one keeps a person out of the results.
"""

import re
import unicodedata
from collections.abc import Sequence

FEWEST = 20
"""Images, or patients, of which nearly all have to have a value of their own to be told by it."""

NEARLY_ALL = 0.9
"""Share of them."""

_WORD = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words of headers, without accents, in lower case. Latin letters: English, German, French, Spanish,
# Italian, Portuguese, Dutch, Polish, Turkish, Swedish.
_ALONE = {
    "a person's name": _words(
        "surname forename firstname lastname fullname givenname familyname maidenname initials "
        "vorname nachname familienname zuname prenom apellido apellidos nombre nombres cognome "
        "sobrenome voornaam achternaam imie nazwisko soyad soyadi fornamn efternamn 姓名 氏名 имя "
        "фамилия"
    ),
    "a date of birth": _words(
        "dob birthdate birthday dateofbirth geburtsdatum geburtstag gebdatum naissance "
        "datenaissance nacimiento nascita nascimento geboortedatum geboorte fodelsedatum 出生日期 "
        "生年月日 рождения"
    ),
    "an e-mail address": _words("email emails mail correo courriel epost posta 邮箱"),
    "an address": _words(
        "address adresse anschrift wohnort strasse street direccion domicilio indirizzo endereco "
        "adres adress zip zipcode postcode postleitzahl plz 地址 住所 адрес"
    ),
    "a telephone number": _words(
        "phone telephone telefon telefono telefone telefoon mobile handynummer fax 电话"
    ),
    "a person's number": _words(
        "ssn mrn pid patid patnr patientid patientno patientnumber patientennummer patientennr "
        "fallnummer versichertennummer subjectid participantid nhsnumber passport personnummer "
        "accessionnumber dni cpf nif pesel bsn 身份证 病历号"
    ),
}
_PERSONS = _words("patient patients patienten paciente paziente subject participant person")
_NUMBERS = _words("id ids no nr num number nummer code key identifier")
_NAMES = _words("name names nom nome nombre naam namn")
_OF_NAMES = _PERSONS | _words(
    "first last full given family middle maiden sur physician doctor referring operator reader "
    "radiologist"
)
_TOGETHER = (  # words that have to stand together
    ("a date of birth", frozenset({"date", "birth"})),
    ("a date of birth", frozenset({"fecha", "nacimiento"})),
    ("an e-mail address", frozenset({"e", "mail"})),
    ("an address", frozenset({"zip", "code"})),
    ("an address", frozenset({"post", "code"})),
    ("a person's number", frozenset({"medical", "record"})),
    ("a person's number", frozenset({"insurance", "number"})),
    ("a person's number", frozenset({"social", "security"})),
    ("a person's number", frozenset({"nhs", "number"})),
    ("a person's number", frozenset({"accession", "number"})),
)

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE)
_DATE = re.compile(
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}([T ].*)?|\d{1,2}([-/.])\d{1,2}\3(\d{4}|\d{2})([T ].*)?"
    r"|(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
    r"|\d{1,2}[- ][^\W\d_]{3,9}\.?[- ,]+\d{4}|[^\W\d_]{3,9}\.? \d{1,2},? \d{4}"
)
_PERSON = re.compile(r"[^\W\d_][\w'-]*(\^| ?, )[^\W\d_][\w' .^-]*")  # Doe^John, Doe, John
_THOUSANDS = re.compile(r"\d{1,3}(\.\d{3})+,\d+")  # 1.236,5
_MOSTLY = 0.5  # share of values that have to be of such a form
_DIGITS = 6  # of a whole number that may be that of a person


def why_identifying(
    name: str, cells: Sequence[str], units: Sequence[str], paths: Sequence[str]
) -> str:
    """What a column seems to hold that tells who a person is, "" where it seems to hold nothing.

    Args:
        name: its header.
        cells: `n` cells, "" where there is no value.
        units: `n` patients; images where patients are not known.
        paths: `n` paths of the images, which are stored anyway: what repeats them tells no more.

    >>> why_identifying("Geburtsdatum", ["1.2.1950"], ["a"], ["a.png"])
    'a date of birth'
    >>> why_identifying("tumour_size", ["12.5"], ["a"], ["a.png"])
    ''
    """
    known = [
        (cell, unit, path) for cell, unit, path in zip(cells, units, paths, strict=True) if cell
    ]
    by_name, repeats = _by_name(name), all(_is_in(cell, path) for cell, _, path in known)
    if repeats and known and (not by_name or name.casefold() in _NAMES):
        return ""  # the name of the image
    if by_name:
        return by_name
    values = [cell for cell, _, _ in known]
    for what, form in (("e-mail addresses", _EMAIL), ("dates", _DATE), ("persons' names", _PERSON)):
        if values and sum(bool(form.fullmatch(v)) for v in values) > _MOSTLY * len(values):
            return what
    return _by_content(values, [unit for _, unit, _ in known])


def _by_name(name: str) -> str:
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", name))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    words = _WORD.findall(plain)
    together = "".join(words)
    for what, alone in _ALONE.items():
        if together in alone or alone & set(words):
            return what
    for what, needed in _TOGETHER:
        if needed <= set(words):
            return what
    if set(words) & _NAMES and (len(words) == 1 or set(words) & _OF_NAMES):
        return "a person's name"
    if set(words) & _PERSONS and (len(words) == 1 or set(words) & _NUMBERS):
        return "a person's number"
    return ""


def _by_content(values: Sequence[str], units: Sequence[str]) -> str:
    """Whether nearly every patient, or image, has a value of its own that is not measured."""
    n = len(set(units))
    if n < FEWEST or len(set(values)) < NEARLY_ALL * n:
        return ""
    first = dict(zip(units, values, strict=True))
    if len(set(first.values())) < NEARLY_ALL * n:
        return ""
    if all(_is_measured(value) for value in values):
        digits = [len(value) for value in values if value.isdigit()]
        alike = digits and max(map(digits.count, set(digits))) >= NEARLY_ALL * len(values)
        if not alike or digits[0] < _DIGITS:
            return ""
    return "a value of its own for nearly every " + (
        "image" if len(set(units)) == len(units) else "patient"
    )


def _is_measured(value: str) -> bool:
    """Whether a value is a number, and no code of digits such as 00017."""
    plain = value.lstrip("+-")
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(".", "")
    plain = plain.replace(",", ".", 1)
    whole, _, rest = plain.partition(".")
    digits = (whole + rest).replace("e", "").replace("E", "").replace("-", "")
    return digits.isdigit() and not (len(whole) > 1 and whole.startswith("0"))


def _is_in(value: str, path: str) -> bool:
    """Whether a path has the letters and digits of a value, in this order and together."""
    letters = "".join(c for c in value.casefold() if c.isalnum())
    return bool(letters) and letters in "".join(c for c in path.casefold() if c.isalnum())
