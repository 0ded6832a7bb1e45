//! The static pages at `/`.
//!
//! Owns what may be served: regular files below one folder. It must never serve a dotfile, anything in a folder whose
//! name starts with a dot (`.callseal` holds keys), or anything that a symbolic link leads out of the folder to.

use super::refusal::Refusal;
use crate::failure::Failure;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use percent_encoding::percent_decode_str;
use std::path::{Component, Path, PathBuf};
use tower_http::services::ServeDir;

/// The folder with the private parts of a checkout; a site inside it is refused.
const PRIVATE_FOLDER: &str = ".callseal";
/// The file served for a folder.
const INDEX: &str = "index.html";

/// A folder of pages.
#[derive(Debug, Clone)]
pub struct Site {
    root: PathBuf,
    files: ServeDir,
}

impl Site {
    /// The site in `folder`, which must neither lie in the private folder nor contain a store, whose folders are
    /// given as their canonical paths.
    ///
    /// # Errors
    /// A [`Failure`] that says which.
    pub fn open(folder: &Path, stores: &[&Path]) -> Result<Self, Failure> {
        let root = folder
            .canonicalize()
            .ok()
            .filter(|root| root.is_dir())
            .ok_or_else(|| Failure::bad_input(format!("--site {} is not a folder", folder.display())))?;
        if root.components().any(|part| part == Component::Normal(PRIVATE_FOLDER.as_ref())) {
            return Err(Failure::bad_input(format!("--site must not lie inside {PRIVATE_FOLDER}")));
        }
        if stores.iter().any(|store| store.starts_with(&root)) {
            return Err(Failure::bad_input(
                "--store must not lie inside --site: whoever opens the page could read the store",
            ));
        }
        Ok(Self { files: ServeDir::new(&root), root })
    }

    /// Answers a request for a page or its parts.
    ///
    /// # Errors
    /// 404 for everything that may not be served, without saying why; 405 for other methods than GET and HEAD.
    pub async fn serve(&self, request: Request) -> Result<Response, Refusal> {
        let relative = relative_path(request.uri().path()).ok_or_else(not_found)?;
        let mut resolved = self.resolve(&self.root.join(&relative)).await?;
        if resolved.is_dir() {
            // What is served for a folder is its index, and that may be a link of its own.
            resolved = self.resolve(&resolved.join(INDEX)).await?;
        }
        let script = resolved.extension().is_some_and(|extension| extension == "mjs");
        let response = self.files.clone().try_call(request).await.map_err(|_| not_found())?;
        match response.status() {
            StatusCode::NOT_FOUND => Err(not_found()),
            StatusCode::METHOD_NOT_ALLOWED => Err(super::api::wrong_method()),
            _ => {
                let mut response = response.map(Body::new).into_response();
                complete_type(response.headers_mut(), script);
                Ok(response)
            }
        }
    }

    /// Where the file at `path` really is, if that may be served: a symbolic link may lead anywhere.
    async fn resolve(&self, path: &Path) -> Result<PathBuf, Refusal> {
        let resolved = tokio::fs::canonicalize(path).await.map_err(|_| not_found())?;
        let inside = resolved.strip_prefix(&self.root).map_err(|_| not_found())?;
        if has_dot_component(inside) { Err(not_found()) } else { Ok(resolved) }
    }
}

/// The decoded path below the root; `None` if it could mean anything but plain names from the root downwards.
fn relative_path(path: &str) -> Option<PathBuf> {
    let decoded = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
    if decoded.starts_with('/') {
        return None; // a redirect to such a path would leave this origin
    }
    let plain = |part: &str| !part.starts_with('.') && !part.contains(['\\', '\0', ':']);
    decoded.split('/').all(plain).then(|| PathBuf::from(decoded.as_ref()))
}

fn has_dot_component(path: &Path) -> bool {
    path.components().any(|part| match part {
        Component::Normal(name) => name.as_encoded_bytes().starts_with(b"."),
        _ => true,
    })
}

/// Text is UTF-8 here, and a module script has the type of RFC 9239.
fn complete_type(headers: &mut axum::http::HeaderMap, script: bool) {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let complete = match text {
        _ if script => "text/javascript; charset=utf-8",
        "text/javascript" => "text/javascript; charset=utf-8",
        "text/html" => "text/html; charset=utf-8",
        "text/css" => "text/css; charset=utf-8",
        "text/plain" => "text/plain; charset=utf-8",
        _ => return,
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(complete));
}

fn not_found() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "request/unknown-path", "there is nothing at this path")
}

#[cfg(test)]
mod tests {
    use super::{Site, relative_path};
    use std::path::Path;

    #[test]
    fn only_plain_names_downwards_are_paths() {
        assert_eq!(relative_path("/"), Some("".into()));
        assert_eq!(relative_path("/a/b%20c.html"), Some("a/b c.html".into()));
        for path in [
            "",
            "a",
            "//a",
            "/%2fa",
            "/..",
            "/a/../b",
            "/%2e%2e/b",
            "/a%2f..%2fb",
            "/.callseal/key",
            "/%2Ecallseal/key",
            "/a/.git/config",
            "/a%5c..%5cb",
            "/a%00",
            "/C:/x",
            "/%ff",
            "/./a",
        ] {
            assert_eq!(relative_path(path), None, "{path}");
        }
    }

    #[test]
    fn site_never_lies_in_the_private_folder_nor_around_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let private = folder.path().join(".callseal/site");
        std::fs::create_dir_all(&private).unwrap();
        assert!(Site::open(&private, &[]).is_err());
        let around = folder.path().canonicalize().unwrap();
        assert!(Site::open(&around, &[&around.join("recordings")]).is_err());
        assert!(Site::open(&around, &[&around]).is_err());
        assert!(Site::open(&folder.path().join("absent"), &[]).is_err());
        assert!(Site::open(folder.path(), &[Path::new("/elsewhere")]).is_ok());
    }
}
