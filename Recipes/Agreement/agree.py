"""Reads what a FinetuningComparison(savingTo:) has written with transformers and PEFT, and compares the scores of its examples.

usage: agree.py FOLDER [--base NAME=PATH ...]      (pip install torch transformers peft)

Every row-N of the folder holds either a whole model or an adapter, and examples.jsonl: texts with the scores that the library gave their
labels, in nats. The script prints the largest difference for every row and fails above 2e-3.
"""

import argparse, glob, json, os, sys

import torch
from peft import PeftModel
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--base", action="append", default=[], help="NAME=PATH of a base model")
arguments = parser.parse_args()
bases = dict(pair.split("=", 1) for pair in arguments.base)
CLASSES = {"SEQ_CLS": AutoModelForSequenceClassification, "CAUSAL_LM": AutoModelForCausalLM, "SEQ_2_SEQ_LM": AutoModelForSeq2SeqLM}


def load(row):
    about = json.load(open(f"{row}/about.json"))
    base = bases.get(about["base"], f"{arguments.folder}/bases/{about['base']}")
    kind = CLASSES[about["task"]]
    options = {"num_labels": 3, "pad_token_id": 0} if about["task"] == "SEQ_CLS" else {}
    if os.path.exists(f"{row}/adapter_config.json"):
        model = PeftModel.from_pretrained(kind.from_pretrained(base, **options), row)
    else:
        model = kind.from_pretrained(row)
    return about, AutoTokenizer.from_pretrained(base), model.eval()


@torch.no_grad()
def scores(about, tokenizer, model, example):
    length = about["maximumLength"]
    if about["task"] == "SEQ_CLS":
        side = {} if example["pair"] else {"truncation_side": "left"}
        tokenizer.truncation_side = side.get("truncation_side", "right")
        inputs = tokenizer(
            example["input"], example["pair"], return_tensors="pt", truncation=True, max_length=length, return_token_type_ids=True
        )
        if example["pair"] is None:
            inputs = {name: inputs[name] for name in ("input_ids", "attention_mask")}
        return torch.log_softmax(model(**inputs).logits[0], -1).tolist()
    prompt = tokenizer(example["input"]).input_ids
    result = []
    for answer in example["answers"]:
        if about["task"] == "SEQ_2_SEQ_LM":
            labels = tokenizer(answer, add_special_tokens=False).input_ids + [tokenizer.eos_token_id]
            source = prompt if prompt[-1] == tokenizer.eos_token_id else prompt + [tokenizer.eos_token_id]
            mask = torch.ones(1, len(source), dtype=torch.long)
            decoder = torch.tensor([[0] + labels[:-1]])
            logits = model(input_ids=torch.tensor([source]), attention_mask=mask, decoder_input_ids=decoder).logits[0]
        else:
            whole = tokenizer(example["input"] + answer).input_ids
            labels = whole[len(prompt):] if whole[: len(prompt)] == prompt and len(whole) > len(prompt) else tokenizer(answer, add_special_tokens=False).input_ids
            ids = torch.tensor([prompt + labels[:-1]])
            logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0][-len(labels):]
        logs = torch.log_softmax(logits, -1)
        result.append(sum(logs[place, token].item() for place, token in enumerate(labels)))
    return result


worst = 0.0
rows = sorted(glob.glob(f"{arguments.folder}/row-*"), key=lambda path: int(path.rsplit("-", 1)[1]))
titles = [row for row in json.load(open(f"{arguments.folder}/comparison.json"))["rows"] if row["kind"] == "measured"]
for row in rows:
    about, tokenizer, model = load(row)
    examples = [json.loads(line) for line in open(f"{row}/examples.jsonl")]
    difference = max(
        abs(ours - theirs)
        for example in examples
        for ours, theirs in zip(example["scores"], scores(about, tokenizer, model, example))
    )
    title = titles[int(row.rsplit("-", 1)[1]) - 1]
    print(f"{title['model']}, {title['method']}: largest difference {difference:.1e} nats over {len(examples)} examples")
    worst = max(worst, difference)
sys.exit(0 if worst < 2e-3 else 1)
