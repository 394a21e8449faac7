"""Serves an app until it is interrupted."""

from __future__ import annotations

import uvicorn

from pipeline.review.web.app import Site, build_app
from pipeline.review.web.guard import access_of, is_loopback

__all__ = ["Site", "access_of", "is_loopback", "serve"]


def serve(site: Site, host: str, port: int) -> None:
    """Given a site, serve it at an address. Blocks."""
    uvicorn.run(build_app(site), host=host, port=port, log_level="warning", server_header=False)
