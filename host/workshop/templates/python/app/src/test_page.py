import unittest

from page import page


class Page(unittest.TestCase):
    def test_the_first_page_greets(self):
        self.assertEqual(page("/"), (200, "Hello from {{name}}!\n"))

    def test_another_path_is_not_found(self):
        self.assertEqual(page("/nowhere")[0], 404)
