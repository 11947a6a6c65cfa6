"""Makes the fixtures of LayersTests: tiny random models of transformers, with inputs, logits and losses.

usage: make_fixtures.py   (needs torch and transformers; writes to Fixtures/ beside this file)
"""
import json, os, shutil
import torch, transformers
from transformers import (BertConfig, BertForMaskedLM, BertForSequenceClassification, GPT2Config, GPT2LMHeadModel, LlamaConfig,
                          LlamaForCausalLM, T5Config, T5ForConditionalGeneration)

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixtures")
small = dict(vocab_size=61, attn_implementation="eager")
bert = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=4, intermediate_size=40, max_position_embeddings=16, **small)
t5 = dict(d_model=16, d_kv=6, d_ff=28, num_layers=2, num_decoder_layers=3, num_heads=4, relative_attention_num_buckets=8,
          relative_attention_max_distance=12, decoder_start_token_id=0, **small)
models = {
    "gpt2": (GPT2LMHeadModel, GPT2Config(n_positions=16, n_embd=24, n_layer=2, n_head=4, **small)),
    "llama": (LlamaForCausalLM, LlamaConfig(hidden_size=24, intermediate_size=36, num_hidden_layers=2, num_attention_heads=6,
                                            num_key_value_heads=2, max_position_embeddings=32, rope_theta=5000.0, **small)),
    "bert-mlm": (BertForMaskedLM, BertConfig(**bert)),
    "bert-classifier": (BertForSequenceClassification, BertConfig(num_labels=3, **bert)),
    "t5-v1.0": (T5ForConditionalGeneration, T5Config(**t5)),
    "t5-v1.1": (T5ForConditionalGeneration, T5Config(feed_forward_proj="gated-gelu", tie_word_embeddings=False, **t5)),
}
lengths = [11, 7, 1]
for name, (kind, config) in models.items():
    torch.manual_seed(7)
    model = kind(config).eval()
    if name == "t5-v1.1":
        # transformers 5 ties the head of every new T5; the published v1.1 and flan checkpoints have one of their own.
        model.lm_head.weight = torch.nn.Parameter(torch.zeros_like(model.lm_head.weight))
        model.config.tie_word_embeddings = False
    # Fresh weights are small and their biases zero: these are neither, so that a mistake shows.
    with torch.no_grad():
        for key, p in sorted(model.named_parameters()):
            p.copy_(torch.randn(p.shape) * (0.15 if p.dim() > 1 else 0.3) + (1.0 if p.dim() == 1 and "bias" not in key else 0.0))
    folder = os.path.join(here, name)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    for extra in ("generation_config.json",):
        if os.path.exists(os.path.join(folder, extra)):
            os.remove(os.path.join(folder, extra))
    ids = torch.randint(1, 61, (3, max(lengths)))
    mask = torch.zeros_like(ids)
    for row, length in enumerate(lengths):
        mask[row, :length] = 1
        ids[row, length:] = 0
    inputs = dict(input_ids=ids, attention_mask=mask)
    expected = dict(ids=[row[:n].tolist() for row, n in zip(ids, lengths)])
    if "bert" in name:
        segments = (torch.arange(max(lengths)) >= 4).long().expand(3, -1)
        inputs["token_type_ids"] = segments
        expected["segments"] = [row[:n].tolist() for row, n in zip(segments, lengths)]
    if name.startswith("t5"):
        decoder_lengths = [5, 3, 6]
        decoder = torch.zeros(3, 6, dtype=torch.long)
        for row, length in enumerate(decoder_lengths):
            decoder[row, 1:length] = torch.randint(1, 61, (length - 1,))
        inputs["decoder_input_ids"] = decoder
        inputs["decoder_attention_mask"] = (torch.arange(6)[None] < torch.tensor(decoder_lengths)[:, None]).long()
        expected["decoder"] = [row[:n].tolist() for row, n in zip(decoder, decoder_lengths)]
        lengths_out = decoder_lengths
    elif name == "bert-classifier":
        lengths_out = None
    else:
        lengths_out = lengths
    logits = model(**inputs).logits
    if lengths_out is None:
        targets = torch.tensor([2, 0, 1])
        real = torch.ones(3, dtype=torch.bool)
    else:
        real = torch.arange(logits.shape[1])[None] < torch.tensor(lengths_out)[:, None]
        targets = torch.randint(0, 61, logits.shape[:2]).masked_fill(~real, -100)
        targets[0, 1] = -100
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, -2), targets.flatten(), ignore_index=-100)
    loss.backward()
    expected["logits"] = [round(v, 7) for v in logits[real].flatten().tolist()]
    expected["targets"] = [-1 if t == -100 else t for t in targets.flatten().tolist()]
    expected["loss"] = loss.item()
    # Two numbers tell a gradient: its length, and its product with a fixed vector.
    expected["gradients"] = {
        key: [p.grad.norm().item(), (p.grad.flatten() * torch.cos(torch.arange(p.numel(), dtype=torch.float32))).sum().item()]
        for key, p in sorted(model.named_parameters()) if p.grad is not None}
    # How far the gradients of autocast are from these, as a part of their length.
    exact = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
    model.zero_grad()
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(**inputs).logits
        torch.nn.functional.cross_entropy(logits.flatten(0, -2), targets.flatten(), ignore_index=-100).backward()
    rounded = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
    expected["bfloat16Error"] = ((rounded - exact).norm() / exact.norm()).item()
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(expected, file)
    print(name, loss.item(), transformers.__version__)
