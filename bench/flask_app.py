"""A route behind Flask-JWT-Extended, and one behind nothing, for frameworks.bench.ts."""

import os

from flask import Flask, jsonify
from flask_jwt_extended import JWTManager, jwt_required

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = os.environ["JWT_SECRET_KEY"]
jwt = JWTManager(app)


@jwt.token_in_blocklist_loader
def is_revoked(_header, _claims):
    return False


@app.get("/nothing")
def nothing():
    return jsonify(msg="Hello!")


@app.get("/peer")
@jwt_required()
def peer():
    return jsonify(msg="Hello!")
