namespace SparseCoding.Torch;

/// <summary>
/// How much of a model's loss an encoder keeps at one place: (L_zero − L_sae)/(L_zero − L_model), where L_sae is the loss with the reconstruction in the place of the activation and L_zero that
/// with zeros there (Bricken et al. 2023; "CE loss score" in SAELens); and the same with the mean activation instead of zeros, which is the harder baseline. 1 loses nothing, 0 is no better than the ablation; below 0 it is worse.
/// All losses are means over rows, in the unit of the loss that was given (nats for a cross-entropy).
/// </summary>
/// <param name="ModelLoss">L_model, of the model as it is.</param>
/// <param name="SplicedLoss">L_sae, with the reconstruction.</param>
/// <param name="ZeroLoss">L_zero, with zeros.</param>
/// <param name="MeanLoss">L_mean, with the mean over all rows.</param>
/// <param name="Rows">Rows of the submodule's output that were seen.</param>
/// <param name="Batches">Batches that were run.</param>
public sealed record LossRecoveredReport(double ModelLoss, double SplicedLoss, double ZeroLoss, double MeanLoss, long Rows, int Batches)
{
    /// <summary>(L_zero − L_sae)/(L_zero − L_model); NaN where zeros cost nothing, so that there is nothing to recover.</summary>
    public double Recovered => Share(ZeroLoss);

    /// <summary>(L_mean − L_sae)/(L_mean − L_model); NaN where the mean costs nothing.</summary>
    public double RecoveredFromMean => Share(MeanLoss);

    /// <summary>L_sae − L_model: what the reconstruction costs.</summary>
    public double Increase => SplicedLoss - ModelLoss;

    private double Share(double ablated) => ablated - ModelLoss is { } span && Math.Abs(span) > 1e-12 ? (ablated - SplicedLoss) / span : double.NaN;
}
