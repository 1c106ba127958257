using SparseCoding.Contracts;

namespace SparseCoding.Evaluations;

/// <summary>In which contexts each latent fires, with the row where it is strongest there. Lists of (context, row), as long as there are active contexts.</summary>
internal sealed class ActiveContexts
{
    private readonly List<(int Context, int Row, float Strength)>[] _places;

    private ActiveContexts(int atomCount)
    {
        _places = new List<(int, int, float)>[atomCount];
        for (int latent = 0; latent < atomCount; latent++)
        {
            _places[latent] = [];
        }
    }

    /// <summary>Reads the codes once.</summary>
    public static ActiveContexts Of(SparseCodes codes, TokenContexts text, CodeSide side)
    {
        var contexts = new ActiveContexts(codes.AtomCount);
        for (int context = 0; context < text.ContextCount; context++)
        {
            int first = text.FirstRow(context), end = first + text.Length(context);
            for (int row = first; row < end; row++)
            {
                SparseRow code = codes[row];
                for (int i = 0; i < code.Count; i++)
                {
                    contexts.Add(code.Atoms[i], context, row, TopRowTable.Strength(code.Values[i], side));
                }
            }
        }

        return contexts;
    }

    /// <summary>Number of contexts in which a latent fires.</summary>
    public int Count(int latent) => _places[latent].Count;

    /// <summary>The contexts in which it fires, ascending, each with its strongest row.</summary>
    public IEnumerable<(int Context, int Row)> Of(int latent) => _places[latent].Select(p => (p.Context, p.Row));

    private void Add(int latent, int context, int row, float strength)
    {
        if (!(strength > 0))
        {
            return;
        }

        List<(int Context, int Row, float Strength)> places = _places[latent];
        if (places.Count == 0 || places[^1].Context != context)
        {
            places.Add((context, row, strength));
        }
        else if (strength > places[^1].Strength)
        {
            places[^1] = (context, row, strength);
        }
    }
}
