"""The independent reference model: written from docs/model only, one file per page, standard library only."""

from .day import Outcome, simulate

__all__ = ["Outcome", "simulate"]
