//! What a store's answer means.
//!
//! Owns the table of providers, phases and status codes (RFC 9110 §15). Must never look at anything but these: what is
//! done next is `attempt`'s.

use crate::store::trouble::Trouble;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    /// A grant endpoint and the store its grants lead to.
    Grants,
    /// The host's function and the store its grants lead to.
    Callback,
    /// A store with addresses of one form.
    Template,
    /// A tus server.
    Tus,
}

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// A grant was asked for.
    Grant,
    /// Before a further try: is it there already?
    Look,
    /// The object was sent.
    Put,
    /// A folder was to be made.
    Collection,
    /// Is what was sent really there?
    Confirm,
    /// What is there was asked for, of a server that need not give it out (tus).
    ReadBack,
}

/// What the answer means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Meaning {
    /// Done, or there.
    Yes,
    /// Not there.
    Absent,
    /// Perhaps there already: it has to be confirmed.
    Taken,
    /// The request's kind is not known to this store.
    Unsupported,
    /// Who asks is not, or not any more, permitted.
    Denied,
    /// The bytes that arrived were not as the store wants them: perhaps changed on the way.
    Doubted,
    /// Not now.
    Later,
    /// Never.
    Never(Trouble),
}

/// What the status code of an answer means.
#[must_use]
pub const fn meaning(provider: Provider, phase: Phase, status: u16) -> Meaning {
    match (phase, status) {
        (_, 200..=299) => Meaning::Yes,
        // Whose permission ran out is asked for a new one. At a store that a grant leads to, it is the grant's.
        (Phase::Grant, 401 | 403) => Meaning::Denied,
        // A signature that only permits creating is refused where the object exists: Azure says 403.
        (Phase::Put, 403 | 409 | 412) => Meaning::Taken,
        (Phase::Put, 401) => match provider {
            Provider::Template | Provider::Tus => Meaning::Denied,
            Provider::Grants | Provider::Callback => Meaning::Later,
        },
        // WebDAV says 405 for a folder that exists (RFC 4918 §9.3.1).
        (Phase::Collection, 405) => Meaning::Yes,
        (Phase::Look | Phase::Confirm, 404 | 410) => Meaning::Absent,
        (Phase::Look | Phase::Confirm, 405 | 501) => Meaning::Unsupported,
        (Phase::Look | Phase::Confirm | Phase::Collection, 401 | 403) => Meaning::Denied,
        (Phase::Grant, 409) => Meaning::Never(Trouble::NameTaken),
        (Phase::Grant, 410) => Meaning::Never(Trouble::Destroyed),
        (Phase::Put, 410) => match provider {
            Provider::Grants | Provider::Callback => Meaning::Never(Trouble::Destroyed),
            Provider::Template | Provider::Tus => Meaning::Never(Trouble::Refused),
        },
        (Phase::Grant | Phase::Put, 413) => Meaning::Never(Trouble::TooLarge),
        // A folder that is not there; whoever may make folders makes it.
        (Phase::Put, 404) => match provider {
            Provider::Template => Meaning::Absent,
            Provider::Grants | Provider::Callback | Provider::Tus => Meaning::Never(Trouble::Refused),
        },
        // Perhaps changed on the way: a wrong checksum is 400 to S3 and Azure, 422 to `callseal serve`, and a request for a
        // grant that is none any more 400.
        (Phase::Grant | Phase::Put, 400 | 422) => Meaning::Doubted,
        (Phase::Grant, 404 | 405) | (Phase::Put, 405) => Meaning::Never(Trouble::Refused),
        (Phase::ReadBack, 400..=407 | 410..=417 | 501) => Meaning::Unsupported,
        _ => Meaning::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Meaning::*;
    use Phase::*;
    use Provider::*;

    #[test]
    fn the_table_of_answers() {
        for (provider, phase, status, expected) in [
            (Grants, Grant, 200, Yes),
            (Grants, Grant, 401, Denied),
            (Grants, Grant, 403, Denied),
            (Grants, Grant, 404, Never(Trouble::Refused)),
            (Grants, Grant, 409, Never(Trouble::NameTaken)),
            (Grants, Grant, 410, Never(Trouble::Destroyed)),
            (Grants, Grant, 413, Never(Trouble::TooLarge)),
            (Grants, Grant, 429, Later),
            (Grants, Grant, 503, Later),
            // S3 with a signed If-None-Match; Azure with a create-only signature; a grant that expired meanwhile.
            (Grants, Put, 201, Yes),
            (Grants, Put, 412, Taken),
            (Grants, Put, 409, Taken),
            (Callback, Put, 403, Taken),
            (Callback, Put, 401, Later),
            (Grants, Put, 410, Never(Trouble::Destroyed)),
            (Grants, Grant, 400, Doubted),
            (Grants, Put, 422, Doubted),
            (Callback, Put, 400, Doubted),
            (Grants, Put, 404, Never(Trouble::Refused)),
            (Grants, Put, 500, Later),
            // nginx and WebDAV.
            (Template, Look, 200, Yes),
            (Template, Look, 404, Absent),
            (Template, Look, 405, Unsupported),
            (Template, Look, 401, Denied),
            (Template, Put, 201, Yes),
            (Template, Put, 204, Yes),
            (Template, Put, 412, Taken),
            (Template, Put, 409, Taken),
            (Template, Put, 404, Absent),
            (Template, Put, 401, Denied),
            (Template, Put, 405, Never(Trouble::Refused)),
            (Template, Put, 410, Never(Trouble::Refused)),
            (Template, Put, 507, Later),
            (Template, Collection, 201, Yes),
            (Template, Collection, 405, Yes),
            (Template, Collection, 409, Later),
            (Template, Confirm, 404, Absent),
            (Template, Confirm, 403, Denied),
            (Tus, Confirm, 204, Yes),
            (Tus, Confirm, 410, Absent),
            (Tus, ReadBack, 200, Yes),
            (Tus, ReadBack, 404, Unsupported),
            (Tus, ReadBack, 503, Later),
        ] {
            assert_eq!(meaning(provider, phase, status), expected, "{provider:?} {phase:?} {status}");
        }
    }

    #[test]
    fn only_an_answer_in_the_two_hundreds_is_a_yes_to_an_upload() {
        for provider in [Grants, Callback, Template, Tus] {
            for status in 100..600 {
                let is_yes = meaning(provider, Put, status) == Yes;
                assert_eq!(is_yes, (200..300).contains(&status), "{provider:?} {status}");
            }
        }
    }

    #[test]
    fn a_server_in_trouble_never_loses_an_object_for_good() {
        for provider in [Grants, Callback, Template, Tus] {
            for phase in [Grant, Look, Put, Collection, Confirm, ReadBack] {
                for status in (500..600).chain([408, 425, 429]) {
                    let meaning = meaning(provider, phase, status);
                    assert!(matches!(meaning, Later | Unsupported), "{provider:?} {phase:?} {status}");
                }
            }
        }
    }
}
