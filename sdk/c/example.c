/*
 * A connector in C: checks numbers by the Luhn algorithm, such as those of cards
 * in leaked data. Built from this folder as drawbridge.h says, the file is whole:
 * its manifest is example.json.
 */
#include "json.h"

DB_MANIFEST("example.json");

static db_span db_handle(db_span request) {
	if (!db_equal(json_text(json_get(request, DB_TEXT("action"))), DB_TEXT("check")))
		return JSON_ERROR("unknown_action", "there is only check");
	db_span number = json_text(json_get(json_get(request, DB_TEXT("input")), DB_TEXT("number")));
	if (number.at == NULL)
		return JSON_ERROR("bad_input", "/number must be a text");

	int digits = 0, sum = 0;
	for (size_t i = number.size; i > 0; i--) {
		char c = number.at[i - 1];
		if (c == ' ' || c == '-')
			continue;
		if (c < '0' || c > '9')
			return JSON_ERROR("bad_input", "/number may have digits, spaces and hyphens alone");
		int twice = (c - '0') * (1 + digits % 2);
		sum += twice > 9 ? twice - 9 : twice;
		digits++;
	}
	json_out out = {0};
	json_put(&out, DB_TEXT("{\"output\":{\"valid\":"));
	json_put(&out, digits > 1 && sum % 10 == 0 ? DB_TEXT("true") : DB_TEXT("false"));
	json_put(&out, DB_TEXT(",\"digits\":"));
	json_put_integer(&out, digits);
	json_put(&out, DB_TEXT("}}"));
	return (db_span){out.at, out.size};
}

DB_CONNECTOR
