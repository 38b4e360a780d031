/* [data NAME] to struct plan_data. Reads the beginning of a CSV file for the names of its columns, so that a plan that names one
 * that is not there is found out before the run. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "build.h"
#include "csv.h"
#include "mem.h"

#define HEADER_MAX (1 << 20)
#define COLUMNS_MAX 4096

static void add_column(struct known_columns *columns, const char *name)
{
    columns->names = mem_resize(columns->names, columns->count + 1, sizeof *columns->names);
    columns->names[columns->count++] = mem_copy(name);
}

static FILE *open_file(struct build *build, const struct setting *setting, const char *path)
{
    FILE *file = NULL;
    struct stat status;

    if (stat(path, &status) != 0)
        value_mistake_about(build, setting, "cannot read \"%.100s\": %m", path);
    else if (!S_ISREG(status.st_mode))
        value_mistake_about(build, setting, "\"%.100s\" is not a file", path);
    else if ((file = fopen(path, "re")) == NULL)
        value_mistake_about(build, setting, "cannot read \"%.100s\": %m", path);
    return file;
}

/* The names in the first row. */
static void read_header(
    struct build *build, const struct setting *setting, const struct plan_data *data, FILE *file, struct known_columns *columns)
{
    char *text = mem_alloc(HEADER_MAX);
    size_t got = fread(text, 1, HEADER_MAX, file), start = csv_bom(text, got);
    size_t length = csv_row_length(text + start, got - start, data->delimiter, feof(file));
    struct csv_field *fields = mem_array(COLUMNS_MAX, sizeof *fields);
    struct buf values;

    buf_init(&values);
    if (length == 0 || csv_row_is_blank(text + start, length)) {
        value_mistake_about(build, setting, "\"%.100s\" has no first row with the names of its columns", data->file);
    } else {
        size_t count = csv_split(text + start, length, data->delimiter, &values, fields, COLUMNS_MAX);

        for (size_t i = 0; i < count && i < COLUMNS_MAX; i++)
            add_column(columns, values.data + fields[i].at);
        columns->is_complete = count <= COLUMNS_MAX;
    }
    buf_release(&values);
    free(fields);
    free(text);
}

static void read_columns(struct build *build, const struct setting *setting, struct plan_data *data, struct known_columns *columns)
{
    for (const char *p = setting->value; *p != '\0';) {
        size_t length, kept;

        p += strspn(p, " \t\n,");
        length = kept = strcspn(p, ",\n");
        while (kept > 0 && isspace((unsigned char)p[kept - 1]))
            kept--;
        if (kept > 0) {
            char *name = mem_copy_n(p, kept);

            add_column(columns, name);
            data->given_columns = mem_resize(data->given_columns, data->given_column_count + 1, sizeof *data->given_columns);
            data->given_columns[data->given_column_count++] = name;
        }
        p += length;
    }
    data->has_header = false;
    columns->is_complete = true;
    if (columns->count == 0)
        value_mistake_about(build, setting, "expected names of columns such as name, pass");
}

static bool ends_like(const char *text, const char *ending)
{
    return strlen(text) > strlen(ending) && strcasecmp(text + strlen(text) - strlen(ending), ending) == 0;
}

static bool read_format(struct build *build, const struct section *section, const struct setting *file, struct plan_data *data)
{
    static const char *const names[] = { "csv", "json", "jsonl" };
    size_t choice;

    if (section_get(section, KEY_DATA_FORMAT) != NULL) {
        if (!value_choice(build, section, KEY_DATA_FORMAT, names, 3, &choice))
            return false;
        data->format = (enum data_format)choice;
    } else if (ends_like(file->value, ".csv") || ends_like(file->value, ".tsv")) {
        data->format = DATA_CSV;
    } else if (ends_like(file->value, ".json")) {
        data->format = DATA_JSON;
    } else if (ends_like(file->value, ".jsonl") || ends_like(file->value, ".ndjson")) {
        data->format = DATA_JSONL;
    } else {
        value_mistake_about(build, file, "its name does not say what it is: format = csv, json or jsonl");
        return false;
    }
    return true;
}

static void read_delimiter(struct build *build, const struct section *section, const struct setting *file, struct plan_data *data)
{
    const struct setting *setting = section_get(section, KEY_DATA_DELIMITER);

    data->delimiter = ends_like(file->value, ".tsv") ? '\t' : ',';
    if (setting == NULL)
        return;
    if (strcmp(setting->value, "tab") == 0)
        data->delimiter = '\t';
    else if (strlen(setting->value) == 1 && setting->value[0] != '"' && (unsigned char)setting->value[0] > ' ')
        data->delimiter = setting->value[0];
    else
        value_mistake(build, setting);
}

/* Keys that only CSV has. */
static void check_csv_keys(struct build *build, const struct section *section, const struct plan_data *data)
{
    static const enum plan_key_id keys[] = { KEY_DATA_DELIMITER, KEY_DATA_COLUMNS };

    for (size_t i = 0; i < 2 && data->format != DATA_CSV; i++)
        if (section_get(section, keys[i]) != NULL)
            value_mistake_about(build, section_get(section, keys[i]), "is about csv, and this is %s", data_format_name(data->format));
}

static void read_data(struct build *build, const struct section *section, struct plan_data *data, struct known_columns *columns)
{
    static const char *const modes[] = { "sequential", "random", "shuffle", "unique", "per-vu" };
    const struct setting *file = section_get(section, KEY_DATA_FILE), *given = section_get(section, KEY_DATA_COLUMNS);
    char shown[SECTION_SHOWN_SIZE];
    size_t choice;
    FILE *stream;

    data->name = mem_copy(section->name);
    data->has_header = true;
    if (!name_is_good(section->name))
        mistake_at(
            &build->mistakes, &section->place, 0, "\"%.60s\" is no name for ${NAME.COLUMN}: letters, digits, _ and -, a letter first",
            section->name);
    if (value_choice(build, section, KEY_DATA_MODE, modes, 5, &choice))
        data->mode = (enum data_mode)choice;
    if (file == NULL) {
        mistake_at(
            &build->mistakes, &section->place, 0, "%s has no file, such as file = users.csv",
            section_shown(shown, SECTION_DATA, section->name));
        return;
    }
    data->file = value_path(build, file, file->value);
    if (!read_format(build, section, file, data))
        return;
    read_delimiter(build, section, file, data);
    check_csv_keys(build, section, data);
    if (given != NULL)
        read_columns(build, given, data, columns);
    stream = open_file(build, file, data->file);
    if (stream == NULL)
        return;
    if (data->format == DATA_CSV && data->has_header)
        read_header(build, file, data, stream, columns);
    fclose(stream);
}

void build_data(struct build *build)
{
    size_t count = document_count(&build->document, SECTION_DATA);
    struct plan *plan = build->plan;

    plan->data = mem_array(count, sizeof *plan->data);
    build->names.columns = mem_array(count, sizeof *build->names.columns);
    build->names.column_count = count;
    for (size_t i = 0; i < build->document.count; i++) {
        const struct section *section = &build->document.sections[i];

        if (section->kind != SECTION_DATA)
            continue;
        read_data(build, section, &plan->data[plan->data_count], &build->names.columns[plan->data_count]);
        plan->data_count++;
    }
}
