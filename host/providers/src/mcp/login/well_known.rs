//! Where servers describe themselves: whoever gives tokens (RFC 8414, OpenID Connect Discovery), and what is opened by them (RFC 9728). A
//! document is believed for where it stands: whoever can put one somewhere at a host does not speak for all of it.

use crate::http::target::address;
use url::Url;

/// What a document of an authorization server is called, by both specifications.
const SERVERS: [&str; 2] = ["oauth-authorization-server", "openid-configuration"];
const RESOURCE: &str = "oauth-protected-resource";

/// The places at which an issuer describes itself, in the order in which they are looked at: between its host and its path, and, as OpenID has
/// it, after its path.
///
/// # Errors
/// When it is no issuer.
pub(crate) fn of_issuer(issuer: &str) -> Result<Vec<Url>, String> {
    let (url, _) = address(issuer)?;
    if url.query().is_some() || issuer.contains('#') {
        return Err(format!("`{}` is no issuer: that has neither `?` nor `#`", issuer.escape_default()));
    }
    let path = url.path().trim_end_matches('/');
    let [_, openid] = SERVERS;
    let between = SERVERS.map(|name| format!("/.well-known/{name}{path}"));
    Ok(at(&url, between.into_iter().chain([format!("{path}/.well-known/{openid}")])))
}

/// The places at which the server at this address describes what it is to those who give tokens: between its host and its path, after its path,
/// and for its host as a whole.
pub(super) fn of_resource(server: &Url) -> Vec<Url> {
    let path = server.path().trim_end_matches('/');
    let paths = [format!("/.well-known/{RESOURCE}{path}"), format!("{path}/.well-known/{RESOURCE}")];
    at(server, paths.into_iter().chain([format!("/.well-known/{RESOURCE}")]))
}

/// Whether a resource is the server at this address, or what that is a part of.
pub(super) fn is_resource_of(resource: &str, server: &Url) -> bool {
    let Ok((resource, _)) = address(resource) else { return false };
    let (whole, part) = (resource.path(), server.path());
    let is_part =
        part.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || whole.ends_with('/') || rest.starts_with('/'));
    resource.origin() == server.origin() && is_part
}

fn at(url: &Url, paths: impl Iterator<Item = String>) -> Vec<Url> {
    let mut all: Vec<Url> = Vec::new();
    for path in paths {
        let mut place = url.clone();
        place.set_query(None);
        place.set_fragment(None);
        place.set_path(&path);
        if !all.contains(&place) {
            all.push(place);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(places: Vec<Url>) -> Vec<String> {
        places.into_iter().map(String::from).collect()
    }

    #[test]
    fn an_issuer_describes_itself_between_its_host_and_its_path_and_as_openid_has_it() {
        let plain = texts(of_issuer("https://a.example").expect("an issuer"));
        let known = "https://a.example/.well-known";
        let both = [format!("{known}/oauth-authorization-server"), format!("{known}/openid-configuration")];
        assert_eq!(plain, both);
        assert_eq!(texts(of_issuer("https://a.example/").expect("an issuer")), both);
        let tenant = [
            format!("{known}/oauth-authorization-server/t/1"),
            format!("{known}/openid-configuration/t/1"),
            "https://a.example/t/1/.well-known/openid-configuration".to_owned(),
        ];
        for issuer in ["https://a.example/t/1", "https://a.example/t/1/"] {
            assert_eq!(texts(of_issuer(issuer).expect("an issuer")), tenant, "{issuer}");
        }
        for none in ["https://a.example/?t=1", "https://a.example/#t", "a.example", "ftp://a.example"] {
            of_issuer(none).expect_err(none);
        }
    }

    #[test]
    fn a_resource_is_the_server_or_what_that_is_a_part_of() {
        let server = Url::parse("https://a.example/one/mcp?x=1").expect("an address");
        for (resource, is) in [
            ("https://a.example/one/mcp", true),
            ("https://a.example/one", true),
            ("https://a.example/one/", true),
            ("https://a.example", true),
            ("https://a.example/on", false),
            ("https://a.example/one/mcp/more", false),
            ("https://a.example:8443/one/mcp", false),
            ("http://a.example/one/mcp", false),
            ("https://b.example/one/mcp", false),
            ("one", false),
        ] {
            assert_eq!(is_resource_of(resource, &server), is, "{resource}");
        }
        let places = texts(of_resource(&server));
        assert_eq!(
            places,
            [
                "https://a.example/.well-known/oauth-protected-resource/one/mcp",
                "https://a.example/one/mcp/.well-known/oauth-protected-resource",
                "https://a.example/.well-known/oauth-protected-resource",
            ]
        );
    }
}
