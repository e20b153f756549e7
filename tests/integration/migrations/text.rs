//! Reads migrations as text into a [`Catalogue`]: `CREATE TABLE`, `CREATE INDEX`, `ALTER TABLE … ADD` and
//! `DROP`, and statements that change rows. What it cannot read it reports, so nothing passes unseen.

use super::catalogue::{Catalogue, Column, ForeignKey, Table};

/// Applies the statements of one migration.
pub(crate) fn apply(catalogue: &mut Catalogue, sql: &str) {
    for statement in statements(sql) {
        let mut words = Words { words: &statement, at: 0 };
        if apply_statement(catalogue, &mut words).is_none() {
            catalogue.others.insert(format!("`{}`", statement.join(" ")));
        }
    }
}

/// None where the statement is not one of those that are understood to their end.
fn apply_statement(catalogue: &mut Catalogue, words: &mut Words) -> Option<()> {
    if ["INSERT", "UPDATE", "DELETE"].iter().any(|verb| words.peek_is(verb)) {
        return Some(());
    }
    match (words.keyword()?.as_str(), words.keyword()?.as_str()) {
        ("CREATE", "TABLE") => create_table(catalogue, words),
        ("CREATE", "INDEX") => create_index(catalogue, words, false),
        ("CREATE", "UNIQUE") => {
            words.take("INDEX")?;
            create_index(catalogue, words, true)
        }
        ("ALTER", "TABLE") => alter_table(catalogue, words),
        ("DROP", "TABLE") => {
            words.skip("IF EXISTS");
            catalogue.tables.remove(&words.name()?)?;
            words.end()
        }
        _ => None,
    }
}

fn create_table(catalogue: &mut Catalogue, words: &mut Words) -> Option<()> {
    words.skip("IF NOT EXISTS");
    let name = words.name()?;
    let mut table = Table::default();
    for item in items(words.group()?) {
        table_item(&mut table, &mut Words { words: item, at: 0 })?;
    }
    words.end()?; // nothing like WITHOUT ROWID, INHERITS or TABLESPACE
    catalogue.tables.insert(name, table).is_none().then_some(())
}

fn create_index(catalogue: &mut Catalogue, words: &mut Words, unique: bool) -> Option<()> {
    words.skip("CONCURRENTLY");
    words.skip("IF NOT EXISTS");
    words.name()?;
    words.take("ON")?;
    let table = catalogue.tables.get_mut(&words.name()?)?;
    let columns: Vec<String> = items(words.group()?).iter().map(|words| words.concat()).collect();
    if !words.peek_is("WHERE") {
        words.end()?;
    }
    if unique {
        table.uniques.insert(columns)
    } else {
        table.indexes.insert(columns)
    };
    Some(())
}

fn alter_table(catalogue: &mut Catalogue, words: &mut Words) -> Option<()> {
    let table = catalogue.tables.get_mut(&words.name()?)?;
    let verb = words.keyword()?;
    words.skip("COLUMN");
    match verb.as_str() {
        "ADD" => table_item(table, words),
        "DROP" => {
            let name = words.name()?;
            table.columns.retain(|column| column.name != name);
            words.end()
        }
        _ => None,
    }
}

/// One item between the commas of `CREATE TABLE`: a constraint of the table, or a column with its own.
fn table_item(table: &mut Table, words: &mut Words) -> Option<()> {
    if words.skip("CONSTRAINT") {
        words.name()?;
    }
    if words.skip("PRIMARY KEY") {
        table.primary_key = words.list()?;
    } else if words.skip("UNIQUE") {
        table.uniques.insert(words.list()?);
    } else if words.skip("FOREIGN KEY") {
        let columns = words.list()?;
        words.take("REFERENCES")?;
        table.foreign_keys.insert(references(columns, words)?);
    } else if words.skip("CHECK") {
        words.group()?;
    } else {
        return column(table, words);
    }
    words.end()
}

fn column(table: &mut Table, words: &mut Words) -> Option<()> {
    let name = words.name()?;
    let mut column = Column { name: name.clone(), kind: kind(words)?, ..Column::default() };
    while words.at < words.words.len() {
        if words.skip("NOT NULL") {
            column.not_null = true;
        } else if words.skip("PRIMARY KEY") {
            table.primary_key = vec![name.clone()];
        } else if words.skip("UNIQUE") {
            table.uniques.insert(vec![name.clone()]);
        } else if words.skip("CHECK") {
            words.group()?;
        } else if words.skip("DEFAULT") {
            column.default = Some(words.expression()?);
        } else if words.skip("REFERENCES") {
            table.foreign_keys.insert(references(vec![name.clone()], words)?);
        } else if words.skip("GENERATED") {
            column.generated = true;
            words.at = words.words.len();
        } else if !words.skip("NULL") {
            return None;
        }
    }
    table.columns.push(column);
    Some(())
}

/// SQLite's name for bytes is taken for PostgreSQL's; every other type stays as it is written.
fn kind(words: &mut Words) -> Option<String> {
    let mut kind = words.keyword()?;
    if kind == "DOUBLE" && words.skip("PRECISION") {
        kind += " PRECISION";
    }
    if words.peek_is("(") {
        kind += &format!("({})", words.group()?.concat());
    }
    Some(if kind == "BLOB" { "BYTEA".to_owned() } else { kind })
}

fn references(columns: Vec<String>, words: &mut Words) -> Option<ForeignKey> {
    let to = words.name()?;
    let to_columns = words.list()?;
    let mut key = ForeignKey { columns, to, to_columns, ..ForeignKey::default() };
    (key.on_delete, key.on_update) = ("NO ACTION".to_owned(), "NO ACTION".to_owned());
    while words.skip("ON") {
        let event = words.keyword()?;
        let mut action = words.keyword()?;
        if ["NO", "SET"].contains(&action.as_str()) {
            action += &format!(" {}", words.keyword()?);
        }
        *(if event == "DELETE" { &mut key.on_delete } else { &mut key.on_update }) = action;
    }
    Some(key)
}

/// A statement being read, word by word.
struct Words<'a> {
    words: &'a [String],
    at: usize,
}

impl<'a> Words<'a> {
    fn peek_is(&self, keyword: &str) -> bool {
        self.words.get(self.at).is_some_and(|word| word.eq_ignore_ascii_case(keyword))
    }

    /// Skips these keywords where all of them follow.
    fn skip(&mut self, keywords: &str) -> bool {
        let count = keywords.split(' ').count();
        let follow = self.words.get(self.at..self.at + count);
        let found = follow.is_some_and(|words| words.join(" ").eq_ignore_ascii_case(keywords));
        self.at += if found { count } else { 0 };
        found
    }

    fn take(&mut self, keyword: &str) -> Option<()> {
        self.skip(keyword).then_some(())
    }

    fn next(&mut self) -> Option<&'a String> {
        self.at += 1;
        self.words.get(self.at - 1)
    }

    fn keyword(&mut self) -> Option<String> {
        self.next().map(|word| word.to_uppercase())
    }

    fn name(&mut self) -> Option<String> {
        let name = self.next()?.trim_matches('"').to_lowercase();
        name.starts_with(|c: char| c.is_alphabetic() || c == '_').then_some(name)
    }

    /// What stands between the parentheses that open here.
    fn group(&mut self) -> Option<&'a [String]> {
        self.take("(")?;
        let start = self.at;
        let mut depth = 1;
        while depth > 0 {
            match self.next()?.as_str() {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
        }
        Some(&self.words[start..self.at - 1])
    }

    fn list(&mut self) -> Option<Vec<String>> {
        Some(self.group()?.iter().filter(|word| *word != ",").map(|word| word.to_lowercase()).collect())
    }

    /// A default: one word, a signed number, a call or what stands in parentheses.
    fn expression(&mut self) -> Option<String> {
        let mut expression = String::new();
        if !self.peek_is("(") {
            expression += self.next()?;
            if expression == "-" {
                expression += self.next()?;
            }
        }
        if self.peek_is("(") {
            expression += &format!("({})", self.group()?.join(" "));
        }
        Some(expression)
    }

    fn end(&self) -> Option<()> {
        (self.at == self.words.len()).then_some(())
    }
}

/// The parts between the commas that lie in no inner parentheses.
fn items(words: &[String]) -> Vec<&[String]> {
    let mut depth = 0;
    let comma = |word: &String| {
        depth += i32::from(word == "(") - i32::from(word == ")");
        depth == 0 && word == ","
    };
    words.split(comma).collect()
}

/// The statements of a text, each as its words: names, numbers, quoted strings whole, single marks.
fn statements(sql: &str) -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    let mut rest = without_comments(sql);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => 1 + rest[1..].find(first).map_or(rest.len() - 1, |end| end + 1),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let after = rest.split_off(length);
        match first {
            ';' => found.push(Vec::new()),
            c if c.is_whitespace() => {}
            _ => found.last_mut().unwrap().push(rest),
        }
        rest = after;
    }
    found.retain(|words| !words.is_empty());
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

fn without_comments(sql: &str) -> String {
    let lines = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}
