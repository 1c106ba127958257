using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>The homotopy against outside numbers: scikit-learn 1.2.1 and R's lars (tests/Golden/lasso_golden.py prints them again), SPAMS, and closed forms.</summary>
public sealed class LarsTests
{
    private static readonly double[] DiabetesFinal =
    [
        -10.0098663, -239.8156437, 519.8459201, 324.3846455, -792.1756386, 476.7390210, 101.0432679, 177.0632377, 751.2736996, 67.6266922,
    ];

    private static readonly double[] DiabetesLevels =
        [949.435260384, 889.313785361, 452.895700527, 316.073378949, 130.129537096, 88.784299351, 68.964790190, 19.981165360, 5.477536366, 5.088236294];

    private static readonly double[] DiabetesNorms =
        [0, 60.121475, 663.677277, 888.910372, 1250.696986, 1440.784510, 1537.063399, 1914.564074, 2115.728702, 2195.754884];

    [Test]
    public void Lar_Diabetes_HasThePublishedOrderBreakpointsAndNorms()
    {
        var (code, outcome, path) = LassoProblem.Diabetes().Lars<double>(new LarsParameters { Method = LarsMethod.Lar, RecordPath = true });
        Assert.That(path!.Active[^1], Is.EqualTo([2, 8, 3, 6, 1, 9, 4, 7, 5, 0]));
        Assert.That(path.Lambdas, Is.EqualTo((double[])[.. DiabetesLevels, 0]).Within(6e-10));
        Assert.That(Norms(path), Is.EqualTo((double[])[.. DiabetesNorms, 3459.977632]).Within(6e-7));
        Assert.That(code, Is.EqualTo(DiabetesFinal).Within(6e-8));
        Assert.That(outcome, Has.Property("Stop").EqualTo(SolverStop.Penalty).And.Property("Iterations").EqualTo(10));
    }

    [Test]
    public void Lar_AtomBudget_StopsWhereTheNextAtomTies()
    {
        var (code, outcome, _) = LassoProblem.Diabetes().Lars<double>(new LarsParameters { Method = LarsMethod.Lar, MaxActive = 4 });
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.MaxActive));
        Assert.That(outcome.Lambda, Is.EqualTo(130.129537096).Within(6e-10));
        Assert.That(code.Select((v, j) => (v, j)).Where(p => p.v != 0).Select(p => p.j), Is.EqualTo([2, 3, 6, 8]));
    }

    [Test]
    public void Lasso_Diabetes_HasTheDropAndTheReturn()
    {
        var (code, _, path) = LassoProblem.Diabetes().Lars<double>(new LarsParameters { RecordPath = true });
        Assert.That(path!.Lambdas, Is.EqualTo((double[])[.. DiabetesLevels, 2.182266844, 1.310441340, 0]).Within(6e-10));
        Assert.That(Norms(path), Is.EqualTo((double[])[.. DiabetesNorms, 2802.357095, 2862.992947, 3459.977632]).Within(6e-7));
        Assert.That(path.Active[^1], Is.EqualTo([2, 8, 3, 1, 9, 4, 7, 5, 0, 6]));
        Assert.That(path.Active[^2], Has.No.Member(6), "6 left at 2.18 and comes back at 1.31");
        Assert.That(code, Is.EqualTo(DiabetesFinal).Within(6e-8));
    }

    [Test]
    public void Lasso_DiabetesNonNegative_MatchesScikitLearn()
    {
        var (code, _, path) = LassoProblem.Diabetes().Lars<double>(new LarsParameters { NonNegative = true, RecordPath = true });
        double[] alphas = [2.1480435755, 2.0120221388, 1.0246509062, .3295029609, .1876346088, 0];
        Assert.That(path!.Lambdas.Select(c => c / 442), Is.EqualTo(alphas).Within(6e-11));
        Assert.That(path.Active[^1], Is.EqualTo([2, 8, 3, 7, 9]));

        // The end is the non-negative least-squares solution (scipy.optimize.nnls). scikit-learn 1.2.1 calls its last point alpha = 0 but stops short of it,
        // on the same segment; the digits of that point are on this path too.
        Assert.That(code, Is.EqualTo([0, 0, 585.32670764, 257.8970704, 0, 0, 0, 68.07514102, 496.654065, 31.8458353]).Within(6e-8));
        double[] short2389 = [573.4476809448443, 491.28807317969273, 242.11220927009754, 54.63118404061143, 20.07558636287383];
        double[] from = [.. path.Coefficients[^2], 0], to = path.Coefficients[^1];
        double fraction = (short2389[0] - from[0]) / (to[0] - from[0]);
        Assert.That(from.Zip(to, (f, t) => f + (fraction * (t - f))), Is.EqualTo(short2389).Within(1e-9));
    }

    [Test]
    public void Lasso_DiabetesAtHalf_MatchesCoordinateDescentOfScikitLearn()
    {
        var (code, outcome, _) = LassoProblem.Diabetes().Lars<double>(new LarsParameters { Lambda = 221 });
        Assert.That(code, Is.EqualTo([0, 0, 471.013581644, 136.516897682, 0, 0, -58.340092513, 0, 408.021865385, 0]).Within(6e-10));
        Assert.That(outcome, Has.Property("Stop").EqualTo(SolverStop.Penalty).And.Property("Lambda").EqualTo(221.0));
    }

    [Test]
    public void Lasso_FiveByFive_MatchesTheLarsPackageOfR()
    {
        double[][] columns =
        [
            [.47299829, 0, 0, 0, 0], [.08239882, .85784863, 0, 0, 0], [.30114139, -.07501577, .80895216, 0, 0],
            [-.01460346, -.1015233, .0407278, .80338378, 0], [-.69363927, .06754067, .18064514, -.0803561, .40427291],
        ];
        var problem = new LassoProblem(columns, [-6.45006793, -3.51251449, -8.52445396, 6.12277822, -19.42109366]);
        var (code, _, path) = problem.Lars<double>(new LarsParameters { RecordPath = true });
        Assert.That(path!.Lambdas, Has.Count.EqualTo(10));
        Assert.That(code, Is.EqualTo([-84.033390591756657, .025219751009936, .048162321585148, 2.816221090636795, -48.039562334265717]).Within(1e-11));
        Assert.That(path.Active[1], Is.EqualTo([2]));
        Assert.That(path.Coefficients[1][0], Is.EqualTo(-3.577397088285891).Within(1e-12));
        Assert.That(path.Active[2], Is.EqualTo([2, 4]));
        Assert.That(path.Coefficients[2], Is.EqualTo([-4.702795355871871, -1.218422599914637]).Within(1e-12));
        Assert.That(path.Lambdas[^2], Is.EqualTo(.007163933843215).Within(1e-13));
    }

    [Test]
    public void Lasso_SineDictionary_HasThePublishedBreakpoints()
    {
        var (_, _, path) = LassoProblem.Sine(0).Lars<double>(new LarsParameters { RecordPath = true });
        double[] first =
            [1.9402010497, 1.3994824457, 1.1477538438, .8801623481, .8195469285, .7574042203, .5629575173, .4937131461, .4136976555];
        Assert.That(path!.Lambdas.Take(9), Is.EqualTo(first).Within(6e-11));
        double[] more = [.380146425124865, .336252312340329, .244183160716297, .233906313756951];
        Assert.That(path.Lambdas.Skip(9).Take(4), Is.EqualTo(more).Within(1e-12));
    }

    [Test]
    public void Lasso_SineDictionaryErrorStop_MatchesSpams()
    {
        // min ‖z‖₁ with ‖x − zD‖² <= 1; digits of the scikit-learn path interpolated to that error (SPAMS, which adds 1e-10 to the diagonal, agrees to 1e-8).
        var (code, outcome, _) = LassoProblem.Sine(1).Lars<double>(new LarsParameters { SquaredErrorBound = 1 });
        (int Atom, double Value)[] expected =
        [
            (1, 1.388746721276637), (2, 1.247365693715619), (8, .960195979447772), (9, .340472838058936),
            (10, -.413889081265312), (14, -.451061918302864), (27, .008532293882023),
        ];
        var dense = new double[32];
        foreach (var (atom, value) in expected)
        {
            dense[atom] = value;
        }

        Assert.That(code, Is.EqualTo(dense).Within(1e-12));
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.Residual));
        Assert.That(outcome.SquaredError, Is.EqualTo(1).Within(1e-13));
        Assert.That(outcome.Lambda, Is.EqualTo(.360146809156).Within(1e-12));
    }

    [Test]
    public void Lasso_L1Budget_ReachesItAndIsOptimalThere()
    {
        LassoProblem problem = LassoProblem.Sine(2);
        var (code, outcome, _) = problem.Lars<double>(new LarsParameters { L1Budget = 3 });
        Assert.That(outcome.Stop, Is.EqualTo(SolverStop.L1Budget));
        Assert.That(code.Sum(Math.Abs), Is.EqualTo(3).Within(1e-12));
        Assert.That(problem.Violation(code, outcome.Lambda), Is.LessThan(1e-13));
    }

    [Test]
    public void Path_EveryBreakpoint_SatisfiesTheOptimalityConditions([Values] bool nonNegative, [Values(0, 1, 2, 3)] int number)
    {
        LassoProblem problem = LassoProblem.Sine(number);
        LarsPath path = problem.Lars<double>(new LarsParameters { RecordPath = true, NonNegative = nonNegative }).Path!;
        Assert.That(path.Lambdas, Has.Count.GreaterThan(10));
        Assert.That(path.Lambdas, Is.Ordered.Descending);
        for (int k = 0; k < path.Lambdas.Count; k++)
        {
            var code = new double[32];
            for (int i = 0; i < path.Active[k].Length; i++)
            {
                code[path.Active[k][i]] = path.Coefficients[k][i];
            }

            Assert.That(problem.Violation(code, path.Lambdas[k], nonNegative), Is.LessThan(1e-11), $"breakpoint {k}");
        }
    }

    [Test]
    public void Lasso_OrthonormalAtoms_IsSoftThresholding()
    {
        double[] signal = [3, -2, 1, -.5, 2, 0];
        var problem = new LassoProblem(Identity(6), signal);
        var (code, _, path) = problem.Lars<double>(new LarsParameters { Lambda = .75, RecordPath = true });
        Assert.That(code, Is.EqualTo([2.25, -1.25, .25, 0, 1.25, 0]).Within(1e-15));

        // 2 and -2 tie exactly and join together: one breakpoint.
        Assert.That(path!.Lambdas, Is.EqualTo([3, 2, 1, .75]).Within(1e-15));
    }

    [Test]
    public void Lasso_TwoAtoms_SecondEntersWhereTheFormulaSays([Values(-.9, -.3, 0, .5, .99)] double rho)
    {
        double[][] atoms = [[1, 0], [rho, Math.Sqrt(1 - (rho * rho))]];
        const double First = 2, Second = 1.99;
        double[] signal = [First, (Second - (rho * First)) / Math.Sqrt(1 - (rho * rho))];
        LarsPath path = new LassoProblem(atoms, signal).Lars<double>(new LarsParameters { RecordPath = true }).Path!;
        double second = (Second - (rho * First)) / (1 - rho);
        Assert.That(path.Lambdas[1], Is.EqualTo(second).Within(1e-12));
    }

    [Test]
    public void Lasso_ExactTie_GivesBothAtomsTheirShare([Values] bool single)
    {
        // scikit-learn issue 2746, which scikit-learn 1.2.1 still answers with 4.998 for one of the two.
        var problem = new LassoProblem([[0, -1], [-1, 0]], [-2.5, -2.5]);
        var parameters = new LarsParameters { Lambda = .002 };
        double[] code = single ? problem.Lars<float>(parameters).Code : problem.Lars<double>(parameters).Code;
        Assert.That(code, Is.EqualTo([2.498, 2.498]).Within(single ? 2e-7 : 1e-15));
    }

    [Test]
    public void Solve_LambdaAtOrAboveTheLargestCorrelation_IsZero([Values(1, 1.0000001, 10)] double factor)
    {
        LassoProblem problem = LassoProblem.Sine(0);
        var (code, outcome, _) = problem.Lars<double>(new LarsParameters { Lambda = factor * problem.LambdaMax });
        Assert.That(code, Is.All.Zero);
        Assert.That(outcome, Has.Property("Stop").EqualTo(SolverStop.Penalty).And.Property("Gap").LessThan(1e-12));
        Assert.That(outcome.SquaredError, Is.EqualTo(problem.SquaredNorm));
    }

    [Test]
    public void Solve_ZeroSignalOrNothingPositive_IsTheZeroCode()
    {
        Assert.That(new LassoProblem(Identity(3), [0, 0, 0]).Lars<float>(new LarsParameters()).Outcome.Stop, Is.EqualTo(SolverStop.ZeroCode));
        var negative = new LassoProblem(Identity(3), [-1, -2, 0]).Lars<float>(new LarsParameters { NonNegative = true });
        Assert.That(negative.Outcome.Stop, Is.EqualTo(SolverStop.ZeroCode));
        Assert.That(negative.Code, Is.All.Zero);
    }

    [Test]
    public void Solve_SameCoreForManySignals_GivesTheBitsOfAFreshOne()
    {
        var core = new LarsCore<float>(32);
        var gram = LassoProblem.Sine(0).Gram<float>();
        for (int round = 0; round < 8; round++)
        {
            LassoProblem problem = LassoProblem.Sine(round % 4);
            core.Solve(gram, problem.Correlations<float>(), problem.SquaredNorm, new LarsParameters { Lambda = .02 * (round + 1) });
            double[] fresh = problem.Lars<float>(new LarsParameters { Lambda = .02 * (round + 1) }).Code;
            Assert.That(problem.Dense(core.Support, core.Coefficients), Is.EqualTo(fresh));
        }
    }

    [Test]
    public void Solve_SegmentLimit_StopsOnThePath()
    {
        LassoProblem problem = LassoProblem.Sine(0);
        var (code, outcome, _) = problem.Lars<double>(new LarsParameters { MaxSegments = 3 });
        Assert.That(outcome, Has.Property("Stop").EqualTo(SolverStop.MaxIterations).And.Property("Iterations").EqualTo(3));
        Assert.That(outcome.Lambda, Is.EqualTo(.8801623481).Within(6e-11));
        Assert.That(problem.Violation(code, outcome.Lambda), Is.LessThan(1e-13));
    }

    [Test]
    public void Solve_AfterWarmUp_AllocatesNothing()
    {
        LassoProblem problem = LassoProblem.Sine(0);
        var core = new LarsCore<float>(32);
        var gram = problem.Gram<float>();
        float[] correlations = problem.Correlations<float>();
        core.Solve(gram, correlations, problem.SquaredNorm, new LarsParameters());
        long before = GC.GetAllocatedBytesForCurrentThread();
        core.Solve(gram, correlations, problem.SquaredNorm, new LarsParameters { Lambda = .1 });
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static double[][] Identity(int size) => Enumerable.Range(0, size).Select(i => Enumerable.Range(0, size).Select(j => i == j ? 1.0 : 0).ToArray()).ToArray();

    private static IEnumerable<double> Norms(LarsPath path) => path.Coefficients.Select(c => c.Sum(Math.Abs));
}
