"""How many arguments each function takes, as Trino documents it; a call with others is refused.

sqlglot leaves out arguments that it has no place for, and knows other engines' functions too.
"""

from collections.abc import Mapping

MANY = 10_000

_BY_NUMBER: Mapping[tuple[int, int], str] = {
    (0, 0): "cume_dist dense_rank now percent_rank rank row_number",
    (0, 1): "count localtimestamp current_timestamp",
    (0, 2): "map",
    (1, 1): (
        "abs any_value arbitrary array_agg array_distinct array_max array_min avg bool_and bool_or "
        "cardinality ceil ceiling chr codepoint count_if current_date date day day_of_month "
        "day_of_week day_of_year dow doy every exp first_value flatten floor from_iso8601_date "
        "from_iso8601_timestamp histogram hour is_json_scalar json_array_length json_format "
        "json_parse last_day_of_month last_value length ln log10 log2 lower ltrim map_keys "
        "map_values millisecond minute month ntile quarter reverse rtrim second sign sqrt stddev "
        "stddev_pop stddev_samp sum to_iso8601 to_unixtime try upper url_decode url_encode var_pop "
        "var_samp variance week week_of_year year year_of_week yow"
    ),
    (1, 2): "approx_distinct array_sort max min round truncate",
    (1, 3): "from_unixtime lag lead",
    (1, MANY): "greatest least",
    (2, 2): (
        "all_match any_match array_except array_intersect array_position array_remove array_union "
        "arrays_overlap at_timezone contains date_format date_parse date_trunc element_at filter "
        "format_datetime is_subnet_of json_array_contains json_array_get json_extract "
        "json_extract_scalar json_size log map_agg mod none_match nth_value nullif parse_datetime "
        "pow power regexp_count regexp_like regexp_split starts_with transform"
    ),
    (2, 3): (
        "array_join if max_by min_by regexp_extract regexp_extract_all regexp_replace replace "
        "sequence split strpos substr substring"
    ),
    (2, MANY): "coalesce concat concat_ws",
    (3, 3): "date_add date_diff lpad rpad slice split_part translate",
}
ARITIES: Mapping[str, tuple[int, int]] = {
    name: number for number, names in _BY_NUMBER.items() for name in names.split()
}
"""The least and the most arguments of each function that is known, by its lower-case name."""
OWN_SYNTAX = frozenset(
    {
        "cast", "ceil", "chr", "extract", "floor", "listagg", "max_by", "min_by", "position",
        "substring", "trim", "try_cast",
    }
)  # fmt: skip
"""Functions whose arguments have words between them."""
NOT_HERE = frozenset(
    {
        "approx_most_frequent", "approx_percentile", "array_frequency", "bitwise_and",
        "bitwise_not", "bitwise_or", "bitwise_xor", "cbrt", "checksum", "combinations", "corr",
        "covar_pop", "covar_samp", "current_timezone", "degrees", "e", "entropy", "format",
        "from_base", "from_base64", "from_hex", "geometric_mean", "hamming_distance",
        "is_finite", "is_infinite", "is_nan", "json_exists", "json_object", "json_query",
        "json_value", "kurtosis", "levenshtein_distance", "map_concat", "map_entries",
        "map_filter", "map_from_entries", "map_union", "map_zip_with", "md5", "multimap_agg",
        "nan", "ngrams", "normalize", "pi", "rand", "random", "reduce", "regexp_position",
        "repeat", "row", "sha1", "sha256", "sha512", "shuffle", "skewness", "soundex",
        "split_to_map", "to_base", "to_base64", "to_hex", "to_utf8", "transform_keys",
        "transform_values", "typeof", "url_extract_host", "uuid", "width_bucket",
        "with_timezone", "word_stem", "zip", "zip_with",
    }
)  # fmt: skip
"""Functions that Trino has and a case does not."""


def in_words(name: str) -> str:
    """`two or three arguments`."""
    least, most = ARITIES[name]
    counted = ("no", "one", "two", "three")
    if most == MANY:
        return f"at least {counted[least]} arguments"
    if least == most:
        return f"{counted[least]} argument{'' if least == 1 else 's'}"
    between = " or " if most == least + 1 else " to "
    return f"{counted[least]}{between}{counted[most]} arguments"
