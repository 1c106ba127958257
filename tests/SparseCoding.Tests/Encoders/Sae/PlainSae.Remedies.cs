namespace SparseCoding.Tests;

/// <content>Losses of the remedies against dead latents.</content>
internal sealed partial class PlainSae
{
    private double[]? _ghostScales;
    private double _ghostFactor;

    private double Auxiliary(double[][] pre) => dead.Length == 0 ? 0 : form.Remedy switch
    {
        AuxKRemedy auxK => AuxK(pre, auxK.K, auxK.Weight, auxK.Normalize),
        AuxZipfRemedy zipf => AuxK(pre, zipf.K, zipf.Weight, zipf.Normalize),
        GhostGradientRemedy ghost => Ghost(pre, ghost),
        PreActivationRemedy => GapAt(null, pre),
        _ => 0,
    };

    private double AuxK(double[][] pre, int k, double weight, bool normalize)
    {
        double loss = 0;
        for (int row = 0; row < pre.Length; row++)
        {
            bool signed = form.Selection.IsSigned;
            int[] chosen = [.. dead.Where(atom => signed || pre[row][atom] > 0).OrderByDescending(atom => signed ? Math.Abs(pre[row][atom]) : pre[row][atom]).Take(k)];
            for (int j = 0; j < D; j++)
            {
                double miss = chosen.Sum(atom => pre[row][atom] * Atom(atom)[j]) - _error![row][j];
                loss += 0.5 * miss * miss;
            }
        }

        double scale = normalize ? Variation([.. Enumerable.Range(0, SaeForm.Rows).Select(Target)]) / Variation(_error!) : 1;
        return scale * weight * Math.Min((double)dead.Length / k, 1) * loss / SaeForm.Rows;
    }

    private double Ghost(double[][] pre, GhostGradientRemedy ghost)
    {
        double[][] ghosts = [.. pre.Select(row => Enumerable.Range(0, D).Select(j => dead.Sum(atom => Math.Exp(row[atom]) * Atom(atom)[j])).ToArray())];
        _ghostScales ??= [.. ghosts.Select((g, row) => Norm(_error![row]) / (2 * Norm(g)))];
        double loss = 0;
        for (int row = 0; row < pre.Length; row++)
        {
            loss += 0.5 * ghosts[row].Select((g, j) => Square((_ghostScales[row] * g) - _error![row][j])).Sum();
        }

        if (_ghostFactor == 0)
        {
            _ghostFactor = 0.5 * _error!.Sum(row => Square(Norm(row))) / loss;
        }

        return ghost.Weight * _ghostFactor * loss / SaeForm.Rows;
    }

    /// <summary>The pre-activation loss, at other thresholds where they are given.</summary>
    private double GapAt(double[]? logThresholds, double[][] pre)
    {
        if (form.Remedy is not PreActivationRemedy remedy)
        {
            return 0;
        }

        double[]? logs = logThresholds ?? parameters.GetValueOrDefault("encoder.log_threshold");
        return remedy.Weight * pre.Sum(row => dead.Sum(atom => Math.Max((logs is null ? 0 : Math.Exp(logs[atom])) - row[atom], 0) * Norm(atom))) / SaeForm.Rows;
    }

    private static double Variation(double[][] rows) =>
        Enumerable.Range(0, D).Sum(j => rows.Sum(row => Square(row[j] - rows.Average(other => other[j]))));

    private static double Norm(double[] row) => Math.Sqrt(row.Sum(Square));

    private static double Square(double value) => value * value;
}
