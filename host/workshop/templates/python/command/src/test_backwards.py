import unittest

from backwards import backwards


class Backwards(unittest.TestCase):
    def test_words_come_out_in_the_opposite_order(self):
        self.assertEqual(backwards(" one two  three "), "three two one")

    def test_no_words_are_an_error_that_says_so(self):
        with self.assertRaisesRegex(ValueError, "no words"):
            backwards(" ")
