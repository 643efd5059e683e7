// power_cut.hpp: a disk for SQLite that forgets at a power cut what was written and not synced.
//
// Stands over the default VFS of this process and makes itself the default. Reads and writes go to the real file;
// beside it is kept what the disk holds for certain. cut_after(n) lets the n-th write, truncation, sync or deletion be
// the one at which the power goes: from then on every one fails, and every read. wake(seed) puts the files as a disk
// may leave them: of each unsynced write, whatever its order, all, nothing, some sectors, or garbage in some; a new
// file whose name was never synced may be gone, a deleted one may be back. Shared memory is the kernel's and is gone.
//
// It assumes what SQLite's unix VFS does: the first sync of a new log or journal syncs the folder too. It is harsher
// than SQLite's "powersafe overwrite" only inside the bytes that were being written. Tested by power/power_cut_test.
#pragma once

#include <cstdint>
#include <string>

namespace clinicpro::testing::power {

void install();  // once; later calls do nothing
void new_folder(
    const std::string& folder);  // forgets other files; those below it are kept from now on. No file of it is open
// 0: never. With `what`, only operations of that kind count (see cut_at).
void cut_after(int64_t operations, const std::string& what = {});
bool is_cut();
int64_t operations();  // since cut_after
// No connection may be open. The same seed and the same operations leave the same files.
void wake(uint32_t seed);

// What the last cut hit: "log write", "log sync", "file write", "file sync" (both of a checkpoint), "log cut" ...
std::string cut_at();

// The whole file; nothing when there is none.
std::string bytes_of(const std::string& path);

// Changes PRAGMAs on their way, as somebody might.
struct Tampering {
    bool normal = false;  // synchronous=FULL becomes NORMAL: the control that shows what the disk can take
    int checkpoint_pages =
        0;  // wal_autocheckpoint, below 100,000, so that a small test meets what a busy server meets after 64 MiB
};
void tamper(Tampering tampering);

}  // namespace clinicpro::testing::power
