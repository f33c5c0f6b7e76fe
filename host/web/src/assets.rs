//! Scripts and styles: in the program, under names that have their digest, so that a browser keeps them and never an old one.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use loket_gateways::http::KEPT;
use std::sync::LazyLock;

/// Where they are.
pub(crate) const PATH: &str = "/assets/";

macro_rules! assets {
    ($($name:literal: $kind:literal),* $(,)?) => {
        /// What there is: name, type, content.
        const ALL: &[(&str, &str, &str)] = &[$(($name, $kind, include_str!(concat!("assets/", $name)))),*];
    };
}

assets! {
    "style.css": "text/css; charset=utf-8",
    "pages.css": "text/css; charset=utf-8",
    "chat.css": "text/css; charset=utf-8",
    "base.js": "text/javascript; charset=utf-8",
    "files.js": "text/javascript; charset=utf-8",
    "chat.js": "text/javascript; charset=utf-8",
    "approvals.js": "text/javascript; charset=utf-8",
    "ledger.js": "text/javascript; charset=utf-8",
    "drop.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}

struct Asset {
    /// `style.1f2e….css`
    file: String,
    name: &'static str,
    kind: &'static str,
    text: String,
    tag: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut named: Vec<Asset> = Vec::new();
    for &(name, kind, text) in ALL {
        // What a script imports stands above it, and has its name with the digest already.
        let import = |text: String, asset: &Asset| {
            text.replace(&format!("\"./{}\"", asset.name), &format!("\"./{}\"", asset.file))
        };
        let text = named.iter().fold(text.to_owned(), import);
        let digest = &blake3::hash(text.as_bytes()).to_hex()[..16];
        let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
        named.push(Asset { file: format!("{stem}.{digest}.{ending}"), name, kind, text, tag: format!("\"{digest}\"") });
    }
    named
});

/// The address of one.
pub(crate) fn url(name: &str) -> String {
    let file = ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| asset.file.as_str());
    format!("{PATH}{file}")
}

/// `GET /assets/NAME`
pub(crate) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.file == name) else {
        return (StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == asset.tag.as_bytes());
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Body::from(asset.text.as_str()).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    // A name with a digest never means something else.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEPT));
    if let Ok(tag) = HeaderValue::from_str(&asset.tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}
