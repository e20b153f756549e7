//! Differences in words.

use super::{Address, Change, Difference, Effect, How, Rule};
use crate::fault::Tongue;
use crate::model::{Form, Piece, Text};
use std::fmt;

impl Difference {
    /// What changed and what it does, in a sentence.
    #[must_use]
    pub fn told(&self, tongue: Tongue) -> String {
        let at = self.at.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let (change, effect) = match tongue {
            Tongue::Thai => (in_thai(&self.change), effect_in_thai(self.effect)),
            Tongue::English => (in_english(&self.change), effect_in_english(self.effect)),
        };
        match (at.is_empty(), effect.is_empty()) {
            (true, true) => change,
            (true, false) => format!("{change}: {effect}"),
            (false, true) => format!("{at}: {change}"),
            (false, false) => format!("{at}: {change}: {effect}"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.group.as_str(), self.key.as_str()) {
            ("", key) => out.write_str(key),
            (group, "") => out.write_str(group),
            (group, key) => write!(out, "{group}[].{key}"),
        }
    }
}

fn in_english(change: &Change) -> String {
    match change {
        Change::Added { label, is_required: true } => format!("“{label}” is asked anew and must be answered"),
        Change::Added { label, is_required: false } => format!("“{label}” is asked anew"),
        Change::Dropped { label } => format!("“{label}” is no longer asked"),
        Change::Retyped { from, to } => format!("the type {from} became {to}"),
        Change::Moved { from } => format!("its answers lay at {from} before"),
        Change::RowsAdded { label } => format!("rows “{label}” can be made"),
        Change::RowsDropped { label } => format!("rows “{label}” can no longer be made"),
        Change::ChoiceAdded { name, label } => format!("the choice {name} “{label}” is new"),
        Change::ChoiceDropped { name, label } => format!("the choice {name} “{label}” is gone"),
        Change::ChoiceRelabelled { name, from, to } => {
            format!("the choice {name} was “{from}” and is “{to}”")
        }
        Change::Relabelled { from, to } if from == to => format!("“{to}” is explained in other words"),
        Change::Relabelled { from, to } => format!("“{from}” is now “{to}”"),
        Change::Rule { rule, how } => {
            let rule = match rule {
                Rule::Relevant => "the condition under which it is asked",
                Rule::Required => "that it must be answered",
                Rule::Constraint => "what an answer must satisfy",
                Rule::SoftConstraint => "what an answer should satisfy",
                Rule::Calculation => "its calculation",
                Rule::Default => "the answer it starts with",
                Rule::ChoiceFilter => "the choice filter",
                Rule::ReadOnly => "when it cannot be written",
                Rule::RepeatCount => "the number of rows",
            };
            match how {
                How::Added => format!("{rule} is new"),
                How::Dropped => format!("{rule} is gone"),
                How::Changed => format!("{rule} changed"),
            }
        }
        Change::Class { from, to } => {
            format!("the class of personal data {} became {}", or_none(from), or_none(to))
        }
        Change::LanguageAdded { language } => format!("the language “{language}” is new"),
        Change::LanguageDropped { language } => format!("the language “{language}” is gone"),
    }
}

fn effect_in_english(effect: Effect) -> &'static str {
    match effect {
        Effect::None => "",
        Effect::ShownOtherwise => "answers stay and are shown in other words",
        Effect::Missing => "households already visited are listed as incomplete until it is answered",
        Effect::MayNotHold => "answers stay; those that no longer fit are listed",
        Effect::DerivedAnew => "the value is derived anew for every household",
        Effect::SeenByOthers => "answers stay, and others may see them than before",
        Effect::KeptUnseen => {
            "answers stay stored and in exports of the earlier version, but no question shows them"
        }
        Effect::Unreadable => "answers stay stored, but are listed as of the wrong type until asked again",
    }
}

fn in_thai(change: &Change) -> String {
    match change {
        Change::Added { label, is_required: true } => format!("เพิ่มคำถาม “{label}” และต้องตอบ"),
        Change::Added { label, is_required: false } => format!("เพิ่มคำถาม “{label}”"),
        Change::Dropped { label } => format!("เลิกถาม “{label}”"),
        Change::Retyped { from, to } => format!("เปลี่ยนชนิดจาก {from} เป็น {to}"),
        Change::Moved { from } => format!("เดิมคำตอบเก็บไว้ที่ {from}"),
        Change::RowsAdded { label } => format!("เพิ่มแถว “{label}” ได้"),
        Change::RowsDropped { label } => format!("เพิ่มแถว “{label}” ไม่ได้อีก"),
        Change::ChoiceAdded { name, label } => format!("เพิ่มตัวเลือก {name} “{label}”"),
        Change::ChoiceDropped { name, label } => format!("เลิกใช้ตัวเลือก {name} “{label}”"),
        Change::ChoiceRelabelled { name, from, to } => {
            format!("ตัวเลือก {name} เปลี่ยนจาก “{from}” เป็น “{to}”")
        }
        Change::Relabelled { from, to } if from == to => format!("เปลี่ยนคำอธิบายของ “{to}”"),
        Change::Relabelled { from, to } => format!("เปลี่ยนข้อความจาก “{from}” เป็น “{to}”"),
        Change::Rule { rule, how } => {
            let rule = match rule {
                Rule::Relevant => "เงื่อนไขที่จะถาม",
                Rule::Required => "การบังคับตอบ",
                Rule::Constraint => "เงื่อนไขของคำตอบ",
                Rule::SoftConstraint => "ข้อควรตรวจสอบของคำตอบ",
                Rule::Calculation => "สูตรคำนวณ",
                Rule::Default => "คำตอบเริ่มต้น",
                Rule::ChoiceFilter => "ตัวกรองตัวเลือก",
                Rule::ReadOnly => "การห้ามแก้ไข",
                Rule::RepeatCount => "จำนวนแถว",
            };
            match how {
                How::Added => format!("เพิ่ม{rule}"),
                How::Dropped => format!("ยกเลิก{rule}"),
                How::Changed => format!("เปลี่ยน{rule}"),
            }
        }
        Change::Class { from, to } => {
            format!("ชั้นข้อมูลส่วนบุคคลเปลี่ยนจาก {} เป็น {}", or_none(from), or_none(to))
        }
        Change::LanguageAdded { language } => format!("เพิ่มภาษา “{language}”"),
        Change::LanguageDropped { language } => format!("เลิกใช้ภาษา “{language}”"),
    }
}

fn effect_in_thai(effect: Effect) -> &'static str {
    match effect {
        Effect::None => "",
        Effect::ShownOtherwise => "คำตอบเดิมยังอยู่ แสดงด้วยข้อความใหม่",
        Effect::Missing => "ครัวเรือนที่สำรวจแล้วจะแสดงว่ายังไม่ครบจนกว่าจะตอบข้อนี้",
        Effect::MayNotHold => "คำตอบเดิมยังอยู่ ข้อที่ไม่ตรงเงื่อนไขแล้วจะแสดงในรายการ",
        Effect::DerivedAnew => "ค่าจะคำนวณใหม่ทุกครัวเรือน",
        Effect::SeenByOthers => "คำตอบเดิมยังอยู่ แต่ผู้ที่เห็นได้จะเปลี่ยนไป",
        Effect::KeptUnseen => "คำตอบเดิมยังเก็บไว้และส่งออกตามแบบสอบถามฉบับก่อนได้ แต่ไม่มีคำถามแสดง",
        Effect::Unreadable => "คำตอบเดิมยังเก็บไว้ แต่จะแสดงว่าผิดชนิดจนกว่าจะถามใหม่",
    }
}

fn or_none(class: &str) -> &str {
    if class.is_empty() { "–" } else { class }
}

/// A text in the language that the form shows first; `otherwise` where there is none.
pub(super) fn shown(form: &Form, text: &Text, otherwise: &str) -> String {
    let shown = plain(text, form.default_language);
    if shown.is_empty() { otherwise.to_owned() } else { shown }
}

/// A text with `…` for the values in it.
pub(super) fn plain(text: &Text, language: usize) -> String {
    let pieces = text.in_language(language).0.iter().map(|piece| match piece {
        Piece::Literal(text) => text.as_str(),
        Piece::Value(_) => "…",
    });
    pieces.collect()
}
