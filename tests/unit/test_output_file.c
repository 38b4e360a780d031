/* output files: readers see the old or the new file, never a part, and what cannot be written is said. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"
#include "output.h"

static char directory[] = "/tmp/onager_output_XXXXXX";

static char *in_directory(const char *name)
{
    return mem_format("%s/%s", directory, name);
}

static void assert_content(const char *path, const char *expected)
{
    char text[200] = "";
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
}

static int count_files(void)
{
    DIR *stream = opendir(directory);
    struct dirent *entry;
    int count = 0;

    assert_non_null(stream);
    while ((entry = readdir(stream)) != NULL)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(stream);
    return count;
}

static void a_file_is_replaced_as_a_whole_and_nothing_else_stays(void **state)
{
    char *path = in_directory("result.json");
    struct error err = { 0 };
    struct stat before, after;

    assert_int_equal(output_file_probe(path, &err), 0);
    assert_int_equal(count_files(), 0);
    assert_int_equal(output_file_write(path, "one", 3, &err), 0);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(output_file_write(path, "second", 6, &err), 0);
    assert_int_equal(stat(path, &after), 0);
    assert_content(path, "second");
    assert_int_not_equal(before.st_ino, after.st_ino);
    assert_int_equal(after.st_mode & 0777, 0640);
    assert_int_equal(count_files(), 1);
    unlink(path);
    free(path);
}

static void a_new_file_gets_the_usual_permissions(void **state)
{
    char *path = in_directory("new.json");
    struct error err = { 0 };
    mode_t mask = umask(027);
    struct stat status;

    assert_int_equal(output_file_write(path, "x", 1, &err), 0);
    umask(mask);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    unlink(path);
    free(path);
}

static void a_link_stays_one(void **state)
{
    char *path = in_directory("real.json"), *name = in_directory("link.json");
    struct error err = { 0 };
    struct stat status;

    assert_int_equal(output_file_write(path, "old", 3, &err), 0);
    assert_int_equal(symlink(path, name), 0);
    assert_int_equal(output_file_write(name, "new", 3, &err), 0);
    assert_int_equal(lstat(name, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_content(path, "new");
    unlink(path);
    unlink(name);
    free(path);
    free(name);
}

static void a_full_device_loses_data_and_says_so(void **state)
{
    struct error err = { 0 };

    assert_int_equal(output_file_probe("/dev/full", &err), 0);
    assert_int_equal(output_file_write("/dev/full", "x", 1, &err), -1);
    assert_int_equal(err.exit_code, EXIT_OUTPUT);
    assert_string_equal(err.text, "cannot write /dev/full: No space left on device");
}

/* A write that fails half-way, as on a full disk: the old file is still there and no part of a new one. */
static void a_write_that_fails_leaves_the_old_file(void **state)
{
    char *path = in_directory("kept.json"), *data = mem_alloc(100000);
    struct rlimit limit, small;
    struct error err = { 0 };

    assert_int_equal(output_file_write(path, "old", 3, &err), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = (struct rlimit){ 4096, limit.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(output_file_write(path, data, 100000, &err), -1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(err.exit_code, EXIT_OUTPUT);
    assert_non_null(strstr(err.text, "kept.json: File too large"));
    assert_content(path, "old");
    assert_int_equal(count_files(), 1);
    unlink(path);
    free(path);
    free(data);
}

static void assert_cannot(const char *path, const char *expected)
{
    struct error err = { 0 };

    assert_int_equal(output_file_probe(path, &err), -1);
    assert_int_equal(err.exit_code, EXIT_USAGE);
    if (strstr(err.text, expected) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
    assert_int_equal(output_file_write(path, "x", 1, &err), -1);
    assert_int_equal(err.exit_code, EXIT_OUTPUT);
}

static void what_cannot_be_written_is_known_before_the_start(void **state)
{
    char *missing = in_directory("no/such/x.json"), *file = in_directory("file"), *below = in_directory("file/x.json");
    struct error err = { 0 };

    assert_int_equal(output_file_write(file, "x", 1, &err), 0);
    assert_cannot(missing, "No such file or directory");
    assert_cannot(below, "Not a directory");
    assert_cannot(directory, "Is a directory");
    unlink(file);
    free(missing);
    free(file);
    free(below);
}

static void a_directory_without_permission_is_refused(void **state)
{
    char *inside = in_directory("locked/x.json"), *locked = in_directory("locked");

    assert_int_equal(mkdir(locked, 0500), 0);
    if (geteuid() != 0)
        assert_cannot(inside, "Permission denied");
    rmdir(locked);
    free(inside);
    free(locked);
}

static void assert_name(const char *path, unsigned number, const char *expected)
{
    char *name = output_file_name(path, number);

    assert_string_equal(name, expected);
    free(name);
}

static void later_runs_have_files_of_their_own(void **state)
{
    assert_name("a/b.json", 1, "a/b.json");
    assert_name("a/b.json", 2, "a/b.2.json");
    assert_name("a.b/c", 3, "a.b/c.3");
    assert_name("x.tar.gz", 10, "x.tar.10.gz");
    assert_name("d/.hidden", 2, "d/.hidden.2");
    assert_name("-", 2, "-");
    assert_name("/dev/null", 2, "/dev/null");
}

static int make_directory(void **state)
{
    return mkdtemp(directory) == NULL ? -1 : 0;
}

static int remove_directory(void **state)
{
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_replaced_as_a_whole_and_nothing_else_stays),
        cmocka_unit_test(a_new_file_gets_the_usual_permissions),
        cmocka_unit_test(a_link_stays_one),
        cmocka_unit_test(a_full_device_loses_data_and_says_so),
        cmocka_unit_test(a_write_that_fails_leaves_the_old_file),
        cmocka_unit_test(what_cannot_be_written_is_known_before_the_start),
        cmocka_unit_test(a_directory_without_permission_is_refused),
        cmocka_unit_test(later_runs_have_files_of_their_own),
    };
    return cmocka_run_group_tests_name("output_file", tests, make_directory, remove_directory);
}
