-- Photos: what the hub has of them. Their bytes lie apart, by the hash. Times are microseconds since 1970 UTC.

-- A photo that is whole. state: 0 kept, 1 erased and its bytes to be removed, 2 erased; media: 0 JPEG, 1 PNG,
-- 2 WebP.
CREATE TABLE photos (
    tambon_code INT4 NOT NULL,
    sha256 BYTEA NOT NULL,
    device_id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    media INT2 NOT NULL,
    size INT4 NOT NULL,
    state INT2 NOT NULL,
    stored_at INT8 NOT NULL,
    PRIMARY KEY (tambon_code, sha256)
);
CREATE INDEX photos_by_state ON photos (tambon_code, state, sha256);

-- A photo of which a device has sent a part.
CREATE TABLE photo_uploads (
    tambon_code INT4 NOT NULL,
    upload_id BYTEA NOT NULL,
    device_id BYTEA NOT NULL,
    sha256 BYTEA NOT NULL,
    kind TEXT NOT NULL,
    size INT4 NOT NULL,
    received INT4 NOT NULL,
    created_at INT8 NOT NULL,
    PRIMARY KEY (tambon_code, upload_id)
);
CREATE INDEX photo_uploads_of_device ON photo_uploads (tambon_code, device_id, sha256);
CREATE INDEX photo_uploads_by_age ON photo_uploads (tambon_code, created_at);
