import unittest

from answer import answer, excerpt


class Answer(unittest.TestCase):
    def test_without_memories_it_says_that_it_will_remember(self):
        self.assertEqual(answer([]), "I will remember that.")

    def test_memories_are_told_one_a_line(self):
        self.assertEqual(answer(["tea", "for two"]), "I remember:\n- tea\n- for two")

    def test_an_excerpt_has_at_most_256_bytes(self):
        self.assertEqual(len(excerpt("x" + "🦀" * 100).encode()), 253)
