"""Writes Fixtures/schemas.json: schemas with texts that satisfy them and texts that do not, judged by the package jsonschema.

    pip install jsonschema && python make_fixtures.py

Every valid value is written in three ways (compact, as json.dumps writes by default, and indented), with properties in the order that the
value below has. Invalid texts are values that jsonschema refuses: those listed, and mutations of valid ones (a part replaced, removed or
added), drawn with a fixed seed.
"""

import copy
import json
import pathlib
import random

import jsonschema

CASES = [
    (True, [None, True, -0.5, "a\"\\\n\u00e9\U0001f600", [1, [2, {}]], {"a": {"b": []}}], []),
    ({"type": "null"}, [None], [0, "null", False]),
    ({"type": ["boolean", "string"]}, [True, False, "", "x"], [None, 1]),
    ({"type": "integer"}, [0, -7, 12345678901234567890], [1.5, "1"]),
    ({"type": "number"}, [0, -0.25, 1e30, 1.5e-7], ["1", None]),
    ({"type": "integer", "minimum": -12, "maximum": 105}, [-12, -9, 0, 9, 10, 99, 100, 105], [-13, 106, 1000, -100]),
    ({"type": "integer", "exclusiveMinimum": 9, "exclusiveMaximum": 100.5}, [10, 99, 100], [9, 101, -20]),
    ({"type": "integer", "minimum": 1234}, [1234, 1299, 2000, 99999], [1233, 999, 0, -1234]),
    ({"type": "integer", "maximum": -35}, [-35, -40, -100, -3500], [-34, -5, 0, 35]),
    ({"type": "number", "minimum": 0.25, "maximum": 1.75}, [0.25, 0.3, 0.2501, 1, 1.0, 1.75, 1.7], [0.2, 0.2499, 1.76, 2, 0, -1]),
    ({"type": "number", "exclusiveMinimum": -1.5, "exclusiveMaximum": 2}, [-1.49, -1, 0, 0.5, 1.999], [-1.5, -1.51, 2, 2.0, 3]),
    ({"type": "number", "maximum": -0.125}, [-0.125, -0.2, -1, -13.5], [-0.1, 0, 1]),
    ({"type": "integer", "multipleOf": 7}, [0, 7, -14, 700, 49], [1, -8, 701]),
    ({"type": "integer", "multipleOf": 5, "minimum": 10, "maximum": 30}, [10, 15, 30], [5, 12, 35]),
    ({"allOf": [{"multipleOf": 4}, {"multipleOf": 6, "type": "number"}]}, [0, 12, -24], [4, 6, 18]),
    ({"type": "string", "minLength": 2, "maxLength": 4}, ["ab", "\u00e9\u00e9\u00e9", "\U0001f600\"\\\n"], ["a", "abcde", ""]),
    ({"type": "string", "pattern": "^[a-z]+-\\d{2}$"}, ["abc-12"], ["abc-1", "Abc-12", "abc-123"]),
    ({"type": "string", "pattern": "b+c"}, ["abbcd", "bc", "\"bc\\"], ["b", "ac", ""]),
    ({"type": "string", "pattern": "^a|z$", "maxLength": 3}, ["a", "axx", "xxz"], ["xax", "axxx", ""]),
    ({"type": "string", "format": "date"}, ["2024-02-29", "1999-12-31", "2000-02-29"], ["2023-02-29", "1900-02-29", "2024-13-01", "24-1-1"]),
    ({"type": "string", "format": "uuid"}, ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567e89b12d3a456426614174000"]),
    ({"type": "string", "format": "ipv4"}, ["192.168.0.1", "255.255.255.255"], ["256.1.1.1", "1.2.3"]),
    ({"type": "string", "format": "ipv6"}, ["::1", "fe80::1:2", "1:2:3:4:5:6:7:8", "1::"], [":::", "1:2:3", "g::1"]),
    ({"type": "string", "format": "email"}, ["a.b@example.org"], ["example.org", ""]),
    ({"enum": ["red", 1, None, True, {"a": [1]}, "a\"b"]}, ["red", 1, None, True, {"a": [1]}, "a\"b"], ["blue", 2, False, {"a": []}]),
    ({"const": [1, {"x": "y"}]}, [[1, {"x": "y"}]], [[1], 1]),
    ({"enum": ["a", "abc", 3, 7.5], "type": ["string", "integer"], "maxLength": 2}, ["a", 3], ["abc", 7.5]),
    ({"type": "array", "items": {"type": "integer"}}, [[], [1], [1, 2, 3]], [["a"], [1, None]]),
    ({"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 3}, [[True, False], [True, True, True]], [[True], [], [True] * 4]),
    ({"type": "array", "maxItems": 0}, [[]], [[1]]),
    ({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False}, [[], ["a"], ["a", 1]], [[1], ["a", "b"], ["a", 1, 2]]),
    (
        {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": {"type": "null"}, "minItems": 3, "maxItems": 4},
        [["a", 1, None], ["a", 1, None, None]],
        [["a", 1], ["a", 1, 2], ["a", 1, None, None, None]],
    ),
    (
        {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}}, "required": ["name", "age"], "additionalProperties": False},
        [{"name": "Ada", "age": 36}],
        [{"name": "Ada"}, {"name": 1, "age": 2}, {"name": "Ada", "age": -1}, {"name": "Ada", "age": 1, "x": 1}, {}],
    ),
    (
        {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}, "c": {"type": "null"}}, "required": ["b"], "additionalProperties": False},
        [{"b": True}, {"a": 1, "b": False}, {"b": True, "c": None}, {"a": 1, "b": True, "c": None}],
        [{}, {"a": 1}, {"b": 1}, {"a": "x", "b": True}],
    ),
    (
        {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "string"}},
        [{}, {"a": 1}, {"a": 1, "b": "x", "ab": "y"}, {"b": "x", "A": "", "": "z"}],
        [{"a": "x"}, {"a": 1, "b": 2}, {"b": 2}],
    ),
    ({"type": "object", "properties": {"a\"b": {"type": "integer"}, "\u00e9": True}, "required": ["z", "a\"b"]}, [{"a\"b": 1, "\u00e9": 2, "z": 3}, {"a\"b": 1, "z": [], "q": None}], [{"a\"b": 1}, {"z": 1, "a\"b": "x"}]),
    ({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 0}, [{}, {"x": 1, "y": 2}], [{"x": "1"}]),
    ({"anyOf": [{"type": "string", "maxLength": 2}, {"type": "integer", "minimum": 5}]}, ["ab", 5, 77], ["abc", 4, None]),
    ({"type": "object", "properties": {"k": True}, "required": ["k"], "anyOf": [{"properties": {"k": {"const": 1}}}, {"properties": {"k": {"type": "string"}}}]}, [{"k": 1}, {"k": "x", "more": 1}], [{"k": 2}, {}]),
    (
        {"oneOf": [{"type": "object", "properties": {"kind": {"const": "a"}, "x": {"type": "integer"}}, "required": ["kind", "x"]}, {"type": "object", "properties": {"kind": {"const": "b"}}, "required": ["kind"]}, {"type": "null"}]},
        [{"kind": "a", "x": 1}, {"kind": "b"}, {"kind": "b", "x": "any"}, None],
        [{"kind": "a"}, {"kind": "c"}, {"kind": "a", "x": "1"}, 1],
    ),
    ({"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"properties": {"a": {"minimum": 3}, "b": {"type": "string"}}, "required": ["b"]}]}, [{"a": 3, "b": ""}], [{"a": 2, "b": ""}, {"a": 3}, {"b": ""}]),
    (
        {"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "object", "properties": {"value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}, "required": ["value"], "additionalProperties": False}}},
        [{"value": 1}, {"value": 1, "children": [{"value": 2, "children": []}, {"value": 3}]}],
        [{}, {"value": 1, "children": [1]}, {"value": 1, "children": [{"value": "x"}]}],
    ),
    ({"definitions": {"a/b": {"type": "integer"}, "c%d": {"maximum": 9}}, "properties": {"x": {"$ref": "#/definitions/a~1b", "minimum": 2}, "y": {"allOf": [{"$ref": "#/definitions/a~1b"}, {"$ref": "#/definitions/c%25d"}]}}, "type": "object"}, [{"x": 2, "y": 9}, {"z": 1}], [{"x": 1}, {"y": 10}, {"x": "2"}]),
    ({"type": "array", "items": {"anyOf": [{"$ref": "#"}, {"type": "integer"}]}}, [[], [1, [2, [[]]]]], [["a"], [[["x"]]], {}]),
    ({"properties": {"a": {"type": "integer"}}, "required": ["a"]}, [{"a": 1}, 3, "text", None, [1]], [{"a": "x"}, {}]),
    ({"minLength": 2, "minItems": 1, "minimum": 3}, ["ab", [0], 3, {}, None], ["a", [], 2]),
    ({"type": "object", "title": "T", "description": "D", "default": {}, "examples": [1], "properties": {"a": False, "b": True}, "additionalProperties": False}, [{}, {"b": 1}], [{"a": 1}]),
]


def mutations(value, generator):
    """Values near a value: any part replaced by something else, or removed."""
    strange = [None, True, -3, 4.5, "zz", [], {}, [0], {"q": 0}]
    yield generator.choice(strange)
    if isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
            for other in mutations(value[index], generator):
                yield value[:index] + [other] + value[index + 1 :]
        yield value + [generator.choice(strange)]
    if isinstance(value, dict):
        for key in value:
            yield {name: part for name, part in value.items() if name != key}
            for other in mutations(value[key], generator):
                yield {name: other if name == key else part for name, part in value.items()}
    if isinstance(value, str):
        yield value + "x"
        yield value[1:]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield -value - 1
        yield value * 10 + 1


def main():
    generator = random.Random(7)
    result = []
    for schema, valid, invalid in CASES:
        validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
        for value in valid:
            assert validator.is_valid(value), (schema, value)
        for value in invalid:
            assert not validator.is_valid(value), (schema, value)
        near = [other for value in valid for other in mutations(copy.deepcopy(value), generator)]
        invalid = invalid + [value for value in near if not validator.is_valid(value)]
        dump = lambda value, **options: json.dumps(value, ensure_ascii=False, **options)
        result.append(
            {
                "schema": dump(schema),
                "valid": sorted({text for value in valid for text in (dump(value), dump(value, separators=(",", ":")), dump(value, indent=2))}),
                "invalid": sorted({dump(value) for value in invalid}),
            }
        )
    path = pathlib.Path(__file__).parent / "Fixtures" / "schemas.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=True) + "\n")
    print(len(result), "schemas,", sum(len(case["valid"]) for case in result), "valid texts,", sum(len(case["invalid"]) for case in result), "invalid")


if __name__ == "__main__":
    main()
