import unittest

from answer import answer


class Answer(unittest.TestCase):
    def test_the_last_words_of_the_user_are_said_back(self):
        self.assertEqual(answer(["one", "two"]), "You said: two")

    def test_who_says_nothing_is_told_so(self):
        with self.assertRaisesRegex(ValueError, "no message"):
            answer([])
