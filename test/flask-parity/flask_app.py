"""The contract app of the parity rows on Flask-JWT-Extended: the other party, and the judge of the rows.

One process serves all configurations: the header X-Parity-Config of a request holds the one it is meant for, as
base64url of JSON, and an app is built for each new one. Prints the port it listens on. Ends with its standard input.
"""

import base64
import datetime
import inspect
import json
import logging
import sys
import threading

import flask_jwt_extended as fje
import jwt as pyjwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from flask import Flask, g, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

GUARDED = [
    ("/protected", {}),
    ("/fresh", {"fresh": True}),
    ("/refresh-only", {"refresh": True}),
    ("/optional", {"optional": True}),
    ("/any", {"verify_type": False}),
    ("/norev", {"verify_type": False, "skip_revocation_check": True}),
    ("/h", {"locations": ["headers"]}),
    ("/c", {"locations": ["cookies"]}),
    ("/q", {"locations": ["query_string"]}),
    ("/j", {"locations": ["json"]}),
    ("/hc", {"locations": ["headers", "cookies"]}),
    ("/ch", {"locations": ["cookies", "headers"]}),
    ("/rc", {"locations": ["cookies"], "refresh": True}),
    ("/oc", {"locations": ["cookies"], "optional": True}),
    ("/rj", {"locations": ["json"], "refresh": True}),
    ("/jq", {"locations": ["json", "query_string"]}),
    ("/hcqj", {"locations": ["headers", "cookies", "query_string", "json"]}),
    ("/any-c", {"locations": ["cookies"], "verify_type": False}),
    ("/fresh-optional", {"fresh": True, "optional": True}),
]


def build_app(config):
    app = Flask(__name__)
    app.logger.disabled = True
    app.config.update(config["options"])
    manager = fje.JWTManager(app)
    blocklist = set()
    register_callbacks(manager, config.get("callbacks", {}), blocklist)

    @app.after_request
    def tell_calls(response):
        response.headers["X-Calls"] = " ".join(g.get("calls", []))
        return response

    guarded = list(GUARDED)
    if "elsewhere" in config:
        guarded.append(("/elsewhere", {"locations": [config["elsewhere"]]}))
    for path, options in guarded:
        add_guarded(app, path, options)
    add_login_routes(app, blocklist)
    add_cookie_routes(app)
    add_tool_routes(app)
    return app


def add_guarded(app, path, options):
    known = inspect.signature(fje.jwt_required).parameters
    options = {name: value for name, value in options.items() if name in known}

    @fje.jwt_required(**options)
    def view():
        # Nothing is known about an OPTIONS request, and asking about it raises.
        if request.method == "OPTIONS":
            return jsonify(identity=None, claims={}, location=None)
        return jsonify(
            identity=fje.get_jwt_identity(),
            claims=fje.get_jwt(),
            location=fje.utils.get_jwt_request_location(),
        )

    app.add_url_rule(path, path, view, methods=METHODS, provide_automatic_options=False)


def add_login_routes(app, blocklist):
    @app.post("/login")
    def login():
        username = request.json.get("username")
        if username != "alice" or request.json.get("password") != "correct horse":
            return jsonify(msg="Bad username or password"), 401
        return jsonify(
            access_token=fje.create_access_token(username),
            refresh_token=fje.create_refresh_token(username),
        )

    @app.post("/refresh")
    @fje.jwt_required(refresh=True)
    def refresh():
        return jsonify(access_token=fje.create_access_token(fje.get_jwt_identity()))

    @app.delete("/logout")
    @fje.jwt_required(verify_type=False)
    def logout():
        blocklist.add(fje.get_jwt()["jti"])
        return jsonify(msg="Logged out")


def add_cookie_routes(app):
    @app.post("/cookie/login")
    def cookie_login():
        body = request.json
        options = {"max_age": body.get("maxAgeSeconds"), "domain": body.get("domain")}
        response = jsonify(msg="Logged in")
        fje.set_access_cookies(response, body.get("access") or fje.create_access_token("alice"), **options)
        fje.set_refresh_cookies(response, body.get("refresh") or fje.create_refresh_token("alice"), **options)
        return response

    @app.post("/cookie/logout")
    def cookie_logout():
        unset = {
            "access": fje.unset_access_cookies,
            "refresh": fje.unset_refresh_cookies,
            "both": fje.unset_jwt_cookies,
        }[request.json.get("only", "both")]
        response = jsonify(msg="Logged out")
        unset(response, domain=request.json.get("domain"))
        return response


def add_tool_routes(app):
    @app.post("/mint")
    def mint():
        body = request.json
        options = {
            "additional_claims": body.get("additionalClaims"),
            "additional_headers": body.get("additionalHeaders"),
        }
        if "expiresInSeconds" in body:
            options["expires_delta"] = as_delta(body["expiresInSeconds"])
        identity = body.get("identity", "alice")
        if body["kind"] == "refresh":
            return jsonify(token=fje.create_refresh_token(identity, **options))
        fresh = body.get("fresh", False)
        if isinstance(fresh, dict):
            fresh = as_delta(fresh["seconds"])
        return jsonify(token=fje.create_access_token(identity, fresh=fresh, **options))

    @app.get("/decode")
    def decode():
        return jsonify(claims=fje.decode_token(request.args["token"]))

    # PyJWT alone, without Flask-JWT-Extended.
    @app.post("/pyjwt/encode")
    def pyjwt_encode():
        body = request.json
        return jsonify(token=pyjwt.encode(body["payload"], body["key"], body["algorithm"], body.get("headers")))

    @app.post("/pyjwt/decode")
    def pyjwt_decode():
        body = request.json
        try:
            return jsonify(claims=pyjwt.decode(body["token"], body["key"], [body["algorithm"]]))
        except pyjwt.InvalidTokenError as error:
            return jsonify(error=type(error).__name__), 422

    @app.post("/key-pair")
    def key_pair():
        private = make_private_key(request.json["algorithm"])
        # The formats of openssl's own tools: PKCS#1 and SEC1, where the key type has one.
        own = not isinstance(private, ed25519.Ed25519PrivateKey)
        private_format = serialization.PrivateFormat.TraditionalOpenSSL if own else serialization.PrivateFormat.PKCS8
        pem = serialization.Encoding.PEM
        return jsonify(
            privateKey=private.private_bytes(pem, private_format, serialization.NoEncryption()).decode(),
            publicKey=private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo).decode(),
        )


def make_private_key(algorithm):
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm.startswith("ES"):
        curve = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}[algorithm]
        return ec.generate_private_key(curve())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def as_delta(seconds):
    return False if seconds is False else datetime.timedelta(seconds=seconds)


def register_callbacks(manager, config, blocklist):
    def asked(name, value):
        g.setdefault("calls", []).append(name)
        return value

    @manager.token_in_blocklist_loader
    def is_revoked(_header, payload):
        return asked("isRevoked", config.get("isRevoked", payload.get("jti") in blocklist))

    if "verifyClaims" in config:
        manager.token_verification_loader(lambda _header, _payload: asked("verifyClaims", config["verifyClaims"]))
    if "loadUser" in config:
        manager.user_lookup_loader(lambda _header, _payload: asked("loadUser", config["loadUser"]))
    if "claimsFor" in config:
        manager.additional_claims_loader(lambda _identity: config["claimsFor"])
    if "signingSecret" in config:
        manager.encode_key_loader(lambda _identity: config["signingSecret"])
    if "verifyingSecret" in config:
        manager.decode_key_loader(lambda _header, _payload: config["verifyingSecret"])
    if config.get("customAnswers"):
        register_custom_answers(manager)


def register_custom_answers(manager):
    def about_token(name):
        return lambda header, payload: (jsonify(custom=name, alg=header.get("alg"), sub=payload.get("sub")), 418)

    def about_reason(name):
        return lambda reason: (jsonify(custom=name, reason=reason), 418)

    manager.expired_token_loader(about_token("expired_token"))
    manager.needs_fresh_token_loader(about_token("needs_fresh_token"))
    manager.revoked_token_loader(about_token("revoked_token"))
    manager.token_verification_failed_loader(about_token("token_verification_failed"))
    manager.user_lookup_error_loader(about_token("user_lookup_error"))
    manager.invalid_token_loader(about_reason("invalid_token"))
    manager.unauthorized_loader(about_reason("unauthorized"))


class Dispatcher:
    """Hands each request to the app of its configuration."""

    def __init__(self):
        self.apps = {}
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        encoded = environ.get("HTTP_X_PARITY_CONFIG", "")
        with self.lock:
            if encoded not in self.apps:
                config = json.loads(base64.urlsafe_b64decode(encoded + "==") or b"{}")
                self.apps[encoded] = build_app(config)
        return self.apps[encoded](environ, start_response)


class QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_args):
        pass


def main():
    logging.disable(logging.CRITICAL)
    server = make_server("127.0.0.1", 0, Dispatcher(), threaded=True, request_handler=QuietHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


main()
