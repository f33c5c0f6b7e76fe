//! The whole home as one file, to keep elsewhere.

use crate::app::App;
use crate::entry::Me;
use crate::fault::Fault;
use crate::form::Form;
use crate::parts;
use crate::texts::t;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::stream;
use jiff::Timestamp;
use loket_gateways::desk::{BackupRequest, Problem};
use maud::{Markup, html};
use serde::Deserialize;
use std::fs::File;
use std::io::{self, Read as _};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::Semaphore;

/// Bytes that are read at once.
const PIECE: usize = 256 << 10;
/// One at a time: each is as big as the home.
static ONE: Semaphore = Semaphore::const_new(1);

/// What goes along.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    /// The key of the secrets.
    key: Option<String>,
}

/// `POST /settings/backup`
pub(crate) async fn download(
    State(app): State<Arc<App>>,
    Form(Asked { key }, _): Form<Asked>,
) -> Result<Response, Fault> {
    made(&app, key.is_some()).await.map_err(Fault::from)
}

async fn made(app: &App, with_key: bool) -> Result<Response, Problem> {
    let Ok(_one) = ONE.try_acquire() else {
        return Err(Problem::unavailable("another backup is being made").hint("try again when it is done"));
    };
    let failed = |error: io::Error| {
        let message = format!("the backup cannot be kept while it is sent: {error}");
        Problem::failed(message).hint("free some space, or use `loket backup FILE`")
    };
    // Its folder is this user's alone, and goes when all was sent.
    let folder = tempfile::tempdir().map_err(failed)?;
    let path = folder.path().join("backup.tar.gz");
    let file = path.to_str().ok_or_else(|| Problem::failed("the folder for temporary files has no name in UTF-8"))?;
    app.desk.backup(BackupRequest { file: file.to_owned(), with_key }).await?;
    let file = File::open(&path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    let day = Timestamp::now().strftime("%Y-%m-%d");
    let named = HeaderValue::from_str(&format!("attachment; filename=\"loket-{day}.tar.gz\""));
    let mut response = Body::from_stream(pieces(file, folder)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/gzip"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    headers.insert(CONTENT_DISPOSITION, named.unwrap_or(HeaderValue::from_static("attachment")));
    Ok(response)
}

/// A file, piece by piece. The folder goes with the last.
fn pieces(file: File, folder: TempDir) -> impl stream::Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((file, folder), |(mut file, folder)| async move {
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece)?;
            piece.truncate(read);
            Ok::<_, io::Error>((piece, file))
        });
        let (piece, file) = read.await.map_err(io::Error::other)??;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), (file, folder))))
    })
}

/// Where one is asked for.
pub(super) fn section(me: &Me) -> Markup {
    html! {
        section.list #backup {
            h2 { (t("backup.title")) }
            p.note { (parts::code_in(t("backup.what"))) }
            form.stack.narrow method="post" action="/settings/backup" {
                (parts::token(me))
                label.pick { input type="checkbox" name="key" value="yes"; (t("backup.key")) }
                button type="submit" { (t("backup.do")) }
            }
        }
    }
}
