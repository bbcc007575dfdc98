//! Decides who may ask: HTTP Basic with App ID and App Key, and `X-App-Type` on every request.

use hyper::{HeaderMap, StatusCode, header::AUTHORIZATION};

use super::refusal::{Refusal, TOKEN_NOT_VALID};
use crate::sandbox::world::AppType;

/// The one `Authorization` header that is accepted.
#[derive(Debug)]
pub struct Credentials(String);

impl Credentials {
    /// Accepts this App ID and App Key.
    pub fn new(app_id: &str, app_key: &str) -> Self {
        Self(format!("Basic {}", base64(format!("{app_id}:{app_key}").as_bytes())))
    }

    /// Checks the headers: 401 with 1001 for other credentials, 400 with 1401 where the application type is missing, 401 with
    /// 1402 or 1403 where it is not one.
    pub fn check(&self, headers: &HeaderMap) -> Result<AppType, Refusal> {
        if headers.get(AUTHORIZATION).is_none_or(|given| given.as_bytes() != self.0.as_bytes()) {
            return Err(Refusal::whole(TOKEN_NOT_VALID, StatusCode::UNAUTHORIZED));
        }
        let given = headers.get("x-app-type").ok_or(Refusal::whole(1401, StatusCode::BAD_REQUEST))?;
        match given.to_str() {
            Ok("vc") => Ok(AppType::Vc),
            Ok("wb") => Ok(AppType::Wb),
            Ok("") => Err(Refusal::whole(1401, StatusCode::BAD_REQUEST)),
            Ok(_) => Err(Refusal::whole(1403, StatusCode::UNAUTHORIZED)),
            Err(_) => Err(Refusal::whole(1402, StatusCode::UNAUTHORIZED)),
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let six = (bits >> (18 - 6 * at)) & 0x3F;
            text.push(if at <= three.len() { char::from(ALPHABET[six as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads_as_the_standard_says() {
        let encoded = ["", "f", "fo", "foo", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(encoded, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYmFy"]);
    }
}
