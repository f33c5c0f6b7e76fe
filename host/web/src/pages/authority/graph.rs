//! The graph of who could do what through whom, drawn as SVG: in columns, from who is asked about through packages to powers.

use crate::plain::excerpt;
use crate::texts::{t, tf};
use loket_gateways::desk::Authority;
use maud::{Markup, html};

/// A box, and the space from one to the next, in the picture's own units.
const BOX: (usize, usize) = (216, 48);
const STEP: (usize, usize) = (312, 62);
/// The deepest that is drawn, and the most boxes.
const DEEPEST: usize = 4;
const MOST: usize = 120;
/// How much stands in a box, in characters.
const LETTERS: usize = 29;

/// A box.
struct Node {
    column: usize,
    row: usize,
    /// `who`, `package` or `power`.
    kind: &'static str,
    label: String,
    /// Hosts, folders and the like.
    below: String,
}

/// A line from one box to another.
struct Line {
    from: usize,
    to: usize,
    verdict: String,
}

#[derive(Default)]
struct Graph {
    nodes: Vec<Node>,
    lines: Vec<Line>,
    /// That there is more than is drawn.
    cut: bool,
}

/// The picture.
pub(super) fn drawn(of: &str, tree: &[Authority]) -> Markup {
    let graph = Graph::of(of, tree);
    let columns = graph.nodes.iter().map(|node| node.column + 1).max().unwrap_or(1);
    let rows = graph.nodes.iter().map(|node| node.row + 1).max().unwrap_or(1);
    let (width, height) = ((columns - 1) * STEP.0 + BOX.0 + 8, rows * STEP.1 + 4);
    let counts: Vec<usize> = (0..columns).map(|c| graph.nodes.iter().filter(|node| node.column == c).count()).collect();
    // Each column stands in the middle.
    let place = |node: &Node| {
        let x = node.column * STEP.0 + 4;
        let y = (rows - counts[node.column]) * STEP.1 / 2 + node.row * STEP.1 + 6;
        (x, y)
    };
    html! {
        div.scroll.graph-frame tabindex="0" role="group" aria-label=(t("authority.picture")) {
            svg.graph viewBox=(format!("0 0 {width} {height}")) width=(width) height=(height) role="img"
                aria-label=(tf("authority.alt", &[("who", &excerpt(of, 80))])) focusable="false" {
                @for line in &graph.lines {
                    (curve(place(&graph.nodes[line.from]), place(&graph.nodes[line.to]), &line.verdict))
                }
                @for node in &graph.nodes { (boxed(node, place(node))) }
            }
        }
        p.note.legend {
            span.key {} " " (t("authority.allow")) " " span.key.asks {} " " (t("authority.ask")) " " span.key.never {} " " (t("authority.deny"))
        }
        @if graph.cut { p.note { (t("authority.cut")) } }
    }
}

impl Graph {
    fn of(who: &str, tree: &[Authority]) -> Graph {
        // Powers stand behind everything that leads to them.
        let last = 1 + tree.iter().map(|branch| packages(branch, 0)).max().unwrap_or(0);
        let mut graph = Graph::default();
        let root = graph.node(0, "who", who, "");
        for branch in tree {
            graph.grow(root, branch, 1, last);
        }
        graph
    }

    fn grow(&mut self, from: usize, branch: &Authority, depth: usize, last: usize) {
        if depth > DEEPEST || self.nodes.len() >= MOST {
            self.cut = true;
            return;
        }
        let is_power = branch.provider == "host";
        let (column, kind) = if is_power { (last, "power") } else { (depth, "package") };
        let label = if is_power { &branch.capability } else { &branch.provider };
        let to = self.node(column, kind, label, &branch.limits);
        let is_drawn = |line: &Line| (line.from, line.to, &line.verdict) == (from, to, &branch.verdict);
        if !self.lines.iter().any(is_drawn) {
            self.lines.push(Line { from, to, verdict: branch.verdict.clone() });
        }
        for inner in &branch.through {
            self.grow(to, inner, depth + 1, last);
        }
    }

    /// A box, which is made where there is none like it.
    fn node(&mut self, column: usize, kind: &'static str, label: &str, below: &str) -> usize {
        let same = |node: &Node| (node.column, node.kind, node.label.as_str()) == (column, kind, label);
        // The same power with other limits is another.
        let found = self.nodes.iter().position(|node| same(node) && (kind != "power" || node.below == below));
        found.unwrap_or_else(|| {
            let row = self.nodes.iter().filter(|node| node.column == column).count();
            let (label, below) = (label.to_owned(), below.to_owned());
            self.nodes.push(Node { column, row, kind, label, below });
            self.nodes.len() - 1
        })
    }
}

/// How many packages lead one into another.
fn packages(branch: &Authority, depth: usize) -> usize {
    if branch.provider == "host" || depth >= DEEPEST {
        return depth;
    }
    branch.through.iter().map(|inner| packages(inner, depth + 1)).max().unwrap_or(depth + 1).max(depth + 1)
}

fn boxed(node: &Node, (x, y): (usize, usize)) -> Markup {
    let has_below = !node.below.is_empty();
    html! {
        g.node .who[node.kind == "who"] .package[node.kind == "package"] .power[node.kind == "power"] {
            title { (excerpt(&node.label, 200)) @if has_below { ": " (excerpt(&node.below, 600)) } }
            rect x=(x) y=(y) width=(BOX.0) height=(BOX.1) rx="9" {}
            text x=(x + 12) y=(y + if has_below { 20 } else { 29 }) { (excerpt(&node.label, LETTERS)) }
            @if has_below { text.below x=(x + 12) y=(y + 37) { (excerpt(&node.below, LETTERS + 4)) } }
        }
    }
}

fn curve((x, y): (usize, usize), (to_x, to_y): (usize, usize), verdict: &str) -> Markup {
    let (from, to) = ((x + BOX.0, y + BOX.1 / 2), (to_x, to_y + BOX.1 / 2));
    let bend = (STEP.0 - BOX.0) / 2;
    let path =
        format!("M{} {}C{} {} {} {} {} {}", from.0, from.1, from.0 + bend, from.1, to.0 - bend, to.1, to.0, to.1);
    html! { path.way .asks[verdict == "ask"] .never[verdict == "deny"] d=(path) {} }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(capability: &str, provider: &str, through: Vec<Authority>) -> Authority {
        let (verdict, limits) = ("allow".to_owned(), String::new());
        Authority { capability: capability.into(), provider: provider.into(), verdict, limits, through }
    }

    #[test]
    fn powers_stand_in_the_last_column_and_each_package_once() {
        let http = || branch("loket:http/client", "host", vec![]);
        let tree = [
            branch("loket:fetch", "loket:fetch", vec![http()]),
            branch("loket:brain/memory", "host", vec![]),
            branch("loket:search", "loket:search", vec![branch("loket:fetch", "loket:fetch", vec![http()])]),
        ];
        let graph = Graph::of("assistant", &tree);
        let at = |label: &str| -> Vec<usize> {
            graph.nodes.iter().filter(|node| node.label == label).map(|node| node.column).collect()
        };
        assert_eq!(at("assistant"), [0]);
        assert_eq!(at("loket:fetch"), [1, 2], "one that is called through another stands behind it");
        assert_eq!((at("loket:http/client"), at("loket:brain/memory")), (vec![3], vec![3]));
        assert!(!graph.cut);
    }

    #[test]
    fn a_tree_without_an_end_is_cut() {
        let deep = (0..40).fold(branch("a", "x:y", vec![]), |inner, _| branch("a", "x:y", vec![inner]));
        let wide: Vec<Authority> = (0..500).map(|n| branch(&format!("c{n}"), "host", vec![])).collect();
        assert!(Graph::of("a", &[deep]).cut);
        let graph = Graph::of("a", &wide);
        assert!(graph.cut && graph.nodes.len() <= MOST);
    }

    #[test]
    fn what_stands_in_a_box_is_escaped() {
        let bad = "<script>alert(1)</script>";
        let tree = [Authority { limits: bad.into(), ..branch(bad, bad, vec![]) }];
        assert!(!drawn(bad, &tree).into_string().contains("<script"));
    }
}
