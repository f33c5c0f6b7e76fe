import unittest

from greet import greet


class Greeting(unittest.TestCase):
    def test_a_name_is_greeted(self):
        self.assertEqual(greet(" Ada "), "Hello, Ada!")

    def test_an_empty_name_is_an_error_that_says_so(self):
        with self.assertRaisesRegex(ValueError, "empty"):
            greet("  ")
