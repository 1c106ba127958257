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

    /// <summary>Refuses a start with more active atoms than the budget, or with a negative value where codes are non-negative, by name and row.</summary>
    public static void CheckBudget(EncodeRequest? request, int maxActive, bool nonNegative)
    {
        for (int row = 0; row < (request?.WarmStart?.RowCount ?? 0); row++)
        {
            SparseRow code = request!.WarmStart![row];
            if (code.Count > maxActive)
            {
                Throw.Argument($"WarmStart has {code.Count} active atoms at row {row}, more than MaxActive = {maxActive}; keep the largest with SparseCodes.Above, or raise MaxActive.", nameof(request));
            }

        }

        CheckSigns(request, nonNegative);
    }

    /// <summary>Refuses a negative value where codes are non-negative, by name and row.</summary>
    public static void CheckSigns(EncodeRequest? request, bool nonNegative)
    {
        for (int row = 0; nonNegative && row < (request?.WarmStart?.RowCount ?? 0); row++)
        {
            if (request!.WarmStart![row].Values.ContainsAnyInRange(float.MinValue, -float.Epsilon))
            {
                Throw.Argument($"WarmStart has a negative value at row {row}, but NonNegative is set.", nameof(request));
            }
        }
    }
}
