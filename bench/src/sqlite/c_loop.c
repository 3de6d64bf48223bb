/* One upsert statement, stepped once a row, its values bound without a copy: what a program in C would do. */

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

/* As `CItem` of c_loop.rs. */
struct item {
    int64_t id;
    int64_t serial;
    int64_t seen_at; /* microseconds since 1970 */
    double weight;
    const char *name;
    const char *note; /* NULL if there is none */
    int32_t name_length;
    int32_t note_length;
    int32_t shelf;
    int32_t made_on; /* days since 1970 */
    int32_t active;
    uint8_t token[16];
};

static void digits(char *out, int width, uint32_t value) {
    while (width > 0) {
        out[--width] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* YYYY-MM-DD, of a day from 1970 on; years begin on 1 March, so that the leap day ends them. */
static void date(char *out, uint32_t day) {
    uint32_t since = day + 719468, era = since / 146097, of_era = since % 146097;
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t from_march = (5 * of_year + 2) / 153;
    uint32_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    digits(out, 4, year + era * 400 + (month <= 2));
    out[4] = '-';
    digits(out + 5, 2, month);
    out[7] = '-';
    digits(out + 8, 2, of_year - (153 * from_march + 2) / 5 + 1);
}

/* YYYY-MM-DD HH:MM:SS.ffffff+00:00 */
static void timestamp(char *out, uint64_t micros) {
    uint32_t seconds = (uint32_t)(micros / 1000000 % 86400);
    date(out, (uint32_t)(micros / 86400000000));
    out[10] = ' ';
    digits(out + 11, 2, seconds / 3600);
    out[13] = ':';
    digits(out + 14, 2, seconds / 60 % 60);
    out[16] = ':';
    digits(out + 17, 2, seconds % 60);
    out[19] = '.';
    digits(out + 20, 6, (uint32_t)(micros % 1000000));
    for (int i = 0; i < 6; i++) out[26 + i] = "+00:00"[i];
}

/* Writes rows in one transaction, in the given order. Returns SQLite's result code. */
int c_loop(sqlite3 *db, const char *sql, const struct item *items, const size_t *order, size_t count) {
    sqlite3_stmt *statement;
    char made_on[10], seen_at[32];
    int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (result != SQLITE_OK) return result;
    result = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (size_t place = 0; place < count && result == SQLITE_OK; place++) {
        const struct item *item = &items[order[place]];
        date(made_on, (uint32_t)item->made_on);
        timestamp(seen_at, (uint64_t)item->seen_at);
        sqlite3_bind_int64(statement, 1, item->id);
        sqlite3_bind_int(statement, 2, item->shelf);
        sqlite3_bind_int64(statement, 3, item->serial);
        sqlite3_bind_text(statement, 4, item->name, item->name_length, SQLITE_STATIC);
        sqlite3_bind_text(statement, 5, item->note, item->note_length, SQLITE_STATIC);
        sqlite3_bind_double(statement, 6, item->weight);
        sqlite3_bind_int(statement, 7, item->active);
        sqlite3_bind_text(statement, 8, seen_at, 32, SQLITE_STATIC);
        sqlite3_bind_text(statement, 9, made_on, 10, SQLITE_STATIC);
        sqlite3_bind_blob(statement, 10, item->token, 16, SQLITE_STATIC);
        sqlite3_step(statement);
        result = sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    if (result == SQLITE_OK) result = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    return result;
}
