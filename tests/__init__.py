"""The tests: core mirrors core, pages drives pages, browser drives a real Chromium."""
