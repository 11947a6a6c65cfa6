"""Makes the fixtures of TensorsTests: steps of the optimizers of torch and transformers.

usage: make_fixtures.py   (needs torch and transformers; writes Fixtures/optimizers.json beside this file)
"""
import json, os
import torch
from transformers.optimization import Adafactor, get_cosine_schedule_with_warmup, get_linear_schedule_with_warmup

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixtures")
optimizers = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "sgd-momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.1),
    "sgd-nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.02, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.02, betas=(0.8, 0.95), weight_decay=0.1),
    "adafactor": lambda p: Adafactor(p, lr=0.02, scale_parameter=False, relative_step=False, weight_decay=0.01),
    "adafactor-relative": lambda p: Adafactor(p, scale_parameter=True, relative_step=True, beta1=0.9),
}
result = {}
for name, make in optimizers.items():
    torch.manual_seed(3)
    matrix, vector = torch.nn.Parameter(torch.randn(3, 5)), torch.nn.Parameter(torch.randn(4))
    entry = dict(matrix=matrix.flatten().tolist(), vector=vector.tolist(), steps=[])
    optimizer = make([matrix, vector])
    for step in range(4):
        matrix.grad, vector.grad = torch.randn(3, 5) * 10 ** -step, torch.randn(4)
        gradients = [matrix.grad.flatten().tolist(), vector.grad.tolist()]
        norm = torch.nn.utils.clip_grad_norm_([matrix, vector], 1.5).item()
        optimizer.step()
        entry["steps"].append(dict(gradients=gradients, norm=norm, matrix=matrix.flatten().tolist(), vector=vector.tolist()))
    result[name] = entry


def rates(make):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    schedule = make(optimizer)
    values = []
    for _ in range(25):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return values


result["schedules"] = dict(
    linear=rates(lambda o: get_linear_schedule_with_warmup(o, 5, 20)),
    cosine=rates(lambda o: get_cosine_schedule_with_warmup(o, 5, 20)))
with open(os.path.join(here, "optimizers.json"), "w") as file:
    json.dump(result, file)
