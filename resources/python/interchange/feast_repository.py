"""Describes a Feast repository as JSON: ``python feast_repository.py <repository> <output>``

Feast itself reads the repository, which means that its Python files are run. What they define is written to ``output`` as the
protocol buffers that Feast’s own registry keeps, in their JSON form; what they print goes nowhere near it.
"""

import json
import os
import sys
import traceback
from pathlib import Path

sys.dont_write_bytecode = True


def as_json(message):
    from google.protobuf.json_format import MessageToDict

    return MessageToDict(message, preserving_proto_field_name=True)


def described(kind, definition):
    """One definition; one that Feast cannot write down is named with the reason."""
    try:
        return {"kind": kind, "name": definition.name, "spec": as_json(definition.to_proto()), "problem": None}
    except Exception as error:
        return {"kind": kind, "name": definition.name, "spec": None, "problem": f"{type(error).__name__}: {error}"}


def settings(repository):
    import yaml

    path = repository / "feature_store.yaml"
    if not path.is_file():
        return None
    with path.open(encoding="utf-8") as file:
        content = yaml.safe_load(file)
    return content if isinstance(content, dict) else {}


def describe(repository):
    from feast import repo_operations

    # Feast names the modules of a repository by their path below the working folder.
    os.chdir(repository)
    sys.path.insert(0, str(repository))
    contents = repo_operations.parse_repo(repository)
    groups = {
        "project": contents.projects,
        "entity": contents.entities,
        "data source": contents.data_sources,
        "feature view": contents.feature_views,
        "stream feature view": contents.stream_feature_views,
        "on-demand feature view": contents.on_demand_feature_views,
        "label view": contents.label_views,
        "feature service": contents.feature_services,
        "permission": contents.permissions,
    }
    return {
        "settings": settings(repository),
        "definitions": [
            described(kind, definition)
            for kind, definitions in groups.items()
            for definition in definitions
            # Feast puts it into every repository, for views without an entity.
            if definition.name != "__dummy"
        ],
    }


def failure(error, repository):
    """In Python’s own words, with the repository’s line that it came from."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(repository)]
    place = frames[-1] if frames else None
    return {
        "error": {
            "message": f"{type(error).__name__}: {error}",
            "file": str(Path(place.filename).relative_to(repository)) if place else None,
            "line": place.lineno if place else None,
        }
    }


def main(repository, output):
    repository = Path(repository).resolve()
    try:
        result = describe(repository)
    # `sys.exit` at import is a failure of the repository like any other.
    except (Exception, SystemExit) as error:
        result = failure(error, repository)
    with open(output, "w", encoding="utf-8") as file:
        json.dump(result, file, default=str)


if __name__ == "__main__":
    main(*sys.argv[1:])
