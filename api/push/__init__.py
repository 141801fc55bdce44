"""Pushing: news of the broker turned into events for those who follow a job."""
