-- Which stored versions a model is made of: they stay as long as it does.

CREATE TABLE checkpoint_components (
    checkpoint INTEGER NOT NULL REFERENCES checkpoints (id) ON DELETE CASCADE,
    model      TEXT    NOT NULL REFERENCES models (name),
    version    INTEGER NOT NULL,
    PRIMARY KEY (checkpoint, model)
) STRICT, WITHOUT ROWID;

CREATE INDEX components_by_version ON checkpoint_components (model, version);
