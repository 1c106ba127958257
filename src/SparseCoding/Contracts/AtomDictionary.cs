using System.Numerics.Tensors;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding;

/// <summary>
/// Atoms in memory, with an optional offset and scale: x̂ = offset + scale · zD. Immutable and thread-safe. Its Gram matrix is computed on
/// first use and kept, within the memory budget of the calls that ask for it; a budget changes no result.
/// </summary>
public sealed partial class AtomDictionary : IDictionary
{
    private readonly float[] _atoms;
    private readonly float[]? _offset;
    private readonly float[] _norms;
    private readonly Lock _cacheLock = new();
    private GramRows<float>? _gram;
    private readonly Lock _boundLock = new();
    private readonly Lock _factorLock = new();
    private AdmmFactors<float>? _admmFactors;
    private double _spectralBound;
    private double _normalizedBound;

    /// <summary>Copies and checks atoms and offset.</summary>
    /// <param name="atoms">Atoms, [atoms, dimension], finite; of any norm.</param>
    /// <param name="offset">Offset, [dimension]; empty for none.</param>
    /// <param name="scale">Factor on zD; positive and finite.</param>
    /// <exception cref="ArgumentException">Empty or not finite, or an offset of another length.</exception>
    public AtomDictionary(SignalView atoms, ReadOnlySpan<float> offset = default, float scale = 1)
        : this(Copy(atoms), Math.Max(1, atoms.Dimension), CheckOffset(offset, atoms.Dimension), Throw.Positive(scale, nameof(scale)))
    {
    }

    /// <summary>Takes arrays that are already checked, without copying.</summary>
    internal AtomDictionary(float[] atoms, int dimension, float[]? offset = null, float scale = 1)
    {
        _atoms = atoms;
        Dimension = dimension;
        AtomCount = atoms.Length / dimension;
        _offset = offset;
        Scale = scale;
        _norms = new float[AtomCount];
        for (int i = 0; i < AtomCount; i++)
        {
            _norms[i] = (float)Math.Sqrt(SumOfSquares(atoms.AsSpan(i * dimension, dimension)));
        }
    }

    /// <inheritdoc/>
    public int AtomCount { get; }

    /// <summary>Dimension of the signals.</summary>
    public int Dimension { get; }

    /// <inheritdoc/>
    public int InputDimension => Dimension;

    /// <inheritdoc/>
    public int OutputDimension => Dimension;

    /// <inheritdoc/>
    public float Scale { get; }

    /// <summary>Whether an offset is added to zD.</summary>
    public bool HasOffset => _offset is not null;

    internal ReadOnlySpan<float> AtomValues => _atoms;

    internal float[] AtomArray => _atoms;

    internal ReadOnlySpan<float> NormValues => _norms;

    internal ReadOnlySpan<float> OffsetValues => _offset;

    /// <summary>The atoms as a tensor of their own, [atoms, dimension].</summary>
    public Tensor<float> ToTensor() => Tensor.Create((float[])_atoms.Clone(), [AtomCount, Dimension]);

    /// <inheritdoc/>
    public void CopyOffset(Span<float> target)
    {
        if (_offset is null)
        {
            target[..Dimension].Clear();
        }
        else
        {
            _offset.CopyTo(target);
        }
    }

    /// <inheritdoc/>
    public void CopyNorms(Span<float> target) => _norms.CopyTo(target);

    /// <inheritdoc/>
    public void CopyAtoms(int firstAtom, Span<float> target)
    {
        if (firstAtom < 0 || target.Length % Dimension != 0 || firstAtom > AtomCount - (target.Length / Dimension))
        {
            Throw.Argument($"target has room for {target.Length} values; whole atoms of dimension {Dimension} from {firstAtom} on must lie below {AtomCount}.", nameof(target));
        }

        _atoms.AsSpan(firstAtom * Dimension, target.Length).CopyTo(target);
    }

    /// <summary>A dictionary with the same atoms scaled to norm 1 (atoms of norm 0 stay), the same offset and scale.</summary>
    public AtomDictionary Normalized()
    {
        var atoms = (float[])_atoms.Clone();
        for (int i = 0; i < AtomCount; i++)
        {
            if (_norms[i] > 0)
            {
                Span<float> atom = atoms.AsSpan(i * Dimension, Dimension);
                TensorPrimitives.Divide(atom, _norms[i], atom);
            }
        }

        return new AtomDictionary(atoms, Dimension, _offset, Scale);
    }

    /// <inheritdoc/>
    public Tensor<float> Decode(SparseCodes codes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        if (codes.AtomCount != AtomCount)
        {
            Throw.Argument($"codes has shape [{codes.RowCount}, {codes.AtomCount}], but the dictionary has {AtomCount} atoms.", nameof(codes));
        }

        var signals = new float[checked((long)codes.RowCount * Dimension)];
        const int BlockRows = 256;
        ParallelBlocks.Run(ParallelBlocks.Count(codes.RowCount, BlockRows), (long)codes.NonZeroCount * Dimension > 1 << 18 ? Environment.ProcessorCount : 1, block =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            int end = Math.Min(codes.RowCount, (block + 1) * BlockRows);
            for (int row = block * BlockRows; row < end; row++)
            {
                DecodeRow(codes[row], signals.AsSpan(row * Dimension, Dimension));
            }
        });
        return Tensor.Create(signals, [codes.RowCount, Dimension]);
    }

    /// <summary>offset + scale · zD for one code.</summary>
    internal void DecodeRow(SparseRow code, Span<float> target)
    {
        target.Clear();
        for (int i = 0; i < code.Count; i++)
        {
            TensorPrimitives.MultiplyAdd(_atoms.AsSpan(code.Atoms[i] * Dimension, Dimension), code.Values[i], target, target);
        }

        if (Scale != 1)
        {
            TensorPrimitives.Multiply(target, Scale, target);
        }

        if (_offset is not null)
        {
            TensorPrimitives.Add(target, _offset, target);
        }
    }

    /// <summary>
    /// The Gram matrix D Dᵀ, summed in float64: whole where it fits the budget, else rows computed on first use and kept within the budget. Both forms have the same bits
    /// and depend on the atoms alone, so it does not matter who asks first: a later call with a larger budget gets the whole matrix, or more rows that are kept.
    /// </summary>
    internal GramRows<float> Gram(int threads, long memoryBudget)
    {
        lock (_cacheLock)
        {
            if (_gram is DenseGram<float>)
            {
                return _gram;
            }

            long entries = (long)AtomCount * AtomCount;
            if (4 * entries > memoryBudget || entries > Array.MaxLength)
            {
                if (_gram is LazyGram lazy)
                {
                    lazy.Grow(memoryBudget);
                    return lazy;
                }

                return _gram = new LazyGram(_atoms, Dimension, memoryBudget);
            }

            var values = new float[(int)entries];
            GramProduct.All(_atoms, Dimension, values, threads);
            return _gram = new DenseGram<float>(values, AtomCount);
        }
    }

    /// <summary>
    /// An upper bound of the largest eigenvalue of the Gram, > 0; computed from the atoms at the first call, so that no memory budget counts, and kept. Under a lock of its
    /// own: who waits for it does not hold up the Gram.
    /// </summary>
    internal double SpectralBound(CancellationToken cancellationToken = default)
    {
        lock (_boundLock)
        {
            return _spectralBound > 0 ? _spectralBound : _spectralBound = Math.Max(Kernels.SpectralBound.Compute(_atoms, Dimension, [], cancellationToken), 1e-30);
        }
    }

    /// <summary>The same of the Gram of the atoms scaled to norm 1.</summary>
    internal double NormalizedSpectralBound(CancellationToken cancellationToken = default)
    {
        lock (_boundLock)
        {
            return _normalizedBound > 0 ? _normalizedBound : _normalizedBound = Kernels.SpectralBound.Compute(_atoms, Dimension, _norms, cancellationToken);
        }
    }

    /// <summary>The factors that ADMM solves with, made at the first call and kept; of those for single values of ρ as many as the largest budget so far holds.</summary>
    internal AdmmFactors<float> AdmmFactors(GramRows<float> gram, long memoryBudget)
    {
        lock (_factorLock)
        {
            _admmFactors ??= new AdmmFactors<float>(gram, _atoms, Dimension);
            _admmFactors.Grow(memoryBudget);
            return _admmFactors;
        }
    }

    private static double SumOfSquares(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += (double)value * value;
        }

        return sum;
    }

    private static float[] Copy(SignalView atoms)
    {
        atoms.ThrowIfInvalid(nameof(atoms));
        var values = new float[checked((long)atoms.RowCount * atoms.Dimension)];
        atoms.CopyRows(0, atoms.RowCount, values);
        return values;
    }

    private static float[]? CheckOffset(ReadOnlySpan<float> offset, int dimension)
    {
        if (offset.IsEmpty)
        {
            return null;
        }

        if (offset.Length != dimension)
        {
            Throw.Argument($"offset has {offset.Length} entries, but the atoms have dimension {dimension}.", nameof(offset));
        }

        int bad = FiniteCheck.FirstNotFinite(offset);
        if (bad >= 0)
        {
            Throw.Argument($"offset holds {offset[bad]} at place {bad}; it must be finite.", nameof(offset));
        }

        return offset.ToArray();
    }
}
