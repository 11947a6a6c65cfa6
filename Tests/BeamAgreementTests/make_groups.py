"""Makes Fixtures/groups.json: `python make_groups.py`, with torch and transformers 4.49 installed, the last versions with group beam search.

Group beam searches of transformers' `generate` in float32 on the tiny GPT-2 of InferenceTests: groups, penalties, rules, end tokens.
"""
import itertools, json, os, random
import torch, transformers
from transformers import GPT2LMHeadModel

here = os.path.dirname(os.path.abspath(__file__))
model = GPT2LMHeadModel.from_pretrained(os.path.join(here, "..", "InferenceTests", "Fixtures", "gpt2")).eval()
random.seed(0)
prompts = [torch.randint(2, 101, (n,), generator=torch.Generator().manual_seed(10 + n)).tolist() for n in (1, 3, 6, 11)]
counts = torch.zeros(101)
for prompt in prompts:
    torch.manual_seed(1)
    ids = torch.tensor([prompt])
    out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=True, max_new_tokens=20, num_return_sequences=8, eos_token_id=None,
                         pad_token_id=0)
    counts += torch.bincount(out[:, -20:].reshape(-1), minlength=101)
often = [t for t in counts.argsort(descending=True).tolist() if t != 0]
rare = often[-1]
cases = []
for (k, g), penalty, (alpha, stop), eos in itertools.product(
        ((2, 2), (4, 2), (6, 2), (6, 3), (8, 4)), (0.3, 1.5), ((0.0, "heuristic"), (1.0, "never"), (0.7, "first")), ([], often[1:2], often[3:4])):
    prompt, new = random.choice(prompts), random.choice([5, 12])
    ids = torch.tensor([prompt])
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), num_beams=k, num_beam_groups=g, diversity_penalty=penalty, do_sample=False,
        length_penalty=alpha, early_stopping={"first": True, "heuristic": False, "never": "never"}[stop], eos_token_id=eos or None,
        # A group that is done goes on choosing the padding, which the groups after it pay for: a token that nobody chooses.
        pad_token_id=rare, num_return_sequences=k, max_new_tokens=new, return_dict_in_generate=True, output_scores=True)
    texts = []
    for sequence in out.sequences:
        text = sequence[len(prompt):].tolist()
        texts.append(text[:text.index(eos[0]) + 1] if eos and eos[0] in text else text)
    cases.append({"prompt": prompt, "width": k, "groups": g, "penalty": penalty, "alpha": alpha, "stop": stop, "eos": eos, "texts": texts,
                  "new": new, "scores": [round(float(s), 6) for s in out.sequences_scores]})
with open(os.path.join(here, "Fixtures", "groups.json"), "w") as f:
    f.write('{"transformers": "%s", "cases": [\n' % transformers.__version__)
    f.write(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases))
    f.write("\n]}\n")
print(len(cases), "cases")
