using System.Runtime.InteropServices;

namespace SparseCoding.Benchmarks;

/// <summary>The rival: sgemm of OpenBLAS, where the machine has it (Debian: libopenblas0-pthread). Only this project knows of it.</summary>
internal static partial class OpenBlas
{
    private const string Library = "openblas";
    private const int RowMajor = 101;
    private const int NoTranspose = 111;
    private const int Transpose = 112;

    private static readonly string[] s_names =
        ["libopenblas.so.0", "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0", "/usr/lib/aarch64-linux-gnu/openblas-pthread/libopenblas.so.0", "openblas"];

    static OpenBlas() => NativeLibrary.SetDllImportResolver(typeof(OpenBlas).Assembly, (name, _, _) => name == Library ? s_handle.Value : 0);

    private static readonly Lazy<nint> s_handle = new(() =>
    {
        foreach (string name in s_names)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
            {
                return handle;
            }
        }

        return 0;
    });

    /// <summary>Whether the library was found.</summary>
    public static bool IsAvailable => s_handle.Value != 0;

    /// <summary>What to tell the user where it was not.</summary>
    public static string Missing => "OpenBLAS was not found, so there is nothing to compare with. Debian and Ubuntu: apt-get install libopenblas0-pthread.";

    /// <summary>Version and target of the library.</summary>
    public static string Description => $"{Marshal.PtrToStringUTF8(GetConfig())}, core {Marshal.PtrToStringUTF8(GetCore())}";

    /// <summary>C = alpha op(A) op(B) + beta C, row-major.</summary>
    public static unsafe void Multiply(
        bool transposeA, bool transposeB, int m, int n, int k, float alpha, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, float beta, Span<float> c, int ldc)
    {
        fixed (float* pa = a, pb = b, pc = c)
        {
            Sgemm(RowMajor, transposeA ? Transpose : NoTranspose, transposeB ? Transpose : NoTranspose, m, n, k, alpha, pa, lda, pb, ldb, beta, pc, ldc);
        }
    }

    /// <summary>How many threads it may use.</summary>
    [LibraryImport(Library, EntryPoint = "openblas_set_num_threads")]
    public static partial void SetThreads(int threads);

    [LibraryImport(Library, EntryPoint = "openblas_get_config")]
    private static partial nint GetConfig();

    [LibraryImport(Library, EntryPoint = "openblas_get_corename")]
    private static partial nint GetCore();

    [LibraryImport(Library, EntryPoint = "cblas_sgemm")]
    private static unsafe partial void Sgemm(
        int order, int transposeA, int transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc);
}
