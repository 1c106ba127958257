using SparseCoding.Contracts;
using SparseCoding.Diagnostics;
using TorchSharp;
using static SparseCoding.Torch.Held;

namespace SparseCoding.Torch;

/// <summary>Edits of codes, latent by latent: on codes of the core and on dense torch codes alike. A latent that no edit names stays as it is, to the bit. Immutable.</summary>
public sealed class LatentEdits : ICodeIntervention
{
    private readonly SortedDictionary<int, LatentEdit> _edits = [];

    /// <summary>Takes edits of different latents.</summary>
    /// <param name="edits">At most one for each latent.</param>
    /// <exception cref="ArgumentException">Two edits of one latent.</exception>
    public LatentEdits(params ReadOnlySpan<LatentEdit> edits)
    {
        foreach (LatentEdit edit in edits)
        {
            ArgumentNullException.ThrowIfNull(edit, nameof(edits));
            if (!_edits.TryAdd(edit.Latent, edit))
            {
                Throw.Argument($"edits names latent {edit.Latent} twice; say in one edit what is to become of it.", nameof(edits));
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An edit names a latent that the codes do not have.</exception>
    public SparseCodes Apply(SparseCodes codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Require(codes.AtomCount, nameof(codes));
        var builder = new SparseCodesBuilder(codes.AtomCount, codes.RowCount, codes.NonZeroCount + ((long)codes.RowCount * _edits.Count));
        var atoms = new List<int>();
        var values = new List<float>();
        for (int row = 0; row < codes.RowCount; row++)
        {
            SparseRow code = codes[row];
            atoms.Clear();
            values.Clear();
            for (int i = 0; i < code.Count; i++)
            {
                if (!_edits.ContainsKey(code.Atoms[i]))
                {
                    atoms.Add(code.Atoms[i]);
                    values.Add(code.Values[i]);
                }
            }

            foreach (LatentEdit edit in _edits.Values)
            {
                atoms.Add(edit.Latent);
                values.Add(edit.Apply(code[edit.Latent]));
            }

            builder.AddUnordered(atoms.ToArray(), values.ToArray());
        }

        return builder.Build();
    }

    /// <summary>The edited codes.</summary>
    /// <param name="codes">[..., atoms], dense.</param>
    /// <returns>A new tensor [..., atoms], with gradients; the caller's, or of the dispose scope that is open.</returns>
    /// <exception cref="ArgumentException">An edit names a latent that the codes do not have; not a dense floating tensor.</exception>
    public torch.Tensor Apply(torch.Tensor codes)
    {
        TensorCheck.Alive(codes, nameof(codes));
        TensorCheck.Dense(codes, nameof(codes));
        TensorCheck.FloatType(codes, nameof(codes));
        if (codes.ndim < 1)
        {
            Throw.Argument("codes has rank 0; [..., atoms] is needed.", nameof(codes));
        }

        Require(codes.shape[^1], nameof(codes));
        using var scope = torch.NewDisposeScope();
        torch.Tensor edited = codes.clone();
        foreach (LatentEdit edit in _edits.Values)
        {
            torch.Tensor before = codes.narrow(-1, edit.Latent, 1), after = before.mul(S(edit.Scale)).add(S(edit.Amount), One);
            if (edit.OnlyActive)
            {
                after = torch.where(before.ne(Zero), after, before);
            }

            edited.narrow(-1, edit.Latent, 1).copy_(after);
        }

        return edited.MoveToOuterDisposeScope();
    }

    /// <summary>That the last latent exists.</summary>
    internal void Require(long atomCount, string parameter)
    {
        foreach (int latent in _edits.Keys)
        {
            if (latent >= atomCount)
            {
                Throw.Argument($"An edit names latent {latent}, but there are only {atomCount}.", parameter);
            }
        }
    }
}
