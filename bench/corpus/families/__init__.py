"""Declarations of every family, each in several layouts that are described as data."""
