namespace SparseCoding.Theory;

/// <summary>Subsets of {0 .. n − 1}: how many there are, and all of them in lexicographic order.</summary>
internal static class Combinations
{
    /// <summary>n choose k as a double (infinity when it overflows), 0 outside 0 ≤ k ≤ n.</summary>
    public static double Count(int n, int k)
    {
        if (k < 0 || k > n)
        {
            return 0;
        }

        double count = 1;
        for (int i = 1; i <= Math.Min(k, n - k); i++)
        {
            count *= (double)(n - Math.Min(k, n - k) + i) / i;
        }

        return Math.Round(count);
    }

    /// <summary>The first subset, 0 .. k − 1.</summary>
    public static int[] First(int k) => [.. Enumerable.Range(0, k)];

    /// <summary>Moves to the next subset in lexicographic order; false after the last.</summary>
    public static bool Next(Span<int> subset, int n)
    {
        int k = subset.Length;
        for (int i = k - 1; i >= 0; i--)
        {
            if (subset[i] < n - k + i)
            {
                subset[i]++;
                for (int j = i + 1; j < k; j++)
                {
                    subset[j] = subset[j - 1] + 1;
                }

                return true;
            }
        }

        return false;
    }
}
