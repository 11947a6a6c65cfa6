"""A hub on loopback: `python3 hub_server.py` prints two ports, the hub's and that of the server where large files lie.

The repository's name says what goes wrong:
  test/plain       nothing; large files are redirected to the other server, as the hub does
  test/sharded     weights in two parts
  test/ggufs       two GGUF files and no safetensors
  test/pickles     neither
  test/moved       answers with a redirect to test/plain
  test/cut         the first three answers with a large file end in its middle
  test/slow        a large file comes in pieces of 64 kB, until /_go is called
  test/whole       ignores the wish for a part
  test/spoiled     sends other bytes than it promises; test/spoiled-small of a small file
  test/busy        503 twice, then the answer; test/down: 503 always; test/hasty: 429 with Retry-After
  test/gated, test/secret, test/gone   403 gated, 401, 404; test/secret opens with the token «hf_right»
  test/strange     answers that no hub gives
  test/folder      the files of the folder that was named on the command line, if one was
GET /_log gives the requests as JSON lines; GET /_clear forgets them.
"""
import hashlib, http.server, json, os, random, sys, threading

commit = "c" * 40
rng = random.Random(7)
large = bytes(rng.randrange(256) for _ in range(300_000))
text = {"config.json": b'{"model_type": "gpt2"}', "tokenizer.json": b'{"model": {}}', "README.md": b"# not needed\n", "vocab.txt": b"a\nb\n",
        "generation_config.json": b"{}", "pytorch_model.bin": b"never fetched"}
index = json.dumps({"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}).encode()


folder = {n: open(os.path.join(sys.argv[1], n), "rb").read() for n in sorted(os.listdir(sys.argv[1]))} if len(sys.argv) > 1 else {}


def repository(name):
    if name == "folder":
        return folder
    if name == "sharded":
        return {**text, "model.safetensors.index.json": index, "model-00001-of-00002.safetensors": large, "model-00002-of-00002.safetensors": large[::-1]}
    if name == "ggufs":
        return {"README.md": b"", "b.Q8_0.gguf": large, "a.Q4_0.gguf": large[:1000]}
    if name == "pickles":
        return {k: v for k, v in text.items() if k != "tokenizer.json"}
    return {**text, "model.safetensors": large}


def is_large(name):
    return name.endswith((".safetensors", ".gguf"))


def tag(name, content):
    if is_large(name):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


log, counts, lock, go = [], {}, threading.Lock(), threading.Event()


def count(key):
    with lock:
        counts[key] = counts.get(key, 0) + 1
        return counts[key]


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code=None, **headers):
        self.answer(status, b"no", **({"X-Error-Code": code} if code else {}), **headers)

    def note(self):
        with lock:
            log.append({"server": "files" if self.server is files else "hub", "method": self.command, "path": self.path.split("?")[0],
                        "range": self.headers.get("Range"), "token": self.headers.get("Authorization")})

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        if self.path == "/_log":
            with lock:
                return self.answer(200, "\n".join(map(json.dumps, log)).encode())
        if self.path == "/_clear":
            with lock:
                log.clear(), counts.clear()
            go.clear()
            return self.answer(200)
        if self.path == "/_go":
            go.set()
            return self.answer(200)
        self.note()
        if self.server is files:
            _, name, file, *_ = self.path.split("/")
            return self.content(name, file, repository(name)[file])
        parts = self.path.split("?")[0].split("/")
        isList = parts[1:3] == ["api", "models"]
        owner, name = parts[3:5] if isList else parts[1:3]
        revision = parts[6] if isList else parts[4]
        token = self.headers.get("Authorization")
        if name == "secret" and token != "Bearer hf_right":
            return self.refuse(401)
        if name == "gone":
            return self.refuse(401 if not token else 404, "RepoNotFound")
        if name == "strange":
            return self.answer(200, b"<html>Welcome</html>")
        if name == "gated" and not isList:
            return self.refuse(403, "GatedRepo")
        if name == "down" or (name == "busy" and count("busy") <= 2):
            return self.refuse(503)
        if name == "hasty" and count("hasty") <= 1:
            return self.refuse(429, Retry_After=0)
        if name == "moved":
            return self.answer(307, Location=self.path.replace("/moved/", "/plain/"))
        if revision not in ("main", "v1.0", commit):
            return self.refuse(404, "RevisionNotFound")
        held = repository(name)
        if isList:
            return self.answer(200, json.dumps({"id": f"{owner}/{name}", "sha": commit, "siblings": [{"rfilename": n} for n in sorted(held)]}).encode())
        file = parts[5]
        if file not in held:
            return self.refuse(404, "EntryNotFound", X_Repo_Commit=commit)
        content = held[file]
        if is_large(file):
            return self.answer(302, Location=f"http://127.0.0.1:{files.server_port}/{name}/{file}/signed?key=1", X_Repo_Commit=commit,
                               X_Linked_Etag=f'"{tag(file, content)}"', X_Linked_Size=len(content), ETag='"another"')
        if name == "spoiled-small" and file == "config.json":
            self.promised = tag(file, content)
            return self.send(file, b"}" * len(content), 200, tag(file, content))
        return self.content(name, file, content)

    def content(self, name, file, content):
        start = 0
        wish = self.headers.get("Range")
        if wish and name != "whole":
            start = int(wish.removeprefix("bytes=").split("-")[0])
            if start >= len(content):
                return self.answer(416, Content_Range=f"bytes */{len(content)}")
        etag = tag(file, content)
        if name == "spoiled" and is_large(file):
            content = bytes(len(content))
        self.send(file, content[start:], 206 if start else 200, etag, f"bytes {start}-{len(content) - 1}/{len(content)}" if start else None, name)

    def send(self, file, body, status, etag, part=None, name=""):
        self.send_response(status)
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Repo-Commit", commit)
        self.send_header("Content-Length", str(len(body)))
        if part:
            self.send_header("Content-Range", part)
        self.end_headers()
        if self.command == "HEAD":
            return
        if name == "cut" and is_large(file) and count("cut") <= 3:
            self.wfile.write(body[:80_000])
            self.close_connection = True
            return
        if name == "slow" and is_large(file):
            self.wfile.write(body[:65_536])
            self.wfile.flush()
            go.wait(20)
            body = body[65_536:]
        try:
            self.wfile.write(body)
        except OSError:
            pass


hub = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=files.serve_forever, daemon=True).start()
print(hub.server_port, files.server_port, flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), hub.shutdown()), daemon=True).start()  # ends with whoever started it
hub.serve_forever(poll_interval=0.05)
