"""An application behind a proxy, on Python's own WSGI server. It answers with what it received, and prints a line."""

import json
from wsgiref.simple_server import WSGIRequestHandler, make_server


class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def application(environ, start_response):
    sent = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    sent["BODY"] = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
    print(environ["REQUEST_METHOD"], flush=True)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(sent).encode()]


server = make_server("127.0.0.1", 0, application, handler_class=Handler)
print(server.server_port, flush=True)
server.serve_forever()
