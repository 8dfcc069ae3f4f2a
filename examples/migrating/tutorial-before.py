"""
The program of a Flask tutorial, as it was: passwords as they were typed, and tokens that call users by the number of their row.

    JWT_SECRET_KEY=... flask --app tutorial-before run
"""

import os
from datetime import datetime

from flask import Flask, jsonify, request
from flask_jwt_extended import (
    JWTManager, create_access_token, create_refresh_token, get_jwt_identity, jwt_required)
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = os.environ["JWT_SECRET_KEY"]
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///tutorial.db"
jwt = JWTManager(app)
db = SQLAlchemy(app)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(80), unique=True, nullable=False)
    password = db.Column(db.String(80), nullable=False)
    full_name = db.Column(db.String(120))
    created_at = db.Column(db.DateTime, default=datetime.utcnow)


with app.app_context():
    db.create_all()


@app.route("/register", methods=["POST"])
def register():
    user = User(**request.json)
    db.session.add(user)
    db.session.commit()
    return jsonify(id=user.id), 201


@app.route("/login", methods=["POST"])
def login():
    username, password = request.json["username"], request.json["password"]
    user = User.query.filter_by(username=username, password=password).first()
    if user is None:
        return jsonify(msg="Bad username or password"), 401
    return jsonify(
        access_token=create_access_token(identity=user.id), refresh_token=create_refresh_token(identity=user.id))


@app.route("/refresh", methods=["POST"])
@jwt_required(refresh=True)
def refresh():
    return jsonify(access_token=create_access_token(identity=get_jwt_identity()))


@app.route("/protected")
@jwt_required()
def protected():
    user = db.session.get(User, get_jwt_identity())
    return jsonify(id=user.id, username=user.username)


@app.route("/mine")
@jwt_required()
def mine():
    return jsonify([user.username for user in User.query if user.id == get_jwt_identity()])
