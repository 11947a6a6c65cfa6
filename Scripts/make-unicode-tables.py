"""Writes Sources/Tokenizers/Unicode/UnicodeData.swift: the properties of all code points that tokenizers ask for.

    pip install unicodedata2==16.0.0
    python3 Scripts/make-unicode-tables.py DerivedAge.txt > Sources/Tokenizers/Unicode/UnicodeData.swift

DerivedAge.txt is the Unicode consortium's (Debian: /usr/share/unicode/DerivedAge.txt of the package unicode-data; any version
from 9.0 on gives the same file).

A model learnt with the tables of the tokenizer that cut its training text, so each table has the Unicode version of the library
inside the Rust tokenizers (0.23) that plays its part:

  general categories, in patterns and pre-tokenizers    16.0   (Oniguruma)
  punctuation, control and accents of BERT               8.0   (the crate unicode_categories)
  decompositions, combining classes, marks               9.0   (the crate unicode_normalization_alignments)
  lowercase                                             17.0   (the standard library of Rust)

Assigned code points hardly ever change, so the older versions are the newest one without what came later, and with the few
categories that did change, listed below. Rust's standard library, which the pre-tokenizers for digits and words ask, knows the
letters and digits that came with 17.0; here they are unassigned, as in the patterns.
"""
import re
import sys

import unicodedata2 as unicode

assert unicode.unidata_version == "16.0.0", unicode.unidata_version

CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co Cn".split()
WHITE_SPACE = set(range(9, 14)) | {0x20, 0x85, 0xA0, 0x1680} | set(range(0x2000, 0x200B)) | {0x2028, 0x2029, 0x202F, 0x205F, 0x3000}
JOINERS = {0x200C, 0x200D}
CIRCLED_LETTERS = [(0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)]  # Other_Alphabetic beyond L, M, Nl
CHANGED_SINCE_8 = {0x166D: "Po", 0x111C9: "Po", 0x1734: "Mn", 0x1171E: "Mn", 0x1885: "Lo", 0x1886: "Lo", 0xA9BD: "Mc"}
CHANGED_SINCE_9 = {0x1CF2: "Mc", 0x1CF3: "Mc", 0x111C9: "Po"}
LOWERCASE_SINCE_14 = {0x1C89: 0x1C8A, 0xA7CB: 0x264, 0xA7CC: 0xA7CD, 0xA7CE: 0xA7CF, 0xA7D2: 0xA7D3, 0xA7D4: 0xA7D5}
LOWERCASE_SINCE_14 |= {0xA7DA: 0xA7DB, 0xA7DC: 0x19B}
LOWERCASE_SINCE_14 |= {code: code + 0x20 for code in range(0x10D50, 0x10D66)}
LOWERCASE_SINCE_14 |= {code: code + 0x1B for code in range(0x16EA0, 0x16EB9)}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"

age = {}
for line in open(sys.argv[1]):
    match = re.match(r"([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*(\d+)\.(\d+)", line)
    if match:
        for code in range(int(match[1], 16), int(match[2] or match[1], 16) + 1):
            age[code] = (int(match[3]), int(match[4]))


def category(code):
    return unicode.category(chr(code))


def category_of_version(code, version, changed):
    if age.get(code, (99, 0)) > version:
        return "Cn"
    return changed.get(code, category(code))


def flags(code):
    now = category(code)
    old = category_of_version(code, (8, 0), CHANGED_SINCE_8)
    is_alphabetic = now[0] in "L" or now == "Nl" or any(low <= code <= high for low, high in CIRCLED_LETTERS)
    bits = 1 << CATEGORIES.index(now)
    bits |= (code in WHITE_SPACE) << 30
    bits |= (is_alphabetic or now[0] == "M" or now in ("Nd", "Pc") or code in JOINERS) << 31
    bits |= (old[0] == "P" or (code < 128 and now[0] == "S")) << 32
    bits |= (old in ("Cc", "Cf", "Co")) << 33
    bits |= (old == "Mn") << 34
    bits |= (category_of_version(code, (9, 0), CHANGED_SINCE_9)[0] == "M") << 35
    return bits


def varint(value):
    """Base 32, lowest digits first; a digit of 32 or more is followed by another."""
    digits = ""
    while value >= 32:
        digits += ALPHABET[32 + value % 32]
        value //= 32
    return digits + ALPHABET[value]


def signed(value):
    return varint(2 * value if value >= 0 else -2 * value - 1)


def runs(values):
    """Pairs of a value and how often it comes in a row."""
    result = []
    for value in values:
        if result and result[-1][0] == value:
            result[-1][1] += 1
        else:
            result.append([value, 1])
    return result


codes = range(0x110000)
classes = []
properties = ""
for value, count in runs(flags(code) for code in codes):
    if value not in classes:
        classes.append(value)
    properties += varint(count) + varint(classes.index(value))

combining = ""
for value, count in runs(unicode.combining(chr(code)) if age.get(code, (99, 0)) <= (9, 0) else 0 for code in codes):
    combining += varint(count) + varint(value)

decompositions = ""
previous = 0
for code in codes:
    field = unicode.decomposition(chr(code))
    if not field or age.get(code, (99, 0)) > (9, 0):
        continue
    parts = field.split()
    is_compatible = parts[0].startswith("<")
    targets = [int(part, 16) for part in (parts[1:] if is_compatible else parts)]
    composes = not is_compatible and len(targets) == 2 and unicode.normalize("NFC", "".join(map(chr, targets))) == chr(code)
    decompositions += varint(code - previous) + varint(len(targets) * 4 + is_compatible * 2 + composes)
    for target in targets:
        decompositions += signed(target - code)
    previous = code

lowercase = ""
previous = 0
mapped = {code: ord(chr(code).lower()) for code in codes if len(chr(code).lower()) == 1 and chr(code).lower() != chr(code)}
mapped = sorted((mapped | LOWERCASE_SINCE_14).items())  # Python's own table is at least that of Unicode 14
index = 0
while index < len(mapped):
    code, low = mapped[index]
    step = mapped[index + 1][0] - code if index + 1 < len(mapped) and mapped[index + 1][0] - code <= 2 else 1
    count = 1
    while index + count < len(mapped) and mapped[index + count] == (code + count * step, low + count * step):
        count += 1
    lowercase += varint(code - previous) + varint(count * 2 + step - 1) + signed(low - code)
    previous = code
    index += count


def literal(name, text, comment):
    lines = [text[start : start + 128] for start in range(0, len(text), 128)]
    print(f"  /// {comment}")
    print(f'  static let {name}: StaticString = """')
    print("\n".join("    " + line + "\\" for line in lines[:-1]))
    print("    " + lines[-1])
    print('    """\n')


print("// Made by Scripts/make-unicode-tables.py; not edited by hand.\n")
print("/// The packed tables behind ``UnicodeTables`` and ``NormalizationTables``: base-32 numbers, lowest digits first.")
print("enum UnicodeData {")
print("  /// What a code point of each class is: one bit per general category, then the bits of `UnicodeTables`.")
print("  static let classes: [UInt64] = [")
for start in range(0, len(classes), 8):
    print("    " + ", ".join(f"0x{value:X}" for value in classes[start : start + 8]) + ",")
print("  ]\n")
literal("properties", properties, "Runs of code points from 0: length, class. Unicode 16.0.")
literal("combiningClasses", combining, "Runs of code points from 0: length, canonical combining class. Unicode 9.0.")
literal(
    "decompositions",
    decompositions,
    "Distance to the code point before; 4 × length + 2 if only compatible + 1 if the pair composes; the targets' distances. Unicode 9.0.",
)
literal("lowercase", lowercase, "Distance to the run before; 2 × length + step − 1; distance of the lowercase letter. Unicode 17.0.")
print("}")
