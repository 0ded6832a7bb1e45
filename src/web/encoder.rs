//! The browser's Opus encoder (WebCodecs `AudioEncoder`), one per recording.
//!
//! Owns the encoder and the one buffer through which samples reach it, which is overwritten after each frame. Never
//! flushed before the end: a flush in mid-call would add a packet and repeat time stamps.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Float32Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AudioData, AudioDataInit, AudioEncoder, AudioEncoderConfig, AudioEncoderInit, AudioSampleFormat,
    BitrateMode, EncodedAudioChunk,
};

use crate::audio::SAMPLE_RATE_HZ;
use crate::audio::hold_back::Frame;
use crate::web::error::from_js;
use crate::{Error, ErrorKind, Result};

/// Bits per second of both channels together. Below 32,000 libopus folds two channels into one; at constant bit rate
/// 48,000 keeps them apart, makes a page of 1 s about 6 kB and so a crash lose less than 2 s.
const BITRATE: u32 = 48_000;

/// Length of a frame, microseconds.
const FRAME_US: u32 = 20_000;

/// Pre-skip to assume if the encoder gives no description: 312 samples (6.5 ms), libopus' own look-ahead.
const USUAL_PRE_SKIP_SAMPLES: u16 = 312;

/// Samples of one channel in a frame (`audio::BLOCK_SAMPLES`) as a length of a JavaScript array.
const BLOCK_LENGTH: u32 = 960;

/// Length of both channels one behind the other.
const BOTH_CHANNELS_LENGTH: u32 = 1_920;

/// Offset of the little-endian pre-skip in an Opus identification header (RFC 7845 §5.1).
const PRE_SKIP_OFFSET: usize = 10;

/// An encoder with its callbacks, which live as long as it does.
pub struct Encoder {
    encoder: AudioEncoder,
    samples: Float32Array,
    _on_packet: Closure<dyn FnMut(EncodedAudioChunk, JsValue)>,
    _on_error: Closure<dyn FnMut(JsValue)>,
}

impl Encoder {
    /// An encoder that gives packets with their pre-skip to `on_packet`, and calls `on_error` at most once.
    ///
    /// # Errors
    /// [`ErrorKind::EncoderFailed`] if the browser has none or refuses the configuration.
    pub fn new(
        mut on_packet: impl FnMut(&[u8], u16) + 'static,
        on_error: impl FnOnce() + 'static,
    ) -> Result<Self> {
        let pre_skip = Rc::new(Cell::new(USUAL_PRE_SKIP_SAMPLES));
        let on_packet = Closure::<dyn FnMut(EncodedAudioChunk, JsValue)>::new(
            move |chunk: EncodedAudioChunk, metadata: JsValue| {
                if let Some(found) = pre_skip_of(&metadata) {
                    pre_skip.set(found);
                }
                let mut packet = vec![0_u8; chunk.byte_length() as usize];
                if chunk.copy_to_with_u8_slice(&mut packet).is_ok() {
                    on_packet(&packet, pre_skip.get());
                }
            },
        );
        let mut on_error = Some(on_error);
        let on_error = Closure::<dyn FnMut(JsValue)>::new(move |_error: JsValue| {
            if let Some(on_error) = on_error.take() {
                on_error();
            }
        });
        let init =
            AudioEncoderInit::new(on_error.as_ref().unchecked_ref(), on_packet.as_ref().unchecked_ref());
        let failed = |thrown| from_js(ErrorKind::EncoderFailed, "Starting the audio encoder", &thrown);
        let encoder = AudioEncoder::new(&init).map_err(failed)?;
        encoder.configure(&configuration()).map_err(failed)?;
        let samples = Float32Array::new_with_length(BOTH_CHANNELS_LENGTH);
        Ok(Self { encoder, samples, _on_packet: on_packet, _on_error: on_error })
    }

    /// Gives it the next frame.
    ///
    /// # Errors
    /// [`ErrorKind::EncoderFailed`] if the encoder is closed.
    pub fn encode(&self, frame: &Frame, index: u64) -> Result<()> {
        self.samples.subarray(0, BLOCK_LENGTH).copy_from(&frame.left);
        self.samples.subarray(BLOCK_LENGTH, BOTH_CHANNELS_LENGTH).copy_from(&frame.right);
        let timestamp_us = index as f64 * f64::from(FRAME_US);
        let init = AudioDataInit::new(
            &self.samples,
            AudioSampleFormat::F32Planar,
            2,
            BLOCK_LENGTH,
            SAMPLE_RATE_HZ as f32,
            timestamp_us as i32,
        );
        // The timestamp is a long long; the typed setter would wrap after 35 minutes.
        let _ = Reflect::set(&init, &"timestamp".into(), &timestamp_us.into());
        let failed = |thrown| from_js(ErrorKind::EncoderFailed, "Encoding", &thrown);
        let data = AudioData::new(&init).map_err(failed)?;
        let result = self.encoder.encode(&data).map_err(failed);
        data.close();
        self.samples.fill(0.0, 0, self.samples.length());
        result
    }

    /// Waits until every frame has come out as a packet, and closes the encoder.
    ///
    /// # Errors
    /// [`ErrorKind::EncoderFailed`] if it failed meanwhile.
    pub async fn drain(&self) -> Result<()> {
        let flushed = JsFuture::from(self.encoder.flush()).await;
        let closed = self.encoder.close();
        flushed
            .and(closed.map(|()| JsValue::UNDEFINED))
            .map(|_| ())
            .map_err(|thrown| from_js(ErrorKind::EncoderFailed, "Finishing the audio encoding", &thrown))
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // A packet that came out now would call a closure that is gone, and the page would take that for a crash of
        // the engine. One that is closed already only says so.
        let _ = self.encoder.close();
    }
}

/// Refuses a browser whose encoder does not do what is needed.
///
/// # Errors
/// [`ErrorKind::EncoderFailed`] with what is missing.
pub async fn check_support() -> Result<()> {
    let missing =
        || Error::new(ErrorKind::EncoderFailed, "This browser has no Opus encoder (WebCodecs AudioEncoder).");
    if Reflect::get(&js_sys::global(), &"AudioEncoder".into()).map_or(true, |found| found.is_undefined()) {
        return Err(missing());
    }
    let support =
        JsFuture::from(AudioEncoder::is_config_supported(&configuration())).await.map_err(|_| missing())?;
    let supported = Reflect::get(&support, &"supported".into()).is_ok_and(|supported| supported.is_truthy());
    if supported { Ok(()) } else { Err(missing()) }
}

fn configuration() -> AudioEncoderConfig {
    let config = AudioEncoderConfig::new("opus", 2, SAMPLE_RATE_HZ);
    config.set_bitrate(BITRATE);
    // Sizes of packets at variable bit rate tell a listener of the ciphertext which phrases were spoken.
    config.set_bitrate_mode(BitrateMode::Constant);
    let opus = Object::new();
    // Properties of an object made just above can be set.
    let _ = Reflect::set(&opus, &"application".into(), &"voip".into());
    let _ = Reflect::set(&opus, &"frameDuration".into(), &FRAME_US.into());
    let _ = Reflect::set(&opus, &"format".into(), &"opus".into());
    let _ = Reflect::set(&config, &"opus".into(), &opus);
    config
}

fn pre_skip_of(metadata: &JsValue) -> Option<u16> {
    let config = Reflect::get(metadata, &"decoderConfig".into()).ok().filter(JsValue::is_object)?;
    let description = Reflect::get(&config, &"description".into()).ok().filter(JsValue::is_object)?;
    let header = Uint8Array::new(&description).to_vec();
    let bytes = header.get(PRE_SKIP_OFFSET..PRE_SKIP_OFFSET.saturating_add(2))?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}
