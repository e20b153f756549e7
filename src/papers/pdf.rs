//! A page printed to PDF by a headless Chromium: what lays out Thai and breaks its words as people expect.
//!
//! The browser gets a folder of its own, in which everything lies that it reads and writes, and nothing else:
//! no network, no settings of anybody. When this returns, the browser, all that it started and the folder are
//! gone, whatever happened.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, geteuid, kill_process_group, test_kill_process_group, waitid,
};
use tempfile::TempDir;

use crate::clock::Deadline;

/// What it is called on the systems that have it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// How long a page may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How long what was killed may take to go.
const FAREWELL: Duration = Duration::from_secs(5);
/// How often it is looked whether the browser is done.
const POLL_INTERVAL: Duration = Duration::from_millis(25);
/// The most of what a browser said that is told.
const SAID_BYTES_MAX: usize = 2_000;

/// The proxy is a port on which nothing listens: a page that wanted the network would not get it.
const FLAGS: [&str; 15] = [
    "--headless=new",
    "--no-pdf-header-footer",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-default-apps",
    "--no-first-run",
    "--no-default-browser-check",
    "--proxy-server=http://127.0.0.1:9",
    "--host-resolver-rules=MAP * ~NOTFOUND",
];

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// There is no browser.
    #[error(
        "a PDF is made by Chromium, and there is none{}: install one (on Debian `apt-get install chromium`) \
         or name the program",
        .0.as_deref().map(|path| format!(" at {}", path.display())).unwrap_or_default()
    )]
    NoChromium(Option<PathBuf>),
    /// There is no room for the page, or the browser cannot be started.
    #[error("the page cannot be printed: {0}")]
    Io(#[from] io::Error),
    /// The browser took too long.
    #[error("Chromium took longer than {} seconds to print the page", .0.as_secs())]
    Timeout(Duration),
    /// The browser gave up, or gave something else than a PDF.
    #[error("Chromium printed no PDF ({status}): {said}")]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// The end of what it said.
        said: String,
    },
}

/// Prints a page that needs nothing else. `chromium` is the program, or is looked for on the `PATH`. Blocks for
/// a second or several, and takes some 200 MB meanwhile.
///
/// # Errors
/// Where there is no browser, where it takes longer than a minute, or prints nothing.
pub fn pdf(html: &str, chromium: Option<&Path>) -> Result<Vec<u8>, PdfError> {
    let program = match chromium {
        Some(path) if path.is_file() => path.to_owned(),
        Some(path) => return Err(PdfError::NoChromium(Some(path.to_owned()))),
        None => on_path(env::var_os("PATH").as_deref()).ok_or(PdfError::NoChromium(None))?,
    };
    print(html, &program, TIMEOUT)
}

/// The first of the browsers' names that is a program in a folder of `path`.
fn on_path(path: Option<&OsStr>) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(path?).collect();
    let is_program = |file: &PathBuf| {
        fs::metadata(file).is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
    };
    NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(is_program)
}

fn print(html: &str, program: &Path, timeout: Duration) -> Result<Vec<u8>, PdfError> {
    let folder = tempfile::Builder::new()
        .prefix("samruat-paper-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir()?;
    let (page, paper, said) =
        (folder.path().join("page.html"), folder.path().join("paper.pdf"), folder.path().join("said"));
    fs::write(&page, html)?;
    let mut browser =
        Browser { child: command(program, &folder, &page, &paper, File::create(&said)?).spawn()? };
    let Some(status) = browser.ended(timeout)? else { return Err(PdfError::Timeout(timeout)) };
    drop(browser);
    let bytes = fs::read(&paper).unwrap_or_default();
    if bytes.starts_with(b"%PDF-") {
        return Ok(bytes);
    }
    let said = fs::read(&said)?;
    let said = String::from_utf8_lossy(&said[said.len().saturating_sub(SAID_BYTES_MAX)..]).trim().to_owned();
    Err(PdfError::Failed { status, said })
}

fn command(program: &Path, folder: &TempDir, page: &Path, paper: &Path, said: File) -> Command {
    let flag = |name: &str, path: &Path| {
        let mut flag = std::ffi::OsString::from(name);
        flag.push(path);
        flag
    };
    let mut command = Command::new(program);
    command
        .args(FLAGS)
        .arg(flag("--user-data-dir=", &folder.path().join("profile")))
        .arg(flag("--print-to-pdf=", paper))
        .env_clear()
        .envs(env::var_os("PATH").map(|path| ("PATH", path)))
        .env("HOME", folder.path())
        .env("TMPDIR", folder.path())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said)
        // So that all that it starts can be ended with it.
        .process_group(0);
    if geteuid().is_root() {
        // Chromium has no sandbox for root. The page is ours, and its policy lets nothing run.
        command.arg("--no-sandbox");
    }
    command.arg(flag("file://", page));
    command
}

/// A browser that runs; killed with all that it started when this is dropped.
struct Browser {
    child: Child,
}

impl Browser {
    /// How it ended; `None` if it did not within the time.
    fn ended(&mut self, timeout: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Deadline::after(timeout);
        let id = WaitId::Pid(Pid::from_child(&self.child));
        // It is left unreaped: while it is, its number names its group and no other.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        while waitid(id.clone(), options)?.is_none() {
            if deadline.left().is_zero() {
                return Ok(None);
            }
            thread::sleep(POLL_INTERVAL);
        }
        self.kill();
        self.child.wait().map(Some)
    }

    fn kill(&self) {
        // It fails only where the group is gone.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A child that was reaped tells so, and its number may be another's by now.
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.kill();
            let _ = self.child.wait();
        }
        // The folder can be removed when nobody writes into it any more.
        let deadline = Deadline::after(FAREWELL);
        while test_kill_process_group(Pid::from_child(&self.child)).is_ok() && !deadline.left().is_zero() {
            thread::sleep(POLL_INTERVAL);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A program that does what the shell does with `script`. The shell writes the file itself, so that no
    /// other test's child holds it open for writing when it is run.
    fn program(folder: &TempDir, script: &str) -> PathBuf {
        let path = folder.path().join("chromium");
        let write = "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod +x \"$0\"";
        let written = Command::new("sh").args(["-c", write]).arg(&path).arg(script).status().unwrap();
        assert!(written.success());
        path
    }

    #[test]
    fn a_browser_that_hangs_is_ended_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let noted = folder.path().join("noted");
        let script = format!("sleep 300 & echo $$ $! $HOME > {}; wait", noted.display());
        let hanging = program(&folder, &script);
        let error = print("<p>", &hanging, Duration::from_millis(1_500)).unwrap_err();
        assert!(matches!(error, PdfError::Timeout(_)), "{error}");
        let noted = fs::read_to_string(noted).unwrap();
        let [parent, child, home] = noted.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("{noted}")
        };
        for id in [parent, child] {
            assert!(!Path::new("/proc").join(id).exists(), "{id} lives");
        }
        assert!(home.contains("samruat-paper-") && !Path::new(home).exists(), "{home} is left");
    }

    #[test]
    fn a_browser_that_fails_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let failing = program(&folder, "echo no display >&2; exit 3");
        let error = print("<p>", &failing, TIMEOUT).unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && error.contains("no display"), "{error}");
    }

    #[test]
    fn without_a_browser_it_is_told_how_to_get_one() {
        let missing = Path::new("/nowhere/chromium");
        let error = pdf("<p>", Some(missing)).unwrap_err().to_string();
        assert!(error.contains("/nowhere/chromium") && error.contains("apt-get install chromium"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(on_path(Some(folder.path().as_os_str())), None);
        fs::write(folder.path().join("chromium"), "no program").unwrap();
        assert_eq!(on_path(Some(folder.path().as_os_str())), None);
        let found = program(&folder, "true");
        assert_eq!(on_path(Some(folder.path().as_os_str())), Some(found));
    }
}
