//! The volunteer's app is served whole, small, and with strict headers.

use std::fs;
use std::path::{Path, PathBuf};

use super::world::World;

const SCRIPT: &str = "'use strict';\n";
/// Stands for the Brotli form: the hub does not look into it.
const PACKED: &[u8] = b"\x0b\x06\x80packed\x03";

/// Puts an app into a folder, with what a hub has to serve of one and some that it must not.
pub(super) fn put_app(folder: &Path) -> PathBuf {
    let app = folder.join("app");
    fs::create_dir_all(app.join("assets")).unwrap();
    fs::create_dir_all(app.join("office")).unwrap();
    for (path, bytes) in [
        ("index.html", b"<!doctype html><title>Samruat</title>".as_slice()),
        ("sw.js", SCRIPT.as_bytes()),
        ("sw.js.br", PACKED),
        ("manifest.webmanifest", b"{}"),
        ("assets/main-0a1b2c3d.js", SCRIPT.as_bytes()),
        ("assets/main-0a1b2c3d.js.br", PACKED),
        ("assets/core-0a1b2c3d.wasm", b"\0asm\x01\0\0\0"),
        ("assets/thai-0a1b2c3d.woff2", b"wOF2"),
        ("office/index.html", b"<!doctype html><title>Office</title>"),
        ("office/main-0a1b2c3d.js", SCRIPT.as_bytes()),
        (".secret", b"no"),
    ] {
        fs::write(app.join(path), bytes).unwrap();
    }
    fs::write(folder.join("outside.js"), "no").unwrap();
    app
}

fn world() -> World {
    World::on_sqlite_with(|config, folder| config.app_folder = Some(put_app(folder)))
}

#[test]
fn the_app_is_served_with_types_and_strict_headers() {
    let world = world();
    for (path, kind, cached) in [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
        ("/sw.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/manifest.webmanifest", "application/manifest+json", "no-cache"),
        ("/assets/main-0a1b2c3d.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/core-0a1b2c3d.wasm", "application/wasm", "public, max-age=31536000, immutable"),
        ("/assets/thai-0a1b2c3d.woff2", "font/woff2", "public, max-age=31536000, immutable"),
        ("/office", "text/html; charset=utf-8", "no-cache"),
        ("/office/main-0a1b2c3d.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
    ] {
        let answer = world.get(path).send();
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), kind, "{path}");
        assert_eq!(answer.header("cache-control"), cached, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(answer.header("permissions-policy").contains("camera=(self), geolocation=(self)"), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'self'; script-src 'self' 'wasm-unsafe-eval';"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
    }
}

#[test]
fn a_file_is_sent_in_brotli_form_to_who_takes_it_and_once_to_who_keeps_it() {
    let world = world();
    for path in ["/sw.js", "/assets/main-0a1b2c3d.js"] {
        let plain = world.get(path).send();
        assert_eq!((plain.text(), plain.header("content-encoding")), (SCRIPT, ""));
        let packed = world.get(path).header("accept-encoding", "gzip, deflate, br, zstd").send();
        assert_eq!((packed.body.as_slice(), packed.header("content-encoding")), (PACKED, "br"));
        assert_eq!(packed.header("vary"), "Accept-Encoding");
        let (plain_tag, packed_tag) = (plain.header("etag"), packed.header("etag"));
        assert!(!plain_tag.is_empty() && plain_tag != packed_tag, "{plain_tag} {packed_tag}");
        let known = world
            .get(path)
            .header("accept-encoding", "br")
            .header("if-none-match", &format!("\"x\", {packed_tag}"))
            .send();
        assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, packed_tag));
        let other = world.get(path).header("if-none-match", packed_tag).send();
        assert_eq!((other.status, other.text()), (200, SCRIPT));
    }
    let unpacked = world.get("/assets/core-0a1b2c3d.wasm").header("accept-encoding", "br").send();
    assert_eq!(unpacked.header("content-encoding"), "");
}

#[test]
fn nothing_but_the_app_is_served() {
    let world = world();
    for path in [
        "/nothing.js",
        "/sw.js.br",
        "/.secret",
        "/assets",
        "/assets/nothing-0a1b2c3d.js",
        "/assets/main-0a1b2c3d.js.br",
        "/assets/..%2f..%2foutside.js",
        "/..%2foutside.js",
        "/app/sw.js",
    ] {
        world.get(path).send().is_problem("not-found", 404);
    }
}

#[test]
fn a_folder_is_served_as_it_is_now() {
    let world = world();
    let before = world.get("/sw.js").send();
    fs::write(world.folder().join("app/sw.js"), "changed").unwrap();
    let now = world.get("/sw.js").header("if-none-match", before.header("etag")).send();
    assert_eq!((now.status, now.text()), (200, "changed"));
}
