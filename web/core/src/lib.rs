//! The core of the volunteer's app, for a browser's worker: everything that has rules, nothing that
//! touches the world. TypeScript around it does storage, encryption, network and the screen.
//!
//! One function takes a question and gives an answer; [`call`] has the layout of both. A question is
//! given the time and some chance. What is to be stored comes back as [writes](desk::Write), which the
//! worker seals and puts into one transaction of IndexedDB; then it says whether that went well, and
//! only then does the core believe it:
//!
//! ```text
//! answer = call({ answer: … })           the core computes, and holds back what would change
//! if answer.fault is "need":             documents lie in IndexedDB, the core asks for them by id
//!     call({ lend: … }, documents); again
//! one transaction: answer.writes
//! call({ settle: { ok } })               now it is so, or it never was
//! ```
//!
//! | room | says |
//! |---|---|
//! | [`call`], [`abi`] | the layout of questions and answers; the C interface |
//! | `ask`, [`phone`] | which questions there are, and who answers them |
//! | [`desk`] | what the device holds, in memory and on its way to the storage |
//! | [`records`] | what is stored, as bytes |
//! | [`index`], [`facts`], [`list`] | the list of households without their documents |
//! | [`view`] | a document as it is read: entries, who wrote what and when |
//! | [`forms`], [`outline`] | the forms that hold here, and their pages |
//! | [`draft`], [`open`], [`screen`] | the household that is open: answers, pages |
//! | [`sync`], [`bundle`] | one sync with the hub; changes that travel in a file |
//! | [`practice`] | a made-up village to learn with |

#[cfg(target_arch = "wasm32")]
pub mod abi;
mod ask;
pub mod bundle;
pub mod call;
pub mod desk;
pub mod draft;
pub mod facts;
pub mod fault;
pub mod forms;
pub mod index;
pub mod list;
pub mod open;
pub mod outline;
pub mod phone;
pub mod practice;
pub mod records;
pub mod screen;
pub mod sync;
pub mod view;
