//! An identity provider for the tests: real keys of three kinds, real tokens, and a key set over real HTTP.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use callseal::seal::SigningKey;
use rsa::pkcs1v15;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

/// The issuer of the tests' tokens.
pub const ISSUER: &str = "https://id.example";
/// Their audience.
pub const AUDIENCE: &str = "callseal";

/// A key that signs tokens.
pub enum Key {
    Es256(SigningKey),
    EdDsa(Box<ed25519_dalek::SigningKey>),
    Rs256(Box<rsa::PrivateKey>),
}

impl Key {
    pub fn es256(byte: u8) -> Self {
        Self::Es256(SigningKey::from_random(&[byte; 32]).unwrap())
    }

    pub fn eddsa(byte: u8) -> Self {
        Self::EdDsa(Box::new(ed25519_dalek::SigningKey::from_bytes(&[byte; 32])))
    }

    /// Always the same one: making it takes seconds.
    pub fn rs256() -> Self {
        static KEY: LazyLock<rsa::PrivateKey> = LazyLock::new(|| of_bits(2048));
        Self::Rs256(Box::new(KEY.clone()))
    }

    pub fn short_rs256() -> Self {
        Self::Rs256(Box::new(of_bits(1024)))
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Es256(_) => "ES256",
            Self::EdDsa(_) => "EdDSA",
            Self::Rs256(_) => "RS256",
        }
    }

    /// The public half.
    pub fn jwk(&self, id: &str) -> Value {
        let mut jwk = match self {
            Self::Es256(key) => key.public().to_jwk(),
            Self::EdDsa(key) => {
                let x = Base64UrlUnpadded::encode_string(key.verifying_key().as_bytes());
                json!({ "kty": "OKP", "crv": "Ed25519", "x": x })
            }
            Self::Rs256(key) => {
                let encode = |number: &[u8]| Base64UrlUnpadded::encode_string(number);
                json!({ "kty": "RSA", "n": encode(&key.n().to_be_bytes_trimmed_vartime()),
                    "e": encode(&key.e().to_be_bytes_trimmed_vartime()) })
            }
        };
        jwk["kid"] = id.into();
        jwk["use"] = "sig".into();
        jwk
    }

    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Es256(key) => key.sign(bytes).to_vec(),
            Self::EdDsa(key) => key.sign(bytes).to_vec(),
            Self::Rs256(key) => pkcs1v15::SigningKey::<Sha256>::new((**key).clone()).sign(bytes).to_vec(),
        }
    }

    /// A token with these claims.
    pub fn token(&self, id: &str, claims: &Value) -> String {
        token(&json!({ "alg": self.algorithm(), "kid": id, "typ": "JWT" }), claims, |bytes| self.sign(bytes))
    }
}

fn of_bits(bits: usize) -> rsa::PrivateKey {
    rsa::PrivateKey::new(&mut Fixed(0), bits).unwrap()
}

/// Bytes that are the same in every run; for keys of tests only.
struct Fixed(u64);

impl rsa::rand_core::TryRng for Fixed {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.try_next_u64().map(|number| number as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0 += 1;
        let digest = Sha256::digest(self.0.to_be_bytes());
        Ok(u64::from_be_bytes(digest[..8].try_into().unwrap()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for piece in bytes.chunks_mut(8) {
            let number = self.try_next_u64()?.to_be_bytes();
            piece.copy_from_slice(&number[..piece.len()]);
        }
        Ok(())
    }
}

impl rsa::rand_core::TryCryptoRng for Fixed {}

/// A token with a header of any kind.
pub fn token(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let encode = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = Base64UrlUnpadded::encode_string(&sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// Claims that count, of a person with roles.
pub fn claims(subject: &str, roles: &[&str]) -> Value {
    let now_s = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    json!({ "iss": ISSUER, "aud": [AUDIENCE, "other"], "sub": subject, "exp": now_s + 600, "nbf": now_s - 1,
        "roles": roles })
}

/// A running provider.
pub struct Provider {
    pub url: String,
    answer: Arc<Mutex<(u16, Vec<u8>)>>,
    asked: Arc<AtomicUsize>,
}

impl Provider {
    /// With these keys in its set.
    pub fn start(keys: &[Value]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let provider = Self { url, answer: Arc::default(), asked: Arc::default() };
        provider.publish(keys);
        let (answer, asked) = (Arc::clone(&provider.answer), Arc::clone(&provider.asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
                    line.clear();
                }
                asked.fetch_add(1, Ordering::SeqCst);
                let (status, body) = answer.lock().unwrap().clone();
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(&[head.as_bytes(), &body].concat());
            }
        });
        provider
    }

    /// Changes its key set.
    pub fn publish(&self, keys: &[Value]) {
        self.answer_with(200, json!({ "keys": keys }).to_string().as_bytes());
    }

    /// Changes its whole answer.
    pub fn answer_with(&self, status: u16, body: &[u8]) {
        *self.answer.lock().unwrap() = (status, body.to_vec());
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// The flags of a server that trusts it.
    pub fn flags(&self) -> [&str; 6] {
        ["--jwks", &self.url, "--issuer", ISSUER, "--audience", AUDIENCE]
    }
}
