//! Markdown of models, made HTML that does nothing: no HTML of its own, no images from elsewhere, links that leave and tell nobody.

use ammonia::Builder;
use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What is longer is shown as it was written, in bytes.
const LONGEST: usize = 128 << 10;
/// What is nested deeper, too.
const DEEPEST: usize = 48;

/// A text as Markdown.
pub(crate) fn markdown(text: &str) -> Markup {
    if text.len() > LONGEST {
        return as_written(text);
    }
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let events = Parser::new_ext(text, options).map(|event| {
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
        match event {
            // What looks like HTML was written to be read.
            Event::Html(words) | Event::InlineHtml(words) => Event::Text(words),
            // An image would be fetched, and tell its server that somebody reads this: a link is followed by who wants to.
            Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                Event::Start(Tag::Link { link_type, dest_url, title, id })
            }
            Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
            // In a chat a line is a line: what commands list, they list line by line.
            Event::SoftBreak => Event::HardBreak,
            event => event,
        }
    });
    let mut raw = String::with_capacity(text.len() * 2);
    pulldown_cmark::html::push_html(&mut raw, events);
    if deepest > DEEPEST {
        return as_written(text);
    }
    PreEscaped(CLEANER.clean(&raw).to_string())
}

fn as_written(text: &str) -> Markup {
    html! { p.as-written { (text) } }
}

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags =
        "p br hr h1 h2 h3 h4 h5 h6 em strong del code pre blockquote ul ol li a table thead tbody tr th td input";
    let mut cleaner = Builder::empty();
    cleaner
        .tags(tags.split(' ').collect())
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("ol", HashSet::from(["start"])),
            ("input", HashSet::from(["checked", "disabled", "type"])),
        ]))
        .tag_attribute_values(HashMap::from([("input", HashMap::from([("type", HashSet::from(["checkbox"]))]))]))
        .set_tag_attribute_value("a", "target", "_blank")
        .set_tag_attribute_value("input", "disabled", "")
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        // What has no scheme would lead to a page of ours.
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner
});

#[cfg(test)]
mod tests {
    use super::markdown;

    fn html(text: &str) -> String {
        markdown(text).into_string()
    }

    #[test]
    fn what_is_usual_is_made_html() {
        let shown = html(
            "# A\n\n*b* **c** `d`\n\n- [x] e\n\n| f | g |\n|---|---|\n| 1 | 2 |\n\n```rust\nlet x = 1 < 2;\n```\n",
        );
        for part in ["<h1>A</h1>", "<em>b</em>", "<strong>c</strong>", "<td>1</td>", "1 &lt; 2", "checkbox"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }

    #[test]
    fn a_line_stays_a_line() {
        assert_eq!(html("/help\n/tools").matches("<br>").count(), 1);
    }

    #[test]
    fn html_in_it_is_shown_and_does_nothing() {
        for text in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "<svg/onload=alert(1)>",
            "<a href='javascript:alert(1)'>x</a>",
            "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
            "<form action=/logout method=post><button>x</button></form>",
            "<style>*{display:none}</style>",
            "```\n</code></pre><script>alert(1)</script>\n```",
        ] {
            let shown = html(text);
            for tag in ["<script", "<img", "<svg", "<iframe", "<form", "<style", "<button"] {
                assert!(!shown.contains(tag), "{text}: {shown}");
            }
            assert!(!shown.contains("href=\"javascript"), "{shown}");
        }
    }

    #[test]
    fn links_leave_by_web_and_mail_alone_and_tell_nobody() {
        let shown = html("[a](https://example.org/x) <mailto:a@example.org>");
        assert_eq!(shown.matches("rel=\"noopener noreferrer nofollow\"").count(), 2, "{shown}");
        for target in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:x",
            "file:///etc/passwd",
            "//evil.example/x",
            "/logout",
            "?x",
        ] {
            let shown = html(&format!("[a](<{target}>) [b]({target})"));
            assert!(!shown.contains("href"), "{target}: {shown}");
        }
    }

    #[test]
    fn images_from_elsewhere_are_links() {
        let shown = html("![a cat](https://evil.example/track.png)");
        assert!(!shown.contains("<img") && shown.contains("href=\"https://evil.example/track.png\""), "{shown}");
        assert!(!html("![x](data:image/png;base64,AAAA)").contains("data:"));
    }

    #[test]
    fn what_is_too_long_or_too_deep_is_shown_as_it_was_written() {
        for text in [">".repeat(10_000), "*".repeat(200_000), "- ".repeat(5_000), "[".repeat(50_000)] {
            let shown = html(&text);
            assert!(shown.len() < text.len() * 8 + 1000);
            assert!(shown.matches("<blockquote").count() <= super::DEEPEST, "{}", &shown[..80]);
        }
    }

    #[test]
    fn nothing_that_is_said_looks_like_a_part_of_the_page() {
        assert!(!html("<div class=rail id=x>a</div>").contains("<div"));
        for fence in ["```x\tsafe-mode\na\n```", "```x&#9;safe-mode\na\n```", "```rust\na\n```"] {
            let shown = html(fence);
            assert!(shown.contains("<code>") && !shown.contains("class="), "{shown}");
        }
    }
}
