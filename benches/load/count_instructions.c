/* Counts the instructions that a program executes, as a plugin of QEMU's user mode: at its end it writes their number, over all threads, into the
   file that `INSTRUCTIONS` names. An instruction that repeats itself over bytes counts once for each byte. The declarations are those of QEMU's
   plugin interface, of which no package has the header. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned int, void *), int, void *);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void *), void *);

int qemu_plugin_version = 1;

static _Atomic uint64_t executed;

static void count(unsigned int processor, void *instructions) { executed += (uintptr_t)instructions; }

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
    qemu_plugin_register_vcpu_tb_exec_cb(block, count, 0, (void *)(uintptr_t)qemu_plugin_tb_n_insns(block));
}

static void over(qemu_plugin_id_t id, void *unused) {
    const char *path = getenv("INSTRUCTIONS");
    FILE *told = path ? fopen(path, "w") : NULL;
    if (!told) return;
    fprintf(told, "%llu", (unsigned long long)executed);
    fclose(told);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count_of_words, char **words) {
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, over, NULL);
    return 0;
}
