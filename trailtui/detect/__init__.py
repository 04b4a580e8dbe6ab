"""Detections, and alerts from outside."""
