//! Another program, run with its output shown, and printed as the line that runs it again.

use std::ffi::OsStr;
use std::fmt::{self, Display};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process;

/// A program with its arguments, its folder and what is added to its environment.
#[derive(Clone, Default)]
pub(crate) struct Command {
    words: Vec<String>,
    environment: Vec<(&'static str, String)>,
    folder: Option<String>,
}

impl Command {
    /// Splits `line` at its spaces; what holds a space itself is added by [`Command::arg`].
    pub(crate) fn new(line: impl Display) -> Self {
        let words = line.to_string().split(' ').map(str::to_owned).collect();
        Self { words, ..Self::default() }
    }

    pub(crate) fn arg(mut self, word: impl Display) -> Self {
        self.words.push(word.to_string());
        self
    }

    pub(crate) fn env(mut self, name: &'static str, value: impl Display) -> Self {
        self.environment.push((name, value.to_string()));
        self
    }

    pub(crate) fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().display().to_string());
        self
    }

    /// Runs it to its end with its output shown; the error holds the line that repeats it.
    pub(crate) fn run(&self) -> Result<(), String> {
        println!("$ {self}");
        match self.process().status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("failed ({status}):\n  {self}")),
            Err(e) => Err(self.cannot_start(&e)),
        }
    }

    /// Runs it unseen and says whether it succeeded.
    pub(crate) fn succeeds(&self) -> bool {
        let mut process = self.process();
        process.stdin(process::Stdio::null()).output().is_ok_and(|output| output.status.success())
    }

    /// Becomes this program, so that signals and the exit status are its own.
    pub(crate) fn replace_this_process(&self) -> Result<(), String> {
        println!("$ {self}");
        let e = self.process().exec();
        Err(self.cannot_start(&e))
    }

    fn process(&self) -> process::Command {
        let mut process = process::Command::new(&self.words[0]);
        process.args(&self.words[1..]);
        process.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            process.current_dir(folder);
        }
        process
    }

    fn cannot_start(&self, e: &std::io::Error) -> String {
        format!("cannot start {}: {e}\n  {self}", self.words[0])
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(folder) = &self.folder {
            write!(f, "cd {} && ", quoted(folder))?;
        }
        for (name, value) in &self.environment {
            write!(f, "{name}={} ", quoted(value))?;
        }
        let words: Vec<String> = self.words.iter().map(|word| quoted(word)).collect();
        f.write_str(&words.join(" "))
    }
}

/// Quotes a word for the shell where the shell would take it apart.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Whether a program of this name lies on the `PATH`.
pub(crate) fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(OsStr::new(program)).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_prints_as_the_line_that_runs_it_again() {
        let command = Command::new("cargo build --lib")
            .arg("--config=it's")
            .env("RUSTFLAGS", r#"--cfg x="y""#)
            .folder("web/core");
        assert_eq!(
            command.to_string(),
            r#"cd web/core && RUSTFLAGS='--cfg x="y"' cargo build --lib '--config=it'\''s'"#
        );
    }

    #[test]
    fn a_failure_names_its_command() {
        assert!(Command::new("false").run().expect_err("must fail").ends_with("\n  false"));
        assert!(Command::new("no-such-program").run().expect_err("must fail").contains("cannot start"));
    }
}
