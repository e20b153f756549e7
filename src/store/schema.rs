//! The tables, as diesel sees them: the columns of `migrations/`, in the same order.
#![allow(missing_docs, reason = "columns are described in the migrations")]

diesel::table! {
    tambons (tambon_code) {
        tambon_code -> Integer,
        epoch -> Binary,
        last_seq -> BigInt,
        chain -> Binary,
        created_at -> BigInt,
        forms_fingerprint -> Nullable<Binary>,
        counts -> Nullable<Binary>,
        scoring -> Nullable<Integer>,
        rows_version -> Nullable<Integer>,
        rules -> Nullable<Integer>,
    }
}

diesel::table! {
    changes (tambon_code, seq) {
        tambon_code -> Integer,
        seq -> BigInt,
        village_code -> Integer,
        household_id -> Binary,
        kind -> SmallInt,
        hash -> Binary,
        chain -> Binary,
        device_id -> Binary,
        received_at -> BigInt,
        payload -> Binary,
    }
}

diesel::table! {
    documents (tambon_code, household_id) {
        tambon_code -> Integer,
        household_id -> Binary,
        village_code -> Integer,
        moved_from -> Nullable<Integer>,
        state -> SmallInt,
        folded_into -> Nullable<Binary>,
        created_seq -> BigInt,
        changed_seq -> BigInt,
        changed_at -> BigInt,
        outcome -> SmallInt,
        members -> SmallInt,
        needs -> SmallInt,
        conflicts -> SmallInt,
        household_print -> BigInt,
        faults_print -> BigInt,
        registers -> Binary,
        share -> Nullable<Binary>,
        assessment_print -> Nullable<BigInt>,
    }
}

diesel::table! {
    households (tambon_code, household_id) {
        tambon_code -> Integer,
        household_id -> Binary,
        village_code -> Integer,
        answered_village -> Nullable<Integer>,
        house_no -> Nullable<Text>,
        house_code -> Nullable<Text>,
        head_name -> Nullable<Text>,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
        household_size -> Nullable<SmallInt>,
        income_year -> Nullable<Integer>,
        tenure -> Nullable<Text>,
        eviction_risk -> Nullable<SmallInt>,
        roof_condition -> Nullable<SmallInt>,
        wall_condition -> Nullable<SmallInt>,
        floor_condition -> Nullable<SmallInt>,
        structure_condition -> Nullable<SmallInt>,
        toilet -> Nullable<Text>,
        drinking_water -> Nullable<Text>,
        water_enough -> Nullable<Text>,
        sleeping_rooms -> Nullable<SmallInt>,
        visit_outcome -> Nullable<Text>,
        visit_date -> Nullable<Text>,
        consent_given -> Nullable<Text>,
        plan_consent -> Nullable<Bool>,
        members -> SmallInt,
        needs -> SmallInt,
        conflicts -> SmallInt,
        answers -> Text,
        head_given_key -> Nullable<Binary>,
        head_family_key -> Nullable<Binary>,
    }
}

diesel::table! {
    members (tambon_code, household_id, row_id) {
        tambon_code -> Integer,
        household_id -> Binary,
        row_id -> Binary,
        name -> Nullable<Text>,
        relation -> Nullable<Text>,
        sex -> Nullable<Text>,
        birth_year_be -> Nullable<SmallInt>,
        citizen_id -> Nullable<Text>,
        id_status -> Nullable<Text>,
        dependency -> Nullable<Text>,
        has_caregiver -> Nullable<Text>,
        education -> Nullable<Text>,
        in_school -> Nullable<Text>,
        occupation -> Nullable<Text>,
        income_year -> Nullable<Integer>,
        card_status -> Nullable<Text>,
        health_scheme -> Nullable<Text>,
        conflicts -> SmallInt,
        answers -> Text,
        given_key -> Nullable<Binary>,
        family_key -> Nullable<Binary>,
    }
}

diesel::table! {
    needs (tambon_code, household_id, row_id) {
        tambon_code -> Integer,
        household_id -> Binary,
        row_id -> Binary,
        category -> Nullable<Text>,
        urgency -> Nullable<Text>,
        details -> Nullable<Text>,
        conflicts -> SmallInt,
        answers -> Text,
    }
}

diesel::table! {
    visits (tambon_code, household_id, row_id) {
        tambon_code -> Integer,
        household_id -> Binary,
        row_id -> Binary,
        outcome -> Nullable<Text>,
        visited_on -> Nullable<Text>,
        consent_given -> Nullable<Text>,
        consent_method -> Nullable<Text>,
        plan_consent -> Nullable<Bool>,
        respondent_relation -> Nullable<Text>,
        conflicts -> SmallInt,
        answers -> Text,
    }
}

diesel::table! {
    other_rows (tambon_code, household_id, row_id) {
        tambon_code -> Integer,
        household_id -> Binary,
        row_id -> Binary,
        group_name -> Nullable<Text>,
        conflicts -> SmallInt,
        answers -> Text,
    }
}

diesel::table! {
    answer_faults (tambon_code, household_id, position) {
        tambon_code -> Integer,
        household_id -> Binary,
        position -> Integer,
        row_id -> Nullable<Binary>,
        question -> Text,
        reason -> Text,
        value -> Text,
    }
}

diesel::table! {
    villages (tambon_code, village_code) {
        tambon_code -> Integer,
        village_code -> Integer,
        digest -> Binary,
        households -> Integer,
        done -> Integer,
        partial -> Integer,
        absent -> Integer,
        refused -> Integer,
        vacant -> Integer,
        demolished -> Integer,
        not_found -> Integer,
        members -> Integer,
        needs -> Integer,
        conflicts -> Integer,
        counts -> Nullable<Binary>,
    }
}

diesel::table! {
    scoring_parameters (number) {
        number -> Integer,
        parameters -> Text,
        made_by -> Text,
        made_at -> BigInt,
    }
}

diesel::table! {
    rule_parameters (number) {
        number -> Integer,
        parameters -> Text,
        made_by -> Text,
        made_at -> BigInt,
    }
}

diesel::table! {
    assessments (tambon_code, household_id) {
        tambon_code -> Integer,
        household_id -> Binary,
        village_code -> Integer,
        need_rank -> BigInt,
        housing_rank -> BigInt,
        tier -> SmallInt,
        need -> SmallInt,
        need_min -> SmallInt,
        need_max -> SmallInt,
        housing -> SmallInt,
        completeness -> SmallInt,
        flags_yes -> Integer,
        flags_no -> Integer,
        flags_unknown -> Integer,
        severe -> Bool,
        tpmap_target -> Bool,
        missed -> Bool,
        needs_check -> Bool,
        card -> SmallInt,
        income_per_person -> Nullable<BigInt>,
        need_categories -> Integer,
        inputs -> Nullable<BigInt>,
    }
}

diesel::table! {
    conflicts (tambon_code, arisen_seq, position) {
        tambon_code -> Integer,
        arisen_seq -> BigInt,
        position -> Integer,
        household_id -> Binary,
        row_id -> Binary,
        question -> Text,
        arisen_at -> BigInt,
        candidates -> Text,
        settled_seq -> Nullable<BigInt>,
        settled_at -> Nullable<BigInt>,
        settled_by -> Nullable<Binary>,
        settled_value -> Nullable<Text>,
    }
}

diesel::table! {
    quarantine (tambon_code, hash) {
        tambon_code -> Integer,
        hash -> Binary,
        village_code -> Integer,
        household_id -> Binary,
        device_id -> Binary,
        reason -> SmallInt,
        received_at -> BigInt,
        bytes -> Binary,
    }
}

diesel::table! {
    devices (tambon_code, device_id) {
        tambon_code -> Integer,
        device_id -> Binary,
        token_hash -> Binary,
        person -> Text,
        villages -> Text,
        enrolled_at -> BigInt,
        pushed_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    roster (tambon_code, village_code) {
        tambon_code -> Integer,
        village_code -> Integer,
        name_th -> Nullable<Text>,
        expected -> Integer,
        source -> Text,
        imported_at -> BigInt,
    }
}

diesel::table! {
    duplicate_decisions (tambon_code, household_a, household_b) {
        tambon_code -> Integer,
        household_a -> Binary,
        household_b -> Binary,
        same -> Bool,
        decided_by -> Text,
        decided_at -> BigInt,
    }
}

diesel::table! {
    frames (tambon_code, village_code, seq, position) {
        tambon_code -> Integer,
        village_code -> Integer,
        position -> Integer,
        seq -> BigInt,
        sha256 -> Binary,
        size -> Integer,
        created_at -> BigInt,
        bytes -> Binary,
    }
}

diesel::table! {
    audit (tambon_code, at, id) {
        tambon_code -> Integer,
        at -> BigInt,
        id -> Binary,
        actor -> Text,
        action -> Text,
        subject -> Text,
        details -> Text,
    }
}

diesel::table! {
    enrolment_codes (code_hash) {
        code_hash -> Binary,
        tambon_code -> Integer,
        person -> Text,
        villages -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        used_by -> Nullable<Binary>,
    }
}

diesel::table! {
    api_keys (key_id) {
        key_id -> Text,
        secret_hash -> Binary,
        role -> Text,
        area -> Text,
        label -> Text,
        created_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    people (name) {
        name -> Text,
        role -> Text,
        area -> Text,
        password_hash -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    sessions (token_hash) {
        token_hash -> Binary,
        person -> Text,
        begun_at -> BigInt,
        seen_at -> BigInt,
    }
}

diesel::table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    form_versions (form_hash) {
        form_hash -> Binary,
        form_id -> Text,
        version -> Text,
        title -> Text,
        model -> Text,
        workbook -> Binary,
        added_by -> Text,
        added_at -> BigInt,
        tables -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(form_publications, tambons);

diesel::table! {
    form_tables (form_hash, name, number) {
        form_hash -> Binary,
        name -> Text,
        number -> Integer,
        sha256 -> Binary,
        size_bytes -> Integer,
        row_count -> Integer,
        added_by -> Text,
        added_at -> BigInt,
    }
}

diesel::table! {
    table_contents (sha256) {
        sha256 -> Binary,
        content -> Binary,
        added_at -> BigInt,
    }
}

diesel::table! {
    form_publications (tambon_code, village_code, form_id, number) {
        tambon_code -> Integer,
        village_code -> Integer,
        form_id -> Text,
        number -> Integer,
        form_hash -> Binary,
        published_at -> BigInt,
        published_by -> Text,
        retired_at -> Nullable<BigInt>,
        retired_by -> Nullable<Text>,
    }
}

diesel::table! {
    photos (tambon_code, sha256) {
        tambon_code -> Integer,
        sha256 -> Binary,
        device_id -> Binary,
        kind -> Text,
        media -> SmallInt,
        size -> Integer,
        state -> SmallInt,
        stored_at -> BigInt,
    }
}

diesel::table! {
    photo_uploads (tambon_code, upload_id) {
        tambon_code -> Integer,
        upload_id -> Binary,
        device_id -> Binary,
        sha256 -> Binary,
        kind -> Text,
        size -> Integer,
        received -> Integer,
        created_at -> BigInt,
    }
}

diesel::table! {
    needy_lists (tambon_code, list_id, version) {
        tambon_code -> Integer,
        list_id -> Binary,
        version -> Integer,
        opening -> Text,
        drafted_by -> Text,
        drafted_at -> BigInt,
        state -> Text,
        revision -> BigInt,
        standing -> Integer,
        sha256 -> Nullable<Text>,
    }
}

diesel::table! {
    needy_list_events (tambon_code, list_id, version, number) {
        tambon_code -> Integer,
        list_id -> Binary,
        version -> Integer,
        number -> BigInt,
        made_by -> Text,
        made_at -> BigInt,
        act -> Text,
    }
}

diesel::table! {
    allocations (tambon_code, allocation_id) {
        tambon_code -> Integer,
        allocation_id -> Binary,
        fiscal_year -> SmallInt,
        programme -> Text,
        list_id -> Binary,
        list_version -> Integer,
        units -> Nullable<Integer>,
        budget -> BigInt,
        ceiling -> Nullable<BigInt>,
        backfill -> Bool,
        decisions -> Text,
        made_by -> Text,
        made_at -> BigInt,
        withdrawn_by -> Nullable<Text>,
        withdrawn_at -> Nullable<BigInt>,
        withdrawn_reason -> Nullable<Text>,
        rules -> Nullable<Text>,
    }
}

diesel::table! {
    housing_approvals (tambon_code, fiscal_year, household_id) {
        tambon_code -> Integer,
        fiscal_year -> SmallInt,
        household_id -> Binary,
        allocation_id -> Binary,
        granted -> BigInt,
    }
}

diesel::table! {
    tranches (tambon_code, allocation_id, number) {
        tambon_code -> Integer,
        allocation_id -> Binary,
        number -> SmallInt,
        share -> Integer,
        due_on -> Text,
        paid_on -> Nullable<Text>,
        paid_by -> Nullable<Text>,
    }
}

diesel::table! {
    strength_scores (tambon_code, year_be, item, number) {
        tambon_code -> Integer,
        year_be -> SmallInt,
        item -> Text,
        number -> Integer,
        score -> SmallInt,
        evidence -> Text,
        made_by -> Text,
        made_at -> BigInt,
    }
}

diesel::table! {
    settlement_lists (tambon_code, revision) {
        tambon_code -> Integer,
        revision -> Integer,
        settlements -> Text,
        made_by -> Text,
        made_at -> BigInt,
    }
}

diesel::table! {
    snapshots (tambon_code, snapshot_id) {
        tambon_code -> Integer,
        snapshot_id -> Binary,
        title -> Text,
        content -> Text,
        sha256 -> Text,
        made_by -> Text,
        made_at -> BigInt,
    }
}

diesel::table! {
    programme_files (number) {
        number -> Integer,
        kind -> Text,
        content -> Text,
        made_by -> Text,
        made_at -> BigInt,
    }
}

diesel::table! {
    area_groups (tree, group_code) {
        tree -> Text,
        group_code -> Text,
        name_th -> Text,
        name_en -> Text,
        areas -> Text,
        source -> Text,
    }
}

diesel::table! {
    project_lists (tambon_code, year_be, revision) {
        tambon_code -> Integer,
        year_be -> SmallInt,
        revision -> Integer,
        projects -> Text,
        made_by -> Text,
        made_at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(documents, households, members);
