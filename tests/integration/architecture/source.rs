//! Rust sources as the rules see them: words and marks without comments, strings and numbers, each knowing
//! its line, how deep it lies in inline modules, and whether it belongs to tests.

/// One source file, taken apart.
pub(crate) struct Source {
    /// Relative to the workspace, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
}

/// An identifier, `::`, or a single mark.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) word: String,
    pub(crate) line: usize,
    /// How many inline modules lie around it.
    pub(crate) modules: usize,
    /// Whether it is compiled for tests only.
    pub(crate) test: bool,
}

impl Token {
    pub(crate) fn is_name(&self) -> bool {
        self.word.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
    }
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let mut tokens = if path.ends_with(".rs") { tokens(text) } else { Vec::new() };
        let tests_only =
            path.ends_with("/tests.rs") || path.contains("/tests/") || path.starts_with("tests/");
        mark_tests(&mut tokens, tests_only);
        mark_modules(&mut tokens);
        Self { path: path.to_owned(), text: text.to_owned(), tokens }
    }

    /// The room under `src/` that the file belongs to: `src/http/sync.rs` and `src/http.rs` are `http`.
    pub(crate) fn room(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        Some(inside.split('/').next()?.trim_end_matches(".rs"))
    }

    /// What `root::NAME` and `root::{NAME, …}` name outside of tests, each with its line.
    pub(crate) fn names_under(&self, root: &str) -> Vec<(&str, usize)> {
        let mut found = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            if token.word == root && !token.test && self.word(at + 1) == "::" {
                found.extend(self.first_names(at + 2));
            }
        }
        found
    }

    /// What `crate::NAME` names outside of tests, also where it is written `super::super::NAME`.
    pub(crate) fn names_under_crate(&self) -> Vec<(&str, usize)> {
        let mut found = self.names_under("crate");
        let file_depth = self.depth();
        let mut at = 0;
        while at < self.tokens.len() {
            let start = &self.tokens[at];
            let mut climbed = 0;
            while self.word(at) == "super" && self.word(at + 1) == "::" {
                climbed += 1;
                at += 2;
            }
            if climbed > 0 && !start.test && climbed == file_depth + start.modules {
                found.extend(self.first_names(at));
            }
            at += usize::from(climbed == 0);
        }
        found
    }

    /// The modules between the crate's root and this file.
    fn depth(&self) -> usize {
        let inside = self.path.split_once("src/").map_or(self.path.as_str(), |(_, inside)| inside);
        let root = ["lib.rs", "main.rs"].contains(&inside);
        inside.split('/').count() - usize::from(root || inside.ends_with("/mod.rs"))
    }

    /// The name at `at`, or the first names of the group that opens there.
    fn first_names(&self, at: usize) -> Vec<(&str, usize)> {
        let Some(first) = self.tokens.get(at) else { return Vec::new() };
        if first.word != "{" {
            return vec![(first.word.as_str(), first.line)];
        }
        let mut found = Vec::new();
        let mut depth = 0;
        for (offset, token) in self.tokens[at..].iter().enumerate() {
            match token.word.as_str() {
                "{" => depth += 1,
                "}" if depth == 1 => break,
                "}" => depth -= 1,
                _ if depth == 1 && ["{", ","].contains(&self.word(at + offset - 1)) => {
                    found.push((token.word.as_str(), token.line));
                }
                _ => {}
            }
        }
        found
    }

    pub(crate) fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.word.as_str())
    }
}

/// The names of the functions that `cargo test` runs: `#[test]`, `#[tokio::test]` and their like, not ignored.
pub(crate) fn test_functions(source: &Source) -> Vec<&str> {
    let mut found = Vec::new();
    let mut attributes: Vec<&[Token]> = Vec::new();
    let mut at = 0;
    while at < source.tokens.len() {
        match source.word(at) {
            "#" if source.word(at + 1) == "[" => {
                let end = closing(&source.tokens, at + 1);
                attributes.push(&source.tokens[at + 2..end]);
                at = end;
            }
            "fn" => {
                let test =
                    attributes.iter().any(|words| words.last().is_some_and(|last| last.word == "test"));
                let ignored = attributes.iter().any(|words| words.iter().any(|token| token.word == "ignore"));
                if test && !ignored {
                    found.push(source.word(at + 1));
                }
                attributes.clear();
            }
            "{" | "}" | ";" => attributes.clear(),
            _ => {}
        }
        at += 1;
    }
    found
}

/// Marks every item under `#[cfg(test)]`.
fn mark_tests(tokens: &mut [Token], all: bool) {
    let mut at = 0;
    while at < tokens.len() {
        tokens[at].test |= all;
        if tokens[at].word == "#" && tokens.get(at + 1).is_some_and(|next| next.word == "[") {
            let end = closing(tokens, at + 1);
            let has = |word: &str| tokens[at..end].iter().any(|token| token.word == word);
            if has("cfg") && has("test") && !has("not") {
                let last = end_of_item(tokens, end + 1);
                tokens[at..last].iter_mut().for_each(|token| token.test = true);
            }
        }
        at += 1;
    }
}

/// Where the item that begins at `at` ends: after its `;` or its closing brace.
fn end_of_item(tokens: &[Token], mut at: usize) -> usize {
    while at < tokens.len() {
        match tokens[at].word.as_str() {
            "(" | "[" => at = closing(tokens, at),
            "{" => return (closing(tokens, at) + 1).min(tokens.len()),
            ";" => return at + 1,
            _ => {}
        }
        at += 1;
    }
    tokens.len()
}

/// Where the bracket that opens at `open` is closed.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.word.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

/// Counts for each token the `mod name { … }` around it.
fn mark_modules(tokens: &mut [Token]) {
    for open in 2..tokens.len() {
        if tokens[open].word == "{" && tokens[open - 2].word == "mod" && tokens[open - 1].is_name() {
            let end = closing(tokens, open);
            tokens[open..end].iter_mut().for_each(|token| token.modules += 1);
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0, line: 1 };
    let mut found = Vec::new();
    while let Some(c) = reader.peek(0) {
        let line = reader.line;
        let mut add = |word: String| found.push(Token { word, line, modules: 0, test: false });
        match c {
            '/' if reader.peek(1) == Some('/') => reader.skip_while(|c| c != '\n'),
            '/' if reader.peek(1) == Some('*') => reader.skip_block_comment(),
            '"' => reader.skip_string(),
            '\'' => reader.skip_character_or_lifetime(),
            c if c.is_ascii_digit() => reader.skip_while(|c| c.is_alphanumeric() || c == '_'),
            c if c.is_alphabetic() || c == '_' => {
                let word = reader.name();
                if !reader.skip_prefixed_string(&word) {
                    add(word);
                }
            }
            ':' if reader.peek(1) == Some(':') => {
                reader.skip(2);
                add("::".to_owned());
            }
            c => {
                reader.skip(1);
                if !c.is_whitespace() {
                    add(c.to_string());
                }
            }
        }
    }
    found
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    line: usize,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn skip(&mut self, count: usize) {
        let end = (self.at + count).min(self.chars.len());
        self.line += self.chars[self.at..end].iter().filter(|c| **c == '\n').count();
        self.at = end;
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&wanted) {
            self.skip(1);
        }
    }

    fn name(&mut self) -> String {
        let start = self.at;
        self.skip_while(|c| c.is_alphanumeric() || c == '_');
        self.chars[start..self.at].iter().collect()
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0;
        while self.peek(0).is_some() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                _ => {
                    self.skip(1);
                    continue;
                }
            }
            self.skip(2);
            if depth == 0 {
                return;
            }
        }
    }

    fn skip_string(&mut self) {
        self.skip(1);
        while let Some(c) = self.peek(0) {
            self.skip(if c == '\\' { 2 } else { 1 });
            if c == '"' {
                return;
            }
        }
    }

    fn skip_character_or_lifetime(&mut self) {
        if self.peek(1) == Some('\\') {
            self.skip(3);
            self.skip_while(|c| c != '\'');
            self.skip(1);
        } else if self.peek(2) == Some('\'') {
            self.skip(3);
        } else {
            self.skip(1);
            self.name();
        }
    }

    /// Skips the string that the prefix `word` opens (`b"…"`, `r#"…"#`, `b'x'`); false where it opens none.
    fn skip_prefixed_string(&mut self, word: &str) -> bool {
        let raw = ["r", "br", "cr"].contains(&word);
        let hashes = (0..).take_while(|ahead| self.peek(*ahead) == Some('#')).count();
        if raw && self.peek(hashes) == Some('"') {
            self.skip(hashes + 1);
            while self.peek(0).is_some() {
                let closes = self.peek(0) == Some('"') && (1..=hashes).all(|n| self.peek(n) == Some('#'));
                self.skip(if closes { hashes + 1 } else { 1 });
                if closes {
                    break;
                }
            }
            return true;
        }
        match self.peek(0) {
            Some('"') if ["b", "c"].contains(&word) => self.skip_string(),
            Some('\'') if word == "b" => self.skip_character_or_lifetime(),
            _ => return false,
        }
        true
    }
}

#[test]
fn comments_strings_and_numbers_are_not_words() {
    let text = r##"//! actix
        /* a /* nested */ diesel */ let a: &'static str = "reqwest \" x"; let b = r#"std::time" "#;
        let c = ('"', '\'', b'x', b"tokio", 0x1f_u8); next"##;
    let words: Vec<String> = tokens(text).into_iter().filter(Token::is_name).map(|t| t.word).collect();
    assert_eq!(words, ["let", "a", "str", "let", "b", "let", "c", "next"]);
    assert_eq!(tokens(text).last().unwrap().line, 3);
}

#[test]
fn paths_are_followed_through_groups_and_super() {
    let text = "use crate::{store::{a, http}, area};\nuse super::super::sync;\nuse super::planning;\n\
                mod inner { use super::super::super::client; use super::cli; }\n\
                #[cfg(test)]\nmod tests { use crate::config; }";
    let source = Source::new("src/http/form.rs", text);
    let names: Vec<_> = source.names_under_crate();
    assert_eq!(names, [("store", 1), ("area", 1), ("sync", 2), ("client", 4)]);
    assert_eq!(Source::new("src/http/mod.rs", "use super::sync;").names_under_crate(), [("sync", 1)]);
}

#[test]
fn tests_are_found_and_ignored_ones_are_not() {
    let text = "#[test]\nfn one() {}\n#[test]\n#[ignore]\nfn two() {}\nfn three() {}\n#[tokio::test]\nasync fn four() {}";
    assert_eq!(test_functions(&Source::new("src/a.rs", text)), ["one", "four"]);
}
