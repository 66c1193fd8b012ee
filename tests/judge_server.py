"""A judge of an OpenAI-compatible server on this machine: good verdicts, empty ones that lead to NaN, and chatter."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_SCHEMA = re.compile(r"JSON Schema:\s*(\{.*?\})\s*Do not use single quotes", re.DOTALL)


class JudgeServer:
    """Answers by `mood`: good, fenced, empty, chatter, cut, plain (knows no schema) or gone.

    `prompts` are those that were asked, `schemas` the names of the schemas that answers were held to.
    """

    def __init__(self, mood="good"):
        self.mood = mood
        self.prompts = []
        self.schemas = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def ended(self):
        return "length" if self.mood == "cut" else "stop"

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply(self, prompt):
        self.prompts.append(prompt)
        if self.mood == "cut":
            return '{"statements": ["The range'
        if self.mood == "chatter":
            return "Well, the answer looks fine to me."
        schema = json.loads(_SCHEMA.search(prompt)[1])
        verdict = json.dumps(_instance(schema, schema.get("$defs", {}), empty=self.mood == "empty"))
        return f"Here is my verdict:\n```json\n{verdict}\n```" if self.mood == "fenced" else verdict


def _instance(schema, definitions, *, empty):
    """A value that fits the schema: ones, the text "x", and lists of one item, or of none."""
    if "$ref" in schema:
        return _instance(definitions[schema["$ref"].split("/")[-1]], definitions, empty=empty)
    match schema.get("type"):
        case "object":
            return {name: _instance(part, definitions, empty=empty) for name, part in schema["properties"].items()}
        case "array":
            return [] if empty else [_instance(schema["items"], definitions, empty=empty)]
        case "integer" | "number":
            return 0 if "noncommittal" in schema.get("title", "").lower() else 1
        case "boolean":
            return True
        case _:
            return "x"


def _handler(judge):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if judge.mood == "gone":
                self.send_error(503)
                return
            if asked := body.get("response_format"):
                if judge.mood == "plain":
                    self.send_error(400)
                    return
                judge.schemas.append(asked["json_schema"]["name"])
            text = judge.reply(body["messages"][-1]["content"])
            message = {"role": "assistant", "content": text}
            answer = {
                "id": "1",
                "object": "chat.completion",
                "created": 0,
                "model": body["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": judge.ended}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
            }
            data = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
