// Preloaded, not called: see DiskFaults.c. What its control file says, for whoever writes one: eight
// 64-bit integers in the machine's byte order.
#pragma once

enum diskFaultsField {
    // Which operations fail, a sum of `diskFaultsOperation`; 0 for none.
    diskFaultsOperations,
    // The `errno` that they fail with; `diskFaultsShort` for writes that end early and succeed.
    diskFaultsError,
    // The Nth of these operations fails, counted from 1.
    diskFaultsNumber,
    // 1: every later one, too.
    diskFaultsRepeats,
    // How many of these operations were seen, and how many of them failed. Written by the library.
    diskFaultsSeen,
    diskFaultsFailed,
    // What is added to the time of day, in milliseconds.
    diskFaultsClockOffset,
    diskFaultsFieldCount = 8
};

enum diskFaultsOperation {
    diskFaultsWrite = 1,
    diskFaultsSync = 2,
    diskFaultsTruncate = 4,
    diskFaultsOpen = 8,
    diskFaultsRead = 16,
    diskFaultsMap = 32,
    diskFaultsUnlink = 64,
    diskFaultsRename = 128
};

enum { diskFaultsShort = -1 };
