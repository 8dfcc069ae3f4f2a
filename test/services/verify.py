"""Verifies tokens with three libraries of Debian. For each library and token, it prints the `sub` or the refusal."""

import json
import runpy
import sys
import urllib.request

program, jwks_url, algorithm, *tokens = sys.argv[1:]
issuer, audience = "https://id.example", "hallpass"
jwks = json.load(urllib.request.urlopen(jwks_url))


def pyjwt(token):
    """As the page has it."""
    return runpy.run_path(program, init_globals={"token": token})["claims"]


def authlib(token):
    from authlib.jose import JsonWebKey, JsonWebToken

    rules = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": audience}}
    claims = JsonWebToken([algorithm]).decode(token, JsonWebKey.import_key_set(jwks), claims_options=rules)
    claims.validate(leeway=5)
    return claims


def python_jose(token):
    from jose import jwt

    return jwt.decode(token, jwks, algorithms=[algorithm], issuer=issuer, audience=audience)


def attempt(verify, token):
    try:
        return {"sub": verify(token)["sub"]}
    except Exception as error:
        return {"error": repr(error)}


clients = {"PyJWT": pyjwt, "Authlib": authlib, "python-jose": python_jose}
print(json.dumps({name: [attempt(verify, token) for token in tokens] for name, verify in clients.items()}))
