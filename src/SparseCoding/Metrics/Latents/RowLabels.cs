using System.Globalization;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>A class of each row, such as the part of speech of its token, with the names of the classes.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class RowLabels
{
    private readonly int[] _labels;
    private readonly string[] _names;

    /// <summary>Labels of rows.</summary>
    /// <param name="labels">Class of each row, [samples], from 0.</param>
    /// <param name="names">Name of each class; null names them by their numbers.</param>
    /// <exception cref="ArgumentException">A label is below 0, or has no name.</exception>
    public RowLabels(ReadOnlySpan<int> labels, IReadOnlyList<string>? names = null)
    {
        _labels = labels.ToArray();
        int classes = 0;
        for (int row = 0; row < labels.Length; row++)
        {
            if (labels[row] < 0 || (names is not null && labels[row] >= names.Count))
            {
                Throw.Argument($"labels[{row}] is {labels[row]}; a label must lie between 0 and {(names is null ? "2³¹ − 1" : (names.Count - 1).ToString(CultureInfo.InvariantCulture))}.", nameof(labels));
            }

            classes = Math.Max(classes, labels[row] + 1);
        }

        _names = names is null ? [.. Enumerable.Range(0, classes).Select(i => i.ToString(CultureInfo.InvariantCulture))] : [.. names];
    }

    /// <summary>Number of rows.</summary>
    public int RowCount => _labels.Length;

    /// <summary>Number of classes.</summary>
    public int ClassCount => _names.Length;

    /// <summary>Names of the classes.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>Class of each row, [samples].</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>"38400 rows of 25 classes".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{RowCount} rows of {ClassCount} classes");
}
