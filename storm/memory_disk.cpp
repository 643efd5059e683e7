#include "storm/memory_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <vector>

#include "base/error.hpp"

namespace clinicpro::storm::memory_disk {
namespace {

struct File;

struct Node {
    std::string bytes;
    std::vector<std::unique_ptr<char[]>> shared_memory;
    std::vector<File*> open;
};

struct File {
    sqlite3_file base{};  // first: SQLite sees this
    std::shared_ptr<Node> node;
    int lock = SQLITE_LOCK_NONE;
    bool maps = false;                          // has the shared memory
    unsigned reads_index = 0, owns_index = 0;   // its locks on that, a bit each
};

struct Disk {
    sqlite3_vfs* native = nullptr;  // sleeps, tells the time, and keeps what has no name
    std::map<std::string, std::shared_ptr<Node>> nodes;
};
Disk& disk() {
    static Disk one;
    return one;
}

File& of(sqlite3_file* file) {
    return *reinterpret_cast<File*>(file);
}

template <class Is>
bool another(const File& file, Is is) {
    return std::ranges::any_of(file.node->open, [&](const File* other) { return other != &file && is(*other); });
}

int do_read(sqlite3_file* f, void* to, int wanted, sqlite3_int64 at) {
    const std::string& bytes = of(f).node->bytes;
    const size_t size = size_t(wanted), from = std::min(size_t(at), bytes.size());
    const size_t there = std::min(size, bytes.size() - from);
    std::memcpy(to, bytes.data() + from, there);
    std::memset(static_cast<char*>(to) + there, 0, size - there);
    return there == size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int do_write(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
    std::string& bytes = of(f).node->bytes;
    if (bytes.size() < size_t(at) + size_t(size)) bytes.resize(size_t(at) + size_t(size));
    std::memcpy(bytes.data() + at, from, size_t(size));
    return SQLITE_OK;
}

int do_truncate(sqlite3_file* f, sqlite3_int64 size) {
    of(f).node->bytes.resize(size_t(size));
    return SQLITE_OK;
}

int do_sync(sqlite3_file*, int) {
    return SQLITE_OK;
}

int do_size(sqlite3_file* f, sqlite3_int64* size) {
    *size = sqlite3_int64(of(f).node->bytes.size());
    return SQLITE_OK;
}

// Many may read; one may intend to write (reserved), waits for the readers (pending), and writes (exclusive).
int do_lock(sqlite3_file* f, int wanted) {
    File& file = of(f);
    if (file.lock >= wanted) return SQLITE_OK;
    if (wanted == SQLITE_LOCK_SHARED) {
        if (another(file, [](const File& other) { return other.lock >= SQLITE_LOCK_PENDING; })) return SQLITE_BUSY;
    } else {
        if (another(file, [](const File& other) { return other.lock >= SQLITE_LOCK_RESERVED; })) return SQLITE_BUSY;
        if (wanted == SQLITE_LOCK_EXCLUSIVE &&
            another(file, [](const File& other) { return other.lock >= SQLITE_LOCK_SHARED; })) {
            file.lock = SQLITE_LOCK_PENDING;
            return SQLITE_BUSY;
        }
    }
    file.lock = wanted;
    return SQLITE_OK;
}

int do_unlock(sqlite3_file* f, int wanted) {
    of(f).lock = std::min(of(f).lock, wanted);
    return SQLITE_OK;
}

int do_reserved(sqlite3_file* f, int* is) {
    *is = std::ranges::any_of(of(f).node->open, [](const File* one) { return one->lock >= SQLITE_LOCK_RESERVED; });
    return SQLITE_OK;
}

int do_control(sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}

int do_sector(sqlite3_file*) {
    return 4096;
}

int do_device(sqlite3_file*) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;  // as the unix VFS
}

int do_map(sqlite3_file* f, int region, int size, int extend, void volatile** to) {
    auto& regions = of(f).node->shared_memory;
    of(f).maps = true;
    while (extend && regions.size() <= size_t(region)) regions.push_back(std::make_unique<char[]>(size_t(size)));
    *to = size_t(region) < regions.size() ? regions[size_t(region)].get() : nullptr;
    return SQLITE_OK;
}

int do_index_lock(sqlite3_file* f, int at, int count, int flags) {
    File& file = of(f);
    const unsigned mask = ((1U << count) - 1) << at;
    unsigned& mine = flags & SQLITE_SHM_SHARED ? file.reads_index : file.owns_index;
    if (flags & SQLITE_SHM_UNLOCK) {
        mine &= ~mask;
        return SQLITE_OK;
    }
    const bool reads = flags & SQLITE_SHM_SHARED;
    const auto is_against = [&](const File& other) { return ((reads ? 0 : other.reads_index) | other.owns_index) & mask; };
    if (another(file, is_against)) return SQLITE_BUSY;
    mine |= mask;
    return SQLITE_OK;
}

void do_barrier(sqlite3_file*) {}

// The index is gone with its last reader, whether or not SQLite wants its file deleted: the next one makes it anew.
int do_unmap(sqlite3_file* f, int) {
    File& file = of(f);
    file.maps = false;
    file.reads_index = file.owns_index = 0;
    if (!another(file, [](const File& other) { return other.maps; })) file.node->shared_memory.clear();
    return SQLITE_OK;
}

int do_close(sqlite3_file* f) {
    do_unmap(f, 0);
    std::erase(of(f).node->open, &of(f));
    of(f).~File();
    return SQLITE_OK;
}

// Version 2: no memory mapping, as the program sets it.
constexpr sqlite3_io_methods kMethods = {2,         do_close, do_read,       do_write,   do_truncate, do_sync,   do_size,
                                         do_lock,   do_unlock, do_reserved,  do_control, do_sector,   do_device, do_map,
                                         do_index_lock, do_barrier, do_unmap, nullptr,   nullptr};

int do_open(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out) {
    constexpr int kKept = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
    if (!name || !(flags & kKept)) return disk().native->xOpen(disk().native, name, f, flags, out);
    f->pMethods = nullptr;
    auto& node = disk().nodes[name];
    if (!node) {
        // A database is there, empty, as soon as the program has made its file.
        if (!(flags & (SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_DB))) return SQLITE_CANTOPEN;
        node = std::make_shared<Node>();
    }
    File* const file = new (f) File{.node = node};
    file->base.pMethods = &kMethods;
    node->open.push_back(file);
    if (out) *out = flags;
    return SQLITE_OK;
}

int do_delete(sqlite3_vfs*, const char* name, int) {
    return disk().nodes.erase(name) > 0 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

int do_access(sqlite3_vfs*, const char* name, int, int* is) {
    *is = disk().nodes.contains(name);
    return SQLITE_OK;
}

}  // namespace

void install() {
    Disk& d = disk();
    if (d.native) return;
    // Before anything makes SQLite ready, after which it takes no such setting (sqlite_session.cpp has the reason).
    CHECK(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK);
    d.native = sqlite3_vfs_find(nullptr);
    CHECK(d.native != nullptr);
    static sqlite3_vfs memory = *d.native;
    memory.pNext = nullptr;
    memory.szOsFile = std::max(int(sizeof(File)), d.native->szOsFile);
    memory.zName = "storm-memory";
    memory.xOpen = do_open;
    memory.xDelete = do_delete;
    memory.xAccess = do_access;
    CHECK(sqlite3_vfs_register(&memory, 1) == SQLITE_OK);
}

void put(const std::string& path, std::string_view bytes) {
    auto& nodes = disk().nodes;
    nodes.erase(path + "-wal");
    auto& node = nodes[path];
    CHECK(!node || node->open.empty());
    if (!node) node = std::make_shared<Node>();
    node->bytes = bytes;
}

std::string_view bytes_of(const std::string& path) {
    const auto found = disk().nodes.find(path);
    return found == disk().nodes.end() ? std::string_view() : found->second->bytes;
}

}  // namespace clinicpro::storm::memory_disk
