-- Projects of a tambon's plan: the whole list of a fiscal year (พ.ศ.) as JSON, each time that it is written; the last counts.
CREATE TABLE project_lists (
    tambon_code INT4 NOT NULL,
    year_be INT2 NOT NULL,
    revision INT4 NOT NULL,
    projects TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at INT8 NOT NULL,
    PRIMARY KEY (tambon_code, year_be, revision)
);
