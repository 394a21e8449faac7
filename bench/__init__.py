"""Accuracy and speed: the corpus machine and the measurements that use it."""
