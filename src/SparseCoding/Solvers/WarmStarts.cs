using SparseCoding.Diagnostics;

namespace SparseCoding.Solvers;

/// <summary>Checks warm starts before any work.</summary>
internal static class WarmStarts
{
    /// <summary>The request's warm start, if its shape is that of the codes to come.</summary>
    public static SparseCodes? Check(EncodeRequest? request, int rows, int atomCount)
    {
        if (request?.WarmStart is not { } warm)
        {
            return null;
        }

        if (warm.RowCount != rows || warm.AtomCount != atomCount)
        {
            Throw.Argument($"WarmStart has shape [{warm.RowCount}, {warm.AtomCount}], but the codes have shape [{rows}, {atomCount}].", nameof(request));
        }

        return warm;
    }
}
