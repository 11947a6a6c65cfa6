"""What transformers computes in float64 with models of real sizes: `python make_agreement.py MODELS OUT`, beside the peers' set-up.

MODELS has SmolLM2.gguf, minilm, flan-t5-small, gpt2-small and t5-small; BERT-base with its two heads of pretraining is made here, of random
weights. Writes OUT/agreement.json, and OUT/smollm2 and OUT/bert-base as Hugging Face folders. Where OUT holds GGUF files that llama.cpp's
convert_hf_to_gguf.py made of the folders (minilm-f32.gguf, flan-t5-small-f32.gguf), the tests compare these too.
Then: BEAMLINE_AGREEMENT=OUT swift test --filter Agreement
"""
import gc, json, os, sys
import torch
from transformers import (AutoModelForCausalLM, AutoModel, AutoModelForSeq2SeqLM, AutoTokenizer, BertConfig, BertForPreTraining)

models, out = sys.argv[1:3]
os.makedirs(out, exist_ok=True)
torch.set_grad_enabled(False)
torch.manual_seed(0)
result = []


def keep():
    with open(f"{out}/agreement.json", "w") as f:
        json.dump(result, f)


def ids(count, size, seed):
    return torch.randint(5, size, (count,), generator=torch.Generator().manual_seed(seed)).tolist()


def padded(rows):
    longest = max(map(len, rows))
    return torch.tensor([r + [0] * (longest - len(r)) for r in rows]), torch.tensor([[1] * len(r) + [0] * (longest - len(r)) for r in rows])


def numbers(t):
    return [float(x) for x in t.double().reshape(-1)]


def decoder(name, path, load, size, lengths, prompt, begin):
    """Last logits of a padded batch in float64, greedy and beam outputs in float32."""
    model = load(torch.float32)
    texts = [ids(n, size, n) for n in lengths]
    one = torch.tensor([prompt])
    common = dict(attention_mask=torch.ones_like(one), do_sample=False, pad_token_id=0)
    greedy = model.generate(one, max_new_tokens=40, **common)[0, len(prompt):].tolist()
    beam = model.generate(one, max_new_tokens=24, num_beams=4, length_penalty=1.0, **common)[0, len(prompt):].tolist()
    model = model.double()
    tokens, mask = padded(texts)
    rows = model(tokens, attention_mask=mask).logits
    result.append(dict(name=name, kind="decoder", path=path, texts=texts, logits=[numbers(rows[i, n - 1]) for i, n in enumerate(lengths)],
                       prompt=prompt, greedy=greedy, beam4=beam))
    keep()
    del model, rows
    gc.collect()


path = f"{models}/gpt2-small"
decoder("GPT-2 124M (random)", path, lambda d: AutoModelForCausalLM.from_pretrained(path, dtype=d).eval(), 50257, [3, 60, 600], ids(32, 50257, 9), 0)

smol = f"{out}/smollm2"
gguf = os.path.realpath(f"{models}/SmolLM2.gguf")
loaded = AutoModelForCausalLM.from_pretrained(os.path.dirname(gguf), gguf_file=os.path.basename(gguf), dtype=torch.float32).eval()
plain = type(loaded)(type(loaded.config)(**{k: v for k, v in loaded.config.to_dict().items() if k != "quantization_config"}))
plain.load_state_dict(loaded.state_dict())
plain.save_pretrained(smol)
tokenizer = AutoTokenizer.from_pretrained(os.path.dirname(gguf), gguf_file=os.path.basename(gguf))
tokenizer.save_pretrained(smol)
del loaded, plain
chat = tokenizer("<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n").input_ids
decoder("SmolLM2-135M", smol, lambda d: AutoModelForCausalLM.from_pretrained(smol, dtype=d).eval(), 49152, [3, 60, 800], chat, 1)

bert = f"{out}/bert-base"
model = BertForPreTraining(BertConfig(initializer_range=0.05)).eval()
model.save_pretrained(bert)
model = model.double()
lengths = [6, 50, 512]
texts = [ids(n, 30522, n) for n in lengths]
kinds = [[0] * (n // 2) + [1] * (n - n // 2) for n in lengths]
tokens, mask = padded(texts)
output = model(tokens, attention_mask=mask, token_type_ids=padded(kinds)[0])
hidden = model.bert(tokens, attention_mask=mask, token_type_ids=padded(kinds)[0]).last_hidden_state
result.append(dict(name="BERT-base (random)", kind="encoder", path=bert, texts=texts, segments=kinds,
                   hidden=[numbers(hidden[i, n - 1]) for i, n in enumerate(lengths)], masked=[numbers(output.prediction_logits[i, n // 2]) for i, n in enumerate(lengths)],
                   following=[numbers(r) for r in output.seq_relationship_logits]))
path = f"{models}/minilm"
model = AutoModel.from_pretrained(path, dtype=torch.float64).eval()
hidden = model(tokens, attention_mask=mask, token_type_ids=padded(kinds)[0]).last_hidden_state
result.append(dict(name="MiniLM", kind="encoder", path=path, gguf=f"{out}/minilm-f32.gguf", texts=texts, segments=kinds,
                   hidden=[numbers(hidden[i, n - 1]) for i, n in enumerate(lengths)]))
keep()
del model, hidden, output
gc.collect()

for name, path, gguf, size in (("T5-small (random)", f"{models}/t5-small", None, 32128), ("flan-t5-small", f"{models}/flan-t5-small", f"{out}/flan-t5-small-f32.gguf", 32100)):
    model = AutoModelForSeq2SeqLM.from_pretrained(path, dtype=torch.float32).eval()
    lengths, targets = [4, 60, 400], [[0] + ids(n, size, n + 1) for n in (1, 12, 130)]
    texts = [ids(n - 1, size, n) + [1] for n in lengths]
    if "flan" in name:
        texts[0] = AutoTokenizer.from_pretrained(path)("translate English to German: The house is wonderful.").input_ids
        lengths[0] = len(texts[0])
    one = torch.tensor([texts[0]])
    greedy = model.generate(one, max_new_tokens=20, do_sample=False, num_beams=1)[0].tolist()
    beam = model.generate(one, max_new_tokens=20, do_sample=False, num_beams=4)[0].tolist()
    tokens, mask = padded(texts)
    rows = model.double()(input_ids=tokens, attention_mask=mask, decoder_input_ids=padded(targets)[0]).logits
    result.append(dict(name=name, kind="encoder-decoder", path=path, gguf=gguf, texts=texts, outputs=targets,
                       logits=[numbers(rows[i, len(t) - 1]) for i, t in enumerate(targets)], greedy=greedy, beam4=beam))
    keep()
    del model, rows
    gc.collect()

print([(r["name"], r.get("greedy"), r.get("beam4")) for r in result])
