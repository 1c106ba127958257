using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Atoms near the data: D = e^m (W C + Λ) with points C [points, dimension] drawn from the training rows (around the bias), rows of W [atoms, points] not negative with
/// sum 1, rows of Λ of norm at most <see cref="Relaxation"/>, and one factor e^m. W starts with atom i at point i, Λ at 0, m at 0. After every step W ← relu(W)/row sum, and Λ is clipped.
/// A trained encoder has a plain dictionary D, of free norms.
/// </summary>
/// <remarks>Source: Fel et al. 2025 (RA-SAE); KempnerInstitute/overcomplete.</remarks>
public sealed record ArchetypalDecoderOptions : SaeDecoderOptions
{
    /// <summary>Number of points; 0 takes as many as there are atoms. The training data must have as many rows.</summary>
    /// <value>Default: 0.</value>
    public int Points
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }

    /// <summary>Largest norm δ of a row of Λ, in normalised units; 0 keeps every atom in the convex hull of the points (times e^m).</summary>
    /// <value>Default: 1.</value>
    public float Relaxation
    {
        get;
        init => field = float.IsFinite(value) && value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Relaxation must be finite and at least 0.");
    } = 1;

    /// <summary>The number of points for that many atoms.</summary>
    internal int PointCount(int atomCount) => Points == 0 ? atomCount : Points;
}
