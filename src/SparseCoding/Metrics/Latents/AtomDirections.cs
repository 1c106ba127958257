using System.Numerics.Tensors;
using SparseCoding.Diagnostics;

namespace SparseCoding.Metrics;

/// <summary>Atoms as directions of the signals.</summary>
internal sealed class AtomDirections
{
    private readonly IDictionary _dictionary;
    private readonly float[] _norms;

    /// <summary>The atoms of a dictionary that must have as many as the codes.</summary>
    public AtomDirections(IDictionary dictionary, int atomCount)
    {
        if (dictionary.AtomCount != atomCount)
        {
            Throw.Argument($"dictionary has {dictionary.AtomCount} atoms, but codes {atomCount}; give the dictionary that the codes belong to.", nameof(dictionary));
        }

        _dictionary = dictionary;
        _norms = new float[atomCount];
        dictionary.CopyNorms(_norms);
    }

    /// <summary>Dimension of a signal.</summary>
    public int Dimension => _dictionary.OutputDimension;

    /// <summary>What one unit of the latent adds to the signal: scale · atom, [dimension].</summary>
    public float[] Direction(int latent)
    {
        var atom = new float[Dimension];
        _dictionary.CopyAtoms(latent, atom);
        TensorPrimitives.Multiply(atom, _dictionary.Scale, atom);
        return atom;
    }

    /// <summary>Other latents by falling cosine; ties go to the lower one. Atoms of norm 0 are nobody's neighbours.</summary>
    public LatentNeighbour[] Nearest(int latent, int count)
    {
        if (count == 0 || !(_norms[latent] > 0))
        {
            return [];
        }

        var own = new float[Dimension];
        _dictionary.CopyAtoms(latent, own);
        const int Block = 256;
        var atoms = new float[Block * Dimension];
        var found = new List<LatentNeighbour>(_norms.Length);
        for (int first = 0; first < _norms.Length; first += Block)
        {
            int rows = Math.Min(Block, _norms.Length - first);
            _dictionary.CopyAtoms(first, atoms.AsSpan(0, rows * Dimension));
            for (int i = 0; i < rows; i++)
            {
                if (first + i != latent && _norms[first + i] > 0)
                {
                    found.Add(new LatentNeighbour(first + i, TensorPrimitives.Dot<float>(own, atoms.AsSpan(i * Dimension, Dimension)) / (_norms[latent] * _norms[first + i])));
                }
            }
        }

        return [.. found.OrderByDescending(n => n.Cosine).ThenBy(n => n.Latent).Take(count)];
    }
}
