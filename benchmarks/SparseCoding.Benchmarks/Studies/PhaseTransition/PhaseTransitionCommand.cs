using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SparseCoding.Benchmarks;

/// <summary>
/// "phase-transition [--atoms 160] [--trials 24] [--out docs/results/phase-transition]": for each solver and each ratio of dimension to atoms, the sparsity up to which it
/// recovers noiseless codes on a known random dictionary, beside the Donoho-Tanner curve of l1 minimisation. One to three minutes at the defaults on two cores.
/// </summary>
internal static class PhaseTransitionCommand
{
    private const double Step = 0.05;
    private static readonly double[] s_deltas = [.1, .2, .3, .4, .5];

    // Donoho and Tanner's weak thresholds of rho at these ratios, signed and non-negative.
    private static readonly double[] s_signedL1 = [.1894, .2433, .2908, .3373, .3857];
    private static readonly double[] s_nonNegativeL1 = [.2410, .3259, .4036, .4803, .5582];

    private static readonly (string Name, bool NonNegative, Func<AtomDictionary, int, IEncoder> Create)[] s_solvers =
    [
        ("l1 (LARS)", false, (d, _) => new LarsEncoder(d, new LarsOptions { Lambda = 1e-4f })),
        ("OMP", false, (d, k) => new OmpEncoder(d, new OmpOptions { MaxActive = k })),
        ("OLS", false, (d, k) => new OmpEncoder(d, new OmpOptions { MaxActive = k, Selection = PursuitSelection.ErrorReduction })),
        ("NIHT", false, (d, k) => new IhtEncoder(d, new IhtOptions { MaxActive = k })),
        ("HTP", false, (d, k) => new HtpEncoder(d, new HtpOptions { MaxActive = k })),
        ("CoSaMP", false, (d, k) => new CosampEncoder(d, new CosampOptions { MaxActive = k })),
        ("subspace pursuit", false, (d, k) => new SubspacePursuitEncoder(d, new SubspacePursuitOptions { MaxActive = k })),
        ("l1, z ≥ 0", true, (d, _) => new LarsEncoder(d, new LarsOptions { Lambda = 1e-4f, NonNegative = true })),
        ("OMP, z ≥ 0", true, (d, k) => new OmpEncoder(d, new OmpOptions { MaxActive = k, NonNegative = true })),
        ("HTP, z ≥ 0", true, (d, k) => new HtpEncoder(d, new HtpOptions { MaxActive = k, NonNegative = true })),
        ("subspace pursuit, z ≥ 0", true, (d, k) => new SubspacePursuitEncoder(d, new SubspacePursuitOptions { MaxActive = k, NonNegative = true })),
    ];

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] arguments)
    {
        int atoms = 160, trials = 24;
        string output = Path.Combine("docs", "results", "phase-transition");
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : string.Empty;
            bool known = arguments[i] switch
            {
                "--atoms" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out atoms) && atoms >= 40,
                "--trials" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out trials) && trials >= 8,
                "--out" => (output = value).Length > 0,
                _ => false,
            };
            if (!known)
            {
                Console.Error.WriteLine($"'{arguments[i]} {value}' is not understood. phase-transition [--atoms 160] [--trials 24] [--out docs/results/phase-transition]");
                return 2;
            }
        }

        var clock = Stopwatch.StartNew();
        string text = Report(atoms, trials);
        text += string.Create(CultureInfo.InvariantCulture, $"\nWritten by `benchmarks -- phase-transition --atoms {atoms} --trials {trials}` in {clock.Elapsed.TotalSeconds:F0} s on {Environment.ProcessorCount} logical processors.\n");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        File.WriteAllText(output + ".md", text);
        Console.WriteLine(text);
        return 0;
    }

    private static string Report(int atoms, int trials)
    {
        var thresholds = new double[s_solvers.Length, s_deltas.Length];
        var middle = new List<double>[s_solvers.Length];
        for (int delta = 0; delta < s_deltas.Length; delta++)
        {
            int dimension = (int)Math.Round(s_deltas[delta] * atoms);
            for (int solver = 0; solver < s_solvers.Length; solver++)
            {
                List<double> shares = Shares(atoms, dimension, trials, s_solvers[solver].NonNegative, s_solvers[solver].Create);
                thresholds[solver, delta] = Threshold(shares);
                middle[solver] = shares;
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"delta {s_deltas[delta]}: {s_solvers[solver].Name} {thresholds[solver, delta]:F3}"));
            }
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Phase transitions

            Which codes come back exactly: {atoms} Gaussian atoms of norm 1, no noise, K active atoms with normal values (half-normal where z ≥ 0), {trials} signals for each
            cell on four dictionaries. A code counts as recovered when ‖z − z*‖ ≤ 1 % of ‖z*‖. The solvers that take a number of active atoms are told the true K; l1 is the Lasso at
            λ = 1e-4, which is not. Float32 throughout, default options.

            ## Sparsity K/M at which half of the codes are recovered
            δ is dimension over atoms, M/N. "Theory" is Donoho and Tanner's weak threshold of l1 minimisation for N to infinity; at a finite N the half-way point lies beside it, the further the smaller M is.

            | solver |{string.Concat(s_deltas.Select(d => string.Create(CultureInfo.InvariantCulture, $" δ = {d} |")))}
            |---|{string.Concat(s_deltas.Select(_ => "---|"))}

            """);
        for (int solver = 0; solver < s_solvers.Length; solver++)
        {
            AppendRow(text, s_solvers[solver].Name, s_deltas.Select((_, d) => thresholds[solver, d]), "F2");
        }

        AppendRow(text, "theory, l1", s_signedL1, "F2");
        AppendRow(text, "theory, l1, z ≥ 0", s_nonNegativeL1, "F2");
        int columns = middle.Max(m => m.Count);
        text.Append(CultureInfo.InvariantCulture, $"""

            ## Share recovered at δ = {s_deltas[^1]}, by K/M
            A blank means that two sparser cells in a row had none.

            | solver |{string.Concat(Enumerable.Range(1, columns).Select(i => string.Create(CultureInfo.InvariantCulture, $" {i * Step:F2} |")))}
            |---|{string.Concat(Enumerable.Range(1, columns).Select(_ => "---|"))}

            """);
        for (int solver = 0; solver < s_solvers.Length; solver++)
        {
            AppendRow(text, s_solvers[solver].Name, middle[solver], "F2", columns);
        }

        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, string name, IEnumerable<double> values, string format, int columns = 0)
    {
        string[] cells = [.. values.Select(v => v.ToString(format, CultureInfo.InvariantCulture))];
        text.Append("| ").Append(name).Append(" |");
        for (int i = 0; i < Math.Max(columns, cells.Length); i++)
        {
            text.Append(' ').Append(i < cells.Length ? cells[i] : string.Empty).Append(" |");
        }

        text.Append('\n');
    }

    /// <summary>Share of recovered codes at K/M = 0.05, 0.1, ... until two cells in a row have none.</summary>
    private static List<double> Shares(int atoms, int dimension, int trials, bool nonNegative, Func<AtomDictionary, int, IEncoder> create)
    {
        var shares = new List<double>();
        for (int cell = 1; cell * Step <= 1; cell++)
        {
            int active = Math.Max(1, (int)Math.Round(cell * Step * dimension)), recovered = 0;
            for (int world = 0; world < 4; world++)
            {
                recovered += Recovered(atoms, dimension, active, Math.Max(1, trials / 4), (cell * 100) + world, nonNegative, create);
            }

            shares.Add(recovered / (4.0 * Math.Max(1, trials / 4)));
            if (shares.Count > 1 && shares[^1] == 0 && shares[^2] == 0)
            {
                break;
            }
        }

        return shares;
    }

    private static int Recovered(int atoms, int dimension, int active, int trials, int seed, bool nonNegative, Func<AtomDictionary, int, IEncoder> create)
    {
        var data = SyntheticData.Generate(new SyntheticDataOptions { Sources = atoms, Measurements = dimension, Active = active, Samples = trials, Seed = seed, Codes = nonNegative ? CodeDistribution.HalfNormal : CodeDistribution.Normal });
        SparseCodes truth = data.Codes;
        SparseCodes codes = create(data.Dictionary, active).Encode(data.Signals);
        int recovered = 0;
        for (int row = 0; row < trials; row++)
        {
            double error = 0, size = 0;
            for (int j = 0; j < atoms; j++)
            {
                double difference = (double)codes[row][j] - truth[row][j];
                error += difference * difference;
                size += (double)truth[row][j] * truth[row][j];
            }

            recovered += error <= 1e-4 * size ? 1 : 0;
        }

        return recovered;
    }

    /// <summary>The K/M at which the share falls through one half, linear between cells; 0 if the first cell is below it.</summary>
    private static double Threshold(List<double> shares)
    {
        for (int i = 0; i < shares.Count; i++)
        {
            if (shares[i] < 0.5)
            {
                double before = i == 0 ? 1 : shares[i - 1];
                return Step * (i + ((before - 0.5) / (before - shares[i])));
            }
        }

        return Step * shares.Count;
    }
}
