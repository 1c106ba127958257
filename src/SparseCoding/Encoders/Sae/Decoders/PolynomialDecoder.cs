using System.Numerics.Tensors;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding;

/// <summary>
/// x̂ = offset + scale · (a K₁ + λ₂ a_{1:r₂}² K₂ + λ₃ a_{1:r₃}³ K₃) with a = zU: see <see cref="PolynomialDecoderOptions"/>. It has no atoms that reconstructions would be sums of,
/// so that it is no <see cref="IDictionary"/>; <see cref="LinearPart"/> is one of its first-order part. Immutable and thread-safe.
/// </summary>
public sealed class PolynomialDecoder : IDecoder
{
    private readonly float[] _basis;
    private readonly float[] _linear;
    private readonly float[] _quadratic;
    private readonly float[] _cubic;
    private readonly float[]? _offset;
    private readonly float _scale;

    /// <summary>Takes arrays that are already checked: basis U [atoms, rank], linear [rank, dimension], quadratic [r₂, dimension], cubic [r₃, dimension].</summary>
    internal PolynomialDecoder(int atomCount, int dimension, float[] basis, float[] linear, float[] quadratic, float[] cubic, float quadraticWeight, float cubicWeight, float[]? offset, float scale)
    {
        AtomCount = atomCount;
        OutputDimension = dimension;
        _basis = basis;
        _linear = linear;
        _quadratic = quadratic;
        _cubic = cubic;
        QuadraticWeight = quadraticWeight;
        CubicWeight = cubicWeight;
        _offset = offset;
        _scale = scale;
        Rank = basis.Length / atomCount;
    }

    /// <inheritdoc/>
    public int AtomCount { get; }

    /// <inheritdoc/>
    public int InputDimension => OutputDimension;

    /// <inheritdoc/>
    public int OutputDimension { get; }

    /// <summary>Columns of U.</summary>
    public int Rank { get; }

    /// <summary>λ₂.</summary>
    public float QuadraticWeight { get; }

    /// <summary>λ₃.</summary>
    public float CubicWeight { get; }

    /// <summary>The dictionary of the linear part: atoms are the rows of U K₁ [atoms, dimension], of any norm, with the same offset and scale.</summary>
    public AtomDictionary LinearPart()
    {
        var atoms = new float[checked((long)AtomCount * OutputDimension)];
        for (int atom = 0; atom < AtomCount; atom++)
        {
            Add(_basis.AsSpan(atom * Rank, Rank), _linear, 1, atoms.AsSpan(atom * OutputDimension, OutputDimension));
        }

        return new AtomDictionary(atoms, OutputDimension, _offset, _scale);
    }

    /// <summary>
    /// How strongly two atoms interact: the norm of ∂²x̂/∂z_i∂z_j at z = 0, which is scale · ‖2 λ₂ Σ_r U_ir U_jr K₂_r‖. Of an atom with itself it is the curvature of its own response.
    /// </summary>
    /// <param name="first">First atom.</param>
    /// <param name="second">Second atom.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such atom.</exception>
    public double PairStrength(int first, int second)
    {
        RequireAtom(first, nameof(first));
        RequireAtom(second, nameof(second));
        var products = new float[_quadratic.Length / OutputDimension];
        TensorPrimitives.Multiply(_basis.AsSpan(first * Rank, products.Length), _basis.AsSpan(second * Rank, products.Length), products);
        var sum = new float[OutputDimension];
        Add(products, _quadratic, 1, sum);
        return 2 * Math.Abs((double)QuadraticWeight) * _scale * TensorPrimitives.Norm<float>(sum);
    }

    /// <inheritdoc/>
    public Tensor<float> Decode(SparseCodes codes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        if (codes.AtomCount != AtomCount)
        {
            Throw.Argument($"codes has shape [{codes.RowCount}, {codes.AtomCount}], but the decoder has {AtomCount} atoms.", nameof(codes));
        }

        var signals = new float[checked((long)codes.RowCount * OutputDimension)];
        float[] a = new float[Rank], power = new float[Rank];
        for (int row = 0; row < codes.RowCount; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SparseRow code = codes[row];
            Array.Clear(a);
            for (int i = 0; i < code.Count; i++)
            {
                TensorPrimitives.MultiplyAdd(_basis.AsSpan(code.Atoms[i] * Rank, Rank), code.Values[i], a, a);
            }

            Span<float> target = signals.AsSpan(row * OutputDimension, OutputDimension);
            Add(a, _linear, 1, target);
            TensorPrimitives.Multiply(a, a, power);
            Add(power.AsSpan(0, _quadratic.Length / OutputDimension), _quadratic, QuadraticWeight, target);
            TensorPrimitives.Multiply(power, a, power);
            Add(power.AsSpan(0, _cubic.Length / OutputDimension), _cubic, CubicWeight, target);
            TensorPrimitives.Multiply(target, _scale, target);
            if (_offset is not null)
            {
                TensorPrimitives.Add(target, _offset, target);
            }
        }

        return Tensor.Create(signals, [codes.RowCount, OutputDimension]);
    }

    /// <summary>The tensors of a file.</summary>
    internal IEnumerable<TensorToWrite> Tensors()
    {
        yield return TensorToWrite.Create("decoder.atoms", _basis, AtomCount, Rank);
        yield return TensorToWrite.Create("decoder.linear", _linear, Rank, OutputDimension);
        yield return TensorToWrite.Create("decoder.quadratic", _quadratic, _quadratic.Length / OutputDimension, OutputDimension);
        yield return TensorToWrite.Create("decoder.cubic", _cubic, _cubic.Length / OutputDimension, OutputDimension);
        yield return TensorToWrite.Create("decoder.weights", new[] { QuadraticWeight, CubicWeight }, 2);
        yield return TensorToWrite.Create("decoder.scale", new[] { _scale }, 1);
        if (_offset is not null)
        {
            yield return TensorToWrite.Create("decoder.offset", _offset, OutputDimension);
        }
    }

    /// <summary>Reads a decoder; every shape is checked against the options.</summary>
    internal static PolynomialDecoder Read(StateFile file, PolynomialDecoderOptions options, int atomCount, int dimension)
    {
        int rank = options.AtomWidth(dimension, atomCount);
        float[] weights = file.Floats("decoder.weights", 2);
        float scale = file.Floats("decoder.scale", 1)[0];
        if (!(scale > 0))
        {
            throw new InvalidDataException($"{file.FileName}: decoder.scale is {scale}; it must be positive.");
        }

        return new PolynomialDecoder(
            atomCount,
            dimension,
            file.Floats("decoder.atoms", atomCount, rank),
            file.Floats("decoder.linear", rank, dimension),
            file.Floats("decoder.quadratic", Math.Min(rank, options.QuadraticRank), dimension),
            file.Floats("decoder.cubic", Math.Min(rank, options.CubicRank), dimension),
            weights[0],
            weights[1],
            file.Has("decoder.offset") ? file.Floats("decoder.offset", dimension) : null,
            scale);
    }

    /// <summary>target += weight · (values · matrix), matrix [values, dimension].</summary>
    private static void Add(ReadOnlySpan<float> values, float[] matrix, float weight, Span<float> target)
    {
        for (int i = 0; i < values.Length; i++)
        {
            TensorPrimitives.MultiplyAdd(matrix.AsSpan(i * target.Length, target.Length), weight * values[i], target, target);
        }
    }

    private void RequireAtom(int atom, string name)
    {
        if (atom < 0 || atom >= AtomCount)
        {
            Throw.OutOfRange(name, atom, $"between 0 and {AtomCount - 1}");
        }
    }
}
