// memory_disk.hpp: where SQLite keeps the databases of this process: in its memory.
//
// The storm is one thread with two connections, and a quarter of its time were the kernel's reads, writes and locks.
// What SQLite asks of a file is answered as its own unix VFS does, the shared memory of the log's index and the locks
// with it. What a disk forgets at a power cut is not the storm's: tests/power has that.
#pragma once

#include <string>
#include <string_view>

namespace clinicpro::storm::memory_disk {

void install();  // SQLite's default from now on, for this process; later calls do nothing

// Lays a database there, without a log. No connection to it may be open.
void put(const std::string& path, std::string_view bytes);

// The database itself, or with "-wal" behind its path the log. Valid until the next write; empty when there is none.
std::string_view bytes_of(const std::string& path);

}  // namespace clinicpro::storm::memory_disk
