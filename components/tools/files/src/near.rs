//! What comes closest to a text that is not there.

use crate::words::shown;

/// What is in the text in place of `old`, and where; in words.
pub fn closest(text: &str, old: &str) -> String {
    let lines = old.replace("\r\n", "\n");
    let (unix, dos) = (lines.clone(), lines.replace('\n', "\r\n"));
    for (form, ending, words) in [(&dos, "\\r\\n", "CR and LF"), (&unix, "\\n", "LF alone")] {
        if form != old
            && let Some(at) = text.find(form.as_str())
        {
            let line = line(text, at);
            return format!(
                "in line {line} it is there with lines that end in {words}; write `{ending}` at their ends"
            );
        }
    }
    let wanted: Vec<&str> = old.split_whitespace().collect();
    if wanted.is_empty() {
        return "it is white space alone; take in the words around it".into();
    }
    let (squeezed, places) = squeezed(text);
    if let Some(at) = squeezed.find(&wanted.join(" ")) {
        let at = places.partition_point(|(begin, _)| *begin <= at).saturating_sub(1);
        let line = line(text, places.get(at).map_or(0, |place| place.1));
        return format!(
            "what is in line {line} differs from it only in white space; read it there, and take it as it is"
        );
    }
    let first = old.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if first != old.trim()
        && let Some(at) = text.find(first)
    {
        let line = line(text, at);
        return format!("its first line, {}, is in line {line}, and what follows differs; read it there", shown(first));
    }
    "nothing comes close to it; read the file, and take the text as it is".into()
}

/// The line of a place.
fn line(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count()
}

/// The words with one space between them; for each, where it begins in that and where in the text.
fn squeezed(text: &str) -> (String, Vec<(usize, usize)>) {
    let mut squeezed = String::with_capacity(text.len());
    let mut places = Vec::new();
    let mut from = 0;
    for word in text.split_whitespace() {
        // The words come in order, so each is found at once.
        let at = from + text[from..].find(word).unwrap_or_default();
        if !squeezed.is_empty() {
            squeezed.push(' ');
        }
        places.push((squeezed.len(), at));
        squeezed.push_str(word);
        from = at + word.len();
    }
    (squeezed, places)
}
