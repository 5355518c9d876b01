"""Who is in office now: conditions on terms, and on what the analysis of leaders proposes beside them."""

from __future__ import annotations

from gridmap.domain.today import LOCAL_TIME

TODAY = f"(now() AT TIME ZONE '{LOCAL_TIME.key}')::date"
"""The date on the wall, as `domain.today` has it; the server's own `current_date` is that of Greenwich."""

SITS_NOW = f"((a.since IS NULL OR a.since <= {TODAY}) AND (a.until IS NULL OR a.until > {TODAY}))"
"""Condition on a row `a` of `assignments`: the term has begun and has not ended."""

TERM_IS_OVER = f"""EXISTS (
    SELECT FROM gridmap.assignments o WHERE o.role = l.role AND o.place_code = l.place_code
    AND o.staff_code = l.staff_code AND o.until <= {TODAY}
)"""
"""Condition on a row `l` of `leaders`: the analysis goes on proposing somebody whose term here has ended since."""

VACANT = f"""((l.status = 'vacant' OR {TERM_IS_OVER}) AND NOT EXISTS (
    SELECT FROM gridmap.assignments a WHERE a.role = l.role AND a.place_code = l.place_code AND {SITS_NOW}
))"""
"""Condition on a row `l` of `leaders`: nobody is in office there, and nobody is proposed who still could be."""
