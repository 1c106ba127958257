namespace SparseCoding.Encoders;

/// <summary>Options that a file holds are data: when they contradict each other, the file is invalid, not an argument.</summary>
internal static class InvalidOptions
{
    /// <summary>Makes the encoder, with errors of its options as InvalidDataException naming the file.</summary>
    public static T AsData<T>(string path, Func<T> create)
    {
        try
        {
            return create();
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new InvalidDataException($"{path}: the options do not fit the dictionary: {exception.Message}", exception);
        }
    }
}
