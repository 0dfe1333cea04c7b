/* A connector for tests that hands a request to a host function as it is. */
#include "../../../../sdk/c/json.h"

static db_span db_handle(db_span request) {
	db_span input = json_get(request, DB_TEXT("input"));
	db_span function = json_text(json_get(input, DB_TEXT("function")));
	db_span ask = json_text(json_get(input, DB_TEXT("request")));
	int32_t size = db_equal(function, DB_TEXT("http"))       ? db_http(ask.at, ask.size)
	               : db_equal(function, DB_TEXT("net_open")) ? db_net_open(ask.at, ask.size)
	                                                         : db_sign(ask.at, ask.size);
	json_out out = {0};
	json_put(&out, DB_TEXT("{\"output\":"));
	if (size <= 0) {
		json_put(&out, DB_TEXT("{\"errno\":"));
		json_put_integer(&out, size);
		json_put(&out, DB_TEXT("}"));
	} else {
		char *answer = db_alloc((size_t)size);
		if (answer == NULL || db_take(answer, (size_t)size) != size)
			return JSON_ERROR("internal", "the host's answer is lost");
		json_put(&out, (db_span){answer, (size_t)size});
	}
	json_put(&out, DB_TEXT("}"));
	return (db_span){out.at, out.size};
}

DB_CONNECTOR
