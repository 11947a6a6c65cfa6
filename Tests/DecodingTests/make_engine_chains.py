"""Writes Fixtures/engine-chains.json: what the chains of transformers and of llama.cpp make of the same logits.

    pip install torch transformers llama-cpp-python numpy
    python make_engine_chains.py

transformers: its own list of processors, built from a GenerationConfig. llama.cpp: its samplers, in the order of `common_params_sampling`.
"""
import ctypes
import json
import os

import llama_cpp
import numpy as np
import torch
import transformers
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel

SIZE = 24
random = np.random.default_rng(5)
model = GPT2LMHeadModel(GPT2Config(vocab_size=SIZE, n_embd=8, n_layer=1, n_head=1, n_positions=64, bos_token_id=0, eos_token_id=0))


def of_transformers(settings, prompt, generated, logits):
    config = GenerationConfig(do_sample=True, **{"top_k": 50, **settings})
    config._eos_token_tensor = None
    processors = model._get_logits_processor(
        config, input_ids_seq_length=len(prompt), encoder_input_ids=torch.tensor([prompt]), logits_processor=[], device="cpu")
    scores = processors(torch.tensor([prompt + generated]), torch.tensor([logits], dtype=torch.float32))
    return torch.softmax(scores.double(), -1)[0].tolist()


def of_llama(settings, prompt, generated, logits):
    s = {"temperature": 0.8, "top_k": 40, "top_p": 0.95, "min_p": 0.05, "typical": 1.0, "top_n_sigma": -1.0, "xtc_threshold": 0.1,
         "xtc_probability": 0.0, "last_n": 64, "repeat": 1.0, "frequency": 0.0, "presence": 0.0, **settings}
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    add = lambda sampler: llama_cpp.llama_sampler_chain_add(chain, sampler)
    add(llama_cpp.llama_sampler_init_penalties(SIZE, s["last_n"], s["repeat"], s["frequency"], s["presence"]))
    add(llama_cpp.llama_sampler_init_top_n_sigma(s["top_n_sigma"]))
    add(llama_cpp.llama_sampler_init_top_k(s["top_k"]))
    add(llama_cpp.llama_sampler_init_typical(s["typical"], 1))
    add(llama_cpp.llama_sampler_init_top_p(s["top_p"], 1))
    add(llama_cpp.llama_sampler_init_min_p(s["min_p"], 1))
    add(llama_cpp.llama_sampler_init_xtc(s["xtc_probability"], s["xtc_threshold"], 1, 1))
    add(llama_cpp.llama_sampler_init_temp(s["temperature"]))
    for token in prompt + generated:
        llama_cpp.llama_sampler_accept(chain, token)
    data = (llama_cpp.llama_token_data * SIZE)(*[llama_cpp.llama_token_data(i, float(l), 0.0) for i, l in enumerate(logits)])
    array = llama_cpp.llama_token_data_array(data, SIZE, -1, False)
    llama_cpp.llama_sampler_apply(chain, ctypes.byref(array))
    kept = {array.data[i].id: array.data[i].logit for i in range(array.size)}
    scores = np.array([kept.get(i, -np.inf) for i in range(SIZE)])
    weights = np.exp(scores - scores.max())
    llama_cpp.llama_sampler_free(chain)
    return (weights / weights.sum()).tolist()


TRANSFORMERS = [
    {}, {"temperature": 0.7}, {"temperature": 2.0, "top_k": 7}, {"temperature": 1.5, "top_p": 0.8, "top_k": 0},
    {"temperature": 0.8, "top_k": 10, "top_p": 0.9, "min_p": 0.1}, {"typical_p": 0.6, "top_k": 0}, {"epsilon_cutoff": 0.03, "top_k": 0},
    {"eta_cutoff": 0.05, "top_k": 0}, {"repetition_penalty": 1.3}, {"repetition_penalty": 0.8, "temperature": 1.7, "top_p": 0.7},
    {"no_repeat_ngram_size": 2}, {"no_repeat_ngram_size": 3, "repetition_penalty": 1.2, "top_k": 5},
]
LLAMA = [
    {}, {"temperature": 2.0}, {"top_k": 5, "top_p": 0.7}, {"typical": 0.6}, {"top_n_sigma": 1.0, "temperature": 1.5},
    {"min_p": 0.3, "temperature": 3.0}, {"repeat": 1.3}, {"repeat": 1.2, "frequency": 0.3, "presence": 0.4},
    {"frequency": 0.5, "last_n": 4}, {"repeat": 1.5, "last_n": 3, "temperature": 0.5}, {"xtc_threshold": 0.05, "xtc_probability": 1.0},
]

cases = []
for engine, function, settings in [("transformers", of_transformers, TRANSFORMERS), ("llama.cpp", of_llama, LLAMA)]:
    for setting in settings:
        for _ in range(3):
            logits = np.float32(random.normal(0, 2, SIZE)).tolist()
            prompt = random.integers(0, SIZE, 6).tolist()
            generated = random.integers(0, SIZE, 7).tolist() + prompt[:1]
            cases.append({
                "engine": engine, "settings": setting, "prompt": prompt, "generated": generated, "logits": logits,
                "probabilities": [round(p, 9) for p in function(setting, prompt, generated, logits)]})

here = os.path.dirname(os.path.abspath(__file__))
os.makedirs(here + "/Fixtures", exist_ok=True)
with open(here + "/Fixtures/engine-chains.json", "w") as file:
    json.dump({"transformers": transformers.__version__, "llama-cpp-python": llama_cpp.__version__, "cases": cases}, file, indent=None, separators=(",", ":"))
    file.write("\n")
print(len(cases), "cases")
