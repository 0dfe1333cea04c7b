/* A connector for tests that keeps, grows and misbehaves as it is asked to. */
#include "../../../../sdk/c/json.h"

/* A piece that is kept: more than the image has, several times the pages that
 * are copied back. */
#define PART (3u << 20)

static int calls;
static volatile int spun;
static unsigned char marks[40 << 12]; /* many pages of the image itself */
static struct part {
	struct part *before;
	unsigned char bytes[PART];
} *kept;

/* A place of memory that nobody wrote to in this call. */
static volatile unsigned char *untouched(size_t size) {
	return db_alloc(size);
}

static db_span answer(const int64_t *numbers, int count) {
	json_out out = {0};
	json_put(&out, DB_TEXT("{\"output\":["));
	for (int i = 0; i < count; i++) {
		if (i > 0)
			json_put(&out, DB_TEXT(","));
		json_put_integer(&out, numbers[i]);
	}
	json_put(&out, DB_TEXT("]}"));
	return (db_span){out.at, out.size};
}

static db_span echo(db_span input) {
	json_out out = {0};
	json_put(&out, DB_TEXT("{\"output\":"));
	json_put(&out, input);
	json_put(&out, DB_TEXT("}"));
	return (db_span){out.at, out.size};
}

static db_span count(void) {
	int64_t n = ++calls;
	return answer(&n, 1);
}

static db_span grow(void) {
	struct part *part = db_alloc(sizeof *part);
	if (part == NULL)
		__builtin_trap();
	for (size_t i = 0; i < PART; i++)
		part->bytes[i] = (unsigned char)(calls + i);
	part->before = kept;
	kept = part;
	calls++;
	int64_t parts = 0;
	for (const struct part *p = kept; p; p = p->before)
		parts++;
	return answer((int64_t[]){parts, calls, part->bytes[5]}, 3);
}

/* Of 6 MiB that were never used, the bytes that aren't zero. */
static db_span zero(void) {
	const size_t size = 6u << 20;
	volatile unsigned char *at = untouched(size);
	int64_t found = 0;
	for (size_t i = 0; i < size; i++)
		found += at[i] != 0;
	return answer(&found, 1);
}

/* Writes one byte to each of many pages, and says what stood there. */
static db_span mark(void) {
	int64_t found = 0;
	for (size_t i = 0; i < sizeof marks; i += 1 << 12)
		found += marks[i]++;
	return answer(&found, 1);
}

static void hog(void) {
	for (;;) {
		volatile unsigned char *at = untouched(1 << 20);
		if (at == NULL)
			__builtin_trap();
		for (size_t i = 0; i < 1 << 20; i += 1 << 12)
			at[i] = 1;
	}
}

__attribute__((noinline)) static int deeper(volatile int *above) {
	volatile int here = *above + 1;
	return here < 0 ? 0 : deeper(&here) + here;
}

static db_span db_handle(db_span request) {
	db_span action = json_text(json_get(request, DB_TEXT("action")));
	if (db_equal(action, DB_TEXT("echo")))
		return echo(json_get(request, DB_TEXT("input")));
	if (db_equal(action, DB_TEXT("count")))
		return count();
	if (db_equal(action, DB_TEXT("grow")))
		return grow();
	if (db_equal(action, DB_TEXT("zero")))
		return zero();
	if (db_equal(action, DB_TEXT("mark")))
		return mark();
	if (db_equal(action, DB_TEXT("trap"))) {
		calls++;
		__builtin_trap();
	}
	if (db_equal(action, DB_TEXT("outside")))
		return (db_span){(const char *)0x7fff0000, 100};
	if (db_equal(action, DB_TEXT("loop")))
		for (;;)
			spun++;
	if (db_equal(action, DB_TEXT("hog")))
		hog();
	if (db_equal(action, DB_TEXT("recurse"))) {
		volatile int n = 0;
		int64_t depth = deeper(&n);
		return answer(&depth, 1);
	}
	return JSON_ERROR("not_found", "there is no such action");
}

DB_CONNECTOR
