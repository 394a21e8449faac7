"""The app: its routes, its guard and its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from pipeline.config import Settings
from pipeline.review.intake import Intake
from pipeline.review.service import Review
from pipeline.review.web.documents import documents_router
from pipeline.review.web.guard import Access, Guard
from pipeline.review.web.pages import pages_router
from pipeline.review.web.problems import speak_problems
from pipeline.review.web.records import records_router

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Site:
    """What an app serves: a job folder under review, to whom, and under whose name actions are written down."""

    review: Review
    settings: Settings
    access: Access
    who: str


def build_app(site: Site) -> FastAPI:
    """Given a site, return its app. No documentation pages: they would load scripts from elsewhere."""
    app = FastAPI(
        title="Shenbao",
        version="1",
        docs_url=None,
        redoc_url=None,
        middleware=[Middleware(Guard, access=site.access, max_bytes=site.settings.ingest.max_file_bytes)],
    )
    speak_problems(app)
    app.include_router(records_router(site.review, site.settings.ingest, site.who))
    intake = Intake(site.review.folder, site.settings.ingest.max_file_bytes)
    intake.resume()
    app.include_router(documents_router(site.review, intake))
    app.include_router(pages_router(site.review, site.who))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
