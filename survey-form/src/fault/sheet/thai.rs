//! Faults of sheets in Thai.

use super::{Expected, Instead, Limit, SheetFault};

pub(super) fn told(fault: &SheetFault) -> String {
    use SheetFault as F;
    match fault {
        F::NotAWorkbook => "ไฟล์นี้ไม่ใช่สมุดงาน Excel กรุณาบันทึกแบบสอบถามเป็น .xlsx แล้วส่งใหม่".into(),
        F::Damaged => "ไฟล์เสียหาย กรุณาเปิดในโปรแกรมตารางแล้วบันทึกใหม่เป็น .xlsx".into(),
        F::Protected => "ไฟล์มีรหัสผ่าน กรุณาบันทึกใหม่โดยไม่ใส่รหัสผ่าน".into(),
        F::OldExcel => "ไฟล์เป็นของ Excel ก่อนปี 1997 กรุณาบันทึกเป็น .xlsx".into(),
        F::TooMuch(limit) => format!("ใหญ่เกินไป: ไม่เกิน {}", limit_told(*limit)),
        F::MoreFaults(count) => format!("ยังมีอีก {count} จุดที่ไม่ได้แสดง กรุณาแก้ข้างบนก่อน"),

        F::MissingSheet { sheet, similar: None } => format!("ไม่มีแผ่นงานชื่อ “{sheet}” กรุณาเพิ่ม"),
        F::MissingSheet { sheet, similar: Some(similar) } => {
            format!("ไม่มีแผ่นงานชื่อ “{sheet}” หมายถึง “{similar}” หรือไม่ กรุณาเปลี่ยนชื่อ")
        }
        F::UnknownSheet { similar: None } => {
            "แผ่นงานนี้ไม่ใช่ส่วนของแบบสอบถามและไม่ถูกอ่าน ถ้าตั้งใจให้ขึ้นต้นชื่อด้วย _".into()
        }
        F::UnknownSheet { similar: Some(similar) } => {
            format!("แผ่นงานนี้ไม่ถูกอ่าน หมายถึง “{similar}” หรือไม่ กรุณาเปลี่ยนชื่อ หรือขึ้นต้นชื่อด้วย _")
        }
        F::UnsupportedSheet { instead } => format!("แผ่นงานนี้ไม่ถูกอ่าน: {}", instead_told(*instead)),
        F::DuplicateSheet => "มีอีกแผ่นงานที่ชื่อเหมือนกัน ต่างเพียงตัวพิมพ์เล็กใหญ่ กรุณาเปลี่ยนชื่อหนึ่งแผ่น".into(),
        F::EmptySheet => "แผ่นงานนี้ไม่มีแถวใต้หัวคอลัมน์ กรุณาเขียนอย่างน้อยหนึ่งแถว".into(),
        F::MissingColumn { header } => format!("ไม่มีคอลัมน์ “{header}” กรุณาเพิ่มในแถวแรก"),
        F::DuplicateColumn { first } => format!("คอลัมน์นี้หมายถึงสิ่งเดียวกับคอลัมน์ {first} กรุณาเอาออกหนึ่งคอลัมน์"),
        F::UnknownColumn { similar: None } => "ไม่รู้จักคอลัมน์นี้และไม่ถูกอ่าน ถ้าเป็นบันทึกให้ขึ้นต้นหัวคอลัมน์ด้วย _".into(),
        F::UnknownColumn { similar: Some(similar) } => {
            format!("ไม่รู้จักคอลัมน์นี้และไม่ถูกอ่าน หมายถึง “{similar}” หรือไม่")
        }
        F::KeptColumn => "คอลัมน์นี้เก็บไว้กับแบบสอบถาม แต่ไม่มีผลอะไร".into(),
        F::UnsupportedColumn { instead } => format!("คอลัมน์นี้ไม่ถูกอ่าน: {}", instead_told(*instead)),
        F::NoHeader => "เซลล์นี้ไม่มีหัวคอลัมน์และไม่ถูกอ่าน กรุณาเขียนหัวคอลัมน์ในแถวแรก".into(),
        F::StrayRow { gap } => {
            format!("เหนือแถวนี้มีแถวว่างเกิน {gap} แถว แถวนี้และแถวที่อยู่ต่ำลงไปจึงไม่ถูกอ่าน กรุณาย้ายขึ้นหรือล้างออก")
        }
        F::FailedFormula { shown } => {
            format!("สูตรของตารางในเซลล์นี้ได้ผลเป็น {shown} กรุณาแก้สูตรหรือเขียนค่าลงไปเอง")
        }

        F::MissingType => "แถวนี้ไม่มี type กรุณาเขียน เช่น text, integer หรือ select_one ชื่อรายการ".into(),
        F::MissingName => "แถวนี้ไม่มี name กรุณาตั้งชื่อ เช่น house_no".into(),
        F::BadName { name } => {
            format!("“{name}” ใช้เป็นชื่อไม่ได้: ให้ขึ้นต้นด้วยตัวอักษรหรือ _ ตามด้วยตัวอักษร ตัวเลข _ - หรือ . โดยไม่เว้นวรรค")
        }
        F::ReservedName { name } => format!("สำรวจใช้ชื่อ “{name}” เอง กรุณาตั้งชื่ออื่น"),
        F::DuplicateName { name, first_row } => {
            format!("แถว {first_row} ในกลุ่มเดียวกันใช้ชื่อ “{name}” แล้ว กรุณาตั้งชื่ออื่น")
        }
        F::SimilarName { name, first_row } => {
            format!("“{name}” ต่างจากชื่อในแถว {first_row} เพียงตัวพิมพ์เล็กใหญ่ อาจทำให้สับสน")
        }
        F::DuplicateRepeat { name, first_row } => {
            format!("แถว {first_row} เริ่มกลุ่มซ้ำชื่อ “{name}” แล้ว กลุ่มซ้ำแต่ละกลุ่มต้องมีชื่อของตัวเอง")
        }
        F::DuplicateKey { key, first_row } => {
            format!("คำตอบจะเก็บไว้ที่ “{key}” เหมือนแถว {first_row} กรุณาเปลี่ยนชื่อหนึ่งแถว")
        }
        F::UnknownType { written, similar: None } => {
            format!("ไม่มีชนิด “{written}” กรุณาเขียน เช่น text, integer หรือ select_one ชื่อรายการ")
        }
        F::UnknownType { written, similar: Some(similar) } => {
            format!("ไม่มีชนิด “{written}” หมายถึง “{similar}” หรือไม่")
        }
        F::UnsupportedType { written, instead } => {
            format!("ยังไม่รองรับชนิด “{written}”: {}", instead_told(*instead))
        }
        F::ReplacedType { written, instead } => {
            format!("ชนิด “{written}” ทำงานด้วยวิธีอื่น: {}", instead_told(*instead))
        }
        F::EndWithoutBegin { kind } => format!("แถวนี้ปิด {kind} ที่ไม่เคยเปิด กรุณาเอาแถวนี้ออก"),
        F::WrongEnd { kind, begun, name, begun_row } => {
            format!("แถวนี้ปิด {kind} แต่ {begun} “{name}” ของแถว {begun_row} ยังเปิดอยู่ กรุณาเขียน end {begun} ก่อน")
        }
        F::NeverEnded { kind, name } => {
            format!("{kind} “{name}” ไม่มีแถวปิด กรุณาเขียนแถว end {kind} ใต้คำถามสุดท้ายของกลุ่ม")
        }

        F::MissingListName { kind } => format!("กรุณาเขียนชื่อรายการตัวเลือกต่อท้าย: {kind} ชื่อรายการ"),
        F::MissingList { list, similar: None } => {
            format!("แผ่นงาน choices ไม่มีรายการ “{list}” กรุณาเพิ่มตัวเลือกที่นั่น")
        }
        F::MissingList { list, similar: Some(similar) } => {
            format!("แผ่นงาน choices ไม่มีรายการ “{list}” หมายถึง “{similar}” หรือไม่")
        }
        F::BadFileName { file } => format!("“{file}” ไม่ใช่ตาราง ชื่อไฟล์ต้องลงท้ายด้วย .csv, .xml หรือ .geojson"),
        F::DuplicateFile { instance } => format!("มีสองไฟล์ที่จะใช้ชื่อ “{instance}” กรุณาเปลี่ยนชื่อหนึ่งไฟล์"),
        F::FilteredOther => {
            "ใช้ or_other กับ choice_filter พร้อมกันไม่ได้ กรุณาเขียนตัวเลือก “other” และคำถาม text เอง".into()
        }
        F::NoChoicesToFilter => "ข้อนี้ไม่มีตัวเลือกให้กรอง กรุณาเอา choice_filter ออก".into(),
        F::MissingCalculation => "ไม่มีสูตรคำนวณ กรุณาเขียนในคอลัมน์ calculation".into(),
        F::BadTrigger { written } => {
            format!("“{written}” ไม่ใช่ trigger กรุณาเขียน ${{ชื่อข้อ}} ถ้ามีหลายข้อให้คั่นด้วยจุลภาค")
        }
        F::IdleTrigger => "trigger ต้องมีสูตรคำนวณที่จะให้ทำงาน กรุณาเขียน calculation".into(),
        F::BadParameters { written } => {
            format!("อ่าน “{written}” ไม่ได้ กรุณาเขียน ชื่อ=ค่า ถ้ามีหลายตัวให้เว้นวรรค")
        }
        F::UnknownParameter { name, known: "" } => {
            format!("ชนิดนี้ไม่มี parameters กรุณาเอา “{name}” ออก")
        }
        F::UnknownParameter { name, known } => format!("ชนิดนี้ไม่มีพารามิเตอร์ “{name}” ที่มีคือ {known}"),
        F::BadParameter { name, value, expected } => {
            format!("{name} เป็น “{value}” ไม่ได้ กรุณาเขียน{}", expected_told(*expected))
        }
        F::BadDefault { written } => {
            format!("“{written}” เป็นคำตอบของข้อนี้ไม่ได้และถูกเว้นไว้ กรุณาเขียนค่าที่เป็นคำตอบได้")
        }
        F::BadReference { name } => format!("${{{name}}} ไม่ใช่คำถามที่ใช้ตรงนี้ได้ กรุณาระบุคำถาม"),
        F::UnusedCell { kind } => format!("แถวชนิด {kind} ไม่ใช้เซลล์นี้ จึงไม่มีผลอะไร"),
        F::CellAtEnd => "แถวที่ปิดกลุ่มใช้เพียง type เซลล์นี้ไม่มีผลอะไร".into(),
        F::MessageWithoutRule { rule } => {
            format!("ข้อความนี้จะไม่แสดงเลย เพราะแถวนี้ไม่มี {rule} กรุณาเขียนหรือเอาข้อความออก")
        }
        F::MissingLabel { name } => format!("ไม่มีข้อความคำถาม จึงแสดงชื่อ “{name}” แทน กรุณาเขียน label"),
        F::MissingTranslation { header, language } => {
            format!("ภาษา “{language}” ไม่มีคอลัมน์ {header}::{language} จึงแสดงภาษาอื่นแทน")
        }
        F::BadPdpa { written } => {
            format!("ไม่มีชั้นข้อมูล “{written}” กรุณาเขียน N (ไม่ใช่ข้อมูลส่วนบุคคล) P (ส่วนบุคคล) หรือ S (อ่อนไหว)")
        }
        F::UnknownFormat { written, known } => format!("ไม่มีรูปแบบ “{written}” กรุณาเขียนคำใดคำหนึ่ง: {known}"),
        F::NothingStored => "แถวนี้ไม่เก็บคำตอบ เซลล์นี้จึงไม่มีผลอะไร".into(),
        F::Disabled => "คอลัมน์ disabled ปิดแถวนี้ไว้ จึงถูกเว้น".into(),
        F::CommentRow => "แถวนี้ไม่มีทั้ง type, name และ label จึงถูกเว้น".into(),

        F::ChoiceWithoutList => "ตัวเลือกนี้ไม่อยู่ในรายการใด กรุณาเขียน list_name".into(),
        F::ChoiceWithoutName => "ตัวเลือกนี้ไม่มี name กรุณาเขียนค่าที่จะเก็บ".into(),
        F::DuplicateChoice { name, list, first_row } => {
            format!("แถว {first_row} ในรายการ “{list}” ใช้ชื่อ “{name}” แล้ว กรุณาตั้งชื่ออื่น")
        }
        F::SpacedChoice { name } => {
            format!("“{name}” มีเว้นวรรค แต่รายการนี้ใช้กับข้อที่เลือกได้หลายคำตอบ กรุณาใช้ _ แทน")
        }
        F::ChoiceWithoutLabel { name } => {
            format!("ไม่มีข้อความของตัวเลือก จึงแสดงชื่อ “{name}” แทน กรุณาเขียน label")
        }
        F::UnusedList { list } => format!("ไม่มีคำถามใดใช้รายการ “{list}”"),
        F::KeptSetting { name } => format!("ค่า “{name}” เก็บไว้กับแบบสอบถาม แต่ไม่มีผลอะไร"),
        F::BadSetting { written, expected } => {
            format!("ตั้งค่านี้เป็น “{written}” ไม่ได้ กรุณาเขียน{}", expected_told(*expected))
        }
        F::UnsupportedSetting { instead } => format!("ไม่ใช้ค่านี้: {}", instead_told(*instead)),
        F::SettingsRow => "แผ่นงาน settings อ่านเพียงแถวแรก กรุณาเอาแถวนี้ออก".into(),
        F::MissingFormId => "แบบสอบถามไม่มี form_id กรุณาเขียนในแผ่นงาน settings เช่น household".into(),
        F::UnknownLanguage { language } => {
            format!("ไม่มีคอลัมน์ภาษา “{language}” กรุณาเขียนชื่อภาษาให้ตรงกับหัวคอลัมน์")
        }
    }
}

fn limit_told(limit: Limit) -> String {
    let most = limit.most();
    match limit {
        Limit::FileBytes => format!("{most} MB ต่อไฟล์"),
        Limit::UnpackedBytes => format!("{most} MB เมื่อคลายไฟล์แล้ว"),
        Limit::Parts => format!("{most} ส่วนในไฟล์"),
        Limit::Sheets => format!("{most} แผ่นงาน"),
        Limit::Rows => format!("{most} แถว กรุณาล้างแถวที่อยู่ต่ำกว่านั้น"),
        Limit::Columns => format!("{most} คอลัมน์ กรุณาล้างคอลัมน์ที่อยู่ทางขวา"),
        Limit::Cells => format!("{most} เซลล์ที่มีข้อมูล"),
        Limit::CellBytes => format!("{most} KB ต่อเซลล์"),
        Limit::TextBytes => format!("{most} MB ของข้อความทุกเซลล์รวมกัน"),
        Limit::SharedTexts => format!("{most} ข้อความที่ต่างกัน"),
        Limit::CellFormats => format!("{most} รูปแบบเซลล์ กรุณาคัดลอกเฉพาะข้อความลงในสมุดงานใหม่"),
        Limit::Fields => format!("{most} คำถามและกลุ่ม กรุณาแบ่งเป็นหลายแบบสอบถาม"),
        Limit::Depth => format!("{most} กลุ่มซ้อนกัน กรุณาเอาออกบางกลุ่ม"),
        Limit::Choices => format!("{most} ตัวเลือก กรุณาใส่รายการยาวในไฟล์แล้วใช้ select_one_from_file"),
        Limit::FormulaBytes => {
            format!("{most} MB สำหรับสูตรและข้อความที่มี ${{…}} รวมกัน กรุณาแบ่งเป็นหลายแบบสอบถาม")
        }
        Limit::Regexes => format!("{most} ครั้งที่ใช้ regex() กรุณาลดจำนวนลง"),
        Limit::DynamicChoices => format!("{most} ข้อความของตัวเลือกที่มี ${{…}} กรุณาเขียนข้อความเต็มแทน"),
        Limit::Languages => format!("{most} ภาษา"),
        Limit::Tables => format!("{most} ตาราง กรุณารวมหลายตารางเป็นตารางเดียวโดยเพิ่มคอลัมน์ไว้แยก"),
        Limit::NameBytes => format!("{most} ไบต์ต่อชื่อ กรุณาตั้งชื่อให้สั้นลง"),
    }
}

fn instead_told(instead: Instead) -> &'static str {
    match instead {
        Instead::SelectFromFile => "ให้ใช้ select_one_from_file กับไฟล์ และ choice_filter",
        Instead::Geopoint => "ให้ใช้ geopoint, geotrace หรือ geoshape",
        Instead::Text => "ให้ใช้ text และเขียน constraint ถ้าคำตอบมีรูปแบบ",
        Instead::CopyRows => "ให้คัดลอกแถวของแบบสอบถามอื่นมาไว้ในนี้",
        Instead::Households => "สำรวจเก็บครัวเรือนและแถวของครัวเรือนเอง จึงไม่ต้องเขียนอะไรที่นี่",
        Instead::Sync => "สำรวจส่งคำตอบเอง",
        Instead::AttachedFile => "แนบไฟล์ที่ OpenMapKit สร้างเหมือนไฟล์ทั่วไป ถ้าจะเก็บพิกัดที่นี่ให้ใช้ geopoint หรือ geotrace",
        Instead::ChoiceFilter => "ให้ใช้ select_one กับ choice_filter",
        Instead::NoneChoice => "ให้เขียนตัวเลือก “none” ในแต่ละรายการ และ constraint ให้เลือกได้เพียงข้อเดียว",
    }
}

fn expected_told(expected: Expected) -> String {
    match expected {
        Expected::Number => "ตัวเลข".into(),
        Expected::WholeNumber => "จำนวนเต็ม".into(),
        Expected::Step => "ตัวเลขที่มากกว่าศูนย์และไม่เกินช่วง".into(),
        Expected::Truth => " true หรือ false".into(),
        Expected::YesNo => " yes หรือ no".into(),
        Expected::NumberOrReference => "ตัวเลขหรือ ${ชื่อข้อ}".into(),
        Expected::ColumnName => "ชื่อคอลัมน์".into(),
        Expected::List => "ชื่อรายการในแผ่นงาน choices".into(),
        Expected::OneOf(words) => format!("คำใดคำหนึ่ง: {words}"),
    }
}
