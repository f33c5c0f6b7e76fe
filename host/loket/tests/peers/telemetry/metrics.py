"""Asks for metrics and reads them as Prometheus does: every sample as a line of JSON.

Usage: python metrics.py URL TOKEN
"""
import json
import sys
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families

request = urllib.request.Request(sys.argv[1], headers={"authorization": "Bearer " + sys.argv[2]})
with urllib.request.urlopen(request) as answer:
    assert answer.headers["content-type"].startswith("application/openmetrics-text"), answer.headers["content-type"]
    text = answer.read().decode()
for family in text_string_to_metric_families(text):
    for sample in family.samples:
        print(json.dumps({"name": sample.name, "labels": sample.labels, "value": sample.value, "type": family.type}))
