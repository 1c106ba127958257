namespace SparseCoding.Contracts;

/// <summary>
/// The strongest rows of every latent in one pass over codes: sorted lists of at most <c>count</c> rows, at most one row of each group. Ties go to the lower
/// row, which comes first. Takes atoms × count × 12 bytes, whatever the number of rows.
/// </summary>
internal sealed class TopRowTable
{
    private readonly int _count;
    private readonly CodeSide _side;
    private readonly int[] _lengths;
    private readonly int[] _rows;
    private readonly int[] _groups;
    private readonly float[] _strengths;

    /// <summary>An empty table.</summary>
    public TopRowTable(int atomCount, int count, CodeSide side)
    {
        _count = count;
        _side = side;
        _lengths = new int[atomCount];
        _rows = new int[checked(atomCount * count)];
        _groups = new int[_rows.Length];
        _strengths = new float[_rows.Length];
    }

    /// <summary>What is ranked: how strong a value is on that side; not positive where it does not count.</summary>
    public static float Strength(float value, CodeSide side) => side switch
    {
        CodeSide.Negative => -value,
        CodeSide.Either => Math.Abs(value),
        _ => value,
    };

    /// <summary>The table of these codes.</summary>
    /// <param name="codes">Codes, [samples, atoms].</param>
    /// <param name="count">Rows of each latent.</param>
    /// <param name="side">Sign of the values.</param>
    /// <param name="groupOf">Group of a row, of which one row is kept; null lets every row stand for itself. Rows of a group must follow each other.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    public static TopRowTable Of(SparseCodes codes, int count, CodeSide side, Func<int, int>? groupOf = null, CancellationToken cancellationToken = default)
    {
        var table = new TopRowTable(codes.AtomCount, count, side);
        for (int row = 0; row < codes.RowCount; row++)
        {
            if (row % 4096 == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            SparseRow code = codes[row];
            int group = groupOf?.Invoke(row) ?? row;
            for (int i = 0; i < code.Count; i++)
            {
                table.Add(code.Atoms[i], row, group, code.Values[i]);
            }
        }

        return table;
    }

    /// <summary>The rows of a latent, strongest first, with their values' signs restored.</summary>
    public LatentActivation[] Rows(int latent, SparseCodes codes)
    {
        var rows = new LatentActivation[_lengths[latent]];
        for (int i = 0; i < rows.Length; i++)
        {
            int row = _rows[(latent * _count) + i];
            rows[i] = new LatentActivation(row, codes[row][latent]);
        }

        return rows;
    }

    private void Add(int latent, int row, int group, float value)
    {
        float strength = Strength(value, _side);
        if (!(strength > 0))
        {
            return;
        }

        int first = latent * _count, length = _lengths[latent];
        if (length == _count && strength <= _strengths[first + length - 1])
        {
            return;
        }

        // The group's own entry gives way, or stays if it is as strong; otherwise the weakest of a full list does.
        int gap = length < _count ? length : length - 1;
        for (int i = 0; i < length; i++)
        {
            if (_groups[first + i] == group)
            {
                if (strength <= _strengths[first + i])
                {
                    return;
                }

                gap = i;
                break;
            }
        }

        _lengths[latent] = Math.Max(length, gap + 1);
        for (; gap > 0 && strength > _strengths[first + gap - 1]; gap--)
        {
            (_rows[first + gap], _groups[first + gap], _strengths[first + gap]) = (_rows[first + gap - 1], _groups[first + gap - 1], _strengths[first + gap - 1]);
        }

        (_rows[first + gap], _groups[first + gap], _strengths[first + gap]) = (row, group, strength);
    }
}
