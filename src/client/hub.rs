//! A hub over HTTP.

use std::io::{Read, Write};
use std::time::Duration;

use data_encoding::HEXLOWER;
use flate2::Compression;
use reqwest::StatusCode;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, RANGE, RETRY_AFTER};
use serde::Deserialize;
use sync_protocol::limits::REPLY_BYTES_MAX;
use sync_protocol::wire::FrameRef;

use super::{Traffic, Transport, TransportError};

/// The media type of sync bodies.
const SYNC_MEDIA_TYPE: &str = "application/vnd.samruat.sync+cbor";
/// Bodies under this are not worth compressing.
const COMPRESS_BYTES_MIN: usize = 200;
/// A phone on 2G is slow, not dead.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// A hub, reached by HTTP.
pub struct Hub {
    base: String,
    token: Option<String>,
    http: Client,
    traffic: Traffic,
}

/// What a hub gives a device that enrols.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Enrolment {
    /// The device's id, 16 hexadecimal digits.
    pub device: String,
    /// What the device shows from now on; the hub keeps only its hash.
    pub token: String,
    /// The volunteer's name.
    pub person: String,
    /// The tambon, 6 digits.
    pub tambon: String,
    /// The villages that the device may sync.
    pub villages: Vec<EnrolledVillage>,
}

/// A village that a device may sync.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EnrolledVillage {
    /// 8 digits.
    pub code: String,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    #[serde(default)]
    title_th: String,
    #[serde(default)]
    detail: Option<String>,
}

impl Hub {
    /// A hub at `base`, e.g. `http://192.168.1.10:8080`, and the device's token where it has one.
    ///
    /// # Errors
    /// [`TransportError::Address`] when `base` is not an HTTP address.
    pub fn new(base: &str, token: Option<String>) -> Result<Self, TransportError> {
        let address = || TransportError::Address(base.to_owned());
        let url = reqwest::Url::parse(base).map_err(|_| address())?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(address());
        }
        // Another part of the program may have chosen the provider already: then that one serves.
        let _: Result<(), _> = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("samruat/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| TransportError::Unreachable(error.to_string()))?;
        Ok(Self { base: base.trim_end_matches('/').to_owned(), token, http, traffic: Traffic::default() })
    }

    /// Enrols a device with a one-time code. `attempt` are 16 random bytes that the device keeps until
    /// it has the answer, and shows again if it did not come.
    ///
    /// # Errors
    /// [`TransportError`], e.g. when another device used the code.
    pub fn enrol(&mut self, code: &str, attempt: &[u8; 16]) -> Result<Enrolment, TransportError> {
        let body = serde_json::json!({ "code": code, "attempt": HEXLOWER.encode(attempt) }).to_string();
        let request =
            self.http.post(format!("{}/api/v1/enrol", self.base)).header(CONTENT_TYPE, "application/json");
        let answer = self.send(request.body(body))?;
        serde_json::from_slice(&answer).map_err(|error| TransportError::Unreadable(error.to_string()))
    }

    /// Reads something of the office's, e.g. `/api/v1/tambons/650117/coverage`.
    ///
    /// # Errors
    /// [`TransportError`].
    pub fn get(&mut self, path: &str) -> Result<Vec<u8>, TransportError> {
        self.send(self.http.get(format!("{}{path}", self.base)).header(ACCEPT_ENCODING, "gzip"))
    }

    /// Sends JSON to something of the office's.
    ///
    /// # Errors
    /// [`TransportError`].
    pub fn post(&mut self, path: &str, body: &serde_json::Value) -> Result<Vec<u8>, TransportError> {
        let request = self.http.post(format!("{}{path}", self.base)).header(CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string()))
    }

    fn send(&mut self, request: RequestBuilder) -> Result<Vec<u8>, TransportError> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().map_err(|error| unreachable(&error))?;
        let status = response.status();
        if !status.is_success() {
            return Err(refused(status, response));
        }
        let gzipped = response.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip");
        let mut body = Vec::new();
        let mut bounded = response.take(REPLY_BYTES_MAX as u64 + 1);
        bounded.read_to_end(&mut body).map_err(|error| TransportError::Unreachable(error.to_string()))?;
        self.traffic.down_bytes += body.len() as u64;
        if !gzipped {
            return Ok(body);
        }
        let mut inflated = Vec::new();
        flate2::read::GzDecoder::new(body.as_slice())
            .take(REPLY_BYTES_MAX as u64 + 1)
            .read_to_end(&mut inflated)
            .map_err(|error| TransportError::Unreadable(error.to_string()))?;
        Ok(inflated)
    }
}

impl Transport for Hub {
    fn sync(&mut self, body: &[u8]) -> Result<Vec<u8>, TransportError> {
        let request = self
            .http
            .post(format!("{}/api/v1/sync", self.base))
            .header(CONTENT_TYPE, SYNC_MEDIA_TYPE)
            .header(ACCEPT_ENCODING, "gzip");
        let (request, body) = if body.len() < COMPRESS_BYTES_MIN {
            (request, body.to_vec())
        } else {
            (request.header(CONTENT_ENCODING, "gzip"), gzip(body))
        };
        self.traffic.up_bytes += body.len() as u64;
        self.send(request.body(body))
    }

    fn frame(&mut self, frame: &FrameRef, offset: u64, count: u64) -> Result<Vec<u8>, TransportError> {
        let url = format!("{}/api/v1/frames/{}", self.base, HEXLOWER.encode(&frame.sha256));
        let last = offset.saturating_add(count.max(1)) - 1;
        let range = format!("bytes={offset}-{last}");
        self.send(self.http.get(url).header(ACCEPT_ENCODING, "identity").header(RANGE, range))
    }

    fn people(&mut self) -> Result<Vec<u8>, TransportError> {
        self.send(self.http.get(format!("{}/api/v1/people", self.base)))
    }

    fn traffic(&self) -> Traffic {
        self.traffic
    }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).and_then(|()| encoder.finish()).expect("writing to memory does not fail")
}

/// The reason at the end of the chain says more than reqwest's own words, and shows no URL.
fn unreachable(error: &reqwest::Error) -> TransportError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    TransportError::Unreachable(cause.to_string())
}

fn refused(status: StatusCode, response: Response) -> TransportError {
    let retry_after_seconds = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok());
    let mut body = Vec::new();
    let read = response.take(64 * 1024).read_to_end(&mut body);
    match read.ok().and_then(|_| serde_json::from_slice::<Problem>(&body).ok()) {
        Some(problem) => TransportError::Refused {
            status: status.as_u16(),
            kind: problem.kind,
            title: [problem.title, problem.title_th].join(" / ").trim_end_matches(" / ").to_owned(),
            detail: problem.detail.map(|detail| format!(": {detail}")).unwrap_or_default(),
            retry_after_seconds,
        },
        None => TransportError::Refused {
            status: status.as_u16(),
            kind: "about:blank".to_owned(),
            title: status.to_string(),
            detail: String::new(),
            retry_after_seconds,
        },
    }
}
