"""Two rows of the comparison on MNLI with transformers and PEFT: the same pairs, order of epochs, rates, batch size and length.

usage: reference.py TRAIN.jsonl VALIDATION.jsonl TEST.jsonl MODEL full|lora [rate] [seed]

The order of the examples within an epoch and the draws of dropout and of new weights are torch's own, so figures differ by chance.
"""

import json, random, sys, time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_linear_schedule_with_warmup

train_path, validation_path, test_path, name, method = sys.argv[1:6]
rate = float(sys.argv[6]) if len(sys.argv) > 6 else (1e-4 if method == "full" else 1e-3)
seed = int(sys.argv[7]) if len(sys.argv) > 7 else 42
LABELS = {"entailment": 0, "neutral": 1, "contradiction": 2}
torch.manual_seed(seed)
random.seed(seed)


def read(path):
    return [(row["premise"], row["hypothesis"], LABELS[row["gold_label"]]) for row in map(json.loads, open(path))]


train, validation, test = read(train_path), read(validation_path), read(test_path)
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForSequenceClassification.from_pretrained(name, num_labels=3)
if method == "lora":
    model = get_peft_model(model, LoraConfig(task_type="SEQ_CLS", r=8, lora_alpha=16, target_modules=["query", "value"]))
    # The library trains the last linear map beside the adapters, as PEFT does.
parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
decaying = [parameter for parameter in parameters if parameter.dim() > 1]
others = [parameter for parameter in parameters if parameter.dim() <= 1]
optimizer = torch.optim.AdamW([{"params": decaying, "weight_decay": 0.01}, {"params": others, "weight_decay": 0}], lr=rate)
steps = (len(train) + 15) // 16
schedule = get_linear_schedule_with_warmup(optimizer, round(0.06 * steps), steps)


def encode(pairs):
    return tokenizer([p for p, _, _ in pairs], [h for _, h, _ in pairs], truncation=True, max_length=64, padding=True, return_tensors="pt")


@torch.no_grad()
def accuracy(pairs):
    model.eval()
    right = 0
    ordered = sorted(pairs, key=lambda pair: len(pair[0]) + len(pair[1]))
    for start in range(0, len(ordered), 32):
        part = ordered[start : start + 32]
        right += (model(**encode(part)).logits.argmax(-1) == torch.tensor([label for _, _, label in part])).sum().item()
    model.train()
    return right / len(pairs)


model.train()
begin = time.time()
random.shuffle(train)
best = (0.0, None)
for step in range(steps):
    part = train[step * 16 : step * 16 + 16]
    loss = model(**encode(part), labels=torch.tensor([label for _, _, label in part])).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    if step + 1 in (steps // 2, steps):
        reached = accuracy(validation)
        print(f"step {step + 1}: validation {reached:.3f}", flush=True)
        if reached > best[0]:
            best = (reached, {key: value.clone() for key, value in model.state_dict().items()})
model.load_state_dict(best[1])
count = sum(parameter.numel() for parameter in parameters)
print(f"{method}, seed {seed}, rate {rate}: {count} trainable, test {accuracy(test):.3f} of {len(test)}, {time.time() - begin:.0f} s")
