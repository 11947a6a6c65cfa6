"""Reads folders that Network.save has written with transformers: `python read_back.py FOLDER …`.

FOLDER/expected.json has inputs and the logits that were computed here. The class is the one that config.json names; every tensor of it has to
be in the file. Ends with an error when a logit differs by more than 2e-5.
"""
import json, sys
import torch, transformers

transformers.logging.set_verbosity_error()
torch.set_grad_enabled(False)


def padded(rows):
    longest = max(map(len, rows))
    return torch.tensor([r + [0] * (longest - len(r)) for r in rows]), torch.tensor([[1] * len(r) + [0] * (longest - len(r)) for r in rows])


def agrees(folder):
    with open(folder + "/expected.json") as f:
        expected = json.load(f)
    config = transformers.AutoConfig.from_pretrained(folder)
    cls = getattr(transformers, config.architectures[0])
    model, report = cls.from_pretrained(folder, output_loading_info=True)
    model.eval()
    assert not report["missing_keys"] and not report["unexpected_keys"] and not report["mismatched_keys"], report
    ids, mask = padded(expected["inputs"])
    found, lengths = None, [len(r) for r in (expected["outputs"] or expected["inputs"])]
    if expected["outputs"]:
        found = model(input_ids=ids, attention_mask=mask, decoder_input_ids=padded(expected["outputs"])[0]).logits
    elif config.architectures[0] in ("GPT2ForSequenceClassification", "LlamaForSequenceClassification"):
        # Without a padding token transformers takes one text at a time.
        found = torch.cat([model(input_ids=torch.tensor([r])).logits for r in expected["inputs"]])
    else:
        output = model(input_ids=ids, attention_mask=mask)
        found = output.prediction_logits if "prediction_logits" in output else output.logits
    ours = torch.tensor(expected["logits"]).reshape(found.shape)
    worst = max((ours[i, :n] - found[i, :n]).abs().max().item() for i, n in enumerate(lengths)) if found.dim() == 3 else (ours - found).abs().max().item()
    print(f"{config.architectures[0]}: largest difference of a logit {worst:.1e}, largest logit {found.abs().max().item():.1f}")
    return worst < 2e-5


sys.exit(0 if all([agrees(folder) for folder in sys.argv[1:]]) else 1)
