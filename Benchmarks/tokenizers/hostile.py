"""Hostile texts for tokenizers: what breaks those that were only tried on English."""
import unicodedata

SPANS = [(0, 0x80), (0x80, 0x250), (0x300, 0x370), (0x370, 0x600), (0x600, 0x780), (0x900, 0xE00), (0xE00, 0x1000), (0x1100, 0x1200),
         (0x1E00, 0x2000), (0x2000, 0x2070), (0x2070, 0x2C00), (0x3000, 0x3200), (0x3200, 0x3400), (0x4E00, 0x5200), (0xAC00, 0xB000),
         (0xF900, 0xFB10), (0xFB10, 0xFE00), (0xFE00, 0x10000), (0x1D400, 0x1D800), (0x1F100, 0x1F200), (0x1F300, 0x1FA00), (0x20000, 0x20100)]
PIECES = ["'s", "'ll", "'LL", "’s", "'ſ", "don't", "I'VE", " ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", " \n", "\u00a0", "\u3000", "\u2028",
          "\u200b", "\u200d", "\ufeff", "\ufe0f", "\u0301", "\u0308", "\u0323", "e\u0301", "é", "\u1100\u1161\u11a8", "각", "ﬁ", "①", "½", "²",
          "…", "ｆｕｌｌ", "İ", "ß", "Σς", "日本語", "漢字かな", "한국어", "العربية", "עברית", "हिन्दी", "ไทย", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪🇫🇷", "1️⃣", "👍🏽",
          "<s>", "</s>", "<pad>", "<unk>", "<mask>", "[MASK]", "[CLS]", "[SEP]", "<|endoftext|>", "<|im_start|>", "<extra_id_0>", "▁", "##ing",
          "Ġ", "<0x0A>", "0", "42", "1234567", "3.14", "x=1;", "foo_bar", "://", "...", "!!!", "@user", "#tag", "hello", "World", "The", "\x00",
          "\x07", "\x7f", "\x85", "\ufffd", "\uffff", "\U000e0001", "\U0010ffff", "a\u0315\u0300\u05ae\u0062", "\u0b47\u0b3e", "क्षि", "र्‍"]


def random_text(random):
    kind = random.randrange(6)
    length = random.choice([1, 2, 5, 20, 60, 200])
    if kind == 0:
        low, high = random.choice(SPANS)
        return "".join(chr(random.randrange(low, high)) for _ in range(length))
    if kind == 1:
        return "".join(random.choice(PIECES) for _ in range(length))
    if kind == 2:
        codes = (random.randrange(0x110000) for _ in range(length))
        return "".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000)
    if kind == 3:
        return bytes(random.randrange(256) for _ in range(length)).decode("utf8", "replace")
    if kind == 4:
        text = "".join(random.choice(PIECES + ["a", "B", " ", "c "]) for _ in range(length))
        return unicodedata.normalize(random.choice(["NFC", "NFD", "NFKC", "NFKD"]), text)
    return "".join(chr(random.choice([32, 10, 39, 46, 97, 65, 48, 0x301, 0x4E00, 0x1F600])) for _ in range(length))
