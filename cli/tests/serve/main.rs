//! `callseal serve` as a whole: the real program, real sockets, real files.
//!
//! Each test is named after the promise of `docs/serve.md` that it proves.
#![cfg(not(target_arch = "wasm32"))]
// clippy.toml's leave for tests reaches only functions marked as tests, not the helpers they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects)]

#[path = "../support/authority.rs"]
mod authority;
#[path = "../../../tests/support/call.rs"]
mod call;

mod access;
mod accesses;
mod binding;
mod configuration;
mod cross_origin;
mod description;
mod exposure;
mod heads;
mod life;
mod limits;
mod orders;
mod pages;
mod provider;
mod reading;
mod roles;
mod shredding;
mod support;
mod timestamps;
mod two;
mod uploads;
mod watching;
