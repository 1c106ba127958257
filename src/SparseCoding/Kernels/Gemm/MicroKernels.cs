using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>The chooser: all kernels for one element type in order of preference.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal static class MicroKernels<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly GemmEngine<T> s_kernel512 = new GemmEngine<T, Kernel512<T>>();
    private static readonly GemmEngine<T> s_kernel256 = new GemmEngine<T, Kernel256<T>>();
    private static readonly GemmEngine<T> s_kernel128 = new GemmEngine<T, Kernel128<T>>();
    private static readonly GemmEngine<T> s_scalar = new GemmEngine<T, ScalarKernel<T>>();

    /// <summary>Every kernel, best first; the first supported one is used. The last is supported everywhere.</summary>
    public static IReadOnlyList<GemmEngine<T>> All { get; } = [s_kernel512, s_kernel256, s_kernel128, s_scalar];

    /// <summary>The kernel this process uses.</summary>
    public static GemmEngine<T> Best { get; } = All.First(engine => engine.IsSupported);

    private static readonly GemmEngine<T>[] s_vector = [.. All.Where(engine => engine.IsSupported && engine != s_scalar)];

    /// <summary>
    /// The kernel for a product of few columns: the best one whose tile is not wider than needed, for a half-empty tile costs as much as a full one.
    /// Never the scalar one beside a vector one: all vector kernels of a machine round alike, so that the choice does not show in the bits.
    /// </summary>
    public static GemmEngine<T> ForColumns(nint columns)
    {
        foreach (GemmEngine<T> engine in s_vector)
        {
            if (engine.Columns <= columns)
            {
                return engine;
            }
        }

        return s_vector.Length == 0 ? s_scalar : s_vector[^1];
    }
}
