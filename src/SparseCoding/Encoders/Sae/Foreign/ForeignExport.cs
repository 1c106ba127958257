using SparseCoding.Diagnostics;
using SparseCoding.Formats;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>
/// An encoder as foreign layouts want it: on unscaled signals, pre = (x − c) W'ᵀ + b' with c = b_dec or 0 as the layout has it, x̂ = code · D' + b_dec.
/// W' = W / scale, D' = D · scale; a subtracted vector other than c goes into the bias.
/// </summary>
internal sealed class ForeignExport
{
    private readonly SaeState _state;

    private readonly AtomDictionary _dictionary;

    /// <summary>NotSupportedException for a selection or decoder that no foreign layout has; only SAELens has transcoders and rows that are normalised by their own figures.</summary>
    public ForeignExport(SaeState state, bool isSaeLens = false)
    {
        // A variational one encodes as a TopK of its means: that is what goes out.
        Selection = state.Selection is VariationalTopKSelection variational ? new TopKSelection(variational.K) : state.Selection;
        if (!(Selection is ReluSelection or TopKSelection or GatedSelection or GroupMaxSelection || Jumps(Selection)))
        {
            Throw.NotSupported($"The foreign layouts have no place for the selection {state.Selection}, only for what encodes as relu, topk, jumprelu, gated or groupmax; save the encoder with Save.");
        }

        _state = state;
        AtomDictionary dictionary = _dictionary = state.Decoder switch
        {
            RowNormalizedDecoder { Inner: AtomDictionary inner } when isSaeLens => inner,
            TranscoderDecoder transcoder when isSaeLens => transcoder.Atoms,
            _ => state.Dictionary,
        };
        Offset = dictionary.HasOffset ? dictionary.OffsetValues.ToArray() : new float[dictionary.Dimension];
        IsCentred = state.Decoder is not TranscoderDecoder && (state.InputOffset is null ? !dictionary.HasOffset : state.InputOffset.AsSpan().SequenceEqual(Offset));
    }

    /// <summary>Dimension of a signal.</summary>
    public int Dimension => _state.Dimension;

    /// <summary>Number of atoms.</summary>
    public int AtomCount => _state.AtomCount;

    /// <summary>What it encodes as.</summary>
    public Selection Selection { get; }

    /// <summary>Whether a selection encodes as a JumpReLU: by a threshold for each atom, wherever that came from.</summary>
    public static bool Jumps(Selection selection) => selection is JumpReluSelection or BatchTopKSelection or FeatureChoiceSelection;

    /// <summary>b_dec, [dimension].</summary>
    public float[] Offset { get; }

    /// <summary>Whether the encoder subtracts exactly b_dec.</summary>
    public bool IsCentred { get; }

    /// <summary>Whether every atom, scale included, has norm 1 within 1e-5: what dictionary_learning takes for normalised.</summary>
    public bool HasUnitAtoms
    {
        get
        {
            foreach (float norm in _dictionary.NormValues)
            {
                if (!(Math.Abs((norm * _dictionary.Scale) - 1) <= 1e-5f))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Thresholds of a JumpReLU, BatchTopK or feature choice, [atoms].</summary>
    public float[] Thresholds => _state.Thresholds ?? new float[AtomCount];

    /// <summary>Logarithm of a gated SAE's factor for magnitudes, [atoms].</summary>
    public float[] LogMagnitude => _state.Vectors[GatedSelection.ScaleName];

    /// <summary>Bias of a gated SAE's magnitudes, [atoms]: what <see cref="Bias"/> moves into the gate goes through the factor here.</summary>
    public float[] MagnitudeBias(bool centred)
    {
        float[] gate = Bias(centred), bias = (float[])_state.Vectors[GatedSelection.BiasName].Clone();
        for (int atom = 0; atom < bias.Length; atom++)
        {
            bias[atom] = (float)(bias[atom] + (Math.Exp(LogMagnitude[atom]) * ((double)gate[atom] - (_state.Encoder.Bias?[atom] ?? 0))));
        }

        return bias;
    }

    /// <summary>b' for a layout that subtracts b_dec, or one that subtracts nothing: b + W' (c − subtracted vector), [atoms].</summary>
    public float[] Bias(bool centred)
    {
        var bias = new float[AtomCount];
        _state.Encoder.Bias?.CopyTo(bias, 0);
        bool asIs = centred ? IsCentred : _state.InputOffset is null;
        if (asIs)
        {
            return bias;
        }

        ReadOnlySpan<float> weights = _state.Encoder.Weights;
        for (int atom = 0; atom < bias.Length; atom++)
        {
            ReadOnlySpan<float> row = weights.Slice(atom * Dimension, Dimension);
            double sum = 0;
            for (int i = 0; i < row.Length; i++)
            {
                double shift = (centred ? (double)Offset[i] : 0) - (_state.InputOffset is { } own ? own[i] : 0);
                sum += row[i] * shift;
            }

            bias[atom] = (float)(bias[atom] + (sum / _state.InputScale));
        }

        return bias;
    }

    /// <summary>W' as [atoms, dimension], or transposed.</summary>
    public TensorToWrite Encoder(string name, bool transposed) => Matrix(name, _state.Encoder.Weights, 1 / (double)_state.InputScale, transposed);

    /// <summary>D' as [atoms, dimension], or transposed.</summary>
    public TensorToWrite Decoder(string name, bool transposed)
    {
        var values = new float[_dictionary.AtomValues.Length];
        _dictionary.AtomValues.CopyTo(values);
        return Matrix(name, values, _dictionary.Scale, transposed);
    }

    private TensorToWrite Matrix(string name, float[] values, double factor, bool transposed)
    {
        int atoms = AtomCount, dimension = values.Length / atoms;
        return transposed
            ? TensorToWrite.FromRows<float>(name, FillTransposed, dimension, atoms)
            : TensorToWrite.FromRows<float>(name, Fill, atoms, dimension);

        void Fill(long firstRow, Span<float> rows)
        {
            ReadOnlySpan<float> source = values.AsSpan((int)firstRow * dimension, rows.Length);
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = (float)(source[i] * factor);
            }
        }

        void FillTransposed(long firstRow, Span<float> rows)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                (int row, int atom) = Math.DivRem(i, atoms);
                rows[i] = (float)(values[(atom * dimension) + (int)firstRow + row] * factor);
            }
        }
    }
}
