/* Runs a fuzz target over its corpus, one test per file, with any compiler. Files as arguments are replayed instead. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static int replay(const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    uint8_t *copy;
    size_t length;

    if (file == NULL)
        return -1;
    length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    copy = malloc(length > 0 ? length : 1);
    if (copy == NULL)
        return -1;
    memcpy(copy, bytes, length);
    LLVMFuzzerTestOneInput(copy, length);
    free(copy);
    return 0;
}

int main(int argc, char **argv)
{
    const char *top = getenv("top_srcdir");
    char folder[4096], path[8192];
    struct dirent *entry;
    int count = 0, failed = 0;
    DIR *dir;

    for (int i = 1; i < argc; i++)
        failed += replay(argv[i]) != 0;
    if (argc > 1)
        return failed != 0;
    snprintf(folder, sizeof folder, "%s/%s", top != NULL ? top : ".", CORPUS);
    dir = opendir(folder);
    if (dir == NULL) {
        printf("Bail out! no corpus in %s\n", folder);
        return 1;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count++;
        printf("%s %d - %s\n", replay(path) == 0 ? "ok" : "not ok", count, entry->d_name);
        fflush(stdout);
    }
    closedir(dir);
    printf("1..%d\n", count);
    return count > 0 ? 0 : 1;
}
