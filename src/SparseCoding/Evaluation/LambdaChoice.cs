namespace SparseCoding;

/// <summary>A selected λ with everything it was compared with.</summary>
public sealed class LambdaChoice
{
    private readonly double[] _lambdas;
    private readonly double[] _scores;
    private readonly double[] _meanL0;

    internal LambdaChoice(string criterion, int best, double lambda, double[] lambdas, double[] scores, double[] meanL0)
    {
        Criterion = criterion;
        Best = best;
        Lambda = (float)lambda;
        _lambdas = lambdas;
        _scores = scores;
        _meanL0 = meanL0;
    }

    /// <summary>λ of ½‖u − zD‖² + λ‖z‖₁, for the options of an encoder.</summary>
    public float Lambda { get; }

    /// <summary>What <see cref="Scores"/> holds: "AIC", "BIC", "cross-validated squared error" or "distance from the wanted mean L0".</summary>
    public string Criterion { get; }

    /// <summary>Index of the selected candidate; of equal scores the one with the largest λ.</summary>
    public int Best { get; }

    /// <summary>Candidates, descending, [candidates].</summary>
    public ReadOnlySpan<double> Lambdas => _lambdas;

    /// <summary>The criterion at each candidate, [candidates]; smaller is better.</summary>
    public ReadOnlySpan<double> Scores => _scores;

    /// <summary>Mean number of active atoms of a signal at each candidate, [candidates]; in cross-validation that of the codes of the training entries.</summary>
    public ReadOnlySpan<double> MeanL0 => _meanL0;

    /// <summary>"lambda 0.05 by BIC (mean L0 3.1)".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"lambda {Lambda:G4} by {Criterion} (mean L0 {_meanL0[Best]:G3})");
}
