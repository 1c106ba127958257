using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>What is applied to every element of a product after its last term and after the bias.</summary>
internal enum GemmActivation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>max(x, 0). NaN stays NaN, −0 becomes +0.</summary>
    Relu,
}

/// <summary>
/// What is done to each tile of a product while it is in cache, in this order: x + bias[column], the activation, and 0 where not mask[row, column] > 0.
/// The default value does nothing.
/// </summary>
internal readonly ref struct GemmEpilogue
{
    /// <summary>One number per column of C, added to it; empty for none.</summary>
    public ReadOnlySpan<float> Bias { get; init; }

    /// <summary>Applied after the bias.</summary>
    public GemmActivation Activation { get; init; }

    /// <summary>Shape and leading dimension of C; elements of C where it is not above 0 (0, negative, NaN) become 0 whatever they were; empty for none.</summary>
    public ReadOnlySpan<float> Mask { get; init; }
}

/// <summary>The same for pinned memory and either type, as the loops use it; the default value does nothing.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal readonly unsafe struct TileEpilogue<T>(T* bias, GemmActivation activation, T* mask)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Whether there is nothing to do.</summary>
    public bool IsEmpty => bias == null && activation == GemmActivation.None && mask == null;

    /// <summary>Applies it to rows x columns elements of C whose first one is at (row, column) of <paramref name="c"/>.</summary>
    public void Apply(T* c, nint ldc, nint row, nint column, nint rows, nint columns)
    {
        for (nint i = row; i < row + rows; i++)
        {
            T* x = c + (i * ldc) + column;
            if (bias != null)
            {
                AddBias(x, bias + column, columns);
            }

            if (activation == GemmActivation.Relu)
            {
                Relu(x, columns);
            }

            if (mask != null)
            {
                Select(x, mask + (i * ldc) + column, columns);
            }
        }
    }

    private static void AddBias(T* x, T* bias, nint length)
    {
        nint j = 0;
        if (Vector.IsHardwareAccelerated)
        {
            for (; j <= length - Vector<T>.Count; j += Vector<T>.Count)
            {
                Vector.Store(Vector.Load(x + j) + Vector.Load(bias + j), x + j);
            }
        }

        for (; j < length; j++)
        {
            x[j] += bias[j];
        }
    }

    private static void Relu(T* x, nint length)
    {
        nint j = 0;
        if (Vector.IsHardwareAccelerated)
        {
            for (; j <= length - Vector<T>.Count; j += Vector<T>.Count)
            {
                Vector<T> value = Vector.Load(x + j);
                Vector.Store(Vector.ConditionalSelect(Vector.LessThanOrEqual(value, Vector<T>.Zero), Vector<T>.Zero, value), x + j);
            }
        }

        for (; j < length; j++)
        {
            x[j] = x[j] <= T.Zero ? T.Zero : x[j];
        }
    }

    private static void Select(T* x, T* mask, nint length)
    {
        nint j = 0;
        if (Vector.IsHardwareAccelerated)
        {
            for (; j <= length - Vector<T>.Count; j += Vector<T>.Count)
            {
                Vector<T> keep = Vector.GreaterThan(Vector.Load(mask + j), Vector<T>.Zero);
                Vector.Store(Vector.ConditionalSelect(keep, Vector.Load(x + j), Vector<T>.Zero), x + j);
            }
        }

        for (; j < length; j++)
        {
            x[j] = mask[j] > T.Zero ? x[j] : T.Zero;
        }
    }
}
