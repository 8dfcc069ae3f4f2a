"""A program with Flask-JWT-Extended, as it was. Prints the port that it listens on."""

import os
import sqlite3
import sys

from flask import Flask, jsonify, request
from flask_jwt_extended import (
    JWTManager, create_access_token, create_refresh_token, get_jwt_identity, jwt_required, set_access_cookies)
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.serving import make_server

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = os.environ["JWT_SECRET_KEY"]
app.config["JWT_TOKEN_LOCATION"] = ["headers", "cookies"]
jwt = JWTManager(app)
database = sqlite3.connect(sys.argv[1], check_same_thread=False)
database.execute("CREATE TABLE user (id INTEGER PRIMARY KEY, username TEXT UNIQUE, password TEXT)")
database.execute(
    "INSERT INTO user (username, password) VALUES (?, ?)",
    ("alice", generate_password_hash("wonderland at tea time", "pbkdf2:sha256:1000")))
database.commit()


@app.post("/login")
def login():
    row = database.execute(
        "SELECT id, password FROM user WHERE username = ?", (request.json["username"],)).fetchone()
    if row is None or not check_password_hash(row[1], request.json["password"]):
        return jsonify(msg="Bad username or password"), 401
    token = create_access_token(identity=str(row[0]), fresh=True)
    response = jsonify(access_token=token, refresh_token=create_refresh_token(identity=str(row[0])))
    set_access_cookies(response, token)
    return response


@app.post("/refresh")
@jwt_required(refresh=True)
def refresh():
    return jsonify(access_token=create_access_token(identity=get_jwt_identity()))


@app.route("/protected", methods=["GET", "POST"])
@jwt_required()
def protected():
    return jsonify(user=get_jwt_identity())


server = make_server("127.0.0.1", 0, app)
print(server.port, flush=True)
server.serve_forever()
