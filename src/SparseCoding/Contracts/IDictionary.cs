namespace SparseCoding;

/// <summary>
/// An affine decoder: x̂ = offset + scale · zD with atoms D, [atoms, dimension]. Every iterative encoder solves for (x − offset)/scale and
/// respects the norms of the atoms, so that an SAE's bias and normalisation are never dropped.
/// </summary>
public interface IDictionary : IDecoder
{
    /// <summary>Factor on zD; positive.</summary>
    float Scale { get; }

    /// <summary>Copies the offset, [dimension]; zeros where there is none.</summary>
    /// <param name="target">Receives [dimension].</param>
    void CopyOffset(Span<float> target);

    /// <summary>Copies the Euclidean norms of the atoms, [atoms].</summary>
    /// <param name="target">Receives [atoms].</param>
    void CopyNorms(Span<float> target);

    /// <summary>Copies a range of atoms, [count, dimension]; the number of rows is target.Length / dimension.</summary>
    /// <param name="firstAtom">First atom of the range.</param>
    /// <param name="target">Receives whole atoms.</param>
    void CopyAtoms(int firstAtom, Span<float> target);
}
