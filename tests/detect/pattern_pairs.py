"""Filter patterns with records that they meet and records that they do not.

`1` says that the pattern matches the record that stands beside it. Taken from what the guide says
of the language, one point after the other; the examples are this project's own.
"""
# ruff: noqa: E501 - a table is read by its lines

from typing import Any

Pairs = list[tuple[dict[str, Any], int]]

LOGIN = {"eventName": "ConsoleLogin", "errorMessage": "Failed authentication"}
DEEP = {"a": {"b": {"c": "x"}}, "n": 5}

PATTERNS: dict[str, Pairs] = {
    # equality of texts: the whole text, letters' case counts
    '{ $.eventName = "ConsoleLogin" }': [
        (LOGIN, 1), ({"eventName": "consolelogin"}, 0), ({"eventName": "ConsoleLoginX"}, 0),
        ({"eventName": " ConsoleLogin"}, 0), ({}, 0), ({"eventName": None}, 0),
        ({"eventName": ["ConsoleLogin"]}, 0), ({"eventName": {"x": "ConsoleLogin"}}, 0),
        ({"EventName": "ConsoleLogin"}, 0),
    ],
    "{$.eventName=ConsoleLogin}": [(LOGIN, 1), ({"eventName": "Console"}, 0)],
    "  {  $.eventName  =  ConsoleLogin  }  ": [(LOGIN, 1), ({}, 0)],
    '{ $.a = "" }': [({"a": ""}, 1), ({"a": "x"}, 0), ({}, 0), ({"a": None}, 0)],
    '{ $.a = "say \\"hi\\"" }': [({"a": 'say "hi"'}, 1), ({"a": "say hi"}, 0)],
    '{ $.a = "x && y || ) }" }': [({"a": "x && y || ) }"}, 1), ({"a": "x"}, 0)],
    "{ $.a = arn:aws:iam::1:user/x-y_z }": [({"a": "arn:aws:iam::1:user/x-y_z"}, 1), ({"a": "x"}, 0)],
    '{ $.a = "ü€" }': [({"a": "ü€"}, 1), ({"a": "u"}, 0)],
    # inequality
    '{ $.a != "x" }': [
        ({"a": "y"}, 1), ({"a": "x"}, 0), ({"a": "X"}, 1), ({"a": ""}, 1), ({"a": 5}, 1), ({}, 0),
        ({"a": None}, 0), ({"a": ["y"]}, 0), ({"a": {"b": 1}}, 0), ({"a": True}, 0),
    ],
    "{ $.a != 5 }": [({"a": 5}, 0), ({"a": 6}, 1), ({"a": "6"}, 1), ({"a": "5"}, 0), ({}, 0)],
    # wildcards in texts
    '{ $.a = "*Unauthorized*" }': [
        ({"a": "Client.UnauthorizedOperation"}, 1), ({"a": "Unauthorized"}, 1),
        ({"a": "unauthorized"}, 0), ({"a": ""}, 0),
    ],
    "{ $.a = *Operation }": [({"a": "XOperation"}, 1), ({"a": "Operation"}, 1), ({"a": "OperationX"}, 0)],
    "{ $.a = AccessDenied* }": [
        ({"a": "AccessDenied"}, 1), ({"a": "AccessDeniedException"}, 1), ({"a": "NoAccessDenied"}, 0),
    ],
    "{ $.a = a*b*c }": [
        ({"a": "abc"}, 1), ({"a": "a-b-c"}, 1), ({"a": "acb"}, 0), ({"a": "abbc"}, 1),
        ({"a": "ac"}, 0), ({"a": "abcd"}, 0),
    ],
    "{ $.a = aa*aa }": [({"a": "aaa"}, 0), ({"a": "aaaa"}, 1), ({"a": "aabaa"}, 1)],
    "{ $.a = * }": [({"a": "x"}, 1), ({"a": ""}, 1), ({}, 0), ({"a": None}, 0), ({"a": {}}, 0)],
    "{ $.a = ** }": [({"a": "x"}, 1), ({}, 0)],
    "{ $.ip != 123.123.* }": [({"ip": "124.1.1.1"}, 1), ({"ip": "123.123.7.1"}, 0), ({}, 0)],
    # numbers
    "{ $.a = 5 }": [
        ({"a": 5}, 1), ({"a": 5.0}, 1), ({"a": 5.5}, 0), ({"a": "5"}, 1), ({"a": "5.0"}, 0),
        ({"a": True}, 0), ({"a": None}, 0), ({"a": [5]}, 0),
    ],
    '{ $.a = "5" }': [({"a": "5"}, 1), ({"a": 5}, 0)],
    "{ $.a > 5 }": [
        ({"a": 6}, 1), ({"a": 5}, 0), ({"a": 5.1}, 1), ({"a": "6"}, 0), ({}, 0), ({"a": None}, 0),
        ({"a": True}, 0), ({"a": [6]}, 0), ({"a": {"b": 6}}, 0),
    ],
    "{ $.a >= 5 }": [({"a": 5}, 1), ({"a": 4.99}, 0), ({"a": 6}, 1)],
    "{ $.a < 5 }": [({"a": 4}, 1), ({"a": 5}, 0), ({"a": -1}, 1), ({}, 0)],
    "{ $.a <= 5 }": [({"a": 5}, 1), ({"a": 5.01}, 0), ({"a": 0}, 1)],
    "{ $.a > 1e3 }": [({"a": 1001}, 1), ({"a": 1000}, 0)],
    "{ $.a = 1e3 }": [({"a": 1000}, 1), ({"a": 999}, 0), ({"a": "1e3"}, 1)],
    "{ $.a = 1E-2 }": [({"a": 0.01}, 1), ({"a": 0.02}, 0)],
    "{ $.a > -2.5 }": [({"a": -2}, 1), ({"a": -3}, 0)],
    "{ $.a < +1 }": [({"a": 0}, 1), ({"a": 1}, 0)],
    # null, true, false
    "{ $.a IS NULL }": [({"a": None}, 1), ({}, 0), ({"a": "null"}, 0), ({"a": 0}, 0), ({"a": ""}, 0)],
    "{ $.a IS TRUE }": [({"a": True}, 1), ({"a": False}, 0), ({"a": "true"}, 0), ({"a": 1}, 0), ({}, 0)],
    "{ $.a IS FALSE }": [({"a": False}, 1), ({"a": True}, 0), ({"a": 0}, 0), ({"a": None}, 0), ({}, 0)],
    "{ $.a NOT EXISTS }": [({}, 1), ({"a": None}, 0), ({"a": ""}, 0), ({"a": {}}, 0), ({"b": 1}, 1)],
    "{ $.a.b NOT EXISTS }": [({}, 1), ({"a": {}}, 1), ({"a": {"b": 1}}, 0), ({"a": "text"}, 1)],
    "{ $.a = true }": [({"a": True}, 0), ({"a": "true"}, 1)],
    "{ $.a = NULL }": [({"a": None}, 0), ({"a": "NULL"}, 1)],
    # paths
    '{ $.a.b.c = "x" }': [
        (DEEP, 1), ({"a": {"b": {"c": "y"}}}, 0), ({"a": {"b": "x"}}, 0), ({"a.b.c": "x"}, 0),
        ({"a": [{"b": {"c": "x"}}]}, 0),
    ],
    "{ $.a.b = * }": [(DEEP, 0), ({"a": {"b": "x"}}, 1)],
    "{ $.['a.b'] = x }": [({"a.b": "x"}, 1), ({"a": {"b": "x"}}, 0)],
    "{ $.a['b.c'] = x }": [({"a": {"b.c": "x"}}, 1), ({"a": {"b": {"c": "x"}}}, 0)],
    '{ $.["a b"].c = x }': [({"a b": {"c": "x"}}, 1), ({"a": {"c": "x"}}, 0)],
    "{ $.x-amz-id_2 = y }": [({"x-amz-id_2": "y"}, 1), ({"x": "y"}, 0)],
    "{ $.0 = y }": [({"0": "y"}, 1), ({"a": ["y"]}, 0)],
    # places in lists
    "{ $.a[0] = x }": [({"a": ["x", "y"]}, 1), ({"a": ["y", "x"]}, 0), ({"a": []}, 0), ({"a": "x"}, 0)],
    "{ $.a[1].b = 2 }": [({"a": [{"b": 1}, {"b": 2}]}, 1), ({"a": [{"b": 2}]}, 0)],
    "{ $.a[2] NOT EXISTS }": [({"a": [1, 2]}, 1), ({"a": [1, 2, 3]}, 0), ({}, 1)],
    "{ $.a[0][1] = y }": [({"a": [["x", "y"]]}, 1), ({"a": ["x", "y"]}, 0)],
    # wildcards in selectors
    "{ $.a[*] = x }": [({"a": ["y", "x"]}, 1), ({"a": ["y"]}, 0), ({"a": []}, 0), ({"a": {"k": "x"}}, 0)],
    "{ $.a[*] != x }": [({"a": ["x", "y"]}, 1), ({"a": ["x", "x"]}, 0), ({"a": []}, 0)],
    "{ $.a[*].b > 3 }": [({"a": [{"b": 1}, {"b": 4}]}, 1), ({"a": [{"b": 1}]}, 0), ({"a": [4]}, 0)],
    "{ $.* = x }": [({"k": "x"}, 1), ({"k": "y", "l": "x"}, 1), ({"k": {"l": "x"}}, 0), ({}, 0)],
    "{ $.a.* = x }": [({"a": {"k": "x"}}, 1), ({"a": ["x"]}, 0), ({"a": "x"}, 0)],
    "{ $.a.*.b = x }": [({"a": {"k": {"b": "x"}}}, 1), ({"a": {"b": "x"}}, 0)],
    "{ $.a[*] NOT EXISTS }": [({}, 1), ({"a": []}, 1), ({"a": [None]}, 0)],
    "{ $.a[*] = x && $.b[*] = y && $.* = z }": [
        ({"a": ["x"], "b": ["y"], "c": "z"}, 1), ({"a": ["x"], "b": ["y"]}, 0),
    ],
    # regular expressions: anywhere in the text unless anchored
    "{ $.a = %ab% }": [({"a": "xaby"}, 1), ({"a": "a b"}, 0), ({"a": 5}, 0), ({}, 0)],
    "{ $.a = %^ab% }": [({"a": "abc"}, 1), ({"a": "cab"}, 0)],
    "{ $.a = %ab$% }": [({"a": "cab"}, 1), ({"a": "abc"}, 0)],
    "{ $.a = %^ab$% }": [({"a": "ab"}, 1), ({"a": "abab"}, 0)],
    "{ $.a = %AKIA[A-Z0-9]{4}% }": [({"a": "x AKIA12ZZ y"}, 1), ({"a": "AKIA12z"}, 0)],
    "{ $.a = %^10\\.0\\.% }": [({"a": "10.0.3.4"}, 1), ({"a": "10x0.3"}, 0)],
    "{ $.a = %^\\d+$% }": [({"a": "0123"}, 1), ({"a": "12a"}, 0), ({"a": ""}, 0), ({"a": "٣"}, 0)],
    "{ $.a = %^\\w+\\s\\W\\D\\S$% }": [({"a": "ab_1 -xy"}, 1), ({"a": "ab"}, 0)],
    "{ $.a = %^[^a-c]+$% }": [({"a": "xyz"}, 1), ({"a": "xaz"}, 0)],
    "{ $.a = %^a?b*c+$% }": [({"a": "c"}, 1), ({"a": "abbcc"}, 1), ({"a": "ab"}, 0)],
    "{ $.a = %^a{2,3}$% }": [({"a": "aa"}, 1), ({"a": "aaa"}, 1), ({"a": "a"}, 0), ({"a": "aaaa"}, 0)],
    "{ $.a = %^a{2,}$% }": [({"a": "aaaaa"}, 1), ({"a": "a"}, 0)],
    "{ $.a = %cat|dog% }": [({"a": "hotdog"}, 1), ({"a": "catalogue"}, 1), ({"a": "bird"}, 0)],
    "{ $.a = %[]x]% }": [({"a": "]"}, 1), ({"a": "y"}, 0)],
    "{ $.a != %ab% }": [({"a": "xaby"}, 0), ({"a": "x"}, 1), ({}, 0)],
    "{ $.a = %^.$% }": [({"a": "x"}, 1), ({"a": "\n"}, 0), ({"a": "xy"}, 0)],
    # joining: parentheses before && before ||
    '{ ($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication") }': [
        (LOGIN, 1), ({"eventName": "ConsoleLogin"}, 0), ({"errorMessage": "Failed authentication"}, 0),
    ],
    "{ $.a = 1 || $.b = 1 && $.c = 1 }": [
        ({"a": 1}, 1), ({"b": 1}, 0), ({"b": 1, "c": 1}, 1), ({"c": 1}, 0),
    ],
    "{ ($.a = 1 || $.b = 1) && $.c = 1 }": [({"a": 1}, 0), ({"a": 1, "c": 1}, 1), ({"c": 1}, 0)],
    "{ $.a = 1 && $.b = 1 || $.c = 1 }": [({"c": 1}, 1), ({"a": 1}, 0), ({"a": 1, "b": 1}, 1)],
    "{ ((($.a = 1))) }": [({"a": 1}, 1), ({"a": 2}, 0)],
    "{($.a=1)&&($.b=2)||($.c=3)}": [({"a": 1, "b": 2}, 1), ({"c": 3}, 1), ({"a": 1}, 0)],
    '{ $.t = "Root" && $.by NOT EXISTS && $.k != "AwsServiceEvent" }': [
        ({"t": "Root", "k": "AwsApiCall"}, 1), ({"t": "Root", "k": "AwsServiceEvent"}, 0),
        ({"t": "Root", "by": "x", "k": "AwsApiCall"}, 0), ({"t": "Root"}, 0),
    ],
    # texts
    "": [({}, 1), ({"a": "x"}, 1)],
    "ConsoleLogin": [(LOGIN, 1), ({"a": "consolelogin"}, 0)],
    "ConsoleLogin Failed": [(LOGIN, 1), ({"a": "ConsoleLogin"}, 0)],
    '"Failed authentication"': [(LOGIN, 1), ({"a": "authentication Failed"}, 0)],
    "?ConsoleLogin ?Root": [(LOGIN, 1), ({"a": "Root"}, 1), ({"a": "x"}, 0)],
    "ConsoleLogin -Failed": [(LOGIN, 0), ({"a": "ConsoleLogin"}, 1), ({"a": "x"}, 0)],
    "-Failed": [(LOGIN, 0), ({"a": "x"}, 1)],
    "ConsoleLogin ?Root": [(LOGIN, 1), ({"a": "Root"}, 0)],
    '-"Failed authentication" ConsoleLogin': [(LOGIN, 0), ({"a": "ConsoleLogin"}, 1)],
    "%Console[A-Z]ogin%": [(LOGIN, 1), ({"a": "Consolelogin"}, 0)],
}  # fmt: skip

REFUSED: dict[str, int] = {
    "{ }": 2,
    "{ $.a = 1": 0,
    "{": 0,
    "{ $.a }": 6,
    "{ $.a = }": 8,
    "{ $.a = 1 && }": 13,
    "{ $.a = 1 || || $.b = 1 }": 13,
    "{ ($.a = 1 }": 2,
    "{ $.a = 1) }": 9,
    "{ $.a = 1 $.b = 2 }": 10,
    "{ $.a = 1 & $.b = 2 }": 10,
    "{ a = 1 }": 2,
    '{ "a" = 1 }': 2,
    "{ $ = 1 }": 2,
    "{ $. = 1 }": 3,
    "{ $.a..b = 1 }": 5,
    "{ $.a[ = 1 }": 5,
    "{ $.a[-1] = 1 }": 5,
    "{ $.a[x] = 1 }": 5,
    "{ $.a/b = 1 }": 5,
    "{ $.['a = 1 }": 4,
    "{ $.a[*][*] = 1 }": 2,
    "{ $.*.* = 1 }": 2,
    "{ $.a[*]=1 && $.b[*]=1 && $.c[*]=1 && $.d[*]=1 }": 38,
    "{ $.a IS NOT NULL }": 9,
    "{ $.a IS null }": 9,
    "{ $.a IS 1 }": 9,
    "{ $.a is NULL }": 6,
    "{ $.a EXISTS }": 6,
    "{ $.a NOT NULL }": 10,
    "{ $.a not exists }": 6,
    "{ $.a IN (1, 2) }": 6,
    "{ $.a LIKE x }": 6,
    "{ $.a > x }": 8,
    '{ $.a > "5" }': 8,
    "{ $.a < %5% }": 8,
    "{ $.a == 1 }": 7,
    "{ !$.a = 1 }": 2,
    '{ $.a = "x }': 8,
    "{ $.a = %x }": 8,
    "{ $.a = %% }": 9,
    "{ $.a = %(x)% }": 9,
    "{ $.a = %x!% }": 10,
    "{ $.a = %*x% }": 9,
    "{ $.a = %x**% }": 11,
    "{ $.a = %x{2% }": 10,
    "{ $.a = %x{3,2}% }": 10,
    "{ $.a = %[x% }": 9,
    "{ $.a = %[z-a]% }": 9,
    "{ $.a = %\\q% }": 9,
    "{ $.a = %x\\% }": 10,
    "{ $.a = %x{99999}% }": 10,
    "{ $.a=%x% && $.b=%x% && $.c=%x% }": 29,
    "[ip, user, status = 4*]": 0,
    "x-y": 1,
    "? x": 0,
    "-": 0,
    '"x': 0,
    "%a% %b% %c%": 9,
}
"""Patterns that are refused, and the place that the error names, from 0."""
