// A trap, an exit or an interrupt ends the cell, not the process: the thread jumps back to where it started the cell.
//
// What the cell had allocated leaks, and locks that it held stay locked; every variable keeps its value. A thread that was jumped out of
// is never used again, because the runtime's thread-local records (exclusive accesses, the active task) point into its dead frames.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include "runtime.h"

__thread struct arena *current_arena;

// Executable memory that belongs to cells and to this project: append-only, so that a handler can read it at any moment.
struct code { uintptr_t start, end, base; uint32_t cell; };
enum { max_code = 1 << 16 };
static struct code *codes;
static volatile sig_atomic_t code_count;

static int add_matching_code(struct dl_phdr_info *info, size_t size, void *context) {
  (void)size;
  struct code *wanted = context;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    if (header->p_type != PT_LOAD || !(header->p_flags & PF_X)) continue;
    uintptr_t start = info->dlpi_addr + header->p_vaddr, end = start + header->p_memsz;
    if (wanted->start < start || wanted->start >= end) continue;
    if (code_count < max_code) {
      codes[code_count] = (struct code){start, end, info->dlpi_addr, wanted->cell};
      code_count = code_count + 1;
    }
    return 1;
  }
  return 0;
}

void contain_add_code(const void *address_inside, uint32_t cell) {
  struct code wanted = {.start = (uintptr_t)address_inside, .cell = cell};
  dl_iterate_phdr(add_matching_code, &wanted);
}

static int add_library_code(struct dl_phdr_info *info, size_t size, void *context) {
  (void)size;
  struct code *wanted = context;
  if (info->dlpi_addr != wanted->base) return 0;
  for (int i = 0; i < info->dlpi_phnum && code_count < max_code; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    if (header->p_type != PT_LOAD || !(header->p_flags & PF_X)) continue;
    uintptr_t start = info->dlpi_addr + header->p_vaddr;
    codes[code_count] = (struct code){start, start + header->p_memsz, info->dlpi_addr, wanted->cell};
    code_count = code_count + 1;
  }
  return 1;
}

void contain_add_library(void *handle, uint32_t number) {
  struct link_map *map;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return;
  struct code wanted = {.base = (uintptr_t)map->l_addr, .cell = number};
  dl_iterate_phdr(add_library_code, &wanted);
}

static const struct code *code_at(uintptr_t address) {
  for (int i = code_count - 1; i >= 0; i--) {
    if (address >= codes[i].start && address < codes[i].end) return &codes[i];
  }
  return NULL;
}

static uintptr_t program_counter(const ucontext_t *context) {
#if defined(__x86_64__)
  return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#else
  return (uintptr_t)context->uc_mcontext.pc;
#endif
}

// The thread was blocked in the kernel, and the signal has ended the call.
static bool is_interrupted_call(const ucontext_t *context) {
#if defined(__x86_64__)
  const unsigned char *pc = (const unsigned char *)program_counter(context);
  return context->uc_mcontext.gregs[REG_RAX] == -EINTR && pc[-2] == 0x0f && pc[-1] == 0x05;
#else
  const uint32_t *pc = (const uint32_t *)program_counter(context);
  return (int64_t)context->uc_mcontext.regs[0] == -EINTR && pc[-1] == 0xd4000001;
#endif
}

// Calls in which a thread only waits for the time to pass: nothing is held.
static uintptr_t sleeps[8][2];

static void remember_sleeps(void) {
  const char *names[] = {"clock_nanosleep", "nanosleep", "pause", "poll", "select", "epoll_wait", "sem_wait"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *address = dlsym(RTLD_DEFAULT, names[i]);
    Dl_info info;
    ElfW(Sym) *symbol = NULL;
    if (!address || !dladdr1(address, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol) continue;
    sleeps[i][0] = (uintptr_t)address;
    sleeps[i][1] = (uintptr_t)address + symbol->st_size;
  }
}

static bool is_sleeping(uintptr_t pc) {
  for (size_t i = 0; i < sizeof sleeps / sizeof *sleeps; i++) {
    if (pc >= sleeps[i][0] && pc < sleeps[i][1]) return true;
  }
  return false;
}

// Return addresses in cells, innermost first. They point behind the call, so one less lies in its line.
static int collect_frames(struct frame *frames, uintptr_t pc) {
  void *addresses[256];
  int count = backtrace(addresses, 256), found = 0;
  bool reached = false;
  for (int i = 0; i < count && found < max_frames; i++) {
    uintptr_t address = (uintptr_t)addresses[i];
    bool exact = address == pc;
    if (pc != 0 && !reached && !exact) continue;
    reached = true;
    const struct code *code = code_at(address);
    if (code && code->cell) frames[found++] = (struct frame){code->cell, address - code->base - (exact ? 0 : 1)};
  }
  return found;
}

int contain_name_frames(const uintptr_t *addresses, int count, struct frame *frames) {
  int found = 0;
  for (int i = 0; i < count; i++) {
    const struct code *code = code_at(addresses[i]);
    if (code && code->cell) frames[found++] = (struct frame){code->cell, addresses[i] - code->base - 1};
  }
  return found;
}

int contain_collect(struct frame *frames) { return collect_frames(frames, 0); }

static const char *words_of_signal(int signal) {
  switch (signal) {
    case SIGILL: case SIGTRAP: return "The program trapped";
    case SIGSEGV: return "Memory that does not belong to the program was accessed";
    case SIGBUS: return "Memory that cannot be reached was accessed";
    case SIGFPE: return "An arithmetic instruction failed";
    case SIGABRT: return "abort() was called";
    default: return "A signal ended the cell";
  }
}

const char *contain_failure_words(const struct ending *ending) {
  return ending->words[0] ? ending->words : words_of_signal(ending->number);
}

// A stack that grew to its end, or past it into the guard pages.
static bool is_overflow(const struct arena *arena, int signal, const siginfo_t *info) {
  if (signal != SIGSEGV && signal != SIGBUS) return false;
  uintptr_t address = (uintptr_t)info->si_addr, bottom = (uintptr_t)arena->stack;
  return address < bottom + (64 << 10) && address + (1 << 20) > bottom;
}

static void on_trap(int signal, siginfo_t *info, void *context) {
  struct arena *arena = current_arena;
  struct ending elsewhere;
  struct ending *ending = arena ? &arena->ending : &elsewhere;
  if (arena && !arena->armed) {
    // This runtime's own fault: let the process die, the kernel says so and starts another.
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction(signal, &standard, NULL);
    return;
  }
  bool again = arena && arena->handling;
  if (arena) arena->handling = 1;
  ending->how = arena && is_overflow(arena, signal, info) ? beamline_end_overflowed : beamline_end_trapped;
  ending->number = signal;
  ending->words[0] = 0;
  ending->frame_count = again ? 0 : collect_frames(ending->frames, program_counter(context));
  if (arena) siglongjmp(arena->home, 1);
  // A thread that the user's program started by itself has no place to jump to.
  cells_elsewhere(ending);
  for (;;) pause();
}

static void on_interrupt(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)info;
  int saved = errno;
  struct arena *arena = current_arena;
  if (arena && arena->armed && !arena->awaiting && !arena->handling && cell_must_stop && !output_is_writing()) {
    uintptr_t pc = program_counter(context);
    bool patient = cell_must_stop > 1;
    if (code_at(pc) || (is_interrupted_call(context) && (is_sleeping(pc) || patient))) {
      arena->handling = 1;
      arena->ending = (struct ending){.how = beamline_end_interrupted};
      arena->ending.frame_count = collect_frames(arena->ending.frames, pc);
      siglongjmp(arena->home, 1);
    }
  }
  errno = saved;
}

void contain_start(void) {
  codes = mmap(NULL, max_code * sizeof *codes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  remember_sleeps();
  void *warm[4];
  backtrace(warm, 4);  // loads the unwinder now, not in a handler
  struct sigaction trap = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  int traps[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
  for (size_t i = 0; i < sizeof traps / sizeof *traps; i++) sigaction(traps[i], &trap, NULL);
  // Without SA_RESTART: a sleep ends.
  struct sigaction interrupt = {.sa_sigaction = on_interrupt, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGUSR2, &interrupt, NULL);
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigaction(SIGPIPE, &ignore, NULL);
  // Ctrl-C in a terminal reaches the whole process group; the kernel decides what it means.
  sigaction(SIGINT, &ignore, NULL);
}

void contain_thread(struct arena *arena) {
  enum { size = 256 << 10 };
  stack_t handlers = {.ss_size = size};
  handlers.ss_sp = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  sigaltstack(&handlers, NULL);
  current_arena = arena;
}

void contain_spawn(void *(*body)(void *), struct arena *arena, size_t stack_size) {
  enum { guard = 1 << 20 };
  char *memory = mmap(NULL, stack_size + guard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  mprotect(memory + guard, stack_size, PROT_READ | PROT_WRITE);
  arena->stack = memory + guard;
  arena->stack_size = stack_size;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, arena->stack, stack_size);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, body, arena) != 0) abort();
  pthread_attr_destroy(&attributes);
}

void contain_retire(struct arena *arena) {
  // A runaway recursion touched all of its stack: give back what lies below this frame.
  char here;
  uintptr_t low = (uintptr_t)arena->stack, high = ((uintptr_t)&here - (64 << 10)) & ~(uintptr_t)0xffff;
  if (arena->ending.how == beamline_end_overflowed && high > low) madvise((void *)low, high - low, MADV_DONTNEED);
  arena->armed = 0;
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  // Past the C library, which would run destructors of thread-local things that are no more. The stack stays mapped.
  for (;;) syscall(SYS_exit, 0);
}

static __thread struct ending leaving;

void contain_leave(enum beamline_end how, int number) {
  struct arena *arena = current_arena;
  struct ending *ending = arena ? &arena->ending : &leaving;
  *ending = (struct ending){.how = how, .number = number};
  ending->frame_count = collect_frames(ending->frames, 0);
  if (arena) {
    arena->handling = 1;
    siglongjmp(arena->home, 1);
  }
  cells_elsewhere(ending);
  for (;;) pause();
}

static void leave(int status) {
  if (current_arena && !current_arena->armed) _exit(status);
  contain_leave(beamline_end_exited, status);
}

// Cells are linked with --wrap for these.
BEAMLINE_EXPORT void __wrap_exit(int status) { leave(status); }
BEAMLINE_EXPORT void __wrap__exit(int status) { leave(status); }
BEAMLINE_EXPORT void __wrap__Exit(int status) { leave(status); }
BEAMLINE_EXPORT void __wrap_quick_exit(int status) { leave(status); }
