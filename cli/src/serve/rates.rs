//! How fast one address and one person may ask.
//!
//! Owns the two limiters and their bounds of memory. It must never count a token that everybody has as one person.

use super::caller::Subject;
use super::refusal::Refusal;
use axum::http::{HeaderMap, StatusCode};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Seconds' worth of requests that may come at once: what a browser has spooled while the network was gone.
const BURST_S: u32 = 10;
/// Addresses or persons that are remembered, about 100 bytes each; those beyond share one allowance.
const MOST_KEYS: usize = 100_000;
/// Least time between two looks for those who have their whole allowance again.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);

/// The limits in force.
#[derive(Debug)]
pub struct Rates {
    addresses: Option<Limiter<IpAddr>>,
    subjects: Option<Limiter<Option<Subject>>>,
    trusts_forwarded: bool,
}

#[derive(Debug)]
struct Limiter<Key: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<Key>,
    swept: Mutex<Instant>,
    shared: Key,
}

impl Rates {
    /// With so many requests per second for each address and each person; 0 sets no limit. Behind a proxy, the address
    /// is the one that the proxy added last to `X-Forwarded-For`.
    pub fn new(per_address: u32, per_subject: u32, trusts_forwarded: bool) -> Self {
        Self {
            addresses: Limiter::new(per_address, IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
            subjects: Limiter::new(per_subject, None),
            trusts_forwarded,
        }
    }

    /// Counts a request of an address.
    ///
    /// # Errors
    /// 429 `request/too-many`.
    pub fn count_address(&self, peer: IpAddr, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(limiter) = &self.addresses else { return Ok(()) };
        let forwarded = if self.trusts_forwarded { forwarded_for(headers) } else { None };
        limiter.count(network_of(forwarded.unwrap_or(peer)))
    }

    /// Counts a request of a person.
    ///
    /// # Errors
    /// 429 `request/too-many`.
    pub fn count_subject(&self, subject: Subject) -> Result<(), Refusal> {
        match &self.subjects {
            Some(limiter) if subject != Subject::own() => limiter.count(Some(subject)),
            _ => Ok(()),
        }
    }
}

impl<Key: Hash + Eq + Clone> Limiter<Key> {
    fn new(per_second: u32, shared: Key) -> Option<Self> {
        let burst = NonZeroU32::new(per_second.saturating_mul(BURST_S))?;
        let quota = Quota::per_second(NonZeroU32::new(per_second)?).allow_burst(burst);
        Some(Self { limiter: RateLimiter::keyed(quota), swept: Mutex::new(Instant::now()), shared })
    }

    fn count(&self, key: Key) -> Result<(), Refusal> {
        let key = if self.is_full() { &self.shared } else { &key };
        self.limiter.check_key(key).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            too_many().after_s(wait.as_secs().saturating_add(1))
        })
    }

    fn is_full(&self) -> bool {
        if self.limiter.len() < MOST_KEYS {
            return false;
        }
        // A poisoned lock holds a whole time all the same.
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if swept.elapsed() >= SWEEP_PAUSE {
            self.limiter.retain_recent();
            *swept = Instant::now();
        }
        drop(swept);
        self.limiter.len() >= MOST_KEYS
    }
}

/// The address that the nearest proxy saw: the last one, since those before it are the client's own words.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

/// One IPv6 subscriber has 2^64 addresses at least (RFC 6177).
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => IpAddr::V4(address),
            None => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        },
        IpAddr::V4(_) => address,
    }
}

const fn too_many() -> Refusal {
    Refusal::new(
        StatusCode::TOO_MANY_REQUESTS,
        "request/too-many",
        "too many requests from here; try again after the time in Retry-After",
    )
}

#[cfg(test)]
mod tests {
    use super::{Rates, forwarded_for, network_of};
    use crate::serve::caller::Subject;
    use axum::http::HeaderMap;
    use std::net::IpAddr;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn forwarded(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", value.parse().unwrap());
        headers
    }

    #[test]
    fn each_address_has_an_allowance_of_its_own() {
        let rates = Rates::new(1, 0, false);
        let none = HeaderMap::new();
        let count = |text| rates.count_address(address(text), &none).is_ok();
        assert!((0..10).all(|_| count("192.0.2.1")));
        assert!(!count("192.0.2.1"));
        assert!(!count("::ffff:192.0.2.1"), "the same one, written otherwise");
        assert!(count("192.0.2.2"));
        // Without a proxy, the header is the client's own word.
        assert!(rates.count_address(address("192.0.2.1"), &forwarded("192.0.2.9")).is_err());
    }

    #[test]
    fn each_person_has_an_allowance_of_its_own_and_the_own_token_is_nobody() {
        let rates = Rates::new(0, 1, false);
        let (ann, bob) = (Subject::of("i", "ann"), Subject::of("i", "bob"));
        assert!((0..10).all(|_| rates.count_subject(ann).is_ok()));
        assert_eq!(rates.count_subject(ann).unwrap_err().code(), "request/too-many");
        assert!(rates.count_subject(bob).is_ok());
        assert!((0..100).all(|_| rates.count_subject(Subject::own()).is_ok()));
    }

    #[test]
    fn behind_a_proxy_its_own_word_counts_and_not_the_clients() {
        assert_eq!(forwarded_for(&forwarded("10.9.9.9, 192.0.2.7")), Some(address("192.0.2.7")));
        assert_eq!(forwarded_for(&forwarded("192.0.2.7, nonsense")), None);
        assert_eq!(network_of(address("2001:db8:1:2:3:4:5:6")), address("2001:db8:1:2::"));
    }
}
