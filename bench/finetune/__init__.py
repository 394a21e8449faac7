"""Teaches the recogniser what archives do to print: ``make finetune``."""
