/*
 * As much JSON as a connector in C needs: it reads values where they lie, without
 * a tree, and writes into memory that grows. The host has checked the request, so
 * that reading need not tell what is wrong, only never leave the text.
 */
#ifndef DRAWBRIDGE_JSON_H
#define DRAWBRIDGE_JSON_H

#include "drawbridge.h"

static inline const char *json_space(const char *at, const char *end) {
	while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
		at++;
	return at;
}

/* The end of the text that begins with the quote at at, NULL if it has none. */
static inline const char *json_string_end(const char *at, const char *end) {
	for (at++; at < end; at++) {
		if (*at == '"')
			return at + 1;
		if (*at == '\\')
			at++;
	}
	return NULL;
}

/* The end of the value that begins at at, NULL if it has none. */
static inline const char *json_end(const char *at, const char *end) {
	int depth = 0;
	while (at < end) {
		char c = *at;
		if (c == '"') {
			at = json_string_end(at, end);
			if (at == NULL || depth == 0)
				return at;
			continue;
		}
		if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return at;
			if (--depth == 0)
				return at + 1;
		} else if (depth == 0 && (c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t')) {
			return at;
		}
		at++;
	}
	return depth == 0 ? at : NULL;
}

/* Goes through the members of an object or the items of a list, from state zero.
 * A key is as it lies, without its quotes; of an item it is none. */
typedef struct {
	const char *at;
} json_walk;

static inline int json_next(db_span in, json_walk *walk, db_span *key, db_span *value) {
	const char *end = in.at + in.size;
	const char *at = walk->at ? walk->at : in.at + 1;
	int object = in.size > 0 && *in.at == '{';
	if (in.at == NULL || in.size < 2 || (!object && *in.at != '['))
		return 0;
	at = json_space(at, end);
	if (at < end && *at == ',')
		at = json_space(at + 1, end);
	if (at >= end || *at == '}' || *at == ']')
		return 0;
	*key = (db_span){NULL, 0};
	if (object) {
		const char *close = *at == '"' ? json_string_end(at, end) : NULL;
		if (close == NULL)
			return 0;
		*key = (db_span){at + 1, (size_t)(close - at) - 2};
		at = json_space(close, end);
		if (at >= end || *at != ':')
			return 0;
		at = json_space(at + 1, end);
	}
	const char *stop = json_end(at, end);
	if (stop == NULL)
		return 0;
	*value = (db_span){at, (size_t)(stop - at)};
	walk->at = stop;
	return 1;
}

/* The member of a key that has no escapes; none where it is not there. */
static inline db_span json_get(db_span object, db_span name) {
	json_walk walk = {0};
	db_span key, value;
	while (json_next(object, &walk, &key, &value))
		if (db_equal(key, name))
			return value;
	return (db_span){NULL, 0};
}

static inline int json_is_null(db_span value) {
	return value.at == NULL || db_equal(value, DB_TEXT("null"));
}

static inline int json_is_text(db_span value) {
	return value.size >= 2 && *value.at == '"';
}

static inline unsigned json_hex(const char *at) {
	unsigned code = 0;
	for (int i = 0; i < 4; i++) {
		char c = at[i];
		code = code << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
	}
	return code & 0xffff;
}

/* Decodes a text, which never gets longer; none where the value is no text. */
static inline db_span json_text(db_span value) {
	if (!json_is_text(value))
		return (db_span){NULL, 0};
	const char *at = value.at + 1, *end = value.at + value.size - 1;
	char *out = db_alloc(value.size), *to = out;
	if (out == NULL)
		return (db_span){NULL, 0};
	while (at < end) {
		if (*at != '\\') {
			*to++ = *at++;
			continue;
		}
		char c = at[1];
		at += 2;
		unsigned code;
		switch (c) {
		case 'n': *to++ = '\n'; continue;
		case 't': *to++ = '\t'; continue;
		case 'r': *to++ = '\r'; continue;
		case 'b': *to++ = '\b'; continue;
		case 'f': *to++ = '\f'; continue;
		case 'u': break;
		default: *to++ = c; continue;
		}
		if (end - at < 4)
			break;
		code = json_hex(at);
		at += 4;
		if (code >= 0xd800 && code < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
			unsigned low = json_hex(at + 2);
			if (low >= 0xdc00 && low < 0xe000) {
				code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
				at += 6;
			}
		}
		if (code >= 0xd800 && code < 0xe000)
			code = 0xfffd; /* half a pair */
		if (code < 0x80) {
			*to++ = (char)code;
		} else if (code < 0x800) {
			*to++ = (char)(0xc0 | code >> 6);
			*to++ = (char)(0x80 | (code & 63));
		} else {
			if (code < 0x10000) {
				*to++ = (char)(0xe0 | code >> 12);
			} else {
				*to++ = (char)(0xf0 | code >> 18);
				*to++ = (char)(0x80 | (code >> 12 & 63));
			}
			*to++ = (char)(0x80 | (code >> 6 & 63));
			*to++ = (char)(0x80 | (code & 63));
		}
	}
	return (db_span){out, (size_t)(to - out)};
}

/* Reads a number to about fifteen digits; 0 where the value is none. */
static inline int json_number(db_span value, double *number) {
	const char *at = value.at, *end = value.at + value.size;
	int negative = at < end && *at == '-';
	at += negative;
	if (at >= end || *at < '0' || *at > '9')
		return 0;
	double n = 0;
	int scale = 0, point = 0;
	for (; at < end && ((*at >= '0' && *at <= '9') || *at == '.'); at++) {
		if (*at == '.') {
			point = 1;
			continue;
		}
		n = n * 10 + (*at - '0');
		scale -= point;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		int minus = 0, exponent = 0;
		for (at++; at < end; at++) {
			if (*at == '-')
				minus = 1;
			else if (*at != '+' && exponent < 1000)
				exponent = exponent * 10 + (*at - '0');
		}
		scale += minus ? -exponent : exponent;
	}
	double power = 1;
	for (int i = scale < 0 ? -scale : scale; i > 0; i--)
		power *= 10;
	n = scale < 0 ? n / power : n * power;
	*number = negative ? -n : n;
	return 1;
}

/* Text that is being written. It grows; full says that there was no room. */
typedef struct {
	char *at;
	size_t size, room;
	int full;
} json_out;

static inline void json_put(json_out *out, db_span bytes) {
	if (out->full)
		return;
	if (bytes.size > out->room - out->size) {
		size_t room = (out->size + bytes.size) * 2 + 256;
		char *at = db_alloc(room);
		if (at == NULL) {
			out->full = 1;
			return;
		}
		__builtin_memcpy(at, out->at, out->size);
		out->at = at;
		out->room = room;
	}
	__builtin_memcpy(out->at + out->size, bytes.at, bytes.size);
	out->size += bytes.size;
}

/* Writes a text in quotes. */
static inline void json_put_text(json_out *out, db_span text) {
	static const char hex[] = "0123456789abcdef";
	const char *start = text.at, *end = text.at + text.size;
	json_put(out, DB_TEXT("\""));
	for (const char *at = start; at < end; at++) {
		unsigned char c = (unsigned char)*at;
		if (c >= ' ' && c != '"' && c != '\\')
			continue;
		json_put(out, (db_span){start, (size_t)(at - start)});
		start = at + 1;
		char escape[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
		if (c == '"' || c == '\\') {
			escape[1] = (char)c;
			json_put(out, (db_span){escape, 2});
		} else {
			json_put(out, (db_span){escape, 6});
		}
	}
	json_put(out, (db_span){start, (size_t)(end - start)});
	json_put(out, DB_TEXT("\""));
}

static inline void json_put_integer(json_out *out, int64_t n) {
	char digits[20];
	int at = sizeof digits;
	uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	do
		digits[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (n < 0)
		digits[--at] = '-';
	json_put(out, (db_span){digits + at, sizeof digits - (size_t)at});
}

/* Writes a number to six places; beyond 2^53 it is not exact. */
static inline void json_put_number(json_out *out, double n) {
	if (n < 0) {
		json_put(out, DB_TEXT("-"));
		n = -n;
	}
	if (n > 9e18)
		n = 9e18;
	int64_t whole = (int64_t)n, parts = (int64_t)((n - (double)whole) * 1e6 + 0.5);
	if (parts == 1000000) {
		whole++;
		parts = 0;
	}
	json_put_integer(out, whole);
	if (parts == 0)
		return;
	char digits[7] = ".000000";
	int size = 7;
	for (int i = 6; i > 0; i--, parts /= 10)
		digits[i] = (char)('0' + parts % 10);
	while (digits[size - 1] == '0')
		size--;
	json_put(out, (db_span){digits, (size_t)size});
}

/* Writes the answer of an error. */
static inline db_span json_error(const char *code, size_t code_size, db_span message, int retryable, db_span more) {
	json_out out = {0};
	json_put(&out, DB_TEXT("{\"error\":{\"code\":"));
	json_put_text(&out, (db_span){code, code_size});
	json_put(&out, DB_TEXT(",\"message\":"));
	json_put_text(&out, message);
	if (retryable)
		json_put(&out, DB_TEXT(",\"retryable\":true"));
	json_put(&out, more); /* further members, each with a comma before it */
	json_put(&out, DB_TEXT("}}"));
	return (db_span){out.at, out.size};
}

#define JSON_ERROR(code, message) json_error((code), sizeof(code) - 1, DB_TEXT(message), 0, DB_TEXT(""))

#endif
