/*
 * A connector for the benchmark of calls in C: reads every value of its input and
 * writes it again, so that it does on 1 KB what the echoes of the other languages
 * do.
 */
#include "../../../../sdk/c/json.h"

DB_MANIFEST("walk.json");

static void copy(json_out *out, db_span value) {
	double number;
	char first = value.size ? *value.at : 'n';
	if (first == '{' || first == '[') {
		json_walk walk = {0};
		db_span key, member;
		int more = 0;
		json_put(out, first == '{' ? DB_TEXT("{") : DB_TEXT("["));
		while (json_next(value, &walk, &key, &member)) {
			if (more++)
				json_put(out, DB_TEXT(","));
			if (first == '{') {
				json_put_text(out, key);
				json_put(out, DB_TEXT(":"));
			}
			copy(out, member);
		}
		json_put(out, first == '{' ? DB_TEXT("}") : DB_TEXT("]"));
	} else if (json_is_text(value)) {
		json_put_text(out, json_text(value));
	} else if (json_number(value, &number)) {
		json_put_number(out, number);
	} else {
		json_put(out, value);
	}
}

static db_span db_handle(db_span request) {
	json_out out = {0};
	json_put(&out, DB_TEXT("{\"output\":"));
	copy(&out, json_get(request, DB_TEXT("input")));
	json_put(&out, DB_TEXT("}"));
	return (db_span){out.at, out.size};
}

DB_CONNECTOR
