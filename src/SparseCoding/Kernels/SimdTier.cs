using System.Runtime.Intrinsics;

namespace SparseCoding.Kernels;

/// <summary>The widest vectors that this process uses: part of a device's name and of a checkpoint's identity.</summary>
internal static class SimdTier
{
    /// <summary>"avx512", "avx2", "vector128" or "none".</summary>
    public static string Name { get; } =
        Vector512.IsHardwareAccelerated ? "avx512" : Vector256.IsHardwareAccelerated ? "avx2" : Vector128.IsHardwareAccelerated ? "vector128" : "none";
}
