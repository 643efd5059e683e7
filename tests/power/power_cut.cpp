// power_cut.cpp: the shim (see power_cut.hpp).
#include "tests/power/power_cut.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <vector>

namespace clinicpro::testing::power {

namespace {

constexpr size_t kSector = 512;

struct Change {
    size_t at;
    std::string bytes;
    bool truncates;  // to `at`
};
struct Image {
    std::string synced;            // what the disk holds for certain
    std::vector<Change> unsynced;  // in order
    bool exists = true;
    bool named = true;                 // the name, too, is on the disk
    std::optional<std::string> ghost;  // a deleted file of the same name whose deletion is not
};
struct Disk {
    std::mutex mutex;
    sqlite3_vfs* real = nullptr;
    std::string folder;
    std::map<std::string, Image> files;
    int64_t limit = 0, count = 0;
    bool cut = false;
    std::string wanted, cut_at;
    Tampering tampering;
};
Disk& disk() {
    static Disk one;
    return one;
}

struct File {
    sqlite3_file base;
    bool kept;  // it stands in the folder
    char path[512];
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    const sqlite3_io_methods& does() { return *real()->pMethods; }
};
File& of(sqlite3_file* file) {
    return *reinterpret_cast<File*>(file);
}

void lay(std::string& image, const Change& change) {
    if (change.truncates) return image.resize(std::min(image.size(), change.at));
    if (image.size() < change.at + change.bytes.size()) image.resize(change.at + change.bytes.size());
    image.replace(change.at, change.bytes.size(), change.bytes);
}

std::string_view part_of(std::string_view path) {
    if (path.ends_with("-wal")) return "log";
    if (path.ends_with("-journal")) return "journal";
    return "file";
}

// Counts one operation; true when the power goes with it. Under the lock.
bool goes_out(std::string_view path, std::string_view what) {
    Disk& d = disk();
    const std::string kind = std::string(part_of(path)) + " " + std::string(what);
    if (!d.wanted.empty() && d.wanted != kind) return false;
    if (++d.count != d.limit) return false;
    d.cut = true;
    d.cut_at = kind;
    return true;
}

int change(File& file, Change what, std::string_view name) {
    Disk& d = disk();
    const std::lock_guard lock(d.mutex);
    if (!file.kept) {
        return what.truncates
                   ? file.does().xTruncate(file.real(), int64_t(what.at))
                   : file.does().xWrite(file.real(), what.bytes.data(), int(what.bytes.size()), int64_t(what.at));
    }
    if (d.cut) return SQLITE_IOERR;
    const int code = what.truncates
                         ? file.does().xTruncate(file.real(), int64_t(what.at))
                         : file.does().xWrite(file.real(), what.bytes.data(), int(what.bytes.size()), int64_t(what.at));
    if (code != SQLITE_OK) return code;
    d.files[file.path].unsynced.push_back(std::move(what));
    return goes_out(file.path, name) ? SQLITE_IOERR : SQLITE_OK;
}

int do_close(sqlite3_file* f) {
    return of(f).does().xClose(of(f).real());
}
int do_read(sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
    const std::lock_guard lock(disk().mutex);
    if (of(f).kept && disk().cut) return SQLITE_IOERR_READ;
    return of(f).does().xRead(of(f).real(), to, n, at);
}
int do_write(sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
    return change(of(f), {size_t(at), std::string(static_cast<const char*>(from), size_t(n)), false}, "write");
}
int do_truncate(sqlite3_file* f, sqlite3_int64 at) {
    return change(of(f), {size_t(at), {}, true}, "cut");
}
// The folder is on the disk: names that were made, and deletions.
void sync_names() {
    for (auto& [path, image] : disk().files) {
        image.named = image.exists;
        image.ghost.reset();
    }
}
int do_sync(sqlite3_file* f, int flags) {
    File& file = of(f);
    const std::lock_guard lock(disk().mutex);
    if (!file.kept) return file.does().xSync(file.real(), flags);
    if (disk().cut) return SQLITE_IOERR_FSYNC;
    if (goes_out(file.path, "sync")) return SQLITE_IOERR_FSYNC;  // while it was under way
    Image& image = disk().files[file.path];
    for (const Change& each : image.unsynced) lay(image.synced, each);
    image.unsynced.clear();
    if (!image.named) sync_names();
    return SQLITE_OK;
}
int do_size(sqlite3_file* f, sqlite3_int64* n) {
    return of(f).does().xFileSize(of(f).real(), n);
}
int do_lock(sqlite3_file* f, int kind) {
    return of(f).does().xLock(of(f).real(), kind);
}
int do_unlock(sqlite3_file* f, int kind) {
    return of(f).does().xUnlock(of(f).real(), kind);
}
int do_reserved(sqlite3_file* f, int* out) {
    return of(f).does().xCheckReservedLock(of(f).real(), out);
}

// The text of a PRAGMA is SQLite's own copy and is read after this.
void meddle(const char* name, char* value) {
    const Tampering& wanted = disk().tampering;
    if (wanted.normal && std::strcmp(name, "synchronous") == 0 && std::strcmp(value, "FULL") == 0)
        std::strcpy(value, "1");
    if (wanted.checkpoint_pages > 0 && std::strcmp(name, "wal_autocheckpoint") == 0 &&
        std::strcmp(value, "16384") == 0) {
        std::snprintf(value, sizeof "16384", "%d", wanted.checkpoint_pages);
    }
}
int do_control(sqlite3_file* f, int what, void* with) {
    if (what == SQLITE_FCNTL_PRAGMA && of(f).kept) {
        char** words = static_cast<char**>(with);
        if (words[1] && words[2]) meddle(words[1], words[2]);
    }
    if (what == SQLITE_FCNTL_SIZE_HINT) return SQLITE_OK;  // would grow the file past this shim
    return of(f).does().xFileControl(of(f).real(), what, with);
}
int do_sector(sqlite3_file* f) {
    return of(f).does().xSectorSize(of(f).real());
}
int do_device(sqlite3_file* f) {
    return of(f).does().xDeviceCharacteristics(of(f).real());
}
int do_map(sqlite3_file* f, int page, int size, int extend, void volatile** to) {
    return of(f).does().xShmMap(of(f).real(), page, size, extend, to);
}
int do_shm_lock(sqlite3_file* f, int at, int n, int flags) {
    return of(f).does().xShmLock(of(f).real(), at, n, flags);
}
void do_barrier(sqlite3_file* f) {
    of(f).does().xShmBarrier(of(f).real());
}
int do_unmap(sqlite3_file* f, int away) {
    return of(f).does().xShmUnmap(of(f).real(), away);
}

// Version 2: no memory mapping, which would pass this shim by.
const sqlite3_io_methods kMethods = {2,           do_close,   do_read,     do_write,   do_truncate, do_sync,   do_size,
                                     do_lock,     do_unlock,  do_reserved, do_control, do_sector,   do_device, do_map,
                                     do_shm_lock, do_barrier, do_unmap,    nullptr,    nullptr};

int do_open(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out) {
    Disk& d = disk();
    File& file = of(f);
    file.base.pMethods = nullptr;
    const std::lock_guard lock(d.mutex);
    file.kept = name && !d.folder.empty() && std::string_view(name).starts_with(d.folder);
    if (file.kept && d.cut) return SQLITE_CANTOPEN;
    const bool was_there = file.kept && std::filesystem::exists(name);
    const int code = d.real->xOpen(d.real, name, file.real(), flags, out);
    if (code != SQLITE_OK) return code;
    std::snprintf(file.path, sizeof file.path, "%s", name ? name : "");
    file.base.pMethods = &kMethods;
    if (!file.kept) return SQLITE_OK;
    Image& image = d.files.try_emplace(file.path, Image{.exists = false, .named = false}).first->second;
    if (image.exists) return SQLITE_OK;
    image.exists = true;
    image.named = was_there;  // made before the first open, by a program that syncs its folder itself
    image.synced = was_there ? bytes_of(file.path) : "";
    return SQLITE_OK;
}
int do_delete(sqlite3_vfs*, const char* name, int sync_folder) {
    Disk& d = disk();
    const std::lock_guard lock(d.mutex);
    const auto found = d.files.find(name);
    if (found == d.files.end()) return d.real->xDelete(d.real, name, sync_folder);
    if (d.cut) return SQLITE_IOERR_DELETE;
    const int code = d.real->xDelete(d.real, name, 0);
    if (code != SQLITE_OK) return code;
    Image& image = found->second;
    if (image.named) image.ghost = image.synced;
    image = Image{.exists = false, .named = false, .ghost = std::move(image.ghost)};
    if (goes_out(name, "deletion")) return SQLITE_IOERR_DELETE;
    if (sync_folder) sync_names();
    return SQLITE_OK;
}

// One unsynced write as the platters show it afterwards.
void survive(std::string& disk_bytes, Change change, std::mt19937& dice) {
    enum { kNothing, kAll, kSomeSectors, kGarbage };
    const auto fate = dice() % 4;
    if (fate == kNothing) return;
    if (fate == kAll || change.truncates) return lay(disk_bytes, change);
    const size_t end = change.at + change.bytes.size();
    for (size_t from = change.at; from < end;) {
        const size_t to = std::min(end, (from / kSector + 1) * kSector);
        Change piece{from, change.bytes.substr(from - change.at, to - from), false};
        if (fate == kGarbage && dice() % 2 == 0) {
            for (char& byte : piece.bytes) byte = char(dice());
            lay(disk_bytes, piece);
        } else if (dice() % 2 == 0) {
            lay(disk_bytes, piece);
        }
        from = to;
    }
}

// What stands under a name when the machine starts again; nothing: no such file.
std::optional<std::string> remains(Image& image, std::mt19937& dice) {
    enum { kNothingSurvives, kEverythingSurvives };  // else: each by itself
    const auto mood = dice() % 4;
    const auto happens = [&] { return mood == kEverythingSurvives || (mood != kNothingSurvives && dice() % 2 == 0); };
    if (!image.exists || (!image.named && !happens())) {
        if (image.ghost && !happens()) return image.ghost;
        return std::nullopt;
    }
    for (Change& each : image.unsynced) {
        if (mood == kNothingSurvives) break;
        if (mood == kEverythingSurvives)
            lay(image.synced, each);
        else
            survive(image.synced, std::move(each), dice);
    }
    return std::move(image.synced);
}

}  // namespace

std::string bytes_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary | std::ios::ate);  // by the block: a byte at a time is most of a run
    std::string bytes(in ? size_t(in.tellg()) : 0, '\0');
    in.seekg(0).read(bytes.data(), std::streamsize(bytes.size()));
    return bytes;
}

void install() {
    Disk& d = disk();
    if (d.real) return;
    d.real = sqlite3_vfs_find(nullptr);
    static sqlite3_vfs shim = *d.real;
    shim.pNext = nullptr;
    shim.szOsFile = int(sizeof(File)) + d.real->szOsFile;
    shim.zName = "power-cut";
    shim.xOpen = do_open;
    shim.xDelete = do_delete;
    sqlite3_vfs_register(&shim, 1);
}

void new_folder(const std::string& folder) {
    Disk& d = disk();
    const std::lock_guard lock(d.mutex);
    d.folder = folder + "/";
    d.files.clear();
    d.cut = false;
    d.limit = d.count = 0;
    d.wanted.clear();
}
void cut_after(int64_t n, const std::string& what) {
    const std::lock_guard lock(disk().mutex);
    disk().limit = n;
    disk().count = 0;
    disk().wanted = what;
}
bool is_cut() {
    const std::lock_guard lock(disk().mutex);
    return disk().cut;
}
int64_t operations() {
    const std::lock_guard lock(disk().mutex);
    return disk().count;
}
std::string cut_at() {
    const std::lock_guard lock(disk().mutex);
    return disk().cut_at;
}
void tamper(Tampering tampering) {
    const std::lock_guard lock(disk().mutex);
    disk().tampering = tampering;
}

void wake(uint32_t seed) {
    Disk& d = disk();
    const std::lock_guard lock(d.mutex);
    std::mt19937 dice(seed);
    for (auto& [path, image] : d.files) {
        const auto left = remains(image, dice);
        std::filesystem::remove(path);
        if (left) std::ofstream(path, std::ios::binary) << *left;
        std::filesystem::remove(path + "-shm");
    }
    d.files.clear();  // read again at the next opening
    d.cut = false;
    d.limit = d.count = 0;
    d.wanted.clear();
}

}  // namespace clinicpro::testing::power
