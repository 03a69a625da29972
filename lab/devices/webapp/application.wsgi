"""A web application with a log-in page that nobody gets past: it has no accounts. Runs under gunicorn."""

import json
import secrets
from pathlib import Path

from flask import Flask, redirect, render_template_string, request, session, url_for

SETTINGS = json.loads(Path(__file__).with_name("settings.json").read_text(encoding="utf-8"))
PAGE = """<!doctype html>
<html lang="ja">
<head><meta charset="utf-8"><title>{{ title }}</title></head>
<body>
<h1>{{ title }}</h1>
{% if refused %}<p role="alert">ユーザー名またはパスワードが違います。</p>{% endif %}
{% if form %}
<form method="post" action="{{ url_for('log_in') }}">
<input type="hidden" name="csrf_token" value="{{ token }}">
<label>ユーザー名 <input name="username" autocomplete="username"></label>
<label>パスワード <input name="password" type="password" autocomplete="current-password"></label>
<button type="submit">ログイン</button>
</form>
{% else %}
<ul><li>お知らせはありません。</li></ul>
{% endif %}
</body>
</html>
"""

application = Flask(__name__)
application.secret_key = secrets.token_bytes(32)
application.config.update(
    SESSION_COOKIE_SECURE=SETTINGS["tls"], SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax"
)


def page(*, form, refused=False):
    """Make the page; the token in it is the session's."""
    token = session.setdefault("csrf_token", secrets.token_urlsafe(24)) if form else ""
    return render_template_string(PAGE, title=SETTINGS["title"], form=form, refused=refused, token=token)


@application.get("/")
def start():
    """Show the notices, or lead to the log-in page."""
    return redirect(url_for("log_in")) if SETTINGS["login"] else page(form=False)


if SETTINGS["login"]:

    @application.route("/login", methods=["GET", "POST"])
    def log_in():
        """Show the form, and refuse whatever comes in."""
        if request.method == "GET":
            return page(form=True)
        if not secrets.compare_digest(request.form.get("csrf_token", ""), session.get("csrf_token", "-")):
            return page(form=True), 400
        return page(form=True, refused=True), 401
