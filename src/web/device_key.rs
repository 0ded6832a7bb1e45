//! The device's key: it says on which browser profile a call was recorded.
//!
//! Owns an ECDSA key that WebCrypto made as non-extractable and IndexedDB keeps, and the device's certificate beside it.
//! No script, ours included, can read the key; whoever runs code in this origin can use it for as long as he does. Must
//! never sign anything but certificates.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Crypto, CryptoKey, IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbRequest, IdbTransaction,
    IdbTransactionMode, WorkerGlobalScope,
};
use zeroize::Zeroizing;

use crate::ledger::certificate::{assemble, call_certificate_request, device_certificate_request};
use crate::ledger::{CallKey, LedgerSigner};
use crate::names::CallId;
use crate::seal::VerifyingKey;
use crate::web::error::from_js;
use crate::{Error, ErrorKind, Result};

/// What the browser's functions give, or throw.
type Thrown<T> = core::result::Result<T, JsValue>;

/// Database, store and key under which the device's key lies.
const DATABASE: &str = "callseal";
const STORE: &str = "device";
const RECORD: &str = "key";
/// Names of the record's members.
const PRIVATE: &str = "private";
const POINT: &str = "point";
const CERTIFICATE: &str = "certificate";

/// The device's key and certificate.
pub struct DeviceKey {
    private: CryptoKey,
    public: VerifyingKey,
    certificate: Vec<u8>,
}

impl core::fmt::Debug for DeviceKey {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_tuple("DeviceKey").field(&self.public).finish()
    }
}

impl DeviceKey {
    /// The key of this browser profile and origin; made at the first time.
    ///
    /// # Errors
    /// `Unsupported` where there is no IndexedDB or no WebCrypto: in some private windows and third-party frames.
    pub async fn open() -> Result<Self> {
        let database = database().await.map_err(failed("Opening the device's key"))?;
        let opened = Self::find_or_make(&database).await;
        database.close();
        opened
    }

    async fn find_or_make(database: &IdbDatabase) -> Result<Self> {
        if let Some(found) = Self::find(database).await? {
            return Ok(found);
        }
        let made = Self::make().await?;
        let record = made.record().map_err(failed("Keeping the device's key"))?;
        // Another tab may have been faster: then its key is the device's.
        let _ = keep(database, &record).await;
        let missing = || Error::new(ErrorKind::Unsupported, "The browser did not keep the device's key.");
        Self::find(database).await?.ok_or_else(missing)
    }

    async fn find(database: &IdbDatabase) -> Result<Option<Self>> {
        let record = read(database).await.map_err(failed("Reading the device's key"))?;
        if record.is_undefined() {
            return Ok(None);
        }
        let member =
            |name: &str| Reflect::get(&record, &name.into()).map_err(failed("Reading the device's key"));
        let bytes = |name: &str| member(name).map(|value| Uint8Array::new(&value).to_vec());
        let private = member(PRIVATE)?.dyn_into().map_err(failed("Reading the device's key"))?;
        let public = VerifyingKey::from_point(&bytes(POINT)?)?;
        Ok(Some(Self { private, public, certificate: bytes(CERTIFICATE)? }))
    }

    async fn make() -> Result<Self> {
        let (private, public) = generate().await.map_err(failed("Making the device's key"))?;
        let public = VerifyingKey::from_point(&public)?;
        let mut made = Self { private, public, certificate: Vec::new() };
        let request = device_certificate_request(&made.public, random()?);
        made.certificate = assemble(&request, &made.certify(&request).await?)?;
        Ok(made)
    }

    fn record(&self) -> Thrown<JsValue> {
        object(&[
            (PRIVATE, self.private.clone().into()),
            (POINT, Uint8Array::from(self.public.to_point().as_slice()).into()),
            (CERTIFICATE, Uint8Array::from(self.certificate.as_slice()).into()),
        ])
        .map(JsValue::from)
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// Whether the browser would give the private key away. It must not.
    #[must_use]
    pub fn is_extractable(&self) -> bool {
        self.private.extractable()
    }

    /// Signs what is to be certified; r ‖ s.
    ///
    /// # Errors
    /// `Unsupported` when the browser does not.
    pub async fn certify(&self, request: &[u8]) -> Result<Vec<u8>> {
        self.sign(request).await.map_err(failed("Certifying a call's key"))
    }

    async fn sign(&self, request: &[u8]) -> Thrown<Vec<u8>> {
        let algorithm = object(&[("name", "ECDSA".into()), ("hash", "SHA-256".into())])?;
        let data = Uint8Array::from(request);
        let signing =
            crypto()?.subtle().sign_with_object_and_js_u8_array(&algorithm, &self.private, &data)?;
        Ok(Uint8Array::new(&JsFuture::from(signing).await?).to_vec())
    }

    /// A new signer for a call, certified by this device.
    ///
    /// # Errors
    /// `RandomUnavailable` or `Unsupported`.
    pub async fn signer(&self, call_id: &CallId, now_ms: u64) -> Result<LedgerSigner> {
        let call_key = new_call_key()?;
        let request = call_certificate_request(call_id, &call_key.public(), &self.public, random()?, now_ms)?;
        let certificate = assemble(&request, &self.certify(&request).await?)?;
        Ok(LedgerSigner::new(call_key, vec![certificate, self.certificate.clone()]))
    }
}

/// A signer that no device vouches for.
///
/// # Errors
/// `RandomUnavailable`.
pub fn bare_signer() -> Result<LedgerSigner> {
    Ok(LedgerSigner::new(new_call_key()?, Vec::new()))
}

fn new_call_key() -> Result<CallKey> {
    let bytes = Zeroizing::new(random::<32>()?);
    // One in 2^32 is no key; the next one is.
    CallKey::from_random(&bytes).or_else(|_| CallKey::from_random(&Zeroizing::new(random::<32>()?)))
}

fn random<const BYTES: usize>() -> Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::new(ErrorKind::RandomUnavailable, "The browser gave no random bytes."))?;
    Ok(bytes)
}

async fn generate() -> Thrown<(CryptoKey, Vec<u8>)> {
    let subtle = crypto()?.subtle();
    let algorithm = object(&[("name", "ECDSA".into()), ("namedCurve", "P-256".into())])?;
    let usages = Array::of1(&"sign".into());
    // WebCrypto leaves the public half extractable and needs one usage of the private one.
    let pair = JsFuture::from(subtle.generate_key_with_object(&algorithm, false, &usages)?).await?;
    let key = |name: &str| Reflect::get(&pair, &name.into()).and_then(JsCast::dyn_into::<CryptoKey>);
    let exported = JsFuture::from(subtle.export_key("raw", &key("publicKey")?)?).await?;
    Ok((key("privateKey")?, Uint8Array::new(&exported).to_vec()))
}

async fn database() -> Thrown<IdbDatabase> {
    let factory: IdbFactory = scope()?.indexed_db()?.ok_or(JsValue::UNDEFINED)?;
    let opening: IdbOpenDbRequest = factory.open_with_u32(DATABASE, 1)?;
    let request = opening.clone();
    let upgrade = Closure::once(move || {
        if let Ok(database) = request.result().and_then(JsCast::dyn_into::<IdbDatabase>) {
            // One that cannot be made is missed by the first transaction.
            let _ = database.create_object_store(STORE);
        }
    });
    opening.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    settled(&opening).await?.dyn_into()
}

async fn read(database: &IdbDatabase) -> Thrown<JsValue> {
    let transaction = database.transaction_with_str_and_mode(STORE, IdbTransactionMode::Readonly)?;
    settled(&transaction.object_store(STORE)?.get(&RECORD.into())?).await
}

/// Adds the record, never in place of another.
async fn keep(database: &IdbDatabase, record: &JsValue) -> Thrown<()> {
    let transaction = database.transaction_with_str_and_mode(STORE, IdbTransactionMode::Readwrite)?;
    transaction.object_store(STORE)?.add_with_key(record, &RECORD.into())?;
    completed(&transaction).await
}

async fn settled(request: &IdbRequest) -> Thrown<JsValue> {
    let promise = Promise::new(&mut |resolve: Function, reject: Function| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await?;
    request.result()
}

async fn completed(transaction: &IdbTransaction) -> Thrown<()> {
    let promise = Promise::new(&mut |resolve: Function, reject: Function| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    });
    JsFuture::from(promise).await.map(drop)
}

fn object(members: &[(&str, JsValue)]) -> Thrown<Object> {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &(*name).into(), value)?;
    }
    Ok(object)
}

fn crypto() -> Thrown<Crypto> {
    scope()?.crypto()
}

fn scope() -> Thrown<WorkerGlobalScope> {
    js_sys::global().dyn_into().map_err(JsValue::from)
}

fn failed(doing: &'static str) -> impl Fn(JsValue) -> Error {
    move |thrown| from_js(ErrorKind::Unsupported, doing, &thrown)
}
