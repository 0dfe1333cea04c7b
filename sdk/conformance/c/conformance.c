/* The conformance connector in C. */
#include "../../c/json.h"
#include "sha256.h"

DB_MANIFEST("manifest.json");

static const char output_begin[] = "{\"output\":";

static void begin(json_out *out) {
	json_put(out, DB_TEXT(output_begin));
}

static db_span end(json_out *out) {
	json_put(out, DB_TEXT("}"));
	if (out->full)
		return JSON_ERROR("too_large", "there is no room for the answer");
	if (out->size - sizeof output_begin > DB_MAX_OUTPUT)
		return JSON_ERROR("too_large", "the output is too large: give large values as blobs");
	return (db_span){out->at, out->size};
}

/* The problems of an input, gathered as it is looked at. */
static json_out problems, lines;

static void problem(const char *before, db_span key, db_span message) {
	json_put(&problems, problems.size ? DB_TEXT(",{\"pointer\":\"") : DB_TEXT("{\"pointer\":\""));
	json_put(&problems, (db_span){before, 1});
	json_put(&problems, key);
	json_put(&problems, DB_TEXT("\",\"message\":"));
	json_put_text(&problems, message);
	json_put(&problems, DB_TEXT("}"));
	if (lines.size)
		json_put(&lines, DB_TEXT("; "));
	json_put(&lines, DB_TEXT("/"));
	json_put(&lines, key);
	json_put(&lines, DB_TEXT(" "));
	json_put(&lines, message);
}

static db_span bad_input(void) {
	json_out more = {0};
	json_put(&more, DB_TEXT(",\"details\":{\"problems\":["));
	json_put(&more, (db_span){problems.at, problems.size});
	json_put(&more, DB_TEXT("]}"));
	return json_error("bad_input", 9, (db_span){lines.at, lines.size}, 0, (db_span){more.at, more.size});
}

/* Notes the members of an input that are none of these. */
static void only(db_span input, db_span a, db_span b) {
	json_walk walk = {0};
	db_span key, value;
	while (json_next(input, &walk, &key, &value))
		if (!db_equal(key, a) && !db_equal(key, b))
			problem("/", key, DB_TEXT("is no field of this action"));
}

static db_span echo(db_span input) {
	json_out out = {0};
	begin(&out);
	json_put(&out, DB_TEXT("{\"value\":"));
	db_span value = json_get(input, DB_TEXT("value"));
	json_put(&out, value.at ? value : DB_TEXT("null"));
	json_put(&out, DB_TEXT("}"));
	return end(&out);
}

static int calls;

static db_span count(void) {
	json_out out = {0};
	begin(&out);
	json_put(&out, DB_TEXT("{\"count\":"));
	json_put_integer(&out, ++calls);
	json_put(&out, DB_TEXT("}"));
	return end(&out);
}

static db_span add(db_span input) {
	double a = 0, b = 10;
	db_span given_a = json_get(input, DB_TEXT("a")), given_b = json_get(input, DB_TEXT("b"));
	if (json_is_null(given_a))
		problem("/", DB_TEXT("a"), DB_TEXT("is required"));
	else if (!json_number(given_a, &a))
		problem("/", DB_TEXT("a"), DB_TEXT("must be a number"));
	if (!json_is_null(given_b) && !json_number(given_b, &b))
		problem("/", DB_TEXT("b"), DB_TEXT("must be a number"));
	if (b > 1000)
		problem("/", DB_TEXT("b"), DB_TEXT("must be at most 1000"));
	only(input, DB_TEXT("a"), DB_TEXT("b"));
	if (problems.size)
		return bad_input();
	json_out out = {0};
	begin(&out);
	json_put(&out, DB_TEXT("{\"sum\":"));
	json_put_number(&out, a + b);
	json_put(&out, DB_TEXT("}"));
	return end(&out);
}

static db_span fail(db_span input) {
	db_span kind = json_text(json_get(input, DB_TEXT("kind")));
	if (db_equal(kind, DB_TEXT("unavailable")))
		return json_error("unavailable", 11, DB_TEXT("no answer"), 1, DB_TEXT(""));
	if (db_equal(kind, DB_TEXT("rate_limited")))
		return json_error("rate_limited", 12, DB_TEXT("slow down"), 1, DB_TEXT(",\"retryAfter\":\"2s\""));
	if (db_equal(kind, DB_TEXT("denied")))
		return JSON_ERROR("denied", "no key");
	if (db_equal(kind, DB_TEXT("too_large")))
		return JSON_ERROR("too_large", "too much");
	if (db_equal(kind, DB_TEXT("teapot")))
		return JSON_ERROR("teapot", "short and stout");
	if (db_equal(kind, DB_TEXT("fault")))
		return JSON_ERROR("internal", "a fault");
	problem("/", DB_TEXT("kind"), db_equal(kind, DB_TEXT("bad_input")) ? DB_TEXT("is not to my liking") : DB_TEXT("is none of the list"));
	return bad_input();
}

static db_span log_all(db_span input) {
	db_span text = json_text(json_get(input, DB_TEXT("text")));
	json_out line = {0};
	json_put(&line, text);
	json_put(&line, DB_TEXT(" 0"));
	for (int i = 0; i < 5; i++) {
		line.at[line.size - 1] = (char)('0' + i);
		if (i < 4)
			db_log(i, line.at, line.size);
		else
			db_progress(line.at, line.size);
	}
	json_out out = {0};
	begin(&out);
	json_put(&out, DB_TEXT("{\"logged\":4}"));
	return end(&out);
}

static db_span big(db_span input) {
	double size = 0;
	json_number(json_get(input, DB_TEXT("size")), &size);
	if (size > DB_MAX_OUTPUT)
		return JSON_ERROR("too_large", "the output would be too large: give large values as blobs");
	char *text = db_alloc((size_t)size);
	if (text == NULL)
		return JSON_ERROR("too_large", "there is no room for so long a text");
	__builtin_memset(text, 'x', (size_t)size);
	json_out out = {0};
	begin(&out);
	json_put(&out, DB_TEXT("{\"text\":"));
	json_put_text(&out, (db_span){text, (size_t)size});
	json_put(&out, DB_TEXT("}"));
	return end(&out);
}

static void put_hex(json_out *out, const uint8_t *bytes, size_t size) {
	static const char digits[] = "0123456789abcdef";
	char *text = db_alloc(size * 2);
	for (size_t i = 0; i < size; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	json_put_text(out, (db_span){text, size * 2});
}

/* Adds what base64 stands for; padding ends it. */
static void add_base64(sha256 *h, db_span text) {
	uint32_t word = 0;
	int bits = 0;
	for (size_t i = 0; i < text.size && text.at[i] != '='; i++) {
		char c = text.at[i];
		int v = c >= 'a' ? c - 'a' + 26 : c >= 'A' ? c - 'A' : c >= '0' ? c - '0' + 52 : c == '+' ? 62 : 63;
		word = word << 6 | (uint32_t)v;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			uint8_t byte = (uint8_t)(word >> bits);
			sha256_add(h, &byte, 1);
		}
	}
}

/* Adds a blob, piece by piece. */
static int32_t add_blob(sha256 *h, db_span id) {
	static uint8_t piece[4096];
	int64_t handle = db_blob_open(id.at, id.size);
	if (handle < 0)
		return (int32_t)handle;
	for (int64_t offset = 0;;) {
		int32_t n = db_blob_read((int32_t)handle, offset, piece, sizeof piece);
		if (n < 0)
			return n;
		if (n == 0)
			return db_blob_close((int32_t)handle);
		sha256_add(h, piece, (size_t)n);
		offset += n;
	}
}

static db_span digest(db_span input, int base64) {
	sha256 h;
	sha256_begin(&h);
	db_span content = json_get(input, DB_TEXT("content"));
	if (json_is_text(content)) {
		db_span text = json_text(content);
		if (base64)
			add_base64(&h, text);
		else
			sha256_add(&h, text.at, text.size);
	} else {
		db_span id = json_text(json_get(json_get(content, DB_TEXT("$blob")), DB_TEXT("id")));
		if (add_blob(&h, id) < 0)
			return JSON_ERROR("internal", "the blob can't be read");
	}
	json_out out = {0};
	begin(&out);
	json_put(&out, DB_TEXT("{\"size\":"));
	json_put_integer(&out, (int64_t)h.size);
	json_put(&out, DB_TEXT(",\"sha256\":"));
	uint8_t sum[32];
	sha256_end(&h, sum);
	put_hex(&out, sum, sizeof sum);
	json_put(&out, DB_TEXT("}"));
	return end(&out);
}

static db_span blob_out(db_span input) {
	double times = 0;
	json_number(json_get(input, DB_TEXT("times")), &times);
	size_t size = (size_t)times * 16;
	char *bytes = db_alloc(size);
	if (bytes == NULL)
		return JSON_ERROR("too_large", "there is no room for so large a blob");
	for (size_t i = 0; i < size; i++)
		bytes[i] = "0123456789abcdef"[i % 16];
	int32_t handle = db_blob_write(0, NULL, 0);
	for (size_t at = 0; at < size && handle > 0; at += DB_MAX_PIECE)
		handle = db_blob_write(handle, bytes + at, size - at < DB_MAX_PIECE ? size - at : DB_MAX_PIECE);
	int32_t length = handle < 0 ? handle : db_blob_close(handle);
	char *reference = length < 0 ? NULL : db_alloc((size_t)length);
	if (reference == NULL || db_take(reference, (size_t)length) != length)
		return JSON_ERROR("internal", "the blob can't be stored");
	json_out out = {0};
	begin(&out);
	json_put(&out, DB_TEXT("{\"content\":{\"$blob\":"));
	/* {"id": …, "size": …}, to which the media type is added. */
	json_put(&out, (db_span){reference, (size_t)length - 1});
	json_put(&out, DB_TEXT(",\"mediaType\":\"text/plain\"}}}"));
	return end(&out);
}

static db_span random_hex(db_span input) {
	double size = 0;
	json_number(json_get(input, DB_TEXT("count")), &size);
	uint8_t *bytes = db_alloc((size_t)size);
	if (bytes == NULL || db_random(bytes, (size_t)size) < 0)
		return JSON_ERROR("too_large", "so many random bytes are not given");
	json_out out = {0};
	begin(&out);
	json_put(&out, DB_TEXT("{\"hex\":"));
	put_hex(&out, bytes, (size_t)size);
	json_put(&out, DB_TEXT("}"));
	return end(&out);
}

static db_span now(void) {
	json_out out = {0};
	begin(&out);
	json_put(&out, DB_TEXT("{\"ms\":"));
	json_put_integer(&out, db_now() / 1000000);
	json_put(&out, DB_TEXT("}"));
	return end(&out);
}

static db_span where(db_span run) {
	json_out out = {0};
	begin(&out);
	json_put(&out, DB_TEXT("{\"id\":"));
	json_put(&out, json_get(run, DB_TEXT("id")));
	json_put(&out, DB_TEXT(",\"step\":"));
	json_put(&out, json_get(run, DB_TEXT("step")));
	json_put(&out, DB_TEXT(",\"attempt\":"));
	json_put(&out, json_get(run, DB_TEXT("attempt")));
	json_put(&out, DB_TEXT(",\"key\":"));
	json_put(&out, json_get(run, DB_TEXT("key")));
	db_span dry = json_get(run, DB_TEXT("dryRun"));
	json_put(&out, DB_TEXT(",\"dryRun\":"));
	json_put(&out, dry.at ? dry : DB_TEXT("false"));
	json_put(&out, DB_TEXT("}"));
	return end(&out);
}

/* Hands an input to a host function that takes just its one member. */
static db_span ask(int32_t function(const void *, size_t), db_span input) {
	int32_t length = function(input.at, input.size);
	if (length < 0)
		return length == DB_DENIED ? JSON_ERROR("denied", "not granted") : JSON_ERROR("unavailable", "refused");
	char *answer = db_alloc((size_t)length);
	if (answer == NULL || db_take(answer, (size_t)length) != length)
		return JSON_ERROR("internal", "the host's answer is lost");
	db_span error = json_get((db_span){answer, (size_t)length}, DB_TEXT("error"));
	json_out out = {0};
	if (json_is_null(error)) {
		begin(&out);
		json_put(&out, DB_TEXT("{}"));
		return end(&out);
	}
	json_put(&out, DB_TEXT("{\"error\":"));
	json_put(&out, error);
	return end(&out);
}

/* What a host function answers to a request, or where it refuses without one, or
 * gives a reason, the answer of the action in failed. */
static db_span asked(int32_t function(const void *, size_t), db_span request, db_span *failed) {
	*failed = (db_span){NULL, 0};
	int32_t length = function(request.at, request.size);
	char *at = length < 0 ? NULL : db_alloc((size_t)length);
	if (at == NULL || db_take(at, (size_t)length) != length) {
		*failed = length == DB_DENIED ? JSON_ERROR("denied", "not granted") : JSON_ERROR("internal", "refused");
		return *failed;
	}
	db_span answer = {at, (size_t)length}, error = json_get(answer, DB_TEXT("error"));
	if (!json_is_null(error)) {
		json_out out = {0};
		json_put(&out, DB_TEXT("{\"error\":"));
		json_put(&out, error);
		json_put(&out, DB_TEXT("}"));
		*failed = (db_span){out.at, out.size};
	}
	return answer;
}

static db_span sign(db_span input, db_span credential) {
	json_out ask = {0}, out = {0};
	json_put(&ask, DB_TEXT("{\"credential\":"));
	json_put(&ask, credential.at ? credential : DB_TEXT("\"\""));
	json_put(&ask, DB_TEXT(","));
	json_put(&ask, (db_span){input.at + 1, input.size - 1}); /* after its brace */
	db_span failed, answer = asked(db_sign, (db_span){ask.at, ask.size}, &failed);
	if (failed.at)
		return failed;
	begin(&out);
	json_put(&out, answer);
	return end(&out);
}

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void put_base64(json_out *out, db_span bytes) {
	for (size_t i = 0; i < bytes.size; i += 3) {
		uint32_t word = 0;
		for (size_t j = 0; j < 3; j++)
			word = word << 8 | (i + j < bytes.size ? (uint8_t)bytes.at[i + j] : 0);
		char four[4];
		for (size_t j = 0; j < 4; j++)
			four[j] = i + j > bytes.size ? '=' : digits64[word >> (18 - 6 * j) & 63];
		json_put(out, (db_span){four, 4});
	}
}

static void put_decoded(json_out *out, db_span text) {
	uint32_t word = 0;
	int bits = 0;
	for (size_t i = 0; i < text.size && text.at[i] != '='; i++) {
		const char *digit = digits64;
		while (*digit && *digit != text.at[i])
			digit++;
		word = word << 6 | (uint32_t)(digit - digits64);
		if ((bits += 6) >= 8) {
			char byte = (char)(word >> (bits -= 8));
			json_put(out, (db_span){&byte, 1});
		}
	}
}

/* {"handle": N and what follows. */
static db_span on_stream(db_span handle, db_span before, db_span data, db_span after) {
	json_out out = {0};
	json_put(&out, DB_TEXT("{\"handle\":"));
	json_put(&out, handle);
	json_put(&out, before);
	put_base64(&out, data);
	json_put(&out, after);
	return (db_span){out.at, out.size};
}

static db_span stream(db_span input) {
	json_out ask = {0}, heard = {0}, out = {0};
	json_put(&ask, DB_TEXT("{\"timeout\":\"5s\",\"host\":"));
	json_put(&ask, json_get(input, DB_TEXT("host")));
	json_put(&ask, DB_TEXT(",\"port\":"));
	json_put(&ask, json_get(input, DB_TEXT("port")));
	json_put(&ask, DB_TEXT("}"));
	db_span failed, none = {"", 0};
	db_span opened = asked(db_net_open, (db_span){ask.at, ask.size}, &failed);
	if (failed.at)
		return failed;
	db_span handle = json_get(opened, DB_TEXT("handle")), say = json_text(json_get(input, DB_TEXT("say")));
	asked(db_net_write, on_stream(handle, DB_TEXT(",\"data\":\""), say, DB_TEXT("\"}")), &failed);
	for (;;) {
		if (failed.at)
			return failed;
		db_span got = asked(db_net_read, on_stream(handle, none, none, DB_TEXT("}")), &failed);
		if (failed.at || db_equal(json_get(got, DB_TEXT("eof")), DB_TEXT("true")))
			break;
		put_decoded(&heard, json_text(json_get(got, DB_TEXT("data"))));
	}
	asked(db_net_close, on_stream(handle, none, none, DB_TEXT("}")), &failed);
	if (failed.at)
		return failed;
	begin(&out);
	json_put(&out, DB_TEXT("{\"heard\":"));
	json_put_text(&out, (db_span){heard.at, heard.size});
	json_put(&out, DB_TEXT("}"));
	return end(&out);
}

static db_span db_handle(db_span request) {
	db_span action = json_text(json_get(request, DB_TEXT("action")));
	db_span input = json_get(request, DB_TEXT("input"));
	if (db_equal(action, DB_TEXT("echo")))
		return echo(input);
	if (db_equal(action, DB_TEXT("count")))
		return count();
	if (db_equal(action, DB_TEXT("add")))
		return add(input);
	if (db_equal(action, DB_TEXT("fail")))
		return fail(input);
	if (db_equal(action, DB_TEXT("log")))
		return log_all(input);
	if (db_equal(action, DB_TEXT("big")))
		return big(input);
	if (db_equal(action, DB_TEXT("text_in")))
		return digest(input, 0);
	if (db_equal(action, DB_TEXT("bytes_in")))
		return digest(input, 1);
	if (db_equal(action, DB_TEXT("blob_out")))
		return blob_out(input);
	if (db_equal(action, DB_TEXT("random")))
		return random_hex(input);
	if (db_equal(action, DB_TEXT("now")))
		return now();
	if (db_equal(action, DB_TEXT("where")))
		return where(json_get(request, DB_TEXT("run")));
	if (db_equal(action, DB_TEXT("http")))
		return ask(db_http, input);
	if (db_equal(action, DB_TEXT("kv")))
		return ask(db_kv_get, input);
	if (db_equal(action, DB_TEXT("sign")))
		return sign(input, json_get(json_get(request, DB_TEXT("credential")), DB_TEXT("handle")));
	if (db_equal(action, DB_TEXT("net")))
		return stream(input);
	return JSON_ERROR("unknown_action", "there is no such action");
}

DB_CONNECTOR
