"""The app without its cache of tiles, for gunicorn: each tile is made anew, however often it is asked for."""

import os

from gridmap.database.engine import make_engine
from gridmap.web.app import create_app

app = create_app(make_engine(os.environ["GRIDMAP_DATABASE_URL"]), tile_cache_bytes=0)
