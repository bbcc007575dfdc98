/* A disk that is full while a file is there (`FULL_WHEN`), for `LD_PRELOAD`: what would make a file longer finds no room, as with
   ENOSPC; what is there can be written over. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int finds_no_room(int file, off_t end) {
    struct stat found;
    const char *when = getenv("FULL_WHEN");
    if (when == NULL || access(when, F_OK) != 0 || fstat(file, &found) != 0) return 0;
    if (!S_ISREG(found.st_mode) || end <= found.st_size) return 0;
    errno = ENOSPC;
    return 1;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) {
    ssize_t (*real)(int, const void *, size_t, off_t) = (ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
    return finds_no_room(file, at + (off_t)length) ? -1 : real(file, bytes, length, at);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at) {
    ssize_t (*real)(int, const struct iovec *, int, off_t) = (ssize_t (*)(int, const struct iovec *, int, off_t))dlsym(RTLD_NEXT, "pwritev");
    off_t end = at;
    for (int n = 0; n < count; n++) end += (off_t)parts[n].iov_len;
    return finds_no_room(file, end) ? -1 : real(file, parts, count, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off_t at) { return pwrite(file, bytes, length, at); }
ssize_t pwritev64(int file, const struct iovec *parts, int count, off_t at) { return pwritev(file, parts, count, at); }
