"""Makes the fixtures of InferenceTests: `python make_fixtures.py`, with torch, transformers and gguf installed.

Each folder is a tiny model with random weights as transformers saves it, and expected.json: inputs and what transformers computes for
them in float64 (logits or hidden states, greedy continuations). llama.gguf is the model of llama/ in GGUF, with blocks of every kind
that the kernels run on, and llama-gguf.json what transformers computes with the weights as gguf decodes them.
"""
import json, os
import numpy as np, torch, gguf
from gguf import GGMLQuantizationType as Q
from transformers import (BertConfig, BertForMaskedLM, BertModel, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, T5Config,
                          T5ForConditionalGeneration)

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixtures")
os.makedirs(here, exist_ok=True)


def randomise(model, seed, scale=0.35):
    """Weights large enough that logits differ and attention is not uniform; biases and norms away from 0 and 1."""
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=g)
            if p.dim() == 1:
                p.copy_((1 if "weight" in name else 0) + 0.2 * noise)
            else:
                p.copy_(noise * scale)
    return model.eval()


def tokens(count, size, seed):
    return torch.randint(1, size, (count,), generator=torch.Generator().manual_seed(seed)).tolist()


def numbers(t):
    return [round(float(x), 6) for x in t.detach().double().reshape(-1)]


def save(model, name, expected):
    folder = os.path.join(here, name)
    model.save_pretrained(folder)
    with open(os.path.join(folder, "expected.json"), "w") as f:
        json.dump(expected, f)


def decoder(model, name, size):
    double = type(model)(model.config).double().eval()
    double.load_state_dict({k: v.double() for k, v in model.state_dict().items()})
    prompts = [tokens(7, size, 1), tokens(3, size, 2), tokens(61, size, 3)]
    expected = {"prompts": prompts, "logits": [], "greedy": []}
    for prompt in prompts:
        ids = torch.tensor([prompt])
        logits = double(ids).logits[0]
        expected["logits"].append(numbers(logits if len(prompt) < 10 else logits[-2:]))
        output = double.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=30, do_sample=False, num_beams=1, eos_token_id=None, pad_token_id=0)
        expected["greedy"].append(output[0, len(prompt):].tolist())
    # The same prompts in one padded batch: what transformers gives at the last real token.
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    padded = double(ids, attention_mask=mask, position_ids=positions).logits[:, -1]
    expected["padded"] = [numbers(row) for row in padded]
    save(model, name, expected)
    return double


decoder(randomise(GPT2LMHeadModel(GPT2Config(vocab_size=101, n_positions=128, n_embd=48, n_layer=2, n_head=3, bos_token_id=0, eos_token_id=0)), 1), "gpt2", 101)

llama = randomise(LlamaForCausalLM(LlamaConfig(
    vocab_size=101, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
    max_position_embeddings=128, tie_word_embeddings=True, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2)), 2, 0.25)
decoder(llama, "llama", 101)
untied = randomise(LlamaForCausalLM(LlamaConfig(
    vocab_size=70, hidden_size=48, intermediate_size=64, num_hidden_layers=1, num_attention_heads=3, num_key_value_heads=1,
    max_position_embeddings=128, tie_word_embeddings=False, attention_bias=True, rope_parameters={"rope_type": "default", "rope_theta": 500.0},
    bos_token_id=1, eos_token_id=[2, 3])), 3, 0.25)
decoder(untied, "llama-untied", 70)

# GGUF: llama.cpp interleaves the rotated pairs of queries and keys, and names tensors its own way.
config = llama.config
weights = {k: v.float().numpy() for k, v in llama.state_dict().items()}


def interleave(w, heads):
    return w.reshape(heads, 2, w.shape[0] // heads // 2, w.shape[1]).swapaxes(1, 2).reshape(w.shape)


def deinterleave(w, heads):
    return w.reshape(heads, w.shape[0] // heads // 2, 2, w.shape[1]).swapaxes(1, 2).reshape(w.shape)


writer = gguf.GGUFWriter(os.path.join(here, "llama.gguf"), "llama")
writer.add_context_length(128); writer.add_embedding_length(64); writer.add_block_count(2); writer.add_feed_forward_length(96)
writer.add_head_count(4); writer.add_head_count_kv(2); writer.add_layer_norm_rms_eps(1e-5); writer.add_rope_freq_base(10000.0)
writer.add_rope_dimension_count(16); writer.add_vocab_size(101)
writer.add_tokenizer_model("gpt2"); writer.add_token_list([f"t{i}" for i in range(101)]); writer.add_bos_token_id(1); writer.add_eos_token_id(2)
decoded = {}


def put(name, source, kind, heads=None):
    w = weights[source]
    if heads:
        w = interleave(w, heads)
    data = gguf.quants.quantize(np.ascontiguousarray(w), kind)
    writer.add_tensor(name, data, raw_dtype=kind)
    back = gguf.quants.dequantize(data, kind).astype(np.float32).reshape(w.shape)
    decoded[source] = torch.from_numpy(deinterleave(back, heads) if heads else back)


kinds = [Q.Q8_0, Q.Q4_0, Q.Q4_1, Q.F32]
put("token_embd.weight", "model.embed_tokens.weight", Q.Q8_0)
put("output_norm.weight", "model.norm.weight", Q.F32)
decoded["lm_head.weight"] = decoded["model.embed_tokens.weight"]
for i in range(2):
    a, b = f"blk.{i}.", f"model.layers.{i}."
    put(a + "attn_norm.weight", b + "input_layernorm.weight", Q.F32)
    put(a + "ffn_norm.weight", b + "post_attention_layernorm.weight", Q.F32)
    put(a + "attn_q.weight", b + "self_attn.q_proj.weight", kinds[2 * i], 4)
    put(a + "attn_k.weight", b + "self_attn.k_proj.weight", kinds[2 * i], 2)
    put(a + "attn_v.weight", b + "self_attn.v_proj.weight", Q.Q4_1 if i else Q.Q5_0)
    put(a + "attn_output.weight", b + "self_attn.o_proj.weight", kinds[2 * i + 1])
    put(a + "ffn_gate.weight", b + "mlp.gate_proj.weight", kinds[i + 1])
    put(a + "ffn_up.weight", b + "mlp.up_proj.weight", kinds[i + 1])
    put(a + "ffn_down.weight", b + "mlp.down_proj.weight", Q.BF16 if i else Q.F16)
writer.write_header_to_file(); writer.write_kv_data_to_file(); writer.write_tensors_to_file(); writer.close()
double = LlamaForCausalLM(config).double().eval()
double.load_state_dict({k: v.double() for k, v in decoded.items()})
prompt = tokens(9, 101, 5)
with open(os.path.join(here, "llama-gguf.json"), "w") as f:
    json.dump({"prompt": prompt, "logits": numbers(double(torch.tensor([prompt])).logits[0])}, f)

# BERT: the last hidden states, pooled states and masked-word logits of a padded batch.
bert = randomise(BertForMaskedLM(BertConfig(
    vocab_size=90, hidden_size=48, num_hidden_layers=2, num_attention_heads=3, intermediate_size=80, max_position_embeddings=64)), 4)
inputs = [tokens(6, 90, 1), tokens(15, 90, 2), tokens(1, 90, 3)]
types = [[0] * 3 + [1] * 3, [0] * 15, [1]]
longest = max(map(len, inputs))
ids = torch.tensor([p + [0] * (longest - len(p)) for p in inputs])
kind = torch.tensor([t + [0] * (longest - len(t)) for t in types])
mask = torch.tensor([[1] * len(p) + [0] * (longest - len(p)) for p in inputs])
double = BertForMaskedLM(bert.config).double().eval()
double.load_state_dict({k: v.double() for k, v in bert.state_dict().items()})
hidden = double.bert(ids, attention_mask=mask, token_type_ids=kind).last_hidden_state
logits = double(ids, attention_mask=mask, token_type_ids=kind).logits
save(bert, "bert-masked", {
    "inputs": inputs, "types": types, "hidden": [numbers(hidden[i, :len(p)]) for i, p in enumerate(inputs)],
    "logits": [numbers(logits[i, :len(p)]) for i, p in enumerate(inputs)]})
pooled = randomise(BertModel(BertConfig(
    vocab_size=90, hidden_size=48, num_hidden_layers=1, num_attention_heads=3, intermediate_size=80, max_position_embeddings=64)), 5)
double = BertModel(pooled.config).double().eval()
double.load_state_dict({k: v.double() for k, v in pooled.state_dict().items()})
output = double(ids, attention_mask=mask, token_type_ids=kind)
save(pooled, "bert", {
    "inputs": inputs, "types": types, "hidden": [numbers(output.last_hidden_state[i, :len(p)]) for i, p in enumerate(inputs)],
    "pooled": [numbers(row) for row in output.pooler_output]})

# T5: v1.0 (ReLU, tied head scaled by the width) and v1.1 (gated GELU, head of its own).
for name, extra in (("t5", {}), ("t5-v1_1", dict(feed_forward_proj="gated-gelu", tie_word_embeddings=False))):
    model = randomise(T5ForConditionalGeneration(T5Config(
        vocab_size=90, d_model=48, d_kv=16, d_ff=80, num_layers=2, num_heads=3, relative_attention_num_buckets=8, relative_attention_max_distance=20,
        decoder_start_token_id=0, dropout_rate=0.0, **extra)), 6, 0.12)
    # transformers loads a tied head as a copy of the embedding, and scales it when told so.
    model.tie_weights()
    double = T5ForConditionalGeneration(model.config).double().eval()
    double.load_state_dict({k: v.double() for k, v in model.state_dict().items()})
    sources = [tokens(5, 90, 1), tokens(33, 90, 2)]
    targets = [[0] + tokens(4, 90, 3), [0] + tokens(25, 90, 4)]
    expected = {"sources": sources, "targets": targets, "logits": [], "encoded": [], "greedy": [], "beam4": []}
    for source, target in zip(sources, targets):
        s, t = torch.tensor([source]), torch.tensor([target])
        expected["encoded"].append(numbers(double.encoder(s).last_hidden_state))
        expected["logits"].append(numbers(double(input_ids=s, decoder_input_ids=t).logits))
        out = double.generate(s, max_new_tokens=20, do_sample=False, num_beams=1, eos_token_id=None, pad_token_id=0)
        expected["greedy"].append(out[0, 1:].tolist())
    save(model, name, expected)
