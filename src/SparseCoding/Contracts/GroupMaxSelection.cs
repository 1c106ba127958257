using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// The largest pre-activation of each of k groups, where it is positive (sparsify's "groupmax"). Group g of n atoms has those from ⌊g·n/k⌋ to before
/// ⌊(g + 1)·n/k⌋; ties go to the lower index.
/// </summary>
public sealed record GroupMaxSelection : Selection
{
    /// <summary>Makes that many groups.</summary>
    /// <param name="groups">Number of groups, at least 1.</param>
    public GroupMaxSelection(int groups) => Groups = groups;

    /// <summary>Number of groups: the most active atoms of a code.</summary>
    public int Groups
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    internal override SelectionRule Rule => new(SelectionKind.GroupMax, Groups);

    internal override void Validate(int atomCount)
    {
        if (Groups > atomCount)
        {
            Throw.Argument($"GroupMax makes {Groups} groups, but the encoder has only {atomCount} atoms.", nameof(Groups));
        }
    }
}
