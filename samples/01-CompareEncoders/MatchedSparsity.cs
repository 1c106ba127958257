namespace SparseCoding.Samples.CompareEncoders;

/// <summary>Codes of the same signals with a wanted mean number of active atoms: encoders that differ in L0 cannot be compared by their error.</summary>
internal sealed class MatchedSparsity(Matrix signals, double target, CancellationToken cancellation)
{
    private const int ProbeRows = 1024;
    private const int BisectionSteps = 14;
    private const double BisectionTolerance = 0.003;

    /// <summary>
    /// Codes of an encoder with an atom budget. A target between two whole numbers is met by giving the upper one to that share of the rows, evenly
    /// spread.
    /// </summary>
    public SparseCodes Budgeted(Func<int, IEncoder> withBudget, RunContext context)
    {
        int lower = (int)Math.Floor(target);
        double share = target - lower;
        bool GetsMore(int row) => Math.Floor((row + 1) * share) > Math.Floor(row * share);
        return ByGroups(row => GetsMore(row) ? lower + 1 : lower, (budget, rows) => withBudget(budget).Encode(signals.Select(rows).View, new EncodeRequest { Context = context }, cancellation), withBudget(1).AtomCount);
    }

    /// <summary>
    /// The same atoms with the values of least squares (of any sign): an OMP whose budget is used up by its warm start has nothing left to do but to fit.
    /// Tells the choice of atoms from the choice of values.
    /// </summary>
    public SparseCodes Refitted(SparseCodes codes, IDictionary dictionary, RunContext context) =>
        ByGroups(row => codes[row].Count, (active, rows) => new OmpEncoder(dictionary, new OmpOptions { MaxActive = active })
            .Encode(signals.Select(rows).View, new EncodeRequest { Context = context, WarmStart = Select(codes, rows) }, cancellation), codes.AtomCount);

    /// <summary>Codes of the Lasso at the λ whose mean L0 is the target: found by bisection of log λ on at most 1024 of the rows, then applied to all.</summary>
    public (SparseCodes Codes, LassoEncoder Encoder) Lasso(IDictionary dictionary, bool nonNegative, RunContext context)
    {
        int every = Math.Max(1, signals.RowCount / ProbeRows);
        Matrix probe = signals.Select([.. Enumerable.Range(0, signals.RowCount).Where(row => row % every == 0)]);
        var request = new EncodeRequest { Context = context };
        double L0(double lambda) => Active(Make(lambda).Encode(probe.View, request, cancellation));
        LassoEncoder Make(double lambda) => new(dictionary, new LassoOptions { Lambda = (float)lambda, NonNegative = nonNegative, GapTolerance = 1e-4f });

        // L0 falls as lambda grows; the scale of the signals is unknown, so the bracket comes first.
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
            if (Math.Abs(found - target) <= BisectionTolerance * target)
            {
                (low, high) = (middle, middle);
                break;
            }

            (low, high) = found > target ? (middle, high) : (low, middle);
        }

        LassoEncoder encoder = Make(Math.Sqrt(low * high));
        return (encoder.Encode(signals.View, request, cancellation), encoder);
    }

    /// <summary>Encodes rows that have a number in common together (none where it is 0), and puts their codes back in order.</summary>
    private SparseCodes ByGroups(Func<int, int> numberOf, Func<int, int[], SparseCodes> encode, int atomCount)
    {
        var place = new (SparseCodes? Codes, int Row)[signals.RowCount];
        foreach (IGrouping<int, int> group in Enumerable.Range(0, signals.RowCount).GroupBy(numberOf).Where(group => group.Key > 0))
        {
            int[] rows = [.. group];
            SparseCodes codes = encode(group.Key, rows);
            for (int i = 0; i < rows.Length; i++)
            {
                place[rows[i]] = (codes, i);
            }
        }

        return Build(atomCount, place);
    }

    private static SparseCodes Select(SparseCodes codes, int[] rows) => Build(codes.AtomCount, [.. rows.Select(row => ((SparseCodes?)codes, row))]);

    private static SparseCodes Build(int atomCount, (SparseCodes? Codes, int Row)[] rows)
    {
        var offsets = new List<int> { 0 };
        var atoms = new List<int>();
        var values = new List<float>();
        foreach ((SparseCodes? codes, int row) in rows)
        {
            if (codes is not null)
            {
                SparseRow code = codes[row];
                atoms.AddRange(code.Atoms);
                values.AddRange(code.Values);
            }

            offsets.Add(atoms.Count);
        }

        return SparseCodes.FromRows(atomCount, offsets.ToArray(), atoms.ToArray(), values.ToArray());
    }

    private static double Active(SparseCodes codes) => (double)codes.NonZeroCount / codes.RowCount;
}
