//! The C interface in wasm: a place for the question, and the function that answers it.
#![allow(unsafe_code)]

use std::cell::RefCell;

use crate::phone::Phone;

thread_local! {
    static PHONE: RefCell<Phone> = RefCell::new(Phone::default());
    static QUESTION: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for a question of `length` bytes and gives its address.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(length: usize) -> *mut u8 {
    QUESTION.with_borrow_mut(|question| {
        question.clear();
        question.resize(length, 0);
        question.as_mut_ptr()
    })
}

/// Answers the question that was written at what [`reserve`] gave. Gives the address of the length of
/// the answer, 4 bytes, with the answer behind it; it stays until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn call() -> *const u8 {
    let question = QUESTION.take();
    let told = PHONE.with_borrow_mut(|phone| phone.answer(&question));
    drop(question);
    ANSWER.with_borrow_mut(|answer| {
        answer.clear();
        answer.reserve_exact(told.len() + 4);
        answer.extend(u32::try_from(told.len()).unwrap_or(0).to_le_bytes());
        answer.extend(told);
        answer.as_ptr()
    })
}
