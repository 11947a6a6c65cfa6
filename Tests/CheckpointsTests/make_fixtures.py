"""Makes the fixtures of CheckpointsTests: `python make_fixtures.py`, with torch, transformers, safetensors and gguf installed.

blocks.gguf             every block type of GGUF, two rows of 512 elements each
blocks.safetensors      the same tensors as the gguf package decodes them, in float32
types.safetensors       every plain type; types-expected.safetensors has them in float32
sharded/                a GPT-2 of 2 layers and width 16 that transformers saved in shards
"""
import os, sys
import numpy as np, torch
import gguf
from gguf import GGMLQuantizationType as Q
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch
from transformers import GPT2Config, GPT2LMHeadModel

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixtures")
os.makedirs(here, exist_ok=True)
rng = np.random.default_rng(1)

# Offsets of the half-precision scales in a block: random bits there would make infinities.
K_SCALES = {Q.Q2_K: (80, 82), Q.Q3_K: (108,), Q.Q4_K: (0, 2), Q.Q5_K: (0, 2), Q.Q6_K: (208,)}

writer = gguf.GGUFWriter(os.path.join(here, "blocks.gguf"), "test")
writer.add_string("test.text", "naïve ☃")
writer.add_uint32("test.count", 7)
writer.add_float32("test.number", 0.5)
writer.add_bool("test.flag", True)
writer.add_uint64("test.large", 2**63 + 1)
writer.add_array("test.tokens", ["a", "b", ""])
writer.add_array("test.scores", [0.5, -1.0])
writer.add_array("test.types", [1, 2, 3])
expected = {}
for kind in (Q.F32, Q.F16, Q.BF16, Q.Q4_0, Q.Q4_1, Q.Q5_0, Q.Q5_1, Q.Q8_0):
    values = rng.normal(size=(2, 512)).astype(np.float32)
    data = gguf.quants.quantize(values, kind)
    raw = data.view(np.uint8) if kind == Q.BF16 else data
    writer.add_tensor(kind.name, raw, raw_dtype=kind)
    expected[kind.name] = gguf.quants.dequantize(data, kind).astype(np.float32).reshape(2, 512)
for kind, offsets in K_SCALES.items():
    size = gguf.GGML_QUANT_SIZES[kind][1]
    data = rng.integers(0, 256, size=(2, 2, size), dtype=np.uint8)
    for offset in offsets:
        data[..., offset:offset + 2] = rng.normal(size=(2, 2, 1)).astype(np.float16).view(np.uint8).reshape(2, 2, 2)
    data = data.reshape(2, 2 * size)
    writer.add_tensor(kind.name, data, raw_dtype=kind)
    expected[kind.name] = gguf.quants.dequantize(data, kind).astype(np.float32).reshape(2, 512)
writer.write_header_to_file(); writer.write_kv_data_to_file(); writer.write_tensors_to_file(); writer.close()
save_file(expected, os.path.join(here, "blocks.safetensors"))

torch.manual_seed(0)
values = torch.randn(3, 4) * 100
types = {t: values.to(d) for t, d in dict(F64=torch.float64, F32=torch.float32, F16=torch.float16, BF16=torch.bfloat16,
         I64=torch.int64, I32=torch.int32, I16=torch.int16, I8=torch.int8, U8=torch.uint8).items()}
types["F16.special"] = torch.tensor([0.0, -0.0, 6e-8, -6e-8, 65504, float("inf"), 1 / 3, 6.1e-5]).to(torch.float16)
types["empty"] = torch.zeros(0, 3)
types["scalar"] = torch.tensor(2.5)
save_torch(types, os.path.join(here, "types.safetensors"), metadata={"format": "pt"})
save_torch({k: v.to(torch.float32) for k, v in types.items()}, os.path.join(here, "types-expected.safetensors"))

model = GPT2LMHeadModel(GPT2Config(vocab_size=40, n_positions=16, n_embd=16, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0))
model.save_pretrained(os.path.join(here, "sharded"), max_shard_size="12KB")
