/*
 * The ABI drawbridge_v1 for C, without a libc: imports, exports, limits. What
 * each means stands in ../ABI.md. Functions are static, so that a connector is
 * one translation unit:
 *
 *   clang --target=wasm32 -O2 -nostdlib -mbulk-memory -fno-builtin \
 *     -Wl,--no-entry,--stack-first,-zstack-size=65536 -o name.wasm name.c
 */
#ifndef DRAWBRIDGE_H
#define DRAWBRIDGE_H

#include <stddef.h>
#include <stdint.h>

#define DB_IMPORT(name) __attribute__((import_module("drawbridge_v1"), import_name(name)))
#define DB_EXPORT(name) __attribute__((export_name(name)))

/* Refusals of host functions. */
enum {
	DB_DENIED = -1,    /* no such capability was granted */
	DB_BAD_CALL = -2,  /* a pointer, length or handle is out of range */
	DB_NOT_FOUND = -3, /* it is not there */
	DB_TOO_LARGE = -4, /* it is too large */
	DB_LIMIT = -5,     /* too many calls, handles or bytes in this call */
	DB_IO = -6         /* the host could not do it */
};

/* Levels of log lines. */
enum { DB_DEBUG, DB_INFO, DB_WARN, DB_ERROR };

/* Limits of one call. */
#define DB_MAX_INPUT (4u << 20)
#define DB_MAX_OUTPUT (8u << 20)
#define DB_MAX_PIECE (1u << 20) /* bytes of one blob_read or blob_write */

DB_IMPORT("log") void db_log(int32_t level, const void *at, size_t size);
DB_IMPORT("progress") void db_progress(const void *at, size_t size);
DB_IMPORT("now") int64_t db_now(void); /* nanoseconds since 1970 */
DB_IMPORT("random") int32_t db_random(void *at, size_t size);
DB_IMPORT("blob_open") int64_t db_blob_open(const void *id, size_t size);
DB_IMPORT("blob_read") int32_t db_blob_read(int32_t handle, int64_t offset, void *at, size_t size);
DB_IMPORT("blob_write") int32_t db_blob_write(int32_t handle, const void *at, size_t size);
DB_IMPORT("blob_close") int32_t db_blob_close(int32_t handle);
/* Copies what the last call left; its length was that call's result. */
DB_IMPORT("take") int32_t db_take(void *at, size_t size);
/* JSON in, JSON out by way of db_take. */
DB_IMPORT("http") int32_t db_http(const void *at, size_t size);
DB_IMPORT("net_open") int32_t db_net_open(const void *at, size_t size);
DB_IMPORT("net_read") int32_t db_net_read(const void *at, size_t size);
DB_IMPORT("net_write") int32_t db_net_write(const void *at, size_t size);
DB_IMPORT("net_close") int32_t db_net_close(const void *at, size_t size);
DB_IMPORT("sign") int32_t db_sign(const void *at, size_t size);
DB_IMPORT("kv_get") int32_t db_kv_get(const void *at, size_t size);
DB_IMPORT("kv_put") int32_t db_kv_put(const void *at, size_t size);

/* Bytes that lie somewhere. None at all where at is NULL. */
typedef struct {
	const char *at;
	size_t size;
} db_span;

#define DB_TEXT(literal) ((db_span){(literal), sizeof(literal) - 1})

static inline int db_equal(db_span a, db_span b) {
	return a.size == b.size && (a.size == 0 || !__builtin_memcmp(a.at, b.at, a.size));
}

/* What an export answers: a place and a length in one. */
static inline int64_t db_packed(const void *at, size_t size) {
	return (int64_t)((uint64_t)(uintptr_t)at << 32 | (uint64_t)size);
}

/* Memory from the end of the data on. Nothing is given back: after the call the
 * host puts all of it back. NULL where there is no more. */
extern unsigned char __heap_base;
static uintptr_t db_heap;

static inline void *db_alloc(size_t size) {
	const uintptr_t page = 65536;
	if (db_heap == 0)
		db_heap = (uintptr_t)&__heap_base;
	uintptr_t at = (db_heap + 15) & ~(uintptr_t)15;
	uintptr_t have = __builtin_wasm_memory_size(0) * page;
	if (size > 0xffffffffu - at)
		return NULL;
	if (at + size > have) {
		uintptr_t more = (at + size - have + page - 1) / page;
		if (__builtin_wasm_memory_grow(0, more) == (size_t)-1)
			return NULL;
	}
	db_heap = at + size;
	return (void *)at;
}

/* The compiler calls these even without a libc. */
__attribute__((weak)) int memcmp(const void *a, const void *b, size_t size) {
	const unsigned char *x = a, *y = b;
	for (size_t i = 0; i < size; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

__attribute__((weak)) void *memcpy(void *to, const void *from, size_t size) {
	return __builtin_memcpy(to, from, size); /* an instruction, by -mbulk-memory */
}

__attribute__((weak)) void *memset(void *to, int byte, size_t size) {
	return __builtin_memset(to, byte, size);
}

/*
 * The exports. A connector defines
 *
 *   static db_span db_handle(db_span request);
 *
 * which answers the JSON of the answer, and puts DB_CONNECTOR at its end.
 */
#define DB_BUFFER 65536

#define DB_CONNECTOR                                                                         \
	static char db_buffer[DB_BUFFER];                                                    \
	DB_EXPORT("drawbridge_buf") int64_t db_export_buf(void) {                            \
		return db_packed(db_buffer, DB_BUFFER);                                      \
	}                                                                                    \
	DB_EXPORT("drawbridge_run_at") int64_t db_export_run_at(const char *at, size_t size) { \
		db_span answer = db_handle((db_span){at, size});                             \
		return db_packed(answer.at, answer.size);                                    \
	}                                                                                    \
	DB_EXPORT("drawbridge_run") int64_t db_export_run(size_t size) {                     \
		return db_export_run_at(db_buffer, size);                                    \
	}                                                                                    \
	DB_EXPORT("drawbridge_alloc") void *db_export_alloc(size_t size) {                   \
		return db_alloc(size);                                                       \
	}

/* Puts a file into the module as its manifest, when it is compiled. */
#define DB_MANIFEST(file)                                                                \
	__asm__(".section .custom_section.drawbridge.manifest,\"\",@\n.incbin \"" file "\"\n")

#endif
