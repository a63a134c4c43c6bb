"""A bare Flask application: the floor under any turn on this machine."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

app = Flask(__name__)


@app.route("/", methods=["GET", "POST"])
def echo() -> Response:
    """Return the JSON that came in."""
    return jsonify(request.get_json(silent=True))
