//! The plain C interface of the module in wasm; see `tests/judges/wasm.mjs`.
#![cfg(target_arch = "wasm32")]
#![allow(unsafe_code)]

use std::cell::RefCell;

thread_local! {
    static QUESTION: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for a script of `length` bytes and gives its address.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(length: usize) -> *mut u8 {
    QUESTION.with_borrow_mut(|question| {
        question.clear();
        question.resize(length, 0);
        question.as_mut_ptr()
    })
}

/// Runs the script that was written at what `reserve` gave. Gives the address of the length of the
/// answer, 4 bytes, with the answer behind it; both stay until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn tell() -> *const u8 {
    let told = QUESTION.with_borrow(|question| crate::tell(question));
    ANSWER.with_borrow_mut(|answer| {
        answer.clear();
        answer.extend((told.len() as u32).to_le_bytes());
        answer.extend(told);
        answer.as_ptr()
    })
}
