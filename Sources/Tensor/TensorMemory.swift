import CKernels

/// Where the elements of tensors lie: the heap of the C library.
package enum TensorMemory {
    /// Keeps freed memory at hand for the next tensors, up to 64 MiB in each thread's heap.
    ///
    /// glibc returns it to the kernel as soon as a thread's heap ends in more than some 100 KiB of
    /// it. A model computes a request in a few MiB: it would get all of them anew for each request,
    /// page fault by page fault, which takes longer than the computing. Blocks of 8 MiB and more,
    /// such as a whole checkpoint, still go back at once.
    package static func keepFreed() {
        memory_keep_freed()
    }
}
