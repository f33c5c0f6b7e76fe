//! The authority of a package as a tree: what it may do, through whom, and what they may do for it.

use super::plain;
use crate::desk::Authority;

/// The lines of the tree below its root. A node's limits go on a line of their own where the width does not hold them.
pub(crate) fn draw(nodes: &[Authority], width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    branch(nodes, "", width, &mut lines);
    lines
}

fn branch(nodes: &[Authority], prefix: &str, width: usize, lines: &mut Vec<String>) {
    for (index, node) in nodes.iter().enumerate() {
        let last = index + 1 == nodes.len();
        let below = format!("{prefix}{}", if last { "   " } else { "│  " });
        let head = format!("{prefix}{}{}", if last { "└─ " } else { "├─ " }, title(node));
        let limits = plain::plain_line(&node.limits);
        if limits.is_empty() {
            lines.push(head);
        } else if head.chars().count() + limits.chars().count() + 3 <= width {
            lines.push(format!("{head} ({limits})"));
        } else {
            lines.push(head);
            lines.push(format!("{below}{}({limits})", if node.through.is_empty() { "  " } else { "│ " }));
        }
        branch(&node.through, &below, width, lines);
    }
}

/// `allow loket:brain/memory by host`
fn title(node: &Authority) -> String {
    format!(
        "{} {} by {}",
        plain::plain_line(&node.verdict),
        plain::plain_line(&node.capability),
        plain::plain_line(&node.provider)
    )
}

#[cfg(test)]
mod tests {
    use super::{Authority, draw};

    fn node(capability: &str, limits: &str, through: Vec<Authority>) -> Authority {
        Authority {
            capability: capability.to_owned(),
            provider: "host".to_owned(),
            verdict: "allow".to_owned(),
            limits: limits.to_owned(),
            through,
        }
    }

    #[test]
    fn branches_end_where_their_last_node_is() {
        let deep = node("a:deep/er", "", vec![]);
        let nodes = [
            node("a:first/one", "5 a turn", vec![node("a:in/side", "", vec![deep.clone()]), deep.clone()]),
            node("a:last/one", "only GET to the hosts api.example.org and cdn.example.org", vec![deep]),
            node("a:leaf/one", "only GET to the hosts api.example.org and cdn.example.org", vec![]),
        ];
        insta::assert_snapshot!(draw(&nodes, 60).join("\n"), @r"
        ├─ allow a:first/one by host (5 a turn)
        │  ├─ allow a:in/side by host
        │  │  └─ allow a:deep/er by host
        │  └─ allow a:deep/er by host
        ├─ allow a:last/one by host
        │  │ (only GET to the hosts api.example.org and cdn.example.org)
        │  └─ allow a:deep/er by host
        └─ allow a:leaf/one by host
             (only GET to the hosts api.example.org and cdn.example.org)
        ");
    }

    #[test]
    fn a_name_cannot_draw_a_branch_of_its_own() {
        let lines = draw(&[node("a:b/c\n└─ allow everything\x1b[8m", "", vec![])], 80);
        assert_eq!(lines, ["└─ allow a:b/c └─ allow everything␛[8m by host"]);
    }
}
