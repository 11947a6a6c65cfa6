"""Makes Fixtures/beams.json: `python make_fixtures.py`, with torch and transformers installed.

Beam searches of transformers' `generate` in float64 on the tiny GPT-2 and T5 with random weights of InferenceTests, over widths, length
penalties, stopping rules, end tokens, n-best and processors. End tokens are tokens that the models like to write, so that texts end.
"""
import itertools, json, os, random
import torch, transformers
from transformers import GPT2LMHeadModel, T5ForConditionalGeneration

here = os.path.dirname(os.path.abspath(__file__))
models = os.path.join(here, "..", "InferenceTests", "Fixtures")
gpt2 = GPT2LMHeadModel.from_pretrained(os.path.join(models, "gpt2")).double().eval()
t5 = T5ForConditionalGeneration.from_pretrained(os.path.join(models, "t5")).double().eval()


def tokens(count, size, seed):
    return torch.randint(2, size, (count,), generator=torch.Generator().manual_seed(seed)).tolist()


def liked(model, prompts):
    """The tokens that sampling writes most often, from the most frequent down."""
    counts = torch.zeros(model.config.vocab_size)
    for prompt in prompts:
        torch.manual_seed(1)
        ids = torch.tensor([prompt])
        out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=True, max_new_tokens=20, num_return_sequences=8,
                             eos_token_id=None, pad_token_id=0)
        counts += torch.bincount(out[:, -20:].reshape(-1), minlength=len(counts))
    return [t for t in counts.argsort(descending=True).tolist() if t != 0]


def run(name, prompt, k, alpha, stop, eos, n, new, extra):
    model = gpt2 if name == "gpt2" else t5
    ids = torch.tensor([prompt])
    settings = dict(extra)
    if "forced_bos_token_id" in settings and name == "gpt2":
        raise ValueError("only for t5")
    if "suppress" in settings:
        settings["suppress_tokens"] = settings.pop("suppress")
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), num_beams=k, do_sample=False, length_penalty=alpha,
        early_stopping={"first": True, "heuristic": False, "never": "never"}[stop], eos_token_id=eos or None, pad_token_id=0,
        num_return_sequences=n, max_new_tokens=new, return_dict_in_generate=True, output_scores=True, **settings)
    start = len(prompt) if name == "gpt2" else 1
    texts, scores = [], []
    for i, sequence in enumerate(out.sequences):
        length = int((out.beam_indices[i] >= 0).sum()) if k > 1 else len(sequence) - start
        texts.append(sequence[start:start + length].tolist())
    scores = [round(float(s), 6) for s in out.sequences_scores] if k > 1 else []
    return {"model": name, "prompt": prompt, "width": k, "alpha": alpha, "stop": stop, "eos": eos, "texts": texts, "scores": scores,
            "new": new, **extra}


random.seed(0)
prompts = {"gpt2": [tokens(n, 101, 10 + n) for n in (1, 3, 6, 11)], "t5": [tokens(n, 90, 20 + n) + [1] for n in (4, 9)]}
often = {"gpt2": liked(gpt2, prompts["gpt2"]), "t5": liked(t5, prompts["t5"])}
ends = {name: [[], often[name][1:2], often[name][2:4], often[name][4:7]] for name in prompts}
cases = []
# Plain: every combination of width, exponent, rule and end tokens, each with a prompt and a number of texts drawn for it.
for k, alpha, stop, e in itertools.product(range(1, 9), (-1.0, 0.0, 0.6, 1.0, 2.0), ("first", "heuristic", "never"), range(4)):
    if k == 1 and (alpha != 1.0 or stop != "heuristic"):
        continue
    name = "t5" if random.random() < 0.25 else "gpt2"
    n = random.randint(1, k) if k > 1 else 1
    cases.append(run(name, random.choice(prompts[name]), k, alpha, stop, ends[name][e], n, random.choice([1, 6, 14, 24]), {}))
# With processors, on GPT-2.
extras = [{"min_new_tokens": 9}, {"repetition_penalty": 1.4}, {"repetition_penalty": 0.8}, {"no_repeat_ngram_size": 2}, {"no_repeat_ngram_size": 3},
          {"forced_eos_token_id": None}, {"suppress": None}, {"min_new_tokens": 6, "repetition_penalty": 1.3, "no_repeat_ngram_size": 2}]
for extra, k, (alpha, stop) in itertools.product(extras, (1, 2, 4, 7), ((1.0, "heuristic"), (0.0, "never"), (-0.5, "first"), (1.5, "never"))):
    eos = ends["gpt2"][random.randint(1, 3)]
    extra = dict(extra)
    if "forced_eos_token_id" in extra:
        extra["forced_eos_token_id"] = eos[0]
    if "suppress" in extra:
        extra["suppress"] = often["gpt2"][:3]
    if k == 1 and (alpha, stop) != (1.0, "heuristic"):
        continue
    cases.append(run("gpt2", random.choice(prompts["gpt2"]), k, alpha, stop, eos, min(k, 3), random.choice([12, 20]), extra))
# A forced first token, on T5.
for k, alpha in itertools.product((1, 3, 5), (0.0, 1.0)):
    cases.append(run("t5", random.choice(prompts["t5"]), k, alpha, "heuristic", ends["t5"][1], min(k, 2), 12, {"forced_bos_token_id": often["t5"][5]}))

os.makedirs(os.path.join(here, "Fixtures"), exist_ok=True)
with open(os.path.join(here, "Fixtures", "beams.json"), "w") as f:
    f.write('{"transformers": "%s", "cases": [\n' % transformers.__version__)
    f.write(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases))
    f.write("\n]}\n")
print(len(cases), "cases")
print("shorter than the limit:", sum(any(len(t) < c["new"] for t in c["texts"]) for c in cases))
