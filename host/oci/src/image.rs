//! What an image of a package is made of: a manifest, a small configuration, and one layer, which is the component.
//!
//! The form is that of the crate `oci-wasm`, so that `wkg` reads what is pushed here, and what it pushed is read here. That form has exactly
//! one layer; so the signature is an annotation of the manifest, and comes and goes with it.

use crate::MAX_COMPONENT;
use crate::error::{OciError, shown};
use crate::push::Outgoing;
use oci_client::annotations::{ORG_OPENCONTAINERS_IMAGE_TITLE, ORG_OPENCONTAINERS_IMAGE_VERSION};
use oci_client::manifest::{OciDescriptor, OciImageManifest};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// The type of a manifest.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The type of the configuration of a component.
pub(crate) const CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// The type of the layer.
pub(crate) const LAYER: &str = "application/wasm";
/// The annotation of a manifest that is the text of the package's `.minisig` file.
pub const SIGNATURE: &str = "vnd.loket.minisig";
/// How many bytes a manifest may have.
pub(crate) const MAX_MANIFEST: u64 = 1 << 20;
/// How many bytes of a signature are taken along; more is none.
const MAX_SIGNATURE: usize = 4096;
/// When an image was made. Always the same, so that the same package is the same image.
const CREATED: &str = "1970-01-01T00:00:00Z";

/// What a manifest says of a package.
#[derive(Debug)]
pub(crate) struct Found {
    /// The layer.
    pub(crate) layer: OciDescriptor,
    /// How many bytes it has.
    pub(crate) size: u64,
    /// The signature's text.
    pub(crate) signature: Option<String>,
}

/// What is pushed besides the component.
pub(crate) struct Made {
    pub(crate) manifest: Vec<u8>,
    pub(crate) config: Vec<u8>,
    pub(crate) config_digest: String,
    pub(crate) layer_digest: String,
}

/// `sha256:` and the digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// The image of a package.
pub(crate) fn make(package: &Outgoing) -> Result<Made, serde_json::Error> {
    let layer_digest = digest(&package.component);
    let config = serde_json::to_vec(&json!({
        "created": CREATED,
        "author": null,
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [layer_digest],
        "component": { "exports": package.exports, "imports": package.imports, "target": null },
    }))?;
    let config_digest = digest(&config);
    let title = package.name.rsplit(':').next().unwrap_or_default();
    let descriptor = |kind: &str, digest: &str, size: usize| OciDescriptor {
        media_type: kind.to_owned(),
        digest: digest.to_owned(),
        size: i64::try_from(size).unwrap_or(i64::MAX),
        ..OciDescriptor::default()
    };
    let mut layer = descriptor(LAYER, &layer_digest, package.component.len());
    layer.annotations = Some([(ORG_OPENCONTAINERS_IMAGE_TITLE.to_owned(), format!("{title}.wasm"))].into());
    let mut annotations: std::collections::BTreeMap<String, String> = [
        (ORG_OPENCONTAINERS_IMAGE_TITLE.to_owned(), package.name.clone()),
        (ORG_OPENCONTAINERS_IMAGE_VERSION.to_owned(), package.version.clone()),
    ]
    .into();
    annotations.extend(package.signature.clone().map(|text| (SIGNATURE.to_owned(), text)));
    let manifest = serde_json::to_vec(&OciImageManifest {
        media_type: Some(MANIFEST.to_owned()),
        config: descriptor(CONFIG, &config_digest, config.len()),
        layers: vec![layer],
        annotations: Some(annotations),
        ..OciImageManifest::default()
    })?;
    Ok(Made { manifest, config, config_digest, layer_digest })
}

/// As much of any manifest as tells what it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outline {
    schema_version: i64,
    media_type: Option<String>,
    manifests: Option<serde::de::IgnoredAny>,
}

/// Reads a manifest; whatever is not the image of one component is refused.
pub(crate) fn read(address: &str, bytes: &[u8]) -> Result<Found, OciError> {
    let odd = |why: String| OciError::Manifest { address: address.to_owned(), why: shown(&why) };
    let outline: Outline = serde_json::from_slice(bytes).map_err(|e| odd(e.to_string()))?;
    if outline.manifests.is_some() {
        return Err(OciError::List(address.to_owned()));
    }
    let foreign = |what, found: &str, expected| OciError::Foreign {
        address: address.to_owned(),
        what,
        found: shown(found),
        expected,
    };
    if let Some(kind) = outline.media_type.filter(|kind| kind != MANIFEST) {
        return Err(foreign("its manifest", &kind, MANIFEST));
    }
    if outline.schema_version != 2 {
        return Err(odd(format!("its form is {}, and should be 2", outline.schema_version)));
    }
    let manifest: OciImageManifest = serde_json::from_slice(bytes).map_err(|e| odd(e.to_string()))?;
    if manifest.config.media_type != CONFIG {
        return Err(foreign("its configuration", &manifest.config.media_type, CONFIG));
    }
    let count = manifest.layers.len();
    let [layer] = <[OciDescriptor; 1]>::try_from(manifest.layers)
        .map_err(|_| OciError::Layers { address: address.to_owned(), count })?;
    if layer.media_type != LAYER {
        return Err(foreign("its layer", &layer.media_type, LAYER));
    }
    let digits = layer.digest.strip_prefix("sha256:").unwrap_or_default();
    if digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return Err(odd(format!("`{}` is no SHA-256", layer.digest)));
    }
    let size = u64::try_from(layer.size).map_err(|_| odd(format!("its layer has {} bytes", layer.size)))?;
    if size > MAX_COMPONENT {
        return Err(OciError::TooLarge { address: address.to_owned(), size });
    }
    let signature = manifest.annotations.and_then(|mut all| all.remove(SIGNATURE));
    if signature.as_ref().is_some_and(|text| text.len() > MAX_SIGNATURE) {
        return Err(odd(format!("its signature has more than {MAX_SIGNATURE} bytes")));
    }
    // Where else the layer may be had is not asked: that could be anywhere.
    let layer = OciDescriptor { digest: layer.digest, size: layer.size, ..OciDescriptor::default() };
    Ok(Found { layer, size, signature })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value as Json;

    fn outgoing(signature: Option<&str>) -> Outgoing {
        Outgoing {
            name: "acme:calc".into(),
            version: "1.2.0".into(),
            component: b"bytes".as_slice().into(),
            signature: signature.map(str::to_owned),
            imports: vec!["acme:calc/numbers@1.0.0".into()],
            exports: vec!["acme:calc/math".into()],
        }
    }

    #[test]
    fn what_is_made_is_read_back_with_its_signature() {
        for signature in [None, Some("untrusted comment: x\nRU…\n")] {
            let made = make(&outgoing(signature)).expect("made");
            let found = read("oci://x.test/a/b", &made.manifest).expect("read");
            assert_eq!((found.size, found.signature.as_deref()), (5, signature));
            assert_eq!(found.layer.digest, digest(b"bytes"));
            assert_eq!(make(&outgoing(signature)).expect("made").manifest, made.manifest, "the same again");
        }
    }

    /// What is said of a manifest in which one thing was changed.
    #[track_caller]
    fn check(change: impl FnOnce(&mut Json), why: &str) {
        let made = make(&outgoing(None)).expect("made");
        let mut manifest: Json = serde_json::from_slice(&made.manifest).expect("JSON");
        change(&mut manifest);
        let error = read("oci://x.test/a/b", &serde_json::to_vec(&manifest).expect("JSON")).expect_err(why);
        assert!(error.to_string().contains(why) && !error.hint().is_empty(), "{error}");
    }

    #[test]
    fn what_is_no_image_of_one_component_is_refused_with_a_reason() {
        check(|m| m["mediaType"] = json!("application/vnd.docker.distribution.manifest.v2+json"), "its manifest is of");
        check(|m| m["config"]["mediaType"] = json!("application/vnd.oci.image.config.v1+json"), "its configuration is");
        check(
            |m| m["layers"][0]["mediaType"] = json!("application/vnd.oci.image.layer.v1.tar+gzip"),
            "its layer is of",
        );
        check(|m| m["layers"] = json!([]), "0 layers");
        check(|m| m["layers"] = json!([m["layers"][0], m["layers"][0]]), "2 layers");
        check(|m| m["layers"][0]["size"] = json!(MAX_COMPONENT + 1), "134217729 bytes");
        check(|m| m["layers"][0]["size"] = json!(-1), "-1 bytes");
        check(|m| m["layers"][0]["digest"] = json!("sha256:../../x"), "is no SHA-256");
        check(|m| m["layers"][0]["digest"] = json!(format!("sha512:{}", "0".repeat(128))), "is no SHA-256");
        check(|m| m["manifests"] = json!([]), "a list of images");
        check(|m| m["schemaVersion"] = json!(1), "its form is 1");
        check(|m| m["annotations"] = json!({ SIGNATURE: "x".repeat(5000) }), "its signature");
        check(|m| *m = json!([]), "cannot be read");
        read("oci://x.test/a/b", b"<html>").expect_err("no JSON");
    }
}
