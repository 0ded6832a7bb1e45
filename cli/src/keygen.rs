//! `callseal keygen`: the key pair of a recipient, or of an officer who signs.

use crate::failure::Failure;
use crate::locked_key;
use crate::output;
use callseal::seal::{KeyKind, PrivateKey, SigningKey};
use serde_json::Value;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Arguments of `callseal keygen`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where to write the private key (a JWK, readable by its owner only). Keep it off every browser and server that
    /// records. The public key, for their configuration, is written beside it: NAME.private.jwk and NAME.jwk give
    /// NAME.public.jwk. An existing private key is never overwritten.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Which kind of pair, for the programs and key services that are to open with it.
    #[arg(long, value_enum, default_value = "p256", conflicts_with = "signing")]
    kind: Kind,
    /// Put the private key under a passphrase, which is asked for. Every command that reads the key asks for it again;
    /// programs name a file with it in CALLSEAL_PASSPHRASE_FILE.
    #[arg(long)]
    passphrase: bool,
    /// Make a pair that signs instead of one that calls are sealed for: for `withdraw` and `vcon --rebuild`.
    #[arg(long)]
    signing: bool,
}

/// The kinds of recipients' keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// ECDH-ES+A256KW on P-256.
    P256,
    /// ECDH-ES+A256KW on X25519.
    X25519,
    /// RSA-OAEP-256 with 3,072 bits, the one that most key services hold. Their own key is better: then the private
    /// half never is in a file.
    Rsa3072,
    /// X-Wing (ML-KEM-768 with X25519) by HPKE, which a quantum computer does not break either. Read by this program and
    /// whoever follows docs/format.md; no key service has it yet.
    XWing,
}

/// Makes the pair, writes both files, and prints the thumbprint (RFC 7638) by which policies name the key.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (mut private, public, thumbprint) =
        if arguments.signing { signing_pair()? } else { recipient_pair(arguments.kind)? };
    let public_path = public_path(&arguments.out)
        .ok_or_else(|| Failure::bad_input(format!("{} is not a file's name", arguments.out.display())))?;
    if arguments.passphrase {
        private = Zeroizing::new(locked_key::lock(&private, &locked_key::new_passphrase()?)?);
    } else {
        private.push('\n');
    }
    output::write(&arguments.out, private.as_bytes(), output::Kind::PrivateKey)?;
    output::write(&public_path, format!("{public}\n").as_bytes(), output::Kind::Public)?;
    output::print(thumbprint);
    output::note(format_args!("private key: {}", arguments.out.display()));
    output::note(format_args!("public key:  {}", public_path.display()));
    Ok(())
}

/// Private JWK, public JWK, thumbprint.
type Pair = (Zeroizing<String>, Value, String);

fn recipient_pair(kind: Kind) -> Result<Pair, Failure> {
    let key = PrivateKey::generate_kind(match kind {
        Kind::P256 => KeyKind::P256,
        Kind::X25519 => KeyKind::X25519,
        Kind::Rsa3072 => KeyKind::Rsa,
        Kind::XWing => KeyKind::XWing,
    })?;
    Ok((key.to_jwk(), key.public().to_jwk(), key.thumbprint().to_owned()))
}

fn signing_pair() -> Result<Pair, Failure> {
    let key = SigningKey::generate()?;
    Ok((key.to_jwk(), key.public().to_jwk(), key.public().thumbprint()))
}

/// The public key's file beside the private one's.
fn public_path(private: &Path) -> Option<PathBuf> {
    let name = private.file_name()?.to_str()?;
    let stem = name.strip_suffix(".private.jwk").or_else(|| name.strip_suffix(".jwk")).unwrap_or(name);
    Some(private.with_file_name(format!("{stem}.public.jwk"))).filter(|public| public != private)
}

#[cfg(test)]
mod tests {
    use super::public_path;
    use std::path::Path;

    #[test]
    fn the_public_key_lies_beside_the_private_one() {
        for (private, public) in [
            ("keys/recipient.private.jwk", Some("keys/recipient.public.jwk")),
            ("keys/recipient.jwk", Some("keys/recipient.public.jwk")),
            ("recipient", Some("recipient.public.jwk")),
            ("recipient.key", Some("recipient.key.public.jwk")),
            ("recipient.public.jwk", Some("recipient.public.public.jwk")),
            ("..", None),
        ] {
            assert_eq!(public_path(Path::new(private)).as_deref(), public.map(Path::new), "{private}");
        }
    }
}
