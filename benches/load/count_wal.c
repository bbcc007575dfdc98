/* Counts what is written to SQLite's write-ahead logs, for `LD_PRELOAD`: at its end a process writes the number of bytes into the file that
   `WAL_BYTES` names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static _Atomic unsigned long long written;

static ssize_t counted(const char *name, int file, const void *bytes, size_t length, off_t at) {
    ssize_t (*real)(int, const void *, size_t, off_t) =
        (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, name);
    ssize_t done = real(file, bytes, length, at);
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length_of_path = readlink(link, path, sizeof path);
    if (done > 0 && length_of_path > 4 && !memcmp(path + length_of_path - 4, "-wal", 4)) written += (unsigned long long)done;
    return done;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) { return counted("pwrite", file, bytes, length, at); }
ssize_t pwrite64(int file, const void *bytes, size_t length, off_t at) { return counted("pwrite64", file, bytes, length, at); }

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("WAL_BYTES");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%llu", written);
    fclose(file);
}
