"""One peer that decodes once for every line on standard input and prints the seconds it took.

usage: serve_peer.py llamacpp MODEL.gguf MODE | ctranslate2 FOLDER MODE QUANTISATION    [--threads 2] [--prompt 32] [--new 128]
MODE: greedy, prefill, beamK (CTranslate2 only), sampleN. Needs llama-cpp-python or ctranslate2.
"""
import argparse, json, os, random, resource, sys, time

parser = argparse.ArgumentParser()
parser.add_argument("peer"); parser.add_argument("model"); parser.add_argument("mode"); parser.add_argument("quantisation", nargs="?", default="float32")
parser.add_argument("--threads", type=int, default=2); parser.add_argument("--prompt", type=int, default=32); parser.add_argument("--new", type=int, default=128)
a = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = str(a.threads)
random.seed(0)
new = 1 if a.mode == "prefill" else a.new
samples = int(a.mode[6:]) if a.mode.startswith("sample") else 1


def llamacpp():
    import ctypes, llama_cpp as L
    quiet = L.llama_log_callback(lambda level, text, data: None)
    L.llama_log_set(quiet, ctypes.c_void_p(0)); L.llama_backend_init()
    parameters = L.llama_model_default_params(); parameters.n_gpu_layers = 0
    model = L.llama_model_load_from_file(a.model.encode(), parameters)
    size = L.llama_vocab_n_tokens(L.llama_model_get_vocab(model))
    c = L.llama_context_default_params()
    c.n_ctx = max(samples * (a.prompt + a.new + 8), 256); c.n_batch = c.n_ubatch = 512
    c.n_threads = c.n_threads_batch = a.threads; c.n_seq_max = samples
    if samples > 1 and hasattr(c, "kv_unified"): c.kv_unified = True
    context = L.llama_init_from_model(model, c); memory = L.llama_get_memory(context)
    prompt = [random.randrange(5, size - 5) for _ in range(a.prompt)]
    chain = L.llama_sampler_chain_init(L.llama_sampler_chain_default_params())
    if samples > 1:
        L.llama_sampler_chain_add(chain, L.llama_sampler_init_top_k(50)); L.llama_sampler_chain_add(chain, L.llama_sampler_init_dist(1))
    else:
        L.llama_sampler_chain_add(chain, L.llama_sampler_init_greedy())
    batch = L.llama_batch_init(max(512, samples), 0, samples)

    def fill(items):
        batch.n_tokens = len(items)
        for i, (token, position, sequences, wanted) in enumerate(items):
            batch.token[i] = token; batch.pos[i] = position; batch.n_seq_id[i] = len(sequences); batch.logits[i] = wanted
            for j, s in enumerate(sequences): batch.seq_id[i][j] = s

    def run():
        keep = (model, quiet)
        L.llama_memory_clear(memory, True)
        fill([(t, i, list(range(samples)), i == a.prompt - 1) for i, t in enumerate(prompt)])
        assert L.llama_decode(context, batch) == 0
        tokens = [L.llama_sampler_sample(chain, context, a.prompt - 1) for _ in range(samples)]
        for step in range(new - 1):
            fill([(tokens[s], a.prompt + step, [s], 1) for s in range(samples)])
            assert L.llama_decode(context, batch) == 0
            tokens = [L.llama_sampler_sample(chain, context, s) for s in range(samples)]
    return run


def ctranslate2():
    import ctranslate2 as C
    shared = os.path.join(a.model, "shared_vocabulary.json")
    seq2seq = os.path.exists(shared)
    vocabulary = json.load(open(shared if seq2seq else os.path.join(a.model, "vocabulary.json")))
    tokens = [vocabulary[random.randrange(5, len(vocabulary) - 200)] for _ in range(a.prompt)]
    model = (C.Translator if seq2seq else C.Generator)(a.model, device="cpu", compute_type=a.quantisation, inter_threads=1, intra_threads=a.threads)
    extra = dict(num_hypotheses=samples, sampling_topk=50) if samples > 1 else {}
    beam = int(a.mode[4:]) if a.mode.startswith("beam") else 1

    def run():
        if seq2seq:
            model.translate_batch([tokens], beam_size=beam, max_decoding_length=new, min_decoding_length=new, **extra)
        else:
            model.generate_batch([tokens], beam_size=beam, max_length=new, min_length=new, include_prompt_in_result=False, **extra)
    return run


run = {"llamacpp": llamacpp, "ctranslate2": ctranslate2}[a.peer]()
run()
print(" ".join(sys.argv[1:]), flush=True)
for line in sys.stdin:
    start = time.perf_counter(); run(); print(time.perf_counter() - start, flush=True)
print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB", flush=True)
