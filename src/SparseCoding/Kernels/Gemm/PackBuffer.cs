namespace SparseCoding.Kernels;

/// <summary>
/// Working memory of the matrix product, one per thread, kept between calls and grown to the largest asked for. It is taken out of its slot while in use, so
/// that a product started inside another one on the same thread gets memory of its own.
/// </summary>
internal sealed unsafe class PackBuffer
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static PackBuffer? t_free;

    private byte[] _memory = [];

    private PackBuffer()
    {
    }

    /// <summary>Takes this thread's buffer with at least so many bytes, aligned to 64. Its content is undefined; it does not move.</summary>
    public static PackBuffer Take(nint bytes, out byte* start)
    {
        PackBuffer buffer = t_free ?? new PackBuffer();
        t_free = null;
        if (buffer._memory.Length < bytes + Alignment)
        {
            buffer._memory = GC.AllocateUninitializedArray<byte>(checked((int)(bytes + Alignment)), pinned: true);
        }

        // The array is on the pinned heap: the address stays good after the fixed statement.
        fixed (byte* first = buffer._memory)
        {
            start = (byte*)(((nuint)first + (Alignment - 1)) & ~(nuint)(Alignment - 1));
        }

        return buffer;
    }

    /// <summary>Gives the buffer back to this thread.</summary>
    public void Return() => t_free = this;
}
