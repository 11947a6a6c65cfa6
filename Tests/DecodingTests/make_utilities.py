"""Writes Fixtures/utilities.json: what sacreBLEU and rouge-score say of pairs of sentences.

pip install sacrebleu rouge-score; python make_utilities.py
"""

import json
import pathlib
import random

import rouge_score.rouge_scorer
import sacrebleu

words = "the a cat dog sat on mat, . costs $1,234.50 don't well-known 3-4 (really) «no» U.S. e.g. \"yes\" ünder &amp; % Straße 5.5 x_y".split(" ")
pairs = [
    ("the cat sat on the mat", "the cat sat on the mat"),
    ("the cat sat on the mat", "the cat is on the mat"),
    ("", "the cat"),
    ("the cat", ""),
    ("dog", "cat"),
    ("a", "a b c d e f g"),
    ("a b c d e f g", "a"),
    ("It costs $1,234.50, or 3-4 dollars; really.", "It costs $1,234.5 or 3-4 dollars: really!"),
    ("So the answer is 42.", "The answer is 42."),
    ("Hello,world.Again", "Hello, world. Again"),
    ("1,000.5 and .5 or 5.", "1000.5 and 0.5 or 5"),
    ("don't say 'no'", "do not say 'no'"),
]
random.seed(7)
for _ in range(60):
    reference = [random.choice(words) for _ in range(random.randint(1, 12))]
    hypothesis = [w for w in reference if random.random() < 0.7] + [random.choice(words) for _ in range(random.randint(0, 4))]
    if random.random() < 0.3:
        random.shuffle(hypothesis)
    pairs.append((" ".join(hypothesis), " ".join(reference)))

rouge = rouge_score.rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
rows = [
    {
        "hypothesis": hypothesis,
        "reference": reference,
        "bleu": sacrebleu.sentence_bleu(hypothesis, [reference]).score / 100,
        "chrf": sacrebleu.sentence_chrf(hypothesis, [reference]).score / 100,
        # rouge-score knows ASCII alone.
        "rougeL": rouge.score(reference, hypothesis)["rougeL"].fmeasure if (hypothesis + reference).isascii() and hypothesis and reference else None,
    }
    for hypothesis, reference in pairs
]
lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
pathlib.Path(__file__).with_name("Fixtures").joinpath("utilities.json").write_text(f"[\n{lines}\n]\n")
