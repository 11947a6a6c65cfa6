"""Writes Fixtures/{gpt2,bert,t5-v1_1}.gguf from the folders beside them: `python make_gguf_fixtures.py`, where the package gguf is.

The names of tensors are those of gguf's own table, by which llama.cpp's converter renames; GPT-2's linear maps are turned as it turns them.
"""
import json, os
import gguf
import numpy as np
from safetensors.numpy import load_file

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixtures")
kinds = {"gpt2": (gguf.MODEL_ARCH.GPT2, "gpt2"), "bert": (gguf.MODEL_ARCH.BERT, "bert"), "t5-v1_1": (gguf.MODEL_ARCH.T5, "t5")}
for name, (arch, kind) in kinds.items():
    with open(f"{here}/{name}/config.json") as f:
        c = json.load(f)
    w = gguf.GGUFWriter(f"{here}/{name}.gguf", kind)
    if kind == "gpt2":
        w.add_context_length(c["n_positions"]); w.add_embedding_length(c["n_embd"]); w.add_feed_forward_length(4 * c["n_embd"])
        w.add_block_count(c["n_layer"]); w.add_head_count(c["n_head"]); w.add_layer_norm_eps(c["layer_norm_epsilon"])
        layers = c["n_layer"]
    elif kind == "bert":
        w.add_context_length(c["max_position_embeddings"]); w.add_embedding_length(c["hidden_size"])
        w.add_feed_forward_length(c["intermediate_size"]); w.add_block_count(c["num_hidden_layers"]); w.add_head_count(c["num_attention_heads"])
        w.add_layer_norm_eps(c["layer_norm_eps"]); w.add_causal_attention(False); w.add_pooling_type(gguf.PoolingType.MEAN)
        layers = c["num_hidden_layers"]
    else:
        w.add_context_length(512); w.add_embedding_length(c["d_model"]); w.add_feed_forward_length(c["d_ff"]); w.add_block_count(c["num_layers"])
        w.add_decoder_block_count(c["num_decoder_layers"]); w.add_head_count(c["num_heads"]); w.add_key_length(c["d_kv"]); w.add_value_length(c["d_kv"])
        w.add_layer_norm_rms_eps(c["layer_norm_epsilon"]); w.add_relative_attn_buckets_count(c["relative_attention_num_buckets"])
        w.add_decoder_start_token_id(c["decoder_start_token_id"])
        layers = c["num_layers"]
    w.add_tokenizer_model("gpt2"); w.add_token_list([f"t{i}" for i in range(c["vocab_size"])])
    w.add_bos_token_id(0); w.add_eos_token_id(c.get("eos_token_id") or 1)
    names = gguf.get_tensor_name_map(arch, layers)
    for tensor, value in load_file(f"{here}/{name}/model.safetensors").items():
        new = names.get_name(tensor.removeprefix("bert."), try_suffixes=(".weight", ".bias"))
        if new is None or "pooler" in tensor:  # the converter leaves BERT's pooler out
            print(name, "leaves out", tensor)
            continue
        if kind == "gpt2" and tensor.endswith((".c_attn.weight", ".c_proj.weight", ".c_fc.weight")):
            value = value.T
        w.add_tensor(new, np.ascontiguousarray(value, dtype=np.float32))
    w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()
