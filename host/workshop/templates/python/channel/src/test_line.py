import unittest

from line import line


class Line(unittest.TestCase):
    def test_a_message_names_its_conversation(self):
        self.assertEqual(line("garden", " it rains "), "to garden: it rains")

    def test_nothing_is_no_message(self):
        with self.assertRaisesRegex(ValueError, "nothing to say"):
            line("garden", " ")
