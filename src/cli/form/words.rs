//! What an interview in the terminal says of itself, in Thai and English.

use clap::ValueEnum;
use survey_form::fault::Tongue;
use survey_form::typed::Unreadable;

/// A language that this program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// ไทย
    Th,
    /// English
    En,
}

impl From<Language> for Tongue {
    fn from(language: Language) -> Self {
        match language {
            Language::Th => Self::Thai,
            Language::En => Self::English,
        }
    }
}

/// One of two texts.
pub(super) fn either<'a>(tongue: Tongue, thai: &'a str, english: &'a str) -> &'a str {
    match tongue {
        Tongue::Thai => thai,
        Tongue::English => english,
    }
}

/// What can be typed.
pub(super) fn help(tongue: Tongue) -> &'static str {
    either(
        tongue,
        "พิมพ์คำตอบแล้วกด Enter ตัวเลือกตอบเป็นหมายเลขหรือชื่อ หลายตัวเลือกเว้นวรรค วันที่เป็น พ.ศ. เช่น 3 ก.พ. 2569
  Enter ข้าม    <  กลับ    >  ไปต่อแม้คำตอบยังไม่ถูกต้อง    -  ลบคำตอบ    =ข้อความ  คำตอบตามที่พิมพ์
  @ชื่อคำถาม [แถวที่]  ไปที่คำถามนั้น    + เพิ่มแถว    -2 ลบแถวที่ 2    th en  เปลี่ยนภาษา    ?  วิธีใช้    q  จบ",
        "Type the answer, then Enter. Choices by number or name, several with spaces; years of dates are B.E.: 3/2/2569
  Enter  skip    <  back    >  on, though an answer does not hold    -  clear    =TEXT  an answer, letter by letter
  @QUESTION [ROW]  jump    +  add a row    -2  delete row 2    th en  language    ?  this help    q  quit",
    )
}

/// What to write instead of a text that is no answer.
pub(super) fn instead(tongue: Tongue, why: &Unreadable) -> String {
    let fixed = |thai, english| either(tongue, thai, english).to_owned();
    match why {
        Unreadable::WholeNumber => fixed("ต้องเป็นจำนวนเต็ม เช่น 4", "write a whole number, e.g. 4"),
        Unreadable::Number => fixed("ต้องเป็นตัวเลข เช่น 2.5", "write a number, e.g. 2.5"),
        Unreadable::Date => fixed(
            "ต้องเป็นวันที่ เช่น 3 ก.พ. 2569, 3/2/2569 หรือ 2026-02-03",
            "write a day, e.g. 3/2/2569 (B.E.) or 2026-02-03",
        ),
        Unreadable::Time => fixed("ต้องเป็นเวลา เช่น 13.30", "write a time, e.g. 13:30"),
        Unreadable::DateTime => {
            fixed("ต้องเป็นวันที่และเวลา เช่น 3/2/2569 13.30", "write a day and a time, e.g. 3/2/2569 13:30")
        }
        Unreadable::Point => fixed(
            "ต้องเป็นละติจูดและลองจิจูด เช่น 16.82 100.28 (หลายจุดคั่นด้วย ;)",
            "write latitude and longitude, e.g. 16.82 100.28 (several points with ; between)",
        ),
        Unreadable::Choice(word) => match tongue {
            Tongue::Thai => format!("ไม่มีตัวเลือก {word}"),
            Tongue::English => format!("there is no choice {word}"),
        },
        Unreadable::OneChoice => fixed("เลือกได้ข้อเดียว", "choose one"),
        Unreadable::Acknowledge => fixed("ตอบ y เมื่อรับทราบแล้ว", "write y where it is so"),
        Unreadable::File => fixed(
            "ไฟล์แนบเพิ่มในโทรศัพท์ ที่นี่ตอบได้เฉพาะชื่อ sha256:… หรือกด Enter เพื่อข้าม",
            "files are added on a phone: write the name sha256:… of one, or skip it with Enter",
        ),
    }
}
