"""The competition's inference server."""

from __future__ import annotations

import aimo_3_gateway

import kaggle_evaluation.core.templates as templates


class AIMO3InferenceServer(templates.InferenceServer):
    """Knows the competition's gateway."""

    def _get_gateway_for_test(self, data_paths: tuple[str, ...] | None) -> templates.Gateway:
        return aimo_3_gateway.AIMO3Gateway(data_paths)
