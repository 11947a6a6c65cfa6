// A conformance that a cell states again replaces the one before, also for what was compiled or looked up earlier.
//
// `extension Point: CustomStringConvertible`, edited and run again, makes a second record for the same type and protocol. The compiler
// would use the newer one, but Swift's runtime answers `value as? P`, and so `print`, with the first that it found. So the witnesses of the
// newer table are written over those of the older ones: both have the layout that the protocol prescribes.
//
// Records are read as `docs/ABI` and `MetadataValues.h` of the Swift project describe them. What is not plain (conditional or generic
// conformances, associated types, which are part of types that exist already) stays as it is.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "runtime.h"

struct record { int32_t protocol, type, table; uint32_t flags; };
enum { type_kind_mask = 7 << 3, indirect_type = 1 << 3, condition_count_mask = 0xff << 8 };

// Flags, parent, name, two counts, names of associated types; behind it requirements of the signature (12 bytes), then those of the table (8).
struct protocol { uint32_t flags; int32_t parent, name; uint32_t signature_count, count; int32_t associated; };
enum { requirement_kind_mask = 0xf, last_plain_kind = 6 };

// Flags, parent, name, and the function that gives the type's metadata.
struct type { uint32_t flags; int32_t parent, name, access; };
enum { generic_type = 1 << 7 };

struct metadata { const void *type; size_t state; };
typedef struct metadata __attribute__((swiftcall)) access_metadata(size_t request);
typedef void **get_witness_table(const struct record *record, const void *type, const void *instantiation);

struct conformance { const struct protocol *protocol; const struct type *type; const struct record *record; };
static struct conformance *conformances;
static size_t conformance_count, conformance_capacity;

static const void *relative(const int32_t *place) { return *place ? (const char *)place + *place : NULL; }

// The lowest bit says that the place holds the address of a pointer.
static const void *relative_indirectable(const int32_t *place) {
  const char *target = (const char *)place + (*place & ~1);
  return *place & 1 ? *(const void *const *)target : target;
}

static bool is_plain(const struct protocol *protocol) {
  const uint32_t *requirement = (const uint32_t *)((const char *)(protocol + 1) + 12 * (size_t)protocol->signature_count);
  for (uint32_t i = 0; i < protocol->count; i++) {
    if ((requirement[2 * i] & requirement_kind_mask) > last_plain_kind) return false;
  }
  return true;
}

static bool read_record(const struct record *record, struct conformance *into) {
  if (record->flags & condition_count_mask) return false;
  uint32_t kind = record->flags & type_kind_mask;
  if (kind > indirect_type) return false;
  const void *place = relative(&record->type);
  const struct type *type = place && kind == indirect_type ? *(const void *const *)place : place;
  const struct protocol *protocol = relative_indirectable(&record->protocol);
  if (!type || !protocol || type->flags & generic_type || !is_plain(protocol)) return false;
  *into = (struct conformance){protocol, type, record};
  return true;
}

static void replace_witnesses(const struct conformance *old, const struct conformance *new) {
  static get_witness_table *get_table;
  if (!get_table) get_table = (get_witness_table *)dlsym(RTLD_DEFAULT, "swift_getWitnessTable");
  access_metadata *access = (access_metadata *)relative(&old->type->access);
  if (!get_table || !access) return;
  const void *type = access(0).type;
  void **old_table = get_table(old->record, type, NULL), **new_table = get_table(new->record, type, NULL);
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)old_table & ~(page - 1);
  uintptr_t end = (uintptr_t)(old_table + 1 + old->protocol->count);
  if (mprotect((void *)start, end - start, PROT_READ | PROT_WRITE) != 0) return;
  // The first word is the record itself.
  for (uint32_t i = 1; i <= old->protocol->count; i++) __atomic_store_n(&old_table[i], new_table[i], __ATOMIC_RELAXED);
}

static void adopt(const struct conformance *new) {
  for (size_t i = 0; i < conformance_count; i++) {
    if (conformances[i].protocol == new->protocol && conformances[i].type == new->type) replace_witnesses(&conformances[i], new);
  }
  if (conformance_count == conformance_capacity) {
    conformance_capacity = conformance_capacity ? conformance_capacity * 2 : 64;
    conformances = realloc(conformances, conformance_capacity * sizeof *conformances);
  }
  conformances[conformance_count++] = *new;
}

// The section of the records in a shared object: its address relative to where the object is loaded, and its size.
static bool find_section(const char *file, size_t size, uintptr_t *address, size_t *length) {
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
  if (size < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_shentsize != sizeof(Elf64_Shdr)) return false;
  if (header->e_shoff > size || header->e_shnum > (size - header->e_shoff) / sizeof(Elf64_Shdr)) return false;
  const Elf64_Shdr *sections = (const Elf64_Shdr *)(file + header->e_shoff);
  if (header->e_shstrndx >= header->e_shnum) return false;
  const Elf64_Shdr *names = &sections[header->e_shstrndx];
  static const char wanted[] = "swift5_protocol_conformances";
  for (int i = 0; i < header->e_shnum; i++) {
    uint64_t name = names->sh_offset + sections[i].sh_name;
    if (name + sizeof wanted > size || memcmp(file + name, wanted, sizeof wanted) != 0) continue;
    *address = sections[i].sh_addr;
    *length = sections[i].sh_size;
    return true;
  }
  return false;
}

void conformances_adopt(const char *path, uintptr_t base) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  struct stat status;
  const char *file = fstat(fd, &status) == 0 ? mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
  close(fd);
  if (file == MAP_FAILED) return;
  uintptr_t address;
  size_t length;
  if (find_section(file, (size_t)status.st_size, &address, &length)) {
    const int32_t *records = (const int32_t *)(base + address);
    for (size_t i = 0; i < length / sizeof *records; i++) {
      struct conformance conformance;
      const struct record *record = relative(&records[i]);
      if (record && read_record(record, &conformance)) adopt(&conformance);
    }
  }
  munmap((void *)file, (size_t)status.st_size);
}
