using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>One peer of a row of the table: its name in solvers_peers.py, the goal as a ratio (0: context only) and how many of the signals it gets (the rest is extrapolated).</summary>
internal sealed record SolverGoal(string Peer, double Goal, int Rows = 0);

/// <summary>A row of the table: random unit atoms and signals, a solver, and whom it is measured against.</summary>
internal sealed record SolverCase(string Key, string Solver, int Dimension, int Atoms, int Rows, double Parameter, SolverGoal[] Goals)
{
    private const string Spams = "SPAMS omp (OLS)";

    /// <summary>The rows of the table, in its order.</summary>
    public static readonly SolverCase[] All =
    [
        new("omp-64", "omp", 64, 256, 20000, 10, [new("scikit-learn omp", 50, 1000), new(Spams, 2.5)]),
        new("omp-256", "omp", 256, 1024, 4000, 32, [new("scikit-learn omp", 50, 200), new(Spams, 2.5)]),
        new("omp-768", "omp", 768, 4096, 2000, 32, [new("scikit-learn omp", 50, 16), new(Spams, 2.5)]),
        new("ols-64", "ols", 64, 256, 20000, 10, [new(Spams, 1.8)]),
        new("ols-256", "ols", 256, 1024, 4000, 32, [new(Spams, 1.8)]),
        new("ols-768", "ols", 768, 4096, 2000, 32, [new(Spams, 1.8)]),
        new("omp-16384-few", "omp", 768, 16384, 128, 32, [new(Spams, 6)]),
        new("omp-16384-many", "omp", 768, 16384, 8192, 32, [new(Spams, 6)]),
        new("lasso-12", "lasso", 256, 1024, 4000, 0.15, [new("SPAMS cd", 2), new("SPAMS lasso", 4), new("scikit-learn lasso_cd", 8, 1000)]),
        new("lasso-50", "lasso", 256, 1024, 4000, 0.10, [new("SPAMS cd", 2), new("SPAMS lasso", 4), new("scikit-learn lasso_cd", 8, 1000)]),
        new("lars-12", "lars", 256, 1024, 4000, 0.15, [new("SPAMS lasso", 2)]),
        new("lars-50", "lars", 256, 1024, 4000, 0.10, [new("SPAMS lasso", 2)]),
        new("lasso-positive", "lasso-positive", 256, 1024, 4000, 0.15, [new("SPAMS lasso, positive", 3), new("scikit-learn lasso_cd, positive", 3, 1000)]),
        new("omp-positive", "omp-positive", 256, 1024, 4000, 16, []),
    ];

    /// <summary>Whether the codes solve a Lasso.</summary>
    public bool IsLasso => Solver is not ("omp" or "ols" or "omp-positive");

    /// <summary>Whether codes are not negative.</summary>
    public bool NonNegative => Solver.EndsWith("positive", StringComparison.Ordinal);

    /// <summary>"(64, 256), 10 active".</summary>
    public string Sizes => FormattableString.Invariant($"({Dimension}, {Atoms}), {(IsLasso ? $"lambda {Parameter}" : $"{Parameter} active")}, {Rows} signals");

    /// <summary>Unit signals [rows, dimension] and unit atoms [atoms, dimension], normal directions.</summary>
    public (float[] Signals, float[] Atoms) Data() => (Unit("signals", Rows), Unit("atoms", Atoms));

    /// <summary>Codes as a user gets them, with everything from the bare atoms on: norms, Gram, products.</summary>
    public EncodeResult Solve(float[] signals, float[] atoms, int threads, float tolerance)
    {
        var dictionary = new AtomDictionary(atoms, Dimension);
        var request = new EncodeRequest { Context = new RunContext { Threads = threads } };
        SignalView view = SignalView.FromRows(signals, Dimension);
        return Solver switch
        {
            "lasso" or "lasso-positive" => new LassoEncoder(dictionary, new LassoOptions { Lambda = (float)Parameter, GapTolerance = tolerance, NonNegative = NonNegative }).EncodeDetailed(view, request),
            "lars" => new LarsEncoder(dictionary, new LarsOptions { Lambda = (float)Parameter }).EncodeDetailed(view, request),
            _ => new OmpEncoder(dictionary, new OmpOptions { MaxActive = (int)Parameter, NonNegative = NonNegative, Selection = Solver == "ols" ? PursuitSelection.ErrorReduction : PursuitSelection.Correlation })
                .EncodeDetailed(view, request),
        };
    }

    /// <summary>
    /// The least operations of the plain algorithm: half the Gram, the products, and the active atoms' rows of every step (a Lasso at least once, for its check). Beside it the
    /// least bytes to and from memory: signals, atoms, the Gram once, the codes.
    /// </summary>
    public (double Operations, double Bytes) Floor(double active)
    {
        double n = Atoms, m = Dimension, b = Rows;
        double steps = Solver is "omp" or "ols" or "lars" or "omp-positive" ? n * active * active : 2 * n * active;
        return ((n * n * m) + (2 * b * m * n) + (b * steps), 4 * ((n * m) + (b * m) + (n * n) + (2 * b * active)));
    }

    private float[] Unit(string purpose, int rows)
    {
        var values = new float[rows * Dimension];
        new RandomStream(1L, "bench.solvers." + purpose).FillNormal(values, 1);
        for (int start = 0; start < values.Length; start += Dimension)
        {
            Span<float> row = values.AsSpan(start, Dimension);
            System.Numerics.Tensors.TensorPrimitives.Divide(row, System.Numerics.Tensors.TensorPrimitives.Norm<float>(row), row);
        }

        return values;
    }
}
