using System.Diagnostics.CodeAnalysis;

namespace SparseCoding.Encoders;

/// <summary>What iterative encoders share: a dictionary that was given or learned, or an error that says how to get one.</summary>
internal static class FittedDictionary
{
    /// <summary>The dictionary, or the error of an encoder without one.</summary>
    public static AtomDictionary Require(AtomDictionary? dictionary, string encoder)
    {
        if (dictionary is null)
        {
            Unfitted(encoder);
        }

        return dictionary;
    }

    /// <summary>Number of atoms from the dictionary or the options.</summary>
    public static int AtomCount(AtomDictionary? dictionary, int? options, string encoder) =>
        dictionary?.AtomCount ?? options ?? throw new InvalidOperationException($"This {encoder} has neither a dictionary nor an AtomCount in its options.");

    [DoesNotReturn]
    private static void Unfitted(string encoder) =>
        throw new InvalidOperationException($"This {encoder} has no dictionary. Give it one, 'new {encoder}(dictionary, options)', or learn one: Fit returns the trained encoder and leaves the recipe as it was, so write 'var trained = encoder.Fit(data)'.");
}
