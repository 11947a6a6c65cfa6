#define _GNU_SOURCE
#include "CSandbox.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// --- Files: Landlock. Read everything, write in one folder. The structures are written out: headers of older systems lack their later fields.

enum {
  execute = 1 << 0, write_file = 1 << 1, read_file = 1 << 2, read_dir = 1 << 3, all_of_first_version = (1 << 13) - 1, refer = 1 << 13,
  truncate_file = 1 << 14, ioctl_device = 1 << 15, bind_and_connect = 3, scope_sockets_and_signals = 3,
};
struct landlock_ruleset { uint64_t files, network, scopes; };
struct __attribute__((packed)) landlock_path { uint64_t allowed; int32_t parent; };
static long landlock_create(const struct landlock_ruleset *ruleset, size_t size, unsigned flags) { return syscall(444, ruleset, size, flags); }

static bool allow(int ruleset, const char *path, uint64_t access) {
  int place = open(path, O_PATH | O_CLOEXEC);
  if (place < 0) return false;
  struct landlock_path rule = {access, place};
  long status = syscall(445, ruleset, 1, &rule, 0);
  close(place);
  return status == 0;
}

// A ruleset; -1 where the kernel has no Landlock.
static int make_ruleset(const char *folder) {
  long version = landlock_create(NULL, 0, 1);
  if (version < 1) return -1;
  struct landlock_ruleset rules = {.files = all_of_first_version};
  if (version >= 2) rules.files |= refer;
  if (version >= 3) rules.files |= truncate_file;
  if (version >= 5) rules.files |= ioctl_device;
  if (version >= 4) rules.network = bind_and_connect;
  if (version >= 6) rules.scopes = scope_sockets_and_signals;
  size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  int ruleset = (int)landlock_create(&rules, size, 0);
  if (ruleset < 0) return -1;
  bool whole = allow(ruleset, "/", execute | read_file | read_dir) && allow(ruleset, folder, rules.files & ~(uint64_t)ioctl_device);
  allow(ruleset, "/dev/null", read_file | write_file | (rules.files & truncate_file));
  if (whole) return ruleset;
  close(ruleset);
  return -1;
}

// --- System calls: seccomp.

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no filter of system calls has been written for this processor"
#endif

enum { filter_size = 320 };
struct filter {
  struct sock_filter code[filter_size];
  unsigned short length;
};

static void add(struct filter *filter, struct sock_filter instruction) {
  if (filter->length < filter_size) filter->code[filter->length++] = instruction;
}
static void answer(struct filter *filter, unsigned what) { add(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what)); }
static void load(struct filter *filter, unsigned offset) { add(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)); }
static unsigned argument(int index) { return offsetof(struct seccomp_data, args) + 8 * (unsigned)index; }

// The call fails with the error.
static void deny(struct filter *filter, long number, int error) {
  add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1));
  answer(filter, SECCOMP_RET_ERRNO | (unsigned)error);
}

// The call fails unless its first argument is one of two numbers.
static void allow_only(struct filter *filter, long number, unsigned first, unsigned second, int error) {
  add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 5));
  load(filter, argument(0));
  add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first, 2, 0));
  add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, second, 1, 0));
  answer(filter, SECCOMP_RET_ERRNO | (unsigned)error);
  answer(filter, SECCOMP_RET_ALLOW);
}

// The call fails if an argument has, or lacks, some of the bits.
static void deny_bits(struct filter *filter, long number, int index, unsigned bits, bool have, int error) {
  add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 4));
  load(filter, argument(index));
  add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, have ? 0 : 1, have ? 1 : 0));
  answer(filter, SECCOMP_RET_ERRNO | (unsigned)error);
  answer(filter, SECCOMP_RET_ALLOW);
}

// Called in the child, whose number is part of the rules.
static void make_filter(struct filter *filter, const beamline_child_request *request, bool writes) {
  unsigned self = (unsigned)getpid();
  filter->length = 0;
  load(filter, offsetof(struct seccomp_data, arch));
  add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCHITECTURE, 1, 0));
  answer(filter, SECCOMP_RET_KILL_PROCESS);
  load(filter, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
  // The second numbering of the same calls.
  add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
  answer(filter, SECCOMP_RET_ERRNO | ENOSYS);
#endif
  // No network, and no way around: a ring of requests would open sockets past this filter.
  deny(filter, SYS_socket, EACCES);
  deny(filter, SYS_io_uring_setup, ENOSYS);
  // Nothing that reaches into other processes or into the system.
  static const long forbidden[] = {
      SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_bpf, SYS_perf_event_open, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_mount,
      SYS_umount2, SYS_unshare, SYS_setns, SYS_pivot_root, SYS_chroot, SYS_userfaultfd, 434 /* pidfd_open */, 424 /* pidfd_send_signal */,
      438 /* pidfd_getfd */, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_tkill, SYS_setpgid, SYS_setsid, SYS_shmget, SYS_msgget, SYS_semget,
  };
  // Landlock does not guard who may do what with a file, so nobody changes that: not even in the folder.
  static const long modes[] = {
      SYS_fchmodat, SYS_fchmod, SYS_fchownat, SYS_fchown, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr,
      SYS_fremovexattr, 452 /* fchmodat2 */,
#if defined(__x86_64__)
      SYS_chmod, SYS_chown, SYS_lchown,
#endif
  };
  if (!request->starts_processes) {
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) deny(filter, modes[i], EPERM);
  }
  for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
    if (request->starts_processes && (forbidden[i] == SYS_setpgid || forbidden[i] == SYS_setsid)) continue;
    deny(filter, forbidden[i], EPERM);
  }
  if (!request->starts_processes) {
    allow_only(filter, SYS_kill, self, 0, EPERM);
    allow_only(filter, SYS_tgkill, self, self, EPERM);
    allow_only(filter, SYS_prlimit64, self, 0, EPERM);
    deny(filter, 435 /* clone3: its flags cannot be seen here, and the C library then takes clone */, ENOSYS);
    deny_bits(filter, SYS_clone, 0, CLONE_THREAD, false, EAGAIN);
#if defined(__x86_64__)
    deny(filter, SYS_fork, EAGAIN);
    deny(filter, SYS_vfork, EAGAIN);
#endif
  }
  if (!writes) {
    unsigned writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
    deny_bits(filter, SYS_openat, 2, writing, true, EACCES);
    deny(filter, 437 /* openat2: flags in memory */, ENOSYS);
    static const long writers[] = {
        SYS_unlinkat, SYS_renameat2, SYS_mkdirat, SYS_linkat, SYS_symlinkat, SYS_mknodat, SYS_truncate, SYS_ftruncate, SYS_utimensat,
#if defined(SYS_renameat)
        SYS_renameat,
#endif
#if defined(__x86_64__)
        SYS_creat, SYS_unlink, SYS_rename, SYS_mkdir, SYS_rmdir, SYS_link, SYS_symlink, SYS_mknod, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
    };
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) deny(filter, writers[i], EACCES);
#if defined(__x86_64__)
    deny_bits(filter, SYS_open, 1, writing, true, EACCES);
#endif
  }
  answer(filter, SECCOMP_RET_ALLOW);
}

// --- The child, until it becomes the program. It shares the memory of this process, which waits for it, as after vfork: a process with
// gigabytes of weights is not copied. So nothing here may allocate or lock.

struct start {
  const beamline_child_request *request;
  int ruleset;
  struct filter filter;
  volatile int error;
  const char *volatile step;
};

static bool limit(int resource, uint64_t soft, uint64_t hard) {
  struct rlimit values = {soft, hard};
  return setrlimit(resource, &values) == 0;
}

static bool give_up_privileges(void) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  for (int capability = 0; capability < 64; capability++) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[2] = {{0}};
  return syscall(SYS_capset, &header, none) == 0;
}

static int child(void *argument_) {
  struct start *start = argument_;
  const beamline_child_request *request = start->request;
#define TRY(words, condition)   \
  if (!(condition)) {           \
    start->error = errno;       \
    start->step = words;        \
    _exit(127);                 \
  }
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct sigaction usual = {.sa_handler = SIG_DFL};
  for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &usual, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  TRY("its streams", dup2(request->input, 0) == 0 && dup2(request->output, 1) == 1 && dup2(request->errors, 2) == 2);
  // The ruleset stays open, right after what the program is given.
  int first = 3;
  if (request->report >= 0) TRY("its streams", dup2(request->report, first++) == 3);
  int ruleset = -1;
  if (start->ruleset >= 0) TRY("its streams", (ruleset = dup2(start->ruleset, first++)) >= 0);
  if (syscall(436 /* close_range */, first, ~0U, 0) != 0) {
    for (int descriptor = first; descriptor < 65536; descriptor++) close(descriptor);
  }
  if (ruleset >= 0) fcntl(ruleset, F_SETFD, FD_CLOEXEC);
  TRY("its folder", chdir(request->folder) == 0);
  umask(077);
  TRY("the limit on time", limit(RLIMIT_CPU, request->cpu_seconds, request->cpu_seconds + 1));
  TRY("the limit on memory", limit(RLIMIT_AS, request->memory_bytes, request->memory_bytes));
  TRY("the limit on files", limit(RLIMIT_FSIZE, request->file_bytes, request->file_bytes));
  TRY("the limit on open files", limit(RLIMIT_NOFILE, request->open_files, request->open_files));
  limit(RLIMIT_CORE, 0, 0);
  TRY("the loss of privileges", give_up_privileges());
  if (ruleset >= 0) TRY("Landlock", syscall(446, ruleset, 0) == 0);
  make_filter(&start->filter, request, ruleset >= 0);
  struct sock_fprog program = {start->filter.length, start->filter.code};
  TRY("the filter of system calls", start->filter.length < filter_size && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0);
  execve(request->program, (char *const *)request->arguments, (char *const *)request->environment);
  TRY("the program", false);
  return 127;
#undef TRY
}

beamline_child beamline_child_start(const beamline_child_request *request) {
  beamline_child result = {0};
  struct start *start = calloc(1, sizeof *start);
  size_t stack_size = 256 << 10;
  char *stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (!start || stack == MAP_FAILED) {
    result.error = ENOMEM;
    result.step = "memory";
    free(start);
    return result;
  }
  start->request = request;
  start->ruleset = request->is_without_landlock ? -1 : make_ruleset(request->folder);
  result.writes_in_folder = start->ruleset >= 0;
  sigset_t all, before;
  sigfillset(&all);
  // A signal handler of this process must not run in the child, whose memory is ours.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t id = clone(child, stack + stack_size, CLONE_VM | CLONE_VFORK | SIGCHLD, start);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (start->ruleset >= 0) close(start->ruleset);
  if (id < 0) {
    result.error = error;
    result.step = "a process";
  } else if (start->step) {
    result.error = start->error;
    result.step = start->step;
    while (waitpid(id, NULL, 0) < 0 && errno == EINTR) {}
  } else {
    result.id = id;
  }
  munmap(stack, stack_size);
  free(start);
  return result;
}

// --- Watching

uint64_t beamline_resident_bytes(pid_t process) {
  char path[64], text[128];
  snprintf(path, sizeof path, "/proc/%d/statm", process);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return 0;
  text[length] = 0;
  unsigned long long pages = 0;
  return sscanf(text, "%*u %llu", &pages) == 1 ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static uint64_t folder_bytes(int folder, int *left) {
  DIR *entries = fdopendir(folder);
  if (!entries) {
    close(folder);
    return 0;
  }
  uint64_t bytes = 0;
  for (struct dirent *entry; *left > 0 && (entry = readdir(entries));) {
    struct stat status;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (fstatat(dirfd(entries), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    (*left)--;
    bytes += (uint64_t)status.st_blocks * 512;
    if (S_ISDIR(status.st_mode)) {
      int inner = openat(dirfd(entries), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (inner >= 0) bytes += folder_bytes(inner, left);
    }
  }
  closedir(entries);
  return bytes;
}

uint64_t beamline_folder_bytes(const char *folder, int files) {
  int place = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (place < 0) return 0;
  uint64_t bytes = folder_bytes(place, &files);
  return files > 0 ? bytes : UINT64_MAX;
}

static void empty(int folder) {
  fchmod(folder, 0700);
  DIR *entries = fdopendir(folder);
  if (!entries) {
    close(folder);
    return;
  }
  for (struct dirent *entry; (entry = readdir(entries));) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (unlinkat(dirfd(entries), entry->d_name, 0) == 0) continue;
    int inner = openat(dirfd(entries), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner < 0) {
      // A folder that may not be read.
      fchmodat(dirfd(entries), entry->d_name, 0700, 0);
      inner = openat(dirfd(entries), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (inner >= 0) empty(inner);
    unlinkat(dirfd(entries), entry->d_name, AT_REMOVEDIR);
  }
  closedir(entries);
}

void beamline_folder_remove(const char *folder) {
  int place = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (place >= 0) empty(place);
  rmdir(folder);
}
