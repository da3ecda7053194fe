-- The tables of release 0.2.0, as PostgreSQL made them.
CREATE TABLE gongxiang_schema (
	program VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	PRIMARY KEY (program)
);
CREATE TABLE gongxiang_event (
	case_id VARCHAR NOT NULL,
	seq INTEGER NOT NULL,
	happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
	kind VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	actor VARCHAR NOT NULL,
	rules VARCHAR NOT NULL,
	body TEXT NOT NULL,
	prev VARCHAR NOT NULL,
	hash VARCHAR NOT NULL,
	PRIMARY KEY (case_id, seq)
);
CREATE TABLE gongxiang_case (
	case_id VARCHAR NOT NULL,
	procedure VARCHAR NOT NULL,
	state VARCHAR NOT NULL,
	final BOOLEAN NOT NULL,
	version INTEGER NOT NULL,
	rules VARCHAR NOT NULL,
	anchor VARCHAR NOT NULL,
	about VARCHAR,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	snapshot TEXT NOT NULL,
	PRIMARY KEY (case_id)
);
CREATE INDEX gongxiang_case_about ON gongxiang_case (about);
CREATE INDEX gongxiang_case_anchor ON gongxiang_case (anchor, procedure);
CREATE INDEX gongxiang_case_open ON gongxiang_case (final, procedure, state);
CREATE TABLE gongxiang_deadline (
	case_id VARCHAR NOT NULL,
	limit_id VARCHAR NOT NULL,
	owed_by VARCHAR NOT NULL,
	due DATE NOT NULL,
	open BOOLEAN NOT NULL,
	alarm TIMESTAMP WITH TIME ZONE,
	lapsed_at TIMESTAMP WITH TIME ZONE,
	edition VARCHAR NOT NULL,
	PRIMARY KEY (case_id, limit_id)
);
CREATE INDEX gongxiang_deadline_alarm ON gongxiang_deadline (alarm, case_id);
CREATE INDEX gongxiang_deadline_owed ON gongxiang_deadline (owed_by, open);
CREATE TABLE gongxiang_key (
	key VARCHAR NOT NULL,
	digest VARCHAR NOT NULL,
	receipt TEXT NOT NULL,
	PRIMARY KEY (key)
);
CREATE TABLE gongxiang_rule_book (
	hash VARCHAR NOT NULL,
	id VARCHAR NOT NULL,
	document TEXT NOT NULL,
	PRIMARY KEY (hash)
);
