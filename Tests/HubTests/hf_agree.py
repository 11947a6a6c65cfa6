"""Compares a cache that was filled here with what huggingface_hub makes of the same server: `python hf_agree.py ENDPOINT OURS THEIRS FOLDER`.

OURS is a cache with test/plain, whose folder is FOLDER; THEIRS is empty and is filled by huggingface_hub. Ends with an error unless
huggingface_hub finds every file of ours, without the network, and both caches have the same folders, links and contents.
"""
import os, sys

endpoint, ours, theirs, folder = sys.argv[1:5]
os.environ.update(HF_ENDPOINT=endpoint, HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_DISABLE_TELEMETRY="1", HF_HOME=theirs)
from huggingface_hub import hf_hub_download


def tree(cache):
    top = os.path.join(cache, "models--test--plain")
    found = {}
    for path, _, files in os.walk(top):
        for file in files:
            full = os.path.join(path, file)
            with open(full, "rb") as f:
                found[os.path.relpath(full, top)] = (os.readlink(full) if os.path.islink(full) else None, f.read())
    return found


for file in sorted(os.listdir(folder)):
    assert hf_hub_download("test/plain", file, cache_dir=ours, local_files_only=True) == os.path.join(folder, file), file
    hf_hub_download("test/plain", file, cache_dir=theirs)
a, b = tree(ours), tree(theirs)
assert a == b, (sorted(a.keys() ^ b.keys()), [k for k in a.keys() & b.keys() if a[k] != b[k]])
print(len(a), "files, links and references are the same")
