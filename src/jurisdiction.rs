//! Which law counts for a call, and what it asks of the recorder.
//!
//! Facts in, decision out: [`decide`] takes a law table ([`Table`]), what is known of the parties ([`CallFacts`]) and
//! what the company decides ([`Policy`]). The strictest law of every party counts, and a place that is not known is as
//! strict as all laws together. `docs/jurisdiction.md` has the rules in full.
//!
//! Owns the reading of hints and of the table. Keeps no number and no address. Must never be taken for legal advice.
//!
//! ```
//! use callseal::jurisdiction::{CallFacts, Hint, Media, Mode, PartyFacts, Policy, Role, Rule, Signal, Table, decide};
//!
//! # fn main() -> callseal::Result<()> {
//! let agent = PartyFacts { index: 0, role: Role::Agent, hints: vec![Hint::parse(Signal::AgentPlace, "US-TX")?] };
//! let number = Hint::parse(Signal::Number, "+1 415 555 0100")?; // reduced to US-CA, the digits are gone
//! let customer = PartyFacts { index: 1, role: Role::Customer, hints: vec![number] };
//! let mut facts = CallFacts { media: Media::Phone, parties: vec![agent, customer], company: None };
//!
//! let decision = decide(Table::builtin(), &facts, &Policy::default());
//! assert_eq!((decision.rule, decision.mode), (Rule::AllParty, Mode::NoticeAndStay));
//! assert!(decision.summary.text.contains("California"));
//!
//! // The company's law counts too, and the strictest decides.
//! facts.company = Some(Hint::parse(Signal::CompanyPlace, "DE")?);
//! let decision = decide(Table::builtin(), &facts, &Policy::default());
//! assert_eq!((decision.rule, decision.mode), (Rule::ExplicitOptIn, Mode::NothingBeforeYes));
//! # Ok(())
//! # }
//! ```

mod decision;
mod explanation;
mod facts;
mod finding;
mod locating;
mod number;
mod place;
mod policy;
mod row;
mod rule;
mod table;
mod table_reader;

pub use decision::{Decision, Statement, decide};
pub use explanation::{Parameters, Summary};
pub use facts::{CallFacts, Hint, PartyFacts, Role, Signal};
pub use finding::{Finding, RowCited, Warning};
pub use place::Place;
pub use policy::{Mandate, Policy};
pub use row::{Basis, Confidence, Flag, Row, Terms};
pub use rule::{Media, Mode, Reading, Rule, Strictness};
pub use table::Table;
pub use table_reader::MOST_TABLE_BYTES;
