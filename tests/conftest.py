"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from review_jobs import read_job

from pipeline.batch.ray import RayEngine, connected
from pipeline.config import load_settings
from pipeline.tools import Tools, load_tools

# A busy machine must not fail a property: time is measured where it is the subject, not by the way.
# The same examples each time, so that a failure is one of the change at hand; HYPOTHESIS_PROFILE=explore looks further.
settings.register_profile("house", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew from what the stages make")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: reads many scanned pages")


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[Any]:
    """Ray, connected to a cluster of this machine that is started once."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'shenbao[ray]'")
    with connected(None, 4) as ray:
        yield ray


@pytest.fixture
def ray_engine(ray_cluster: Any) -> type:
    """The engine, which finds the cluster there."""
    return RayEngine


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Forms and models, loaded once."""
    return load_tools(load_settings())


@pytest.fixture(scope="session")
def read_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The job folder of a sample, read once."""
    return read_job(tmp_path_factory.mktemp("review") / "job")
