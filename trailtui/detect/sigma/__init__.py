"""Sigma rules: read and checked by pySigma, met by conditions of this project's own."""
