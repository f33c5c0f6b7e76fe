import unittest

from large import LARGE, large


class Large(unittest.TestCase):
    def test_a_large_component_is_remarked_and_a_small_one_is_not(self):
        self.assertEqual(large(LARGE + 1), "it has 1048577 bytes")
        self.assertIsNone(large(LARGE))
