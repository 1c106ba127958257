namespace SparseCoding.Samples.CompareEncoders;

/// <summary>Codes of the same signals with a wanted mean number of active atoms: encoders that differ in L0 cannot be compared by their error.</summary>
internal sealed class MatchedSparsity(Matrix signals, double target, RunContext context, CancellationToken cancellation)
{
    private const int ProbeRows = 1024;
    private const int BisectionSteps = 14;
    private const double BisectionTolerance = 0.003;

    /// <summary>
    /// Codes of an encoder with an atom budget. A target between two whole numbers is met by giving the upper one to that share of the rows, evenly
    /// spread.
    /// </summary>
    public SparseCodes Budgeted(Func<int, IEncoder> withBudget, RunContext run)
    {
        int lower = (int)Math.Floor(target);
        double share = target - lower;
        bool GetsMore(int row) => Math.Floor((row + 1) * share) > Math.Floor(row * share);
        SparseCodes less = Encode(withBudget, lower, signals.Where(row => !GetsMore(row)), run);
        SparseCodes more = Encode(withBudget, lower + 1, signals.Where(GetsMore), run);
        var offsets = new List<int> { 0 };
        var atoms = new List<int>();
        var values = new List<float>();
        for (int row = 0, i = 0, j = 0; row < signals.RowCount; row++)
        {
            SparseRow code = GetsMore(row) ? more[j++] : less[i++];
            atoms.AddRange(code.Atoms);
            values.AddRange(code.Values);
            offsets.Add(atoms.Count);
        }

        return SparseCodes.FromRows(Math.Max(less.AtomCount, more.AtomCount), offsets.ToArray(), atoms.ToArray(), values.ToArray());
    }

    /// <summary>Codes of the Lasso at the λ whose mean L0 is the target: found by bisection of log λ on at most 1024 of the rows, then applied to all.</summary>
    public (SparseCodes Codes, LassoEncoder Encoder) Lasso(IDictionary dictionary, bool nonNegative, RunContext run)
    {
        int every = Math.Max(1, signals.RowCount / ProbeRows);
        Matrix probe = signals.Where(row => row % every == 0);
        double L0(double lambda) => Active(Make(lambda).Encode(probe.View, new EncodeRequest { Context = context }, cancellation));
        LassoEncoder Make(double lambda) => new(dictionary, new LassoOptions { Lambda = (float)lambda, NonNegative = nonNegative, GapTolerance = 1e-4f });

        // L0 falls as λ grows, not strictly; so the bracket comes first.
        double low = 1, high = 1;
        while (L0(high) > target && high < 1e12)
        {
            high *= 4;
        }

        low = high / 4;
        while (L0(low) < target && low > 1e-9)
        {
            (high, low) = (low, low / 4);
        }

        for (int step = 0; step < BisectionSteps; step++)
        {
            double middle = Math.Sqrt(low * high), found = L0(middle);
            (low, high) = found > target ? (middle, high) : (low, middle);
            if (Math.Abs(found - target) <= BisectionTolerance * target)
            {
                (low, high) = (middle, middle);
                break;
            }
        }

        LassoEncoder encoder = Make(Math.Sqrt(low * high));
        return (encoder.Encode(signals.View, new EncodeRequest { Context = run }, cancellation), encoder);
    }

    private SparseCodes Encode(Func<int, IEncoder> withBudget, int budget, Matrix part, RunContext run)
    {
        IEncoder encoder = withBudget(Math.Max(1, budget));
        return part.RowCount == 0 || budget == 0
            ? SparseCodes.FromRows(encoder.AtomCount, new int[part.RowCount + 1], [], [])
            : encoder.Encode(part.View, new EncodeRequest { Context = run }, cancellation);
    }

    private static double Active(SparseCodes codes) => (double)codes.NonZeroCount / codes.RowCount;
}
