"""GraphiQL, served by ourselves: the page, and its files when they were fetched."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from gateway.http.graphiql.files import ASSETS, File, wanted

CDN = "https://cdn.jsdelivr.net"
NOTE = (
    "GraphiQL's files are not installed here, so they come from cdn.jsdelivr.net. `make install` with npm fetches them."
)
FILES = tuple(file for file in wanted() if not file.name.endswith(".LICENSE"))
SCRIPT = """
const address = location.origin + location.pathname;
const root = document.getElementById("graphiql");
if (window.GraphiQL && window.GraphiQLPluginExplorer) {
  const fetcher = GraphiQL.createFetcher({
    url: address,
    subscriptionUrl: address.replace(/^http/, "ws"),
    headers: {accept: "application/graphql-response+json, application/json"},
  });
  const query = new URLSearchParams(location.search).get("query") ?? undefined;
  const plugins = [GraphiQLPluginExplorer.explorerPlugin()];
  ReactDOM.createRoot(root).render(React.createElement(GraphiQL, {fetcher, plugins, query, defaultEditorToolsVisibility: true}));
} else {
  root.textContent = "GraphiQL's files could not be loaded. The graph itself answers at " + address;
}
"""
PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SPILNO: GraphiQL</title>
<link rel="icon" href="data:,">
<style>html, body { height: 100%; margin: 0 } body { display: flex; flex-direction: column; font: 1rem system-ui }
#graphiql { flex: 1; min-height: 0 } #note { margin: 0; padding: .5rem 1rem; background: #fff3cd; color: #4d3800 }</style>
$styles
</head>
<body>
$note
<div id="graphiql">Loading GraphiQL...</div>
$scripts
<script>$script</script>
</body>
</html>
""")


def page(directory: Path = ASSETS) -> Callable[[Request], Response]:
    """What answers a browser at the GraphQL address. Its files are looked for once, here."""
    installed = all(file.is_in(directory) for file in FILES)
    headers = {
        "content-security-policy": policy("" if installed else f" {CDN}"),
        "cache-control": "no-store",
        "vary": "accept",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }

    def answer(request: Request) -> Response:
        return HTMLResponse(html(request.url.path.rstrip("/"), installed), headers=headers)

    return answer


def assets(directory: Path = ASSETS) -> ASGIApp:
    """To be mounted below the page, at `assets`."""
    if directory.is_dir():
        return StaticFiles(directory=directory)
    return PlainTextResponse("GraphiQL's files are not installed here.", 404)


def policy(elsewhere: str) -> str:
    """Nothing runs but these files and the one script of the page; the editor sets styles of its own."""
    script = b64encode(sha256(SCRIPT.encode()).digest()).decode()
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'sha256-{script}'{elsewhere}",
            f"style-src 'self' 'unsafe-inline'{elsewhere}",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def html(path: str, installed: bool) -> str:
    styles, scripts = [], []
    for file in FILES:
        source = f'"{escape(address(file, path, installed))}" integrity="{file.integrity}" crossorigin="anonymous"'
        if file.name.endswith(".css"):
            styles.append(f'<link rel="stylesheet" href={source}>')
        else:
            scripts.append(f"<script src={source}></script>")
    note = "" if installed else f'<p id="note">{escape(NOTE)}</p>'
    return PAGE.substitute(styles="\n".join(styles), scripts="\n".join(scripts), note=note, script=SCRIPT)


def address(file: File, path: str, installed: bool) -> str:
    return f"{path}/assets/{file.name}" if installed else f"{CDN}/npm/{file.package}@{file.version}/{file.path}"
