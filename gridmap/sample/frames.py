"""From shapes in metres to tables in degrees."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.domain.metric import GEOGRAPHIC
from gridmap.sample import source


def frame(columns: Mapping[str, object] | pd.DataFrame, shapes: object) -> gpd.GeoDataFrame:
    """A table in degrees from columns and shapes in metres."""
    turned = shapely.transform(np.asarray(shapes, dtype=object), source.degrees_xy)
    table = columns if isinstance(columns, pd.DataFrame) else pd.DataFrame(columns)
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(turned, index=table.index, crs=GEOGRAPHIC))
