//! A recording as uncompressed sound: decodes Ogg Opus and writes RIFF WAVE, 16 bits at 48 kHz.
//!
//! Owns which channel is which. Everything decoded is held in memory that is wiped.

use crate::failure::Failure;
use hound::{SampleFormat, WavSpec, WavWriter};
use ogg::PacketReader;
use ropus::{Channels, DecodeMode, Decoder};
use std::io::Cursor;
use zeroize::Zeroizing;

/// Samples per second of all that Callseal records.
const RATE_HZ: u32 = 48_000;
/// Channels of a recording.
const CHANNELS: usize = 2;
/// Samples per channel of the longest Opus packet, 120 ms (RFC 6716 §3.2.5).
const MOST_PACKET_SAMPLES: usize = 5_760;

/// Which side of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Channel {
    /// Agent on the left, customer on the right.
    Both,
    /// The agent only, one channel.
    Agent,
    /// The customer only, one channel.
    Customer,
}

/// Decodes an Ogg Opus recording of `samples` into interleaved samples of both channels, agent first.
pub fn decode(ogg: &[u8], samples: u64) -> Result<Zeroizing<Vec<i16>>, Failure> {
    let broken =
        |what: &str| Failure::new(12, format!("the recording cannot be decoded: {what} [open/corrupt]"));
    let mut packets = PacketReader::new(Cursor::new(ogg));
    let mut next = || packets.read_packet().map_err(|_| broken("its Ogg pages are damaged"));
    let head = next()?.ok_or_else(|| broken("it is empty"))?;
    let Some(&[low, high]) = head.data.get(10..12) else { return Err(broken("it has no Opus header")) };
    let skip = usize::from(u16::from_le_bytes([low, high]));
    next()?;
    let mut decoder =
        Decoder::new(RATE_HZ, Channels::Stereo).map_err(|_| broken("the decoder does not start"))?;
    let wanted = usize::try_from(samples).map_err(|_| broken("it is too long"))?;
    let total = wanted.saturating_add(skip).saturating_mul(CHANNELS);
    let mut sound = Zeroizing::new(Vec::with_capacity(total.saturating_add(MOST_PACKET_SAMPLES * CHANNELS)));
    let mut frame = Zeroizing::new(vec![0_i16; MOST_PACKET_SAMPLES * CHANNELS]);
    while let Some(packet) = next()? {
        let decoded = decoder
            .decode(&packet.data, &mut frame, DecodeMode::Normal)
            .map_err(|_| broken("a packet is not Opus"))?;
        sound.extend_from_slice(frame.get(..decoded.saturating_mul(CHANNELS)).unwrap_or_default());
    }
    let skipped = skip.saturating_mul(CHANNELS).min(sound.len());
    sound.drain(..skipped);
    sound.truncate(wanted.saturating_mul(CHANNELS));
    Ok(sound)
}

/// The RIFF WAVE file of a channel.
pub fn write(sound: &[i16], channel: Channel) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let too_long = |_| {
        Failure::bad_input("the recording is too long for WAVE, which ends at 4 GiB: take a stretch of it")
    };
    let channels = if channel == Channel::Both { 2 } else { 1 };
    let form =
        WavSpec { channels, sample_rate: RATE_HZ, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut file = Zeroizing::new(Vec::with_capacity(sound.len().saturating_mul(2).saturating_add(64)));
    let mut writer = WavWriter::new(Cursor::new(&mut *file), form).map_err(too_long)?;
    let (first, step) = match channel {
        Channel::Both => (0, 1),
        Channel::Agent => (0, CHANNELS),
        Channel::Customer => (1, CHANNELS),
    };
    for sample in sound.iter().skip(first).step_by(step) {
        writer.write_sample(*sample).map_err(too_long)?;
    }
    writer.finalize().map_err(too_long)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::decode;
    use std::process::Command;

    /// Runs ffmpeg and gives what it writes to standard output.
    fn ffmpeg(arguments: &str, input: &[u8]) -> Vec<u8> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), input).unwrap();
        let words = arguments.replace("INPUT", file.path().to_str().unwrap());
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-nostdin"]).args(words.split(' ')).arg("-");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Sweeps, noise and silence, as the browser's encoder codes them: 20 ms, constant 48 kbit/s, and both modes of Opus.
    #[test]
    fn what_is_decoded_is_what_libopus_decodes() {
        for mode in ["voip", "audio"] {
            // No function of two arguments: a comma would end the filter.
            let sweeps = "-f lavfi -i aevalsrc=0.4*sin(2*PI*(200+400*t)*t)|0.2*sin(2*PI*900*t)*(1+sin(5*t))+0.1*random(0):s=48000:d=5";
            let encoding =
                format!("-ac 2 -c:a libopus -application {mode} -vbr off -b:a 48k -frame_duration 20 -f ogg");
            let coded = ffmpeg(&format!("{} {encoding}", sweeps), &[]);
            let wanted = ffmpeg("-c:a libopus -i INPUT -f s16le -ac 2 -ar 48000", &coded);
            let wanted: Vec<i16> =
                wanted.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
            assert!(wanted.len() >= 2 * 5 * 48_000);
            let decoded = decode(&coded, u64::try_from(wanted.len() / 2).unwrap()).unwrap();
            let most = decoded.iter().zip(&wanted).map(|(one, other)| one.abs_diff(*other)).max().unwrap();
            assert!(wanted.iter().any(|sample| sample.unsigned_abs() > 8_000));
            // Fixed point differs from floating point by so much: a thousandth of full scale.
            assert!(most <= 32, "{mode}: samples differ by up to {most} of 32,768");
        }
    }
}
