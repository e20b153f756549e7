//! What kind of file a photo is, by its first bytes.

use crate::store::photos::Media;

/// The kind of file that begins like this, if it is one that a browser shows as a picture and nothing else.
#[must_use]
pub(super) fn media_of(bytes: &[u8]) -> Option<Media> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some(Media::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Media::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Media::Webp),
        _ => None,
    }
}

/// Its media type.
#[must_use]
pub fn content_type(media: Media) -> &'static str {
    match media {
        Media::Jpeg => "image/jpeg",
        Media::Png => "image/png",
        Media::Webp => "image/webp",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        assert_eq!(media_of(b"\xff\xd8\xff\xe0\0\x10JFIF"), Some(Media::Jpeg));
        assert_eq!(media_of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Some(Media::Png));
        assert_eq!(media_of(b"RIFF\x24\0\0\0WEBPVP8 "), Some(Media::Webp));
        for other in
            [&b""[..], b"\xff\xd8", b"GIF89a", b"<svg xmlns=", b"RIFF\x24\0\0\0WAVEfmt ", b"%PDF-1.7"]
        {
            assert_eq!(media_of(other), None, "{other:?}");
        }
    }
}
