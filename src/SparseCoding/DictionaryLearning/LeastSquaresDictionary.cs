using Microsoft.Extensions.Logging;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding.DictionaryLearning;

/// <summary>Encodes one block of signals.</summary>
internal delegate SparseCodes BlockEncoder(SignalView signals, CancellationToken cancellationToken);

/// <summary>The dictionary of least squares for given codes: D = (ZᵀZ)⁻¹ZᵀX, the update of MOD (Engan et al. 1999), in one pass and bounded memory.</summary>
internal static class LeastSquaresDictionary
{
    private const int AtomsPerTask = 16;

    // Share of each diagonal entry that is added to it: far above the rounding of sums in double, far below any effect on an atom.
    private const double FirstRidge = 1e-10;

    /// <summary>
    /// Accumulates ZᵀZ and ZᵀX in float64 over the source and solves, with 1e-10 of every diagonal entry added to it. Always gives a dictionary: an atom that no code
    /// uses becomes 0; where columns of Z depend on each other the ridge grows by hundreds until the factorisation succeeds, which shares the signals out among them, and
    /// that is logged.
    /// </summary>
    public static AtomDictionary Fit(ActivationSource data, int atomCount, BlockEncoder encode, RunContext context, CancellationToken cancellationToken)
    {
        int dimension = data.Dimension;
        var gram = new Matrix64(atomCount, atomCount);
        var right = new Matrix64(atomCount, dimension);
        int block = (int)Math.Clamp(Math.Min(data.RowCount, (1L << 22) / atomCount), 1, 4096);
        var batch = new SignalBatch(block, dimension);
        var columns = new CodeColumns(atomCount);
        data.Rewind();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            data.Read(batch);
            if (batch.Count == 0)
            {
                break;
            }

            SparseCodes codes = encode(SignalView.FromRows(batch.Signals, dimension), cancellationToken);
            columns.Build(codes);
            ParallelBlocks.Run(ParallelBlocks.Count(atomCount, AtomsPerTask), (long)codes.NonZeroCount * dimension < 1 << 16 ? 1 : context.EffectiveThreads, task =>
            {
                int end = Math.Min(atomCount, (task + 1) * AtomsPerTask);
                for (int atom = task * AtomsPerTask; atom < end; atom++)
                {
                    columns.Add(codes, batch.Signals, atom, gram.Row(atom), right.Row(atom));
                }
            });
        }

        data.Rewind();
        return new AtomDictionary(Solve(gram, right, context), dimension);
    }

    /// <summary>Solves (A + ρ diag A) D = B for A with its lower triangle given; rows with A_ii = 0 become 0. A and B are overwritten.</summary>
    private static float[] Solve(Matrix64 gram, Matrix64 right, RunContext context)
    {
        int atomCount = gram.Rows, dimension = right.Columns;
        var diagonal = new double[atomCount];
        int silent = 0;
        for (int i = 0; i < atomCount; i++)
        {
            diagonal[i] = gram[i, i];
            silent += diagonal[i] > 0 ? 0 : 1;
        }

        double ridge = FirstRidge;
        Cholesky factor;
        while (true)
        {
            for (int i = 0; i < atomCount; i++)
            {
                // The row and column of an atom that no code uses are 0: with 1 on the diagonal its solution is its right side, 0.
                gram[i, i] = diagonal[i] > 0 ? diagonal[i] * (1 + ridge) : 1;
            }

            factor = Cholesky.Compute(gram);
            if (factor.Succeeded || ridge > 1e6)
            {
                break;
            }

            ridge *= 100;
        }

        if (silent > 0 || ridge > FirstRidge)
        {
            Log.LeastSquaresDegenerate(context.LoggerFactory.CreateLogger("SparseCoding.DictionaryLearning"), silent, atomCount, ridge);
        }

        Matrix64 columns = right.Transpose();
        if (factor.Succeeded)
        {
            factor.SolveRows(columns);
        }
        else
        {
            // Sums that are not finite, which codes that are finite cannot give short of overflow: no atom is claimed.
            Array.Clear(columns.Values);
        }

        var atoms = new float[atomCount * dimension];
        for (int i = 0; i < atomCount; i++)
        {
            for (int k = 0; k < dimension; k++)
            {
                atoms[(i * dimension) + k] = (float)columns[k, i];
            }
        }

        return atoms;
    }

    /// <summary>The entries of codes by atom, rows ascending, so that each atom's sums have one order for any number of threads.</summary>
    private sealed class CodeColumns(int atomCount)
    {
        private readonly int[] _starts = new int[atomCount + 1];
        private int[] _rows = [];
        private float[] _values = [];

        /// <summary>Sorts the entries by counting.</summary>
        public void Build(SparseCodes codes)
        {
            if (_rows.Length < codes.NonZeroCount)
            {
                (_rows, _values) = (new int[codes.NonZeroCount], new float[codes.NonZeroCount]);
            }

            Array.Clear(_starts);
            foreach (int atom in codes.Atoms)
            {
                _starts[atom + 1]++;
            }

            for (int i = 0; i < atomCount; i++)
            {
                _starts[i + 1] += _starts[i];
            }

            var next = _starts.AsSpan(0, atomCount).ToArray();
            for (int row = 0; row < codes.RowCount; row++)
            {
                SparseRow code = codes[row];
                for (int i = 0; i < code.Count; i++)
                {
                    int place = next[code.Atoms[i]]++;
                    (_rows[place], _values[place]) = (row, code.Values[i]);
                }
            }
        }

        /// <summary>Adds to row <paramref name="atom"/> of ZᵀZ, up to the diagonal, and of ZᵀX.</summary>
        public void Add(SparseCodes codes, ReadOnlySpan<float> signals, int atom, Span<double> gram, Span<double> right)
        {
            for (int e = _starts[atom]; e < _starts[atom + 1]; e++)
            {
                double value = _values[e];
                SparseRow code = codes[_rows[e]];
                for (int i = 0; i < code.Count && code.Atoms[i] <= atom; i++)
                {
                    gram[code.Atoms[i]] += value * code.Values[i];
                }

                ReadOnlySpan<float> signal = signals.Slice(_rows[e] * right.Length, right.Length);
                for (int k = 0; k < right.Length; k++)
                {
                    right[k] += value * signal[k];
                }
            }
        }
    }
}
