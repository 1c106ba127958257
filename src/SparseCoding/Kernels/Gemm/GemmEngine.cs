using System.Numerics;
using System.Runtime.CompilerServices;

namespace SparseCoding.Kernels;

/// <summary>The loops around one micro-kernel.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal abstract class GemmEngine<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Whether this machine runs the kernel in hardware.</summary>
    public abstract bool IsSupported { get; }

    /// <summary>Rows of a tile.</summary>
    public abstract int Rows { get; }

    /// <summary>Columns of a tile.</summary>
    public abstract int Columns { get; }

    /// <summary>Computes the product with packed blocks; sizes at least 1.</summary>
    public abstract void Packed(in GemmOperands<T> product);

    /// <summary>Computes the product with op(A) read in place; sizes at least 1.</summary>
    public abstract void Direct(in GemmOperands<T> product);
}

/// <summary>The loops around <typeparamref name="TKernel"/>, compiled for it.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="TKernel">The micro-kernel.</typeparam>
internal sealed class GemmEngine<T, TKernel> : GemmEngine<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TKernel : struct, IMicroKernel<T>
{
    /// <inheritdoc/>
    public override bool IsSupported => TKernel.IsSupported;

    /// <inheritdoc/>
    public override int Rows => TKernel.Rows;

    /// <inheritdoc/>
    public override int Columns => TKernel.Columns;

    /// <inheritdoc/>
    public override void Packed(in GemmOperands<T> product) => PackedProduct<T, TKernel>.Run(product);

    /// <inheritdoc/>
    public override void Direct(in GemmOperands<T> product) => DirectProduct<T, TKernel>.Run(product);
}

/// <summary>A tile that is not whole: computed whole in memory of its own, then the part that exists is copied.</summary>
internal static unsafe class EdgeTile
{
    /// <summary>Bytes of the largest tile of any kernel: 12 x 32 floats or 12 x 16 doubles.</summary>
    public const int Bytes = 12 * 32 * sizeof(float);

    /// <summary>Copies rows x columns elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<T>(T* source, nint sourceStride, T* target, nint targetStride, nint rows, nint columns)
        where T : unmanaged
    {
        for (nint i = 0; i < rows; i++)
        {
            for (nint j = 0; j < columns; j++)
            {
                target[j] = source[j];
            }

            source += sourceStride;
            target += targetStride;
        }
    }
}
