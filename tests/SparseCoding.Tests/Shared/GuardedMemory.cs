using System.Runtime.InteropServices;

namespace SparseCoding.Tests;

/// <summary>
/// Memory between two inaccessible pages: a kernel that reads or writes one element outside its span ends the process instead of passing.
/// One object serves one span at a time; <see cref="AtEnd"/> catches overruns, <see cref="AtStart"/> catches reads before the first element.
/// </summary>
/// <typeparam name="T">Element type; its size must divide the page size.</typeparam>
internal sealed unsafe class GuardedMemory<T> : IDisposable
    where T : unmanaged
{
    private readonly byte* _base;
    private readonly nuint _page;
    private readonly nuint _usable;
    private bool _freed;

    /// <summary>Room for spans of up to <paramref name="capacity"/> elements.</summary>
    public GuardedMemory(int capacity)
    {
        _page = (nuint)Environment.SystemPageSize;
        nuint bytes = Math.Max(1, (nuint)capacity * (nuint)sizeof(T));
        _usable = (bytes + _page - 1) / _page * _page;
        _base = GuardedMemoryNative.Reserve(_usable, _page);
    }

    /// <summary>A span whose end is the start of an inaccessible page. Contents are what the last user left.</summary>
    public Span<T> AtEnd(int length)
    {
        Check(length);
        return new Span<T>(_base + _page + _usable - ((nuint)length * (nuint)sizeof(T)), length);
    }

    /// <summary>The same, filled from <paramref name="source"/>.</summary>
    public Span<T> AtEnd(ReadOnlySpan<T> source)
    {
        Span<T> span = AtEnd(source.Length);
        source.CopyTo(span);
        return span;
    }

    /// <summary>A span whose first element is the first byte after an inaccessible page.</summary>
    public Span<T> AtStart(int length)
    {
        Check(length);
        return new Span<T>(_base + _page, length);
    }

    /// <summary>The same, filled from <paramref name="source"/>.</summary>
    public Span<T> AtStart(ReadOnlySpan<T> source)
    {
        Span<T> span = AtStart(source.Length);
        source.CopyTo(span);
        return span;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_freed)
        {
            _freed = true;
            GuardedMemoryNative.Free(_base, _usable + (2 * _page));
        }
    }

    private void Check(int length)
    {
        ObjectDisposedException.ThrowIf(_freed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((nuint)length * (nuint)sizeof(T), _usable, nameof(length));
    }
}

/// <summary>The system calls behind <see cref="GuardedMemory{T}"/>.</summary>
internal static unsafe partial class GuardedMemoryNative
{
    /// <summary>Maps guard | usable bytes | guard and returns the start of the first guard.</summary>
    public static byte* Reserve(nuint usable, nuint page)
    {
        nuint total = usable + (2 * page);
        if (OperatingSystem.IsWindows())
        {
            byte* start = (byte*)VirtualAlloc(null, total, 0x2000, 0x01);
            if (start == null || VirtualAlloc(start + page, usable, 0x1000, 0x04) == null)
            {
                throw new InvalidOperationException("VirtualAlloc failed.");
            }

            return start;
        }

        int anonymousPrivate = (OperatingSystem.IsMacOS() ? 0x1000 : 0x20) | 0x02;
        byte* memory = (byte*)Map(null, total, 0, anonymousPrivate, -1, 0);
        if (memory == (byte*)-1 || Protect(memory + page, usable, 0x3) != 0)
        {
            throw new InvalidOperationException("mmap or mprotect failed.");
        }

        return memory;
    }

    /// <summary>Returns what <see cref="Reserve"/> gave.</summary>
    public static void Free(byte* start, nuint total)
    {
        if (OperatingSystem.IsWindows())
        {
            _ = VirtualFree(start, 0, 0x8000);
        }
        else
        {
            _ = Unmap(start, total);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial void* VirtualAlloc(void* address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int VirtualFree(void* address, nuint size, uint type);
}
